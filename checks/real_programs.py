"""Lets Prometheus' and Alertmanager's own programs check their configurations, where the machine has them."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from checks.prometheus_config import Prometheus

# The first versions that know everything that the project writes: msteamsv2_configs, and the features of PromQL.
# https://github.com/prometheus/alertmanager/releases/tag/v0.28.0
# https://github.com/prometheus/prometheus/releases/tag/v3.0.0
LEAST: Final = {"amtool": (0, 28), "promtool": (3, 0)}
_PACKAGES: Final = {
    "amtool": "github.com/prometheus/alertmanager/cmd/amtool",
    "promtool": "github.com/prometheus/prometheus/cmd/promtool",
}
# A configuration names files of the pod, which no other machine has.
_FILES_OF_THE_POD: Final = re.compile(r'"(?:/etc/prometheus|/var/run/secrets)[^"]*"')


class _ProgramError(Exception):
    """A program is missing or too old; the message states what to do."""


def complaints_about_alertmanager(files: Mapping[str, str]) -> Iterator[str]:
    """Yield what amtool refuses in a configuration, `alertmanager.yaml`, and the templates next to it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            # The templates are looked for where the pod has them.
            Path(folder, name).write_text(text.replace("/etc/alertmanager/config", folder), encoding="utf-8")
        yield from _complaints("amtool", "check-config", f"{folder}/alertmanager.yaml", folder=folder)


def complaints_about_prometheus(prometheus: Prometheus) -> Iterator[str]:
    """Yield what promtool refuses in the configuration, the rules included."""
    with tempfile.TemporaryDirectory() as folder:
        for name, groups in prometheus.rules.items():
            Path(folder, f"{name}.rules").write_text(json.dumps({"groups": groups}), encoding="utf-8")
        file = Path(folder, "some-file")
        file.write_text("", encoding="utf-8")
        rule_files = {} if prometheus.is_agent else {"rule_files": [f"{folder}/*.rules"]}
        text = json.dumps({**prometheus.config, **rule_files})
        config = Path(folder, "prometheus.yml")
        config.write_text(_FILES_OF_THE_POD.sub(json.dumps(str(file)), text), encoding="utf-8")
        features = [f"--enable-feature={','.join(prometheus.features)}"] if prometheus.features else []
        mode = ["--agent"] if prometheus.is_agent else []
        yield from _complaints("promtool", *features, "check", "config", *mode, str(config), folder=folder)


def _complaints(program: str, *arguments: str, folder: str) -> Iterator[str]:
    try:
        _require(program)
    except _ProgramError as error:
        yield f"not checked: {error}"
        return
    done = _run(program, *arguments)
    if done.returncode:
        yield " ".join(f"{done.stdout} {done.stderr}".replace(f"{folder}/", "").split())


def _require(program: str) -> None:
    """Refuse a program that is missing, or would complain about what is right.

    A program that `go build` made says no version, and is new enough.

    Raises:
        _ProgramError: It is missing or too old.

    """
    wanted = LEAST[program]
    install = f"go install {_PACKAGES[program]}@latest"
    try:
        done = _run(program, "--version")
    except FileNotFoundError as error:
        raise _ProgramError(f"there is no {program} on PATH ({install})") from error
    found = re.search(r"version v?(\d+)\.(\d+)", f"{done.stdout}{done.stderr}")
    if found and (int(found[1]), int(found[2])) < wanted:
        needed = ".".join(map(str, wanted))
        raise _ProgramError(f"{program} {found[1]}.{found[2]} is older than {needed} ({install})")


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 (on PATH)
