"""What is missing in a cluster is reported, from what kubectl answers (as a real API server 1.35 answered it)."""

from __future__ import annotations

import json
import subprocess
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from operations.kubernetes import check_cluster
from operations.kubernetes.check_cluster import problems
from operations.kubernetes.needed_secrets import needed_secrets, pull_secrets_elsewhere
from operations.kubernetes.open_service import Kubectl, OpenServiceError
from tests.environments import DATA, read_environment
from tests.operations.test_unavailable_apis import api

if TYPE_CHECKING:
    from config.environment import Environment
    from tests.conftest import Vary

MISSING = 'Error from server (NotFound): {} "x" not found'


def pod(name: str, *containers: dict[str, Any], **conditions: str) -> dict[str, Any]:
    """Return a pod with the states of its containers, and its conditions."""
    status = {
        "phase": "Running",
        "conditions": [{"type": type_, "status": value} for type_, value in conditions.items()],
        "containerStatuses": [{"name": "main", "state": state} for state in containers],
    }
    return {"metadata": {"name": name}, "status": status}


def service(type_: str, **balancer: Any) -> dict[str, Any]:
    return {"metadata": {"name": "grafana"}, "spec": {"type": type_}, "status": {"loadBalancer": balancer}}


def items(*objects: Any) -> str:
    return json.dumps({"items": objects})


class Cluster(Kubectl):
    """A kubectl that answers from a table: the first entry whose words all are among the arguments."""

    def __init__(self, **changes: str | None) -> None:
        super().__init__(())
        ready = {"conditions": [{"type": "Reconciled", "status": "True"}, {"type": "Available", "status": "True"}]}
        reconciled = [
            {"kind": kind, "metadata": {"name": kind[0].lower()}, "status": ready}
            for kind in ("Prometheus", "Alertmanager")
        ]
        table: dict[str, str | None] = {
            "get namespace monitoring": "",
            "get secret slack": "url\n",
            "get secret login": "admin-user\nadmin-password\n",
            "get namespaces": "Namespace   <none>   monitoring\nNamespace   <none>   kube-system\n",
            "prometheus!=main,!thanos-ruler": "",
            "prometheus=main": "ServiceMonitor   monitoring   m\nPrometheusRule   monitoring   r\n",
            "get pvc": "data-0   Bound   gp3\n",
            "prometheuses,alertmanagers": json.dumps({"items": reconciled}),
            "get apiservices": items(),
            "get nodes": "node-1   containerd://1.7.27\n",
            "get pods": json.dumps(
                {"items": [pod("ready", Ready="True"), {**pod("job"), "status": {"phase": "Succeeded"}}]}
            ),
            "get services": json.dumps(
                {"items": [service("ClusterIP"), service("LoadBalancer", ingress=[{"ip": "10.0.0.1"}])]}
            ),
            "get storageclass": "",
        }
        object.__setattr__(self, "answers", {**table, **changes})

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        answers: dict[str, str | None] = self.__dict__["answers"]
        for words, answer in answers.items():
            if set(words.split()) <= set(arguments):
                code, out, error = (1, "", MISSING) if answer is None else (0, answer, "")
                if answer is not None and answer.startswith("error:"):
                    code, out, error = 1, "", answer
                return subprocess.CompletedProcess(arguments, code, out, error)
        raise AssertionError(f"nobody expected kubectl {' '.join(arguments)}")


@pytest.fixture
def environment(vary: Vary) -> Environment:
    slack = {"channel": "#alerts", "webhook_url": {"secret": "slack", "key": "url"}}
    return vary({
        "kube_prom_stack.alertmanager": {"receivers": {"team": {"slack": slack}}, "default_receiver": "team"},
        "kube_prom_stack.grafana.admin_secret": {"name": "login"},
    })  # fmt: skip


