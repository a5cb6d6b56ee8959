"""A test alert: where it is sent, and what is reported of its receivers."""

from __future__ import annotations

import json
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from config.core.errors import UsageError
from operations.kubernetes import check_alerts
from operations.kubernetes.check_alerts import Requests, check, patience
from operations.kubernetes.open_service import Kubectl, OpenServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.environment import Environment
    from tests.conftest import Vary

SLACK = {"slack": {"channel": "#a", "webhook_url": {"secret": "slack", "key": "url"}}}
TEAMS = {"teams": {"webhook_url": {"secret": "teams", "key": "url"}}}


def metrics(integration: str, requests: int, failed: int) -> str:
    """Return metrics as Alertmanager 0.28 exposes them."""
    return (
        "# TYPE alertmanager_notification_requests_total counter\n"
        f'alertmanager_notification_requests_total{{integration="{integration}"}} {requests}\n'
        f'alertmanager_notification_requests_failed_total{{integration="{integration}"}} {failed}\n'
        f'alertmanager_notifications_failed_total{{integration="{integration}",reason="other"}} 9\n'
        'alertmanager_notification_requests_total{integration="email"} 1\n'
    )


class Server:
    """An Alertmanager that knows what was sent, and whose metrics are given, the last of them repeatedly."""

    def __init__(self, *answers: str, receivers: tuple[str, ...] = ("team",)) -> None:
        self.sent: list[dict[str, Any]] = []
        left = list(answers)
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/metrics":
                    self.answer(left.pop(0) if len(left) > 1 else left[0])
                else:
                    assert self.path.startswith("/api/v2/alerts?filter=alertname%3DTest&silenced=false")
                    known = [
                        {"labels": one["labels"], "receivers": [{"name": name} for name in receivers]}
                        for one in server.sent
                    ]
                    self.answer(json.dumps([{"labels": {"alertname": "Test"}, "receivers": [{"name": "x"}]}, *known]))

            def do_POST(self) -> None:
                assert self.path == "/api/v2/alerts"
                server.sent += json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.answer("")

            def answer(self, text: str) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


class Cluster(Kubectl):
    """A kubectl that forwards to the server, or says why not."""

    def command(self, *arguments: str) -> list[str]:
        assert arguments == (
            "--namespace", "monitoring", "port-forward", "service/kube-prometheus-stack-alertmanager", ":9093",
        )  # fmt: skip
        return [sys.executable, "-c", *self.options]

    def check(self, environment: Environment, service: str, namespace: str) -> None:
        assert (environment.name, service, namespace) == ("dev", "kube-prometheus-stack-alertmanager", "monitoring")


@pytest.fixture
def environment(vary: Vary) -> Environment:
    return vary({
        "kube_prom_stack.alertmanager": {"receivers": {"team": {**SLACK, **TEAMS}}, "default_receiver": "team"},
        "kube_prom_stack.prometheus.external_labels": {"region": "here"},
    })  # fmt: skip


@pytest.fixture
def sent_to(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that sends a test alert of an environment to a server."""
    monkeypatch.setattr(check_alerts, "POLL_SECONDS", 0.01)

    def send(environment: Environment, server: Server) -> int:
        said = f"Forwarding from 127.0.0.1:{server.http.server_port} -> 9093"
        _reach(monkeypatch, f"print({said!r}, flush=True); import time; time.sleep(1000)")
        try:
            return check(environment, "warning", "shop")
        finally:
            server.http.shutdown()
            server.http.server_close()

    return send


def _reach(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    @contextmanager
    def reach(_: Environment) -> Iterator[Kubectl]:
        yield Cluster((program,))

    monkeypatch.setattr(check_alerts, "kubectl_for", reach)


def test_each_integration_that_delivers_is_named(
    environment: Environment, sent_to: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    teams = metrics("msteamsv2", 4, 4)
    server = Server(
        metrics("slack", 1, 1) + teams,
        metrics("slack", 1, 1) + teams,
        metrics("slack", 2, 1) + teams,
        metrics("slack", 2, 1) + metrics("msteamsv2", 5, 4),
    )
    assert sent_to(environment, server) == 0
    (alert,) = server.sent
    assert alert["labels"] == {
        "alertname": "Test", "severity": "warning", "namespace": "shop", "cluster": "dev-gd9", "region": "here",
    }  # fmt: skip
    assert alert["endsAt"].endswith("+00:00")
    assert capsys.readouterr().out.splitlines() == [
        "sent: warning Test in namespace shop, to team; waiting for up to 330 s",
        "slack: delivered",
        "msteamsv2: delivered",
    ]


def test_a_request_that_fails(vary: Vary, sent_to: Any, capsys: pytest.CaptureFixture[str]) -> None:
    environment = vary({"kube_prom_stack.alertmanager": {"receivers": {"team": SLACK}, "default_receiver": "team"}})
    assert sent_to(environment, Server(metrics("slack", 1, 0), metrics("slack", 2, 1))) == 1
    assert capsys.readouterr().out.splitlines()[1:] == ["slack: failed; the log of Alertmanager has the reason"]


def test_nothing_is_sent_in_time(
    environment: Environment, sent_to: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check_alerts, "patience", lambda _: 0)
    assert sent_to(environment, Server("")) == 1
    assert capsys.readouterr().out.splitlines()[1:] == [
        "msteamsv2: nothing was sent within 0 s; a time interval may mute the route",
        "slack: nothing was sent within 0 s; a time interval may mute the route",
    ]


@pytest.mark.parametrize("receivers", [(), ("null",)])
def test_an_alert_that_reaches_nobody(
    receivers: tuple[str, ...], environment: Environment, sent_to: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sent_to(environment, Server("", receivers=receivers)) == 1
    assert "no receiver gets it: a route, a silence or an inhibition prevents it" in capsys.readouterr().out


def test_an_environment_without_receivers(vary: Vary) -> None:
    with pytest.raises(UsageError, match=r"^dev has no receiver of alerts: kube_prom_stack\.alertmanager\.receivers$"):
        check(vary({"kube_prom_stack.alertmanager": {}}), "critical", "default")


def test_an_alertmanager_that_does_not_run(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    _reach(monkeypatch, "import sys; sys.exit('error: pod is not running. Current status=Pending')")
    with pytest.raises(OpenServiceError, match=r"^port 9093 of kube-.* is not forwarded: error: pod is not running"):
        check(environment, "critical", "default")


def test_requests_are_counted_by_integration() -> None:
    counted = Requests.of(metrics("slack", 3, 1))
    assert (counted.delivered, counted.failed) == ({"slack": 2, "email": 1}, {"slack": 1})


def test_patience_has_room_for_groups_of_every_route_and_for_replicas(vary: Vary) -> None:
    settings = {
        "receivers": {"team": SLACK},
        "replicas": 3,
        "routes": [
            {"receiver": "team", "severities": ["critical"], "group_interval": "10m",
             "routes": [{"receiver": "team", "severities": ["critical"], "group_wait": "20m"}]},
        ],
    }  # fmt: skip
    alertmanager = vary({"kube_prom_stack.alertmanager": settings}).kube_prom_stack.alertmanager
    assert patience(alertmanager) == 20 * 60 + 2 * 15 + 30
