"""What is missing in a cluster is said, from what kubectl answers (as a real API server 1.35 answered it)."""

from __future__ import annotations

import json
import subprocess
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from operations.kubernetes import check_cluster
from operations.kubernetes.check_cluster import needed_secrets, problems
from operations.kubernetes.open_service import Kubectl, OpenServiceError

if TYPE_CHECKING:
    from config.environment import Environment
    from tests.conftest import Vary

MISSING = 'Error from server (NotFound): {} "x" not found'


class Cluster(Kubectl):
    """A kubectl that answers from a table: the first entry whose words all are among the arguments."""

    def __init__(self, **changes: str | None) -> None:
        super().__init__(())
        ready = {"conditions": [{"type": "Reconciled", "status": "True"}, {"type": "Available", "status": "True"}]}
        prometheus = {"kind": "Prometheus", "metadata": {"name": "p"}, "status": ready}
        table: dict[str, str | None] = {
            "get namespace monitoring": "",
            "get secret slack": "url\n",
            "get secret login": "admin-user\nadmin-password\n",
            "get namespaces": "Namespace   <none>   monitoring\nNamespace   <none>   kube-system\n",
            "prometheus!=main": "",
            "prometheus=main": "ServiceMonitor   monitoring   m\nPrometheusRule   monitoring   r\n",
            "get pvc": "data-0   Bound   gp3\n",
            "prometheuses,alertmanagers": json.dumps({"items": [prometheus]}),
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
            {"prometheus!=main": "Probe   staging   home\n"},
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
            {"get namespace monitoring": None},
            "namespace monitoring comes with the first deploy; then these secrets are needed in it: login, slack",
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
    one = {"kind": "Prometheus", "metadata": {"name": "p"}, "status": {"conditions": [condition]}}
    cluster = Cluster(**{"prometheuses,alertmanagers": json.dumps({"items": [one]})})
    expected = 'Prometheus p is not Reconciled: storage class "missing" does not exist'
    assert list(problems(environment, cluster)) == [expected]


def test_before_the_crds_are_there(environment: Environment) -> None:
    gone = 'error: the server doesn\'t have a resource type "servicemonitors"'
    cluster = Cluster(**{"prometheus!=main": gone, "prometheus=main": gone, "prometheuses,alertmanagers": gone})
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
