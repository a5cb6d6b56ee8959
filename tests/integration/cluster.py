"""A cluster on this machine: `kubectl` and `aws` are stand-ins, its Alertmanager is the real program.

What was deployed is read from the folder in which the provider stand-ins leave the values of the releases
(`SANDBOX_HELM_DIR`); secrets are kept in files next to them. Only the standard library and PyYAML are imported, so that
this also runs where the packages for development are not installed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from tests.integration.slack import alertmanager_command, free_port, running

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMESPACE: Final = "monitoring"
RELEASE: Final = "kube-prometheus-stack"
# Options of kubectl that have a value of their own.
WITH_VALUE: Final = ("--context", "--kubeconfig", "--namespace", "--selector", "-o")
RECONCILED: Final = [{"type": "Reconciled", "status": "True"}, {"type": "Available", "status": "True"}]
# By the kinds that are asked for, what `kubectl get` prints of a cluster in which nothing is wrong.
ANSWERS: Final = {
    "namespaces": f"Namespace   <none>   {NAMESPACE}\n",
    "nodes": "node-1   containerd://2.1.4\n",
    "prometheuses,alertmanagers": json.dumps({
        "items": [
            {"kind": kind, "metadata": {"name": RELEASE}, "status": {"conditions": RECONCILED}}
            for kind in ("Prometheus", "Alertmanager")
        ]
    }),
}  # fmt: skip


def kubectl(arguments: Sequence[str]) -> None:
    """Do what kubectl does with the arguments that the commands and the tutorial give it."""
    words, options = _parsed(arguments)
    match words:
        case ["version", *_]:
            print("Client Version: v1.35.1\nServer Version: v1.35.1")
        case ["create", "secret", "generic", name]:
            key, _, source = options["--from-file"].partition("=")
            file = _folder() / "secrets" / name / key
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(sys.stdin.buffer.read() if source == "/dev/stdin" else Path(source).read_bytes())
            print(f"secret/{name} created")
        case ["get", "namespace" | "service", name]:
            if not _values_file().exists():
                sys.exit(f'Error from server (NotFound): "{name}" not found')
        case ["get", "secret", name]:
            keys = _folder() / "secrets" / name
            if not keys.exists():
                sys.exit(f'Error from server (NotFound): secrets "{name}" not found')
            print(*sorted(path.name for path in keys.iterdir()), sep="\n")
        case ["get", kinds, *_]:
            print(ANSWERS.get(kinds, '{"items": []}' if options.get("-o") == "json" else ""), end="")
        case ["port-forward", service, ports] if service == f"service/{RELEASE}-alertmanager":
            _run_alertmanager(int(ports.partition(":")[0] or free_port()))
        case _:
            sys.exit(f"the stand-in for kubectl does not know: {' '.join(arguments)}")


def aws(arguments: Sequence[str]) -> None:
    """Answer as an account does in which everything is permitted."""
    match [word for word in arguments if not word.startswith("--") or word == "--version"]:
        case ["--version"]:
            print("aws-cli/2.31.0")
        case ["sts", "get-caller-identity", *_]:
            print(json.dumps({"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/ann"}))
        case ["eks", "update-kubeconfig", *_]:
            if not _values_file().exists():
                sys.exit("An error occurred (ResourceNotFoundException) when calling the DescribeCluster operation")
        case ["s3api", "head-bucket", *_]:
            pass
        case _:
            sys.exit(f"the stand-in for aws does not know: {' '.join(arguments)}")


def _parsed(arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Split arguments into words and options with their values."""
    words: list[str] = []
    options: dict[str, str] = {}
    left = iter(arguments)
    for argument in left:
        name, is_given, value = argument.partition("=")
        if name in WITH_VALUE and not is_given:
            options[name] = next(left)
        elif name.startswith("-"):
            options[name] = value
        else:
            words.append(argument)
    return words, options


def _folder() -> Path:
    return Path(os.environ["SANDBOX_HELM_DIR"])


def _values_file() -> Path:
    return _folder() / f"{NAMESPACE}.{RELEASE}.yaml"


def _run_alertmanager(port: int) -> None:
    """Run the Alertmanager that is deployed until the caller ends this program."""
    values: dict[str, Any] = yaml.safe_load(_values_file().read_bytes())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with running(_folder(), port, *alertmanager_command(values, _folder(), port)):
        print(f"Forwarding from 127.0.0.1:{port} -> 9093", flush=True)
        while True:
            time.sleep(1)
