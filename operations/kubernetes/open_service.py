"""Opens Grafana, Prometheus or Alertmanager of an environment: `make open-grafana ENV=dev`.

Goes through kubectl and the Kubernetes API, so that nothing has to be reachable from outside. It never uses the current
context, which could be another environment's cluster: an EKS cluster gets a kubeconfig of its own for the while.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from config.loading import ConfigurationError, load_environments
from config.paths import ENVIRONMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from config.environment import Environment

REQUEST_TIMEOUT: Final = "10s"
# Port of the Service, which is the local one too where PORT chooses no other; Grafana's is 80.
PORTS: Final = {"grafana": 80, "prometheus": 9090, "alertmanager": 9093}
LOCAL_PORTS: Final = {**PORTS, "grafana": 3000}
PRIVATE_API: Final = (
    "\nIts API is private by default: connect to its network, or permit your own with cluster.endpoint_public_access "
    "and endpoint_public_access_cidrs."
)


class OpenServiceError(Exception):
    """The service cannot be opened; the message says what to do."""


@dataclass(frozen=True)
class Kubectl:
    """kubectl for one cluster."""

    options: tuple[str, ...]

    def command(self, *arguments: str) -> list[str]:
        """Return a command line for the cluster."""
        return ["kubectl", *self.options, *arguments]

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command line for the cluster that ends soon, and return what it says."""
        return _run(self.command(*arguments, f"--request-timeout={REQUEST_TIMEOUT}"))

    def check(self, environment: Environment, service: str, namespace: str) -> None:
        """Ask for the service.

        Raises:
            OpenServiceError: The cluster is out of reach, or the service is not there.

        """
        done = self.ask("--namespace", namespace, "get", "service", service)
        if done.returncode == 0:
            return
        if "NotFound" in done.stderr:
            raise OpenServiceError(
                f"there is no Service {service} in namespace {namespace}: "
                f"make deploy STACKS={environment.name}-kube-prom-stack"
            )
        hint = PRIVATE_API if environment.existing_cluster is None else ""
        raise OpenServiceError(f"the cluster of {environment.name} cannot be reached: {_last_line(done.stderr)}{hint}")


@contextmanager
def kubectl_for(environment: Environment) -> Iterator[Kubectl]:
    """Give a kubectl that talks to the environment's cluster, whatever the current context is.

    Raises:
        OpenServiceError: A program is missing, or AWS does not know the cluster.

    """
    _need("kubectl", "https://kubernetes.io/docs/tasks/tools/")
    existing = environment.existing_cluster
    if existing is not None and existing.kubeconfig_context is not None:
        path = str(Path(existing.kubeconfig_path).expanduser())
        yield Kubectl(("--kubeconfig", path, "--context", existing.kubeconfig_context))
        return
    _need("aws", "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html")
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/kubeconfig"
        cluster = ["--name", environment.cluster_name, "--region", environment.aws_region]
        done = _run(["aws", "eks", "update-kubeconfig", *cluster, "--kubeconfig", path])
        if done.returncode != 0:
            raise OpenServiceError(f"AWS gives no access to {environment.cluster_name}: {_last_line(done.stderr)}")
        yield Kubectl(("--kubeconfig", path))


def password_hint(environment: Environment, kubectl: Kubectl) -> str:
    """Return where Grafana's login is, and the command that shows the password."""
    stack = environment.kube_prom_stack
    own = stack.grafana.admin_secret
    name = f"{stack.release_name}-grafana" if own is None else own.name
    user_key, password_key = ("admin-user", "admin-password") if own is None else (own.user_key, own.password_key)
    path = password_key.replace(".", "\\.")
    command = kubectl.command(
        "--namespace", stack.namespace, "get", "secret", name, "-o", f"jsonpath='{{.data.{path}}}'"
    )
    return (
        f"Login: secret {name} in namespace {stack.namespace}, keys {user_key} and {password_key}. The password:\n"
        f"  {' '.join(command)} | base64 -d"
    )


def open_service(environment: Environment, kind: str, local_port: int) -> int:
    """Say the address, and forward the port until the caller ends it; returns kubectl's exit status.

    Raises:
        OpenServiceError: The service cannot be opened.

    """
    stack = environment.kube_prom_stack
    if kind == "grafana" and not stack.grafana.enabled:
        raise OpenServiceError(f"{environment.name} has no Grafana: kube_prom_stack.grafana.enabled is false")
    service = f"{stack.release_name}-{kind}"
    with kubectl_for(environment) as kubectl:
        kubectl.check(environment, service, stack.namespace)
        _say(f"{kind.capitalize()} of {environment.name}: http://localhost:{local_port} (end it with Ctrl-C)")
        if kind == "grafana":
            _say(password_hint(environment, kubectl))
        ports = f"{local_port}:{PORTS[kind]}"
        forward = kubectl.command("--namespace", stack.namespace, "port-forward", f"service/{service}", ports)
        try:
            return subprocess.run(forward, check=False).returncode  # noqa: S603 - kubectl, with names from the settings
        except KeyboardInterrupt:
            return 0


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - as above


def _need(program: str, where: str) -> None:
    if shutil.which(program) is None:
        raise OpenServiceError(f"{program} is not on PATH: {where}")


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def environment_named(name: str) -> Environment:
    """Return the environment.

    Raises:
        OpenServiceError: There is none of that name.

    """
    environments = load_environments(ENVIRONMENTS)
    for environment in environments:
        if environment.name == name:
            return environment
    names = ", ".join(environment.name for environment in environments)
    raise OpenServiceError(f"ENV={name} is no environment; there are {names}")


def chosen_port(text: str | None, kind: str) -> int:
    """Return the local port that is asked for, or the one of the service.

    Raises:
        OpenServiceError: It is no port.

    """
    if not text:
        return LOCAL_PORTS[kind]
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise OpenServiceError(f"PORT={text} is not a port")
    return int(text)


def main() -> None:
    """Open the service that the argument names, of the environment ENV, on the port PORT; problems are told."""
    kind = sys.argv[1]
    try:
        port = chosen_port(os.environ.get("PORT"), kind)
        sys.exit(open_service(environment_named(os.environ.get("ENV", "")), kind, port))
    except ConfigurationError as problem:
        sys.exit(str(problem))
    except OpenServiceError as problem:
        sys.exit(f"{kind}: {problem}")


if __name__ == "__main__":
    main()
