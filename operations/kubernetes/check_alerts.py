"""Sends a test alert to an environment's Alertmanager and reports whether it was delivered: `./eks check alerts dev`.

The alert takes the way of every alert: routes, grouping, templates, receivers and secrets are those that are deployed.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Final

from config.core.errors import UsageError
from config.monitoring.durations import seconds_of
from operations.console import print_text
from operations.kubernetes.open_service import PORTS, Kubectl, OpenServiceError, kubectl_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from config.environment import Environment
    from config.monitoring.alerting.alertmanager import AlertmanagerSettings
    from config.monitoring.alerting.routes import Route

ALERT: Final = "Test"
LASTS: Final = timedelta(minutes=2)
REQUEST_SECONDS: Final = 10
POLL_SECONDS: Final = 1.0
# A replica waits this long for each replica before it (`--cluster.peer-timeout`), and a request takes time as well:
# https://github.com/prometheus/alertmanager/blob/main/cmd/alertmanager/main.go
PEER_SECONDS: Final = 15
MARGIN_SECONDS: Final = 30
# Counted when a request has ended, by integration:
# https://github.com/prometheus/alertmanager/blob/main/notify/notify.go
COUNT: Final = re.compile(
    r'^alertmanager_notification_requests(_failed)?_total\{.*?integration="(\w+)".*?\} (\S+)$', re.MULTILINE
)
# Name of the integration where it is not that of the setting.
INTEGRATIONS: Final = {"teams": "msteamsv2"}


@dataclass(frozen=True)
class Requests:
    """How many requests an Alertmanager has made since it started, by integration."""

    delivered: Mapping[str, int]
    failed: Mapping[str, int]

    @classmethod
    def of(cls, metrics: str) -> Requests:
        """Read the metrics of an Alertmanager."""
        all_: Counter[str] = Counter()
        failed: Counter[str] = Counter()
        for is_failed, integration, value in COUNT.findall(metrics):
            (failed if is_failed else all_)[integration] += int(float(value))
        return cls(all_ - failed, failed)


class Alertmanager:
    """The API of an Alertmanager: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml.

    Args:
        port: Its port on this machine.

    """

    def __init__(self, port: int) -> None:
        self._port = port

    def send(self, labels: Mapping[str, str]) -> None:
        """Send an alert that is resolved after two minutes."""
        ends_at = (datetime.now(UTC) + LASTS).isoformat()
        annotations = {"summary": "A test alert; there is nothing to do."}
        self._answer("POST", "/api/v2/alerts", [{"labels": labels, "annotations": annotations, "endsAt": ends_at}])

    def receivers_of(self, labels: Mapping[str, str]) -> list[str]:
        """Return the receivers of an alert that was sent, none of them where it is silenced or inhibited."""
        alerts = json.loads(
            self._answer("GET", f"/api/v2/alerts?filter=alertname%3D{ALERT}&silenced=false&inhibited=false")
        )
        return [one["name"] for alert in alerts if alert["labels"] == labels for one in alert["receivers"]]

    def requests(self) -> Requests:
        """Count the requests to receivers until now."""
        return Requests.of(self._answer("GET", "/metrics"))

    def _answer(self, method: str, path: str, body: object = None) -> str:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=REQUEST_SECONDS)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read().decode()
        except (OSError, HTTPException) as error:
            raise OpenServiceError(f"Alertmanager does not answer: {error}") from error
        finally:
            connection.close()
        if answer.status != 200:
            raise OpenServiceError(f"Alertmanager answers {answer.status}: {' '.join(content.split())}")
        return content


@contextmanager
def forwarded(kubectl: Kubectl, namespace: str, service: str, port: int) -> Iterator[int]:
    """Forward a free port of this machine to a service.

    Raises:
        OpenServiceError: kubectl forwards nothing.

    """
    command = kubectl.command("--namespace", namespace, "port-forward", f"service/{service}", f":{port}")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - kubectl, with names from the settings
        try:
            assert process.stdout is not None  # noqa: S101 (for mypy)
            assert process.stderr is not None  # noqa: S101 (as above)
            found = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())
            if found is None:
                raise OpenServiceError(f"port {port} of {service} is not forwarded: {process.stderr.read().strip()}")
            yield int(found[1])
        finally:
            process.terminate()


def patience(settings: AlertmanagerSettings) -> float:
    """Return the seconds until a notification is sent at the latest: a group of a previous test alert may exist."""
    everything: list[AlertmanagerSettings | Route] = [settings, *_all_routes(settings.routes)]
    wait = max(seconds_of(one.group_wait) for one in everything if one.group_wait)
    interval = max(seconds_of(one.group_interval) for one in everything if one.group_interval)
    return max(wait, interval) + PEER_SECONDS * (settings.replicas - 1) + MARGIN_SECONDS


def _all_routes(routes: Iterable[Route]) -> Iterator[Route]:
    for route in routes:
        yield route
        yield from _all_routes(route.routes)


def integrations_of(settings: AlertmanagerSettings, receivers: Sequence[str]) -> list[str]:
    """Return the integrations of receivers, as Alertmanager names them."""
    used = [settings.receivers[name] for name in receivers if name in settings.receivers]
    kinds = {kind for receiver in used for kind in type(receiver).model_fields if getattr(receiver, kind) is not None}
    return sorted(INTEGRATIONS.get(kind, kind) for kind in kinds)


def results(
    alertmanager: Alertmanager, before: Requests, integrations: Sequence[str], seconds: float
) -> Iterator[tuple[str, bool]]:
    """Yield each integration with whether it delivered, as soon as that is known."""
    pending = list(integrations)
    deadline = time.monotonic() + seconds
    while pending and time.monotonic() < deadline:
        now = alertmanager.requests()
        for name in list(pending):
            is_delivered = now.delivered.get(name, 0) > before.delivered.get(name, 0)
            if is_delivered or now.failed.get(name, 0) > before.failed.get(name, 0):
                pending.remove(name)
                yield name, is_delivered
        if pending:
            time.sleep(POLL_SECONDS)


def check(environment: Environment, severity: str, namespace: str) -> int:
    """Send a test alert and print what became of it; return 1 where a receiver did not take it.

    Raises:
        UsageError: The environment names no receiver.
        OpenServiceError: Alertmanager is out of reach.

    """
    stack = environment.kube_prom_stack
    settings = stack.alertmanager
    if not settings.receivers:
        raise UsageError(f"{environment.name} has no receiver of alerts: kube_prom_stack.alertmanager.receivers")
    service = f"{stack.release_name}-alertmanager"
    external = {**stack.prometheus.external_labels, "cluster": environment.cluster_name}
    labels = {**external, "alertname": ALERT, "severity": severity, "namespace": namespace}
    with kubectl_for(environment) as kubectl:
        kubectl.check(environment, service, stack.namespace)
        with forwarded(kubectl, stack.namespace, service, PORTS["alertmanager"]) as port:
            return _send(Alertmanager(port), labels, settings)


def _send(alertmanager: Alertmanager, labels: Mapping[str, str], settings: AlertmanagerSettings) -> int:
    before = alertmanager.requests()
    alertmanager.send(labels)
    receivers = alertmanager.receivers_of(labels)
    integrations = integrations_of(settings, receivers)
    sent = f"sent: {labels['severity']} {ALERT} in namespace {labels['namespace']}"
    if not integrations:
        print_text(f"{sent}; no receiver gets it: a route, a silence or an inhibition prevents it")
        return 1
    seconds = patience(settings)
    print_text(f"{sent}, to {', '.join(receivers)}; waiting for up to {seconds:.0f} s")
    found: dict[str, bool] = {}
    for name, is_delivered in results(alertmanager, before, integrations, seconds):
        found[name] = is_delivered
        print_text(f"{name}: {'delivered' if is_delivered else 'failed; the log of Alertmanager has the reason'}")
    for name in integrations:
        if name not in found:
            print_text(f"{name}: nothing was sent within {seconds:.0f} s; a time interval may mute the route")
    return 0 if all(found.get(name) for name in integrations) else 1
