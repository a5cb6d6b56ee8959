"""Reports what this machine lacks to work on the environments, each time with the cure: `./eks doctor`."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlparse

from config.backend import CloudBackend, S3Backend
from config.core.errors import UsageError
from config.loading import load_environments
from config.paths import ENVIRONMENTS, ROOT
from operations.aws_login import logged_in
from operations.terraform.binary import terraform_binary, version_of
from operations.terraform.cures import cure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from config.environment import Environment

TIMEOUT_SECONDS: Final = 15
FREE_GIB: Final = 2
REGISTRY: Final = "registry.terraform.io"
PROGRAMS: Final = {
    "aws": (["aws", "--version"], "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"),
    "kubectl": (["kubectl", "version", "--client"], "https://kubernetes.io/docs/tasks/tools/"),
    "helm": (["helm", "version", "--short"], "https://helm.sh/docs/intro/install/; only './eks check charts' needs it"),
}
Status = Literal["ok", "missing", "wrong", "optional"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: how it is, and what to do about it."""

    what: str
    status: Status
    said: str
    cure: str = ""

    @property
    def is_problem(self) -> bool:
        """Whether something does not work without it."""
        return self.status in ("missing", "wrong")

    def __str__(self) -> str:
        """Write it on one line."""
        marks = {"ok": "ok      ", "missing": "missing ", "wrong": "wrong   ", "optional": "optional"}
        advice = f"; {self.cure}" if self.cure else ""
        return f"{marks[self.status]}  {self.what}: {self.said}{advice}"


def findings(names: Sequence[str] = ()) -> list[Finding]:
    """Look at everything, some at once; the environments are those of the names, or all."""
    environments = [one for one in load_environments(ENVIRONMENTS) if not names or one.name in names]
    checks: list[Callable[[], Finding]] = [_node, _terraform, _disk, _writable]
    checks += [lambda name=name: _program(name) for name in PROGRAMS]  # type: ignore[misc] # mypy infers no default of a lambda
    checks += [_registry]
    with ThreadPoolExecutor(max_workers=8) as pool:
        general = list(pool.map(lambda check: check(), checks))
        own_login = [one for one in environments if one.commands.aws_profile or one.commands.assume_role_arn]
        others = [one for one in environments if one not in own_login]
        by_environment = list(pool.map(lambda one: list(_of_environment(one)), others))
    for one in own_login:
        with logged_in(one.commands):
            by_environment.append(list(_of_environment(one)))
    return [*general, *(finding for found in by_environment for finding in found)]


def _node() -> Finding:
    found = shutil.which("node")
    if found is None:
        return Finding(
            "Node.js", "missing", "not on the path", "run './eks' rather than the modules, or: make .venv/.complete"
        )
    answer = _run([found, "--version"])
    version = answer.stdout.strip()
    if not version.removeprefix("v").startswith("22."):
        return Finding("Node.js", "wrong", f"{found} is {version}, cdktf needs 22", "run './eks', which brings its own")
    return Finding("Node.js", "ok", version)


def _terraform() -> Finding:
    environment = dict(os.environ)
    try:
        name = terraform_binary(environment)
        return Finding("terraform", "ok", f"{name} {version_of(name, environment)}")
    except UsageError as problem:
        cure_ = "https://developer.hashicorp.com/terraform/install or https://opentofu.org/docs/intro/install/"
        return Finding("terraform", "missing", str(problem), cure_)


def _program(name: str) -> Finding:
    command, where = PROGRAMS[name]
    if shutil.which(name) is None:
        return Finding(name, "optional" if name == "helm" else "missing", "not on the path", where)
    answer = _run(command)
    said = " ".join((answer.stdout or answer.stderr).split("\n")[0].split())
    return Finding(name, "ok" if answer.returncode == 0 else "wrong", said, "" if answer.returncode == 0 else where)


def _disk() -> Finding:
    free = shutil.disk_usage(ROOT).free / 2**30
    enough = free >= FREE_GIB
    advice = (
        "" if enough else f"make room: providers and runs take up to {FREE_GIB} GiB; 'make clean' removes cdktf.out"
    )
    return Finding("disk", "ok" if enough else "wrong", f"{free:.1f} GiB free", advice)


def _writable() -> Finding:
    if os.access(ROOT, os.W_OK):
        return Finding("folder", "ok", f"{ROOT} can be written to")
    return Finding("folder", "wrong", f"{ROOT} cannot be written to", "work in a checkout of your own")


