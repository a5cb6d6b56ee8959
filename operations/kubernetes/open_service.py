"""Opens Grafana, Prometheus or Alertmanager of an environment: `./eks open grafana dev`.

Goes through kubectl and the Kubernetes API, so that nothing has to be reachable from outside. It never uses the current
context, which could be another environment's cluster: an EKS cluster gets a temporary kubeconfig.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from config.core.errors import UsageError
from config.place import KubeconfigCluster
from operations.interruption import Interrupted
from operations.own_folder import own_folder

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


class OpenServiceError(UsageError):
    """The service cannot be opened; the message states what to do."""


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
                f"./eks deploy {environment.name}-kube-prom-stack"
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
    place = environment.place
    if isinstance(place, KubeconfigCluster):
        yield Kubectl(("--kubeconfig", str(Path(place.path).expanduser()), "--context", place.context))
        return
    _need("aws", "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html")
    with own_folder("kubeconfig") as folder:
        path = f"{folder}/kubeconfig"
        cluster = ["--name", environment.cluster_name, "--region", place.region]
        done = _run(["aws", "eks", "update-kubeconfig", *cluster, "--kubeconfig", path])
        if done.returncode != 0:
            raise OpenServiceError(f"AWS gives no access to {environment.cluster_name}: {_last_line(done.stderr)}")
        yield Kubectl(("--kubeconfig", path))


def password_hint(environment: Environment, kubectl: Kubectl) -> str:
    """Return where Grafana's login is, and the command that shows the password."""
    stack = environment.kube_prom_stack
    login = stack.grafana_login
    path = login.password_key.replace(".", "\\.")
    command = kubectl.command(
        "--namespace", stack.namespace, "get", "secret", login.name, "-o", f"jsonpath='{{.data.{path}}}'"
    )
    return (
        f"Login: secret {login.name} in namespace {stack.namespace}, keys {login.user_key} and {login.password_key}. "
        f"The password:\n  {' '.join(command)} | base64 -d"
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
        except Interrupted:
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


def write_kubeconfig(environment: Environment, file: Path | None = None) -> str:
    """Add the environment's cluster to a kubeconfig, and make it the current context; return what was done.

    Raises:
        OpenServiceError: The environment names a context of its own, or AWS does not know the cluster.

    """
    place = environment.place
    if isinstance(place, KubeconfigCluster):
        raise OpenServiceError(
            f"{environment.name} uses the context {place.context} of {place.path}: "
            f"kubectl config use-context {place.context}"
        )
    _need("aws", "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html")
    alias = f"eks-{environment.name}"
    cluster = ["--name", environment.cluster_name, "--region", place.region, "--alias", alias]
    role_arn = environment.commands.assume_role_arn
    role = [] if role_arn is None else ["--role-arn", role_arn]
    where = [] if file is None else ["--kubeconfig", str(file)]
    done = _run(["aws", "eks", "update-kubeconfig", *cluster, *role, *where])
    if done.returncode != 0:
        raise OpenServiceError(f"AWS gives no access to {environment.cluster_name}: {_last_line(done.stderr)}")
    return f"kubectl's current context is {alias}: kubectl get nodes"