def test_nothing_is_said_of_a_sound_cluster(environment: Environment) -> None:
    assert list(problems(environment, Cluster())) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"get secret slack": None},
            (
                "there is no secret slack; pods that mount it do not start: "
                "kubectl --namespace monitoring create secret generic slack --from-file=url=FILE"
            ),
        ),
        ({"get secret login": "admin-user\n"}, "secret login has no key admin-password"),
        (
            {"prometheus!=main,!thanos-ruler": "Probe   staging   home\n"},
            "Probe staging/home lacks the label prometheus=main: Prometheus does not select it",
        ),
        (
            {"prometheus=main": "ServiceMonitor   staging   app\n"},
            (
                "ServiceMonitor staging/app is in a namespace without the label monitoring=prometheus: "
                "add it to monitored_namespaces"
            ),
        ),
        ({"get pvc": "data-0   Pending   gp9\n"}, "claim data-0 of class gp9 has no volume: it is Pending"),
        (
            {"get apiservices": items(api("v1beta1.metrics.k8s.io"))},
            "the API v1beta1.metrics.k8s.io does not answer, and until then no namespace can be deleted: no answer",
        ),
        (
            {"get nodes": "minikube   docker://28.1.1\n"},
            (
                "node minikube runs the Docker runtime, whose metrics name no container: CPU and memory of pods stay "
                "empty; on minikube: minikube delete, then minikube start --container-runtime=containerd"
            ),
        ),
        (
            {
                "get pods": items(
                    pod("grafana-0", {"waiting": {"reason": "ImagePullBackOff", "message": "no\nsuch image"}})
                )
            },
            "pod grafana-0 is not ready: container main: ImagePullBackOff no such image",
        ),
        (
            {
                "get pods": items(
                    pod("operator", {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}, Ready="False")
                )
            },
            "pod operator is not ready: container main: OOMKilled",
        ),
        ({"get pods": items(pod("new"))}, "pod new is not ready: Running"),
        (
            {"get services": items(service("LoadBalancer"))},
            "Service grafana has no load balancer yet; on minikube, keep `minikube tunnel` running",
        ),
        (
            {"prometheus!=main,!thanos-ruler": "AlertmanagerConfig   staging   mine\n"},
            "AlertmanagerConfig staging/mine lacks the label prometheus=main: Prometheus does not select it",
        ),
        (
            {"get namespace monitoring": None},
            "namespace monitoring is created by the first deploy; then it needs these secrets: login, slack",
        ),
    ],
)
def test_problem(changes: dict[str, str | None], problem: str, environment: Environment) -> None:
    assert list(problems(environment, Cluster(**changes))) == [problem]


def test_storage_class_that_does_not_exist(vary: Vary) -> None:
    environment = vary({"kube_prom_stack.storage_class_name": "gp9"})
    assert list(problems(environment, Cluster(**{"get storageclass": None}))) == [
        "there is no StorageClass gp9 (kube_prom_stack.storage_class_name): no volume would be made"
    ]


def test_what_the_operator_could_not_reconcile(environment: Environment) -> None:
    condition = {"type": "Reconciled", "status": "False", "message": 'storage class "missing"\ndoes not exist'}
    available = {"type": "Available", "status": "True"}
    one = {"kind": "Prometheus", "metadata": {"name": "p"}, "status": {"conditions": [condition, available]}}
    other = {
        "kind": "Alertmanager",
        "metadata": {"name": "a"},
        "status": {"conditions": [available, {**available, "type": "Reconciled"}]},
    }
    cluster = Cluster(**{"prometheuses,alertmanagers": items(one, other)})
    expected = 'Prometheus p is not Reconciled: storage class "missing" does not exist'
    assert list(problems(environment, cluster)) == [expected]


def test_what_the_operator_has_not_looked_at_does_not_exist(environment: Environment) -> None:
    one = {"kind": "Prometheus", "metadata": {"name": "p"}}
    assert list(problems(environment, Cluster(**{"prometheuses,alertmanagers": items(one)}))) == [
        "there is no Alertmanager in namespace monitoring: deploy the kube-prom-stack stack",
        "Prometheus p does not exist yet: the operator has not reconciled it; is its pod ready?",
    ]


