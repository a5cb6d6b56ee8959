"""An alert on its whole way: a real exporter, Prometheus and Alertmanager, and a stand-in for Slack.

Scrape configuration, relabelling, external labels, rules, routes, templates and secrets are those that are synthesized;
only the waiting of the rules is shortened, and what pods have under /etc is in a folder.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import pytest

from checks.releases import as_deployed
from tests.integration.slack import Endpoint, alertmanager_of, free_port, running
from tests.programs import need
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import SynthesizeOne, Vary

RUNBOOKS = "https://git.example.com/"
HEARTBEAT_SECONDS = 10


@pytest.fixture(autouse=True)
def _programs() -> None:
    need("prometheus", "alertmanager")


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    yield endpoint
    endpoint.close()


@pytest.fixture
def values(endpoint: Endpoint, vary: Vary, synthesize_one: SynthesizeOne) -> dict[str, Any]:
    """The values of an environment whose alerts go to Slack, and whose probe is the endpoint."""
    slack = {"channel": "#on-call", "webhook_url": {"secret": "slack", "key": "url"}}
    heartbeat = {"url": f"http://{endpoint.address}/heartbeat"}
    probe = {
        "job_name": "probe/monitoring/home",
        "scrape_interval": "250ms",
        "scrape_timeout": "250ms",
        "static_configs": [{"targets": [endpoint.address], "labels": {"namespace": "staging"}}],
        "relabel_configs": [
            {"source_labels": ["__address__"], "regex": "(.+):.*", "target_label": "instance", "replacement": "http://${1}/"}
        ],
        "metric_relabel_configs": [{"source_labels": ["__name__"], "regex": "unwanted_.*", "action": "drop"}],
    }  # fmt: skip
    environment = vary({
        "kube_prom_stack.prometheus.external_url": "https://prometheus.example.com",
        "kube_prom_stack.prometheus.extra_scrape_configs": [probe],
        "kube_prom_stack.alert_rules": {"runbook_base_url": RUNBOOKS},
        "kube_prom_stack.alertmanager": {
            "external_url": "https://alertmanager.example.com",
            "receivers": {"on-call": {"slack": slack}, "heartbeat": {"webhook": heartbeat}},
            "routes": [{"receiver": "on-call", "severities": ["critical"], "namespaces": ["staging"]}],
            "dead_mans_switch": {"receiver": "heartbeat", "interval": f"{HEARTBEAT_SECONDS}s"},
            "group_wait": "0s",
            "group_interval": "1s",
        },
    })  # fmt: skip
    values: dict[str, Any] = as_deployed(synthesize_one(environment)["dev-kube-prom-stack"].values())
    return values


@pytest.fixture
def alertmanager(values: dict[str, Any], endpoint: Endpoint, tmp_path: Path) -> Iterator[int]:
    """The port of an Alertmanager with the synthesized configuration, its secrets in a folder."""
    with alertmanager_of(values, endpoint, "slack/url", tmp_path) as port:
        yield port


@contextmanager
def prometheus(values: dict[str, Any], alertmanager: int, folder: Path) -> Iterator[None]:
    """Run a Prometheus with the synthesized rules, external labels and scrape configuration."""
    spec = values["prometheus"]["prometheusSpec"]
    files = []
    for name, content in values["additionalPrometheusRulesMap"].items():
        for group in content["groups"]:
            group["rules"] = [{**rule, "for": "500ms"} if "alert" in rule else rule for rule in group["rules"]]
        files.append(f"{name}-rules.yaml")
        (folder / files[-1]).write_text(json.dumps(content))
    config = {
        "global": {"evaluation_interval": "250ms", "external_labels": spec["externalLabels"]},
        "rule_files": files,
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}]},
        "scrape_configs": spec["additionalScrapeConfigs"],
    }
    (folder / "prometheus.yaml").write_text(json.dumps(config))
    port = free_port()
    options = [
        f"--config.file={folder}/prometheus.yaml",
        f"--storage.tsdb.path={folder}/prometheus",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--web.external-url={spec['externalUrl']}",
        "--web.route-prefix=/",
    ]
    with running(folder, port, "prometheus", *options):
        yield


def send_watchdog(alertmanager: int) -> None:
    """Send the alert that always fires, as the chart's own rule does."""
    connection = HTTPConnection("127.0.0.1", alertmanager, timeout=5)
    alert = [{"labels": {"alertname": "Watchdog", "severity": "none"}}]
    connection.request("POST", "/api/v2/alerts", json.dumps(alert), {"Content-Type": "application/json"})
    assert connection.getresponse().status == 200
    connection.close()


def test_alert_reaches_slack_and_is_taken_back(
    values: dict[str, Any], alertmanager: int, endpoint: Endpoint, tmp_path: Path
) -> None:
    def messages() -> list[dict[str, Any]]:
        return endpoint.posted_to("/slack")

    def complaint() -> str:
        return f"posted: {endpoint.posted}\n{(tmp_path / 'alertmanager.log').read_text()}"

    send_watchdog(alertmanager)
    endpoint.metrics = "probe_success 0\nunwanted_metric 1\n"
    with prometheus(values, alertmanager, tmp_path):
        wait_until(messages, complaint)
        endpoint.metrics = "probe_success 1\n"
        wait_until(lambda: len(messages()) > 1, complaint)
    firing, resolved = messages()
    assert firing["channel"] == "#on-call"
    (attachment,) = firing["attachments"]
    assert attachment["title"] == "[FIRING:1] critical ProbeFailing in staging (dev-gd9)"
    assert attachment["title_link"] == "https://alertmanager.example.com/#/alerts?receiver=on-call"
    assert attachment["color"] == "danger"
    lines = attachment["text"].splitlines()
    assert lines[:3] == [
        "*A probed endpoint is down.*",
        "The probe probe/monitoring/home of http://127.0.0.1/ has failed for 5 minutes.",
        f"Runbook: <{RUNBOOKS}docs/runbook.md#probefailing>",
    ]
    assert lines[3].startswith("<https://prometheus.example.com/graph?g0.expr=probe_success")
    assert lines[4:6] == ["instance: `http://127.0.0.1/`", "job: `probe/monitoring/home`"]
    (attachment,) = resolved["attachments"]
    assert attachment["title"] == "[RESOLVED] critical ProbeFailing in staging (dev-gd9)"
    assert attachment["color"] == "good"
    wait_until(lambda: len(endpoint.posted_to("/heartbeat")) > 1, complaint)
    first, second, *_ = endpoint.posted_at["/heartbeat"]
    assert round((second - first) / HEARTBEAT_SECONDS) == 1, "the dead man's switch leaves out every other time"
