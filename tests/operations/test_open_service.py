"""Opening a service: the right cluster, the address, where the password is, and what is missing."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from config.core.errors import UsageError
from operations.environments.named import environment_named
from operations.kubernetes import open_service
from operations.kubernetes.open_service import OpenServiceError
from tests.programs import write_python

if TYPE_CHECKING:
    from pathlib import Path

    from config.environment import Environment
    from tests.conftest import Vary

# A stand-in that records its arguments, and answers as the file next to it says.
PROGRAM = """\
import json, pathlib, sys
folder = pathlib.Path(__file__).parent
name = pathlib.Path(__file__).stem.removeprefix(".")
with (folder / "calls").open("a") as calls:
    print(json.dumps([name, *sys.argv[1:]]), file=calls)
answer = folder / (name + "." + ("get" if "get" in sys.argv else "other"))
if answer.exists():
    sys.exit(answer.read_text())
"""


class Machine:
    """A PATH with stand-ins for kubectl and aws."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        monkeypatch.setenv("PATH", str(folder))

    def install(self, *names: str) -> None:
        for name in names:
            write_python(self.folder / name, PROGRAM)

    def fail(self, name: str, message: str) -> None:
        (self.folder / name).write_text(message)

    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path, monkeypatch)
    machine.install("kubectl", "aws")
    return machine


@pytest.fixture
def dev(vary: Vary) -> Environment:
    return vary({})


def test_grafana_of_an_eks_cluster(machine: Machine, dev: Environment, capfd: pytest.CaptureFixture[str]) -> None:
    assert open_service.open_service(dev, "grafana", 3001) == 0
    aws, get, forward = machine.calls()
    assert aws[:7] == ["aws", "eks", "update-kubeconfig", "--name", "dev-gd9", "--region", "us-east-2"]
    config = aws[aws.index("--kubeconfig") + 1]
    assert get[:3] == forward[:3] == ["kubectl", "--kubeconfig", config], "never the current context"
    assert forward[3:] == [
        "--namespace",
        "monitoring",
        "port-forward",
        "service/kube-prometheus-stack-grafana",
        "3001:80",
    ]
    assert not os.path.exists(config)  # noqa: PTH110 - a path of the stand-in's
    said = capfd.readouterr().out
    assert "Grafana of dev: http://localhost:3001" in said
    assert "secret kube-prometheus-stack-grafana in namespace monitoring, keys admin-user and admin-password" in said
    assert f"kubectl --kubeconfig {config} --namespace monitoring get secret kube-prometheus-stack-grafana" in said
    assert "-o jsonpath='{.data.admin-password}' | base64 -d" in said


def test_login_of_an_own_secret(machine: Machine, vary: Vary, capfd: pytest.CaptureFixture[str]) -> None:
    secret = {"name": "login", "user_key": "user", "password_key": "pass.word"}
    open_service.open_service(vary({"kube_prom_stack.grafana.admin_secret": secret}), "grafana", 3000)
    assert len(machine.calls()) == 3
    said = capfd.readouterr().out
    assert "secret login in namespace monitoring, keys user and pass.word" in said
    assert "{.data.pass\\.word}" in said


@pytest.mark.parametrize(("kind", "port"), [("prometheus", 9090), ("alertmanager", 9093)])
def test_other_services(kind: str, port: int, machine: Machine, vary: Vary, capfd: pytest.CaptureFixture[str]) -> None:
    environment = vary({"kube_prom_stack.release_name": "metrics", "kube_prom_stack.namespace": "watching"})
    open_service.open_service(environment, kind, port)
    assert machine.calls()[-1][3:] == [
        "--namespace",
        "watching",
        "port-forward",
        f"service/metrics-{kind}",
        f"{port}:{port}",
    ]
    assert capfd.readouterr().out == f"{kind.capitalize()} of dev: http://localhost:{port} (end it with Ctrl-C)\n"


def test_cluster_of_a_kubeconfig(machine: Machine, environments: tuple[Environment, ...]) -> None:
    minikube = next(environment for environment in environments if environment.name == "minikube")
    open_service.open_service(minikube, "prometheus", 9090)
    get, _ = machine.calls()
    assert get[0] == "kubectl"
    assert get[get.index("--context") + 1] == "minikube"


@pytest.mark.parametrize(
    ("answer", "message", "problem"),
    [
        (
            "kubectl.get",
            'Error from server (NotFound): services "x" not found',
            "there is no Service kube-prometheus-stack-prometheus in namespace monitoring: ./eks",
        ),
        (
            "kubectl.get",
            "E1121 memcache.go:265\nUnable to connect to the server: dial tcp 10.0.0.1:443: i/o timeout",
            "the cluster of dev cannot be reached: Unable to connect to the server: dial tcp 10.0.0.1:",
        ),
        (
            "aws.other",
            "An error occurred (ResourceNotFoundException): No cluster found for name: dev-gd9.",
            "AWS gives no access to dev-gd9: An error occurred (ResourceNotFoundException): No cluster found",
        ),
        ("aws.other", "", "AWS gives no access to dev-gd9: no message"),
    ],
)
def test_out_of_reach(answer: str, message: str, problem: str, machine: Machine, dev: Environment) -> None:
    machine.fail(answer, message or " ")
    with pytest.raises(OpenServiceError) as raised:
        open_service.open_service(dev, "prometheus", 9090)
    assert str(raised.value).startswith(problem)
    assert all("port-forward" not in call for call in machine.calls())


@pytest.mark.parametrize("missing", ["kubectl", "aws"])
def test_missing_program(missing: str, machine: Machine, dev: Environment) -> None:
    (machine.folder / missing).unlink()
    with pytest.raises(OpenServiceError, match=f"^{missing} is not on PATH: https://"):
        open_service.open_service(dev, "prometheus", 9090)


def test_grafana_that_is_off(vary: Vary) -> None:
    with pytest.raises(OpenServiceError, match="dev has no Grafana"):
        open_service.open_service(vary({"kube_prom_stack.grafana": {"enabled": False}}), "grafana", 3000)


def test_port_of_the_service(machine: Machine, dev: Environment) -> None:
    assert open_service.open_service(dev, "alertmanager", open_service.LOCAL_PORTS["alertmanager"]) == 0
    assert machine.calls()[-1][-1] == "9093:9093"


def test_another_port(machine: Machine, dev: Environment) -> None:
    assert open_service.open_service(dev, "alertmanager", 8080) == 0
    assert machine.calls()[-1][-1] == "8080:9093"


def test_unknown_environment() -> None:
    with pytest.raises(UsageError, match=r"^there is no environment dve; did you mean dev\?$"):
        environment_named("dve")


def test_kubeconfig_of_an_eks_cluster(machine: Machine, dev: Environment, tmp_path: Path) -> None:
    said = open_service.write_kubeconfig(dev, tmp_path / "config")
    assert said == "kubectl's current context is eks-dev: kubectl get nodes"
    assert machine.calls()[-1][:3] == ["aws", "eks", "update-kubeconfig"]
    assert machine.calls()[-1][-4:] == ["--alias", "eks-dev", "--kubeconfig", str(tmp_path / "config")]


def test_an_environment_with_a_context_of_its_own_needs_no_kubeconfig() -> None:
    with pytest.raises(OpenServiceError, match="kubectl config use-context minikube"):
        open_service.write_kubeconfig(environment_named("minikube"))