@pytest.mark.parametrize("keys", [None, "password\n"])
def test_pull_secrets_are_of_their_own_type(keys: str | None, vary: Vary) -> None:
    environment = vary({"kube_prom_stack.image_pull_secrets": ["mirror"]})
    (problem,) = problems(environment, Cluster(**{"get secret mirror": keys}))
    assert "kubectl --namespace monitoring create secret docker-registry mirror --docker-server=HOST" in problem


def test_pull_secrets_of_add_ons_are_looked_for_in_their_namespaces(everything_environment: Environment) -> None:
    found = list(pull_secrets_elsewhere(everything_environment))
    assert found[:2] == [("cert-manager", "mirror-login"), ("kube-system", "mirror-login")]


def test_before_the_crds_are_there(environment: Environment) -> None:
    gone = 'error: the server doesn\'t have a resource type "servicemonitors"'
    cluster = Cluster(
        **{"prometheus!=main,!thanos-ruler": gone, "prometheus=main": gone, "prometheuses,alertmanagers": gone}
    )
    assert list(problems(environment, cluster)) == []


def test_cluster_out_of_reach(environment: Environment) -> None:
    cluster = Cluster(**{"get namespace monitoring": "error: connection refused"})
    with pytest.raises(OpenServiceError, match="the cluster cannot be asked: error: connection refused"):
        list(problems(environment, cluster))


def test_secrets_of_every_setting(everything_environment: Environment) -> None:
    assert needed_secrets(everything_environment) == {
        "mirror-login": [".dockerconfigjson"],
        "alertmanager-slack": ["webhook-url"],
        "alertmanager-smtp": ["password"],
        "alertmanager-heartbeat": ["url"],
        "grafana-admin": ["user", "secret"],
        "probe-login": [],
    }


def test_secrets_of_what_people_bring_along() -> None:
    needed = needed_secrets(read_environment(DATA / "other.yaml"))
    assert needed["mimir"] == ["user", "password", "token"]
    assert needed["shop"] == ["token"]
    assert needed["loki"] == ["password"]
    assert needed["grafana-login"] == ["google", "github", "oidc"]


def test_secrets_that_nothing_would_mount(vary: Vary) -> None:
    grafana = {"enabled": False, "admin_secret": {"name": "login"}}
    assert needed_secrets(vary({"kube_prom_stack.grafana": grafana})) == {}


@pytest.mark.parametrize(("found", "status", "said"), [([], 0, "dev: nothing is missing"), (["a", "b"], 1, "a\nb\n")])
def test_exit_status(
    found: list[str],
    status: int,
    said: str,
    vary: Vary,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(check_cluster, "kubectl_for", lambda _: nullcontext(Kubectl(())))
    monkeypatch.setattr(check_cluster, "problems", lambda *_: iter(found))
    assert check_cluster.check(vary({})) == status
    assert capsys.readouterr().out.startswith(said)


RECONCILED = {"conditions": [{"type": "Reconciled", "status": "True"}, {"type": "Available", "status": "True"}]}


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        (
            {
                "kube_prom_stack.prometheus": {"agent_mode": True},
                "kube_prom_stack.managed_prometheus": {"enabled": True},
                "kube_prom_stack.thanos": {},
            },
            {"PrometheusAgent": "prometheusagents"},
        ),
        (
            {"kube_prom_stack.thanos": {"enabled": True, "ruler": {"enabled": True, "rule_files": ["node"]}}},
            {"Prometheus": "prometheuses", "Alertmanager": "alertmanagers", "ThanosRuler": "thanosrulers"},
        ),
    ],
    ids=["agent", "ruler"],
)
def test_what_the_operator_makes_follows_the_settings(
    settings: dict[str, Any], kinds: dict[str, str], vary: Vary
) -> None:
    environment, asked = vary(settings), ",".join(kinds.values())
    made = [{"kind": kind, "metadata": {"name": "a"}, "status": RECONCILED} for kind in kinds]
    assert list(problems(environment, Cluster(**{asked: items(*made)}))) == []
    missing = [f"there is no {kind} in namespace monitoring: deploy the kube-prom-stack stack" for kind in kinds]
    assert list(problems(environment, Cluster(**{asked: items()}))) == missing