def _registry() -> Finding:
    """Look whether providers can be fetched, and whether a proxy's certificate is trusted."""
    configuration = Path(os.environ.get("TF_CLI_CONFIG_FILE") or Path.home() / ".terraformrc")
    if configuration.is_file() and "mirror" in configuration.read_text(encoding="utf-8"):
        return Finding("providers", "ok", f"from the mirror of {configuration}")
    proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")
    if proxy:
        address = urlparse(proxy)
        return _reached("proxy", (address.hostname or "", address.port or 3128), None)
    return _reached(REGISTRY, (REGISTRY, 443), ssl.create_default_context())


def _reached(what: str, address: tuple[str, int], context: ssl.SSLContext | None) -> Finding:
    try:
        with socket.create_connection(address, timeout=TIMEOUT_SECONDS) as connection:
            if context is not None:
                with context.wrap_socket(connection, server_hostname=address[0]):
                    pass
    except ssl.SSLError as problem:
        return Finding(
            what, "wrong", f"its certificate is not trusted ({problem.reason})", "name the authority in SSL_CERT_FILE"
        )
    except OSError as problem:
        advice = "check the network, HTTPS_PROXY, or name a mirror of providers in TF_CLI_CONFIG_FILE"
        return Finding(what, "wrong", f"cannot be reached ({problem.strerror or problem})", advice)
    return Finding(what, "ok", f"{address[0]} can be reached")


def _of_environment(environment: Environment) -> Iterator[Finding]:
    if environment.region is not None:
        yield _credentials(environment, environment.region)
    yield _backend(environment)
    yield _cluster(environment)


def _credentials(environment: Environment, region: str) -> Finding:
    what = f"{environment.name}: credentials"
    if shutil.which("aws") is None:
        return Finding(what, "missing", "'aws' is needed to look", PROGRAMS["aws"][1])
    answer = _run(["aws", "sts", "get-caller-identity", "--output", "json", "--region", region])
    if answer.returncode != 0:
        said = _last_line(answer.stderr)
        return Finding(what, "wrong", said, cure(said) or "run 'aws sso login', or set AWS_PROFILE")
    identity = json.loads(answer.stdout)
    if environment.account_id not in (None, identity["Account"]):
        said = f"{identity['Arn']} is of account {identity['Account']}, the environment names {environment.account_id}"
        return Finding(what, "wrong", said, "set AWS_PROFILE to a profile of that account")
    return Finding(what, "ok", identity["Arn"])


def _backend(environment: Environment) -> Finding:
    what = f"{environment.name}: state"
    backend = environment.backend
    if isinstance(backend, S3Backend):
        said = _said_of_bucket(backend, backend.region or environment.region)
        if said is not None:
            return Finding(what, "wrong", f"s3://{backend.bucket}: {said}", f"./eks state bucket {environment.name}")
        return Finding(what, "ok", f"s3://{backend.bucket}")
    if isinstance(backend, CloudBackend):
        from operations.hcp import hcp  # noqa: PLC0415 - the client takes time to load

        try:
            hcp.token(backend.hostname)
        except UsageError as problem:
            return Finding(what, "wrong", str(problem), f"terraform login {backend.hostname}")
        return Finding(what, "ok", f"organization {backend.organization} of {backend.hostname}, with a token")
    return Finding(what, "ok", "local files under .state/")


def _said_of_bucket(backend: S3Backend, region: str | None) -> str | None:
    """Return what is wrong with the bucket; None where it is there."""
    own_login = backend.own_login
    if not own_login:
        where = [] if region is None else ["--region", region]
        answer = _run(["aws", "s3api", "head-bucket", "--bucket", backend.bucket, *where])
        return None if answer.returncode == 0 else _last_line(answer.stderr)
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - it takes time to load

    from operations.aws_session import session_of_state  # noqa: PLC0415 - it takes time to load

    try:
        s3 = session_of_state(own_login, os.environ, region).create_client("s3", region_name=region)
        s3.head_bucket(Bucket=backend.bucket)
    except (BotoCoreError, ClientError) as problem:
        return str(problem)
    return None


def _cluster(environment: Environment) -> Finding:
    from operations.kubernetes.open_service import OpenServiceError, kubectl_for  # noqa: PLC0415 - the client takes time to load

    what = f"{environment.name}: cluster"
    try:
        with kubectl_for(environment) as kubectl:
            answer = kubectl.ask("version")
    except OpenServiceError as problem:
        return Finding(what, "optional", str(problem), f"./eks deploy {environment.name}, where it is not deployed yet")
    if answer.returncode != 0:
        advice = "connect to its network, or permit your own address in cluster.endpoint_public_access_cidrs"
        return Finding(what, "wrong", _last_line(answer.stderr), advice)
    return Finding(what, "ok", " ".join(answer.stdout.split("\n")[-2:]).strip() or "reached")


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS)  # noqa: S603 - our own
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"no answer within {TIMEOUT_SECONDS} s")
    except OSError as problem:
        return subprocess.CompletedProcess(command, 1, "", str(problem))


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1]
