"""Prometheus' and Alertmanager's own programs check what is theirs; one that is missing or too old says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checks.prometheus_config import SECRET, Prometheus, prometheus_of
from checks.real_programs import complaints_about_alertmanager, complaints_about_prometheus
from tests.programs import need, write_python

if TYPE_CHECKING:
    from pathlib import Path

ALERTMANAGER = {"alertmanager.yaml": "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"}
EMPTY = Prometheus({}, {}, ())


def test_missing_program(stand_ins: Path) -> None:
    (stand_ins / "promtool").unlink()
    (amtool,), (promtool,) = complaints_about_alertmanager(ALERTMANAGER), complaints_about_prometheus(EMPTY)
    assert amtool.startswith("not checked: there is no amtool on PATH (go install ")
    assert promtool.startswith("not checked: there is no promtool on PATH (go install ")


@pytest.mark.parametrize(
    ("program", "version", "told"),
    [
        ("amtool", "amtool, version 0.25.0 (branch: debian)", "not checked: amtool 0.25 is older than 0.28 ("),
        ("amtool", "amtool, version 0.28.0", "REFUSED"),
        ("amtool", "amtool, version  (branch: , revision: )", "REFUSED"),
        ("promtool", "promtool, version 2.42.0+ds", "not checked: promtool 2.42 is older than 3.0 ("),
        ("promtool", "promtool, version 3.0.0", "REFUSED"),
    ],
)
def test_version(stand_ins: Path, program: str, version: str, told: str) -> None:
    code = f"import sys\nif '--version' in sys.argv:\n    print({version!r})\nelse:\n    sys.exit('REFUSED')\n"
    write_python(stand_ins / program, code)
    complaints = (
        complaints_about_alertmanager(ALERTMANAGER) if program == "amtool" else complaints_about_prometheus(EMPTY)
    )
    (message,) = complaints
    assert message.startswith(told)


def monitor(**endpoint: Any) -> list[dict[str, Any]]:
    return [{"kind": "ServiceMonitor", "metadata": {"name": "m", "namespace": "n"}, "spec": {"endpoints": [endpoint]}}]


def test_a_monitor_becomes_a_job() -> None:
    objects = monitor(
        port="http",
        path="/m",
        interval="15s",
        scrapeTimeout="5s",
        honorLabels=True,
        params={"camelCase": ["x"]},
        authorization={"type": "Bearer", "credentials": {"name": "s", "key": "token"}},
        tlsConfig={"ca": {"secret": {"name": "s", "key": "ca"}}, "serverName": "host"},
        relabelings=[{"sourceLabels": ["a"], "targetLabel": "b"}],
        metricRelabelings=[{"action": "drop", "regex": "x"}],
    )
    (job,) = prometheus_of({}, objects).config["scrape_configs"]
    assert job == {
        "job_name": "serviceMonitor/n/m/0",
        "kubernetes_sd_configs": [{"role": "endpointslice"}],
        "metrics_path": "/m",
        "scrape_interval": "15s",
        "scrape_timeout": "5s",
        "honor_labels": True,
        "params": {"camelCase": ["x"]},
        "authorization": {"type": "Bearer", "credentials": SECRET},
        "tls_config": {"server_name": "host"},
        "relabel_configs": [{"source_labels": ["a"], "target_label": "b"}],
        "metric_relabel_configs": [{"action": "drop", "regex": "x"}],
    }


def rules(expression: str) -> dict[str, Any]:
    groups = [{"name": "g", "partial_response_strategy": "warn", "rules": [{"record": "a", "expr": expression}]}]
    return {"kind": "PrometheusRule", "metadata": {"name": "r"}, "spec": {"groups": groups}}


WRITE = {"url": "https://example.com/write"}


@pytest.mark.parametrize(
    ("spec", "objects", "told"),
    [
        ({}, monitor(interval="10s", scrapeTimeout="1m"), "scrape timeout greater than scrape interval"),
        ({}, monitor(relabelings=[{"targetLabel": "a", "regex": "(?!b)"}]), "(?!"),
        ({"externalLabels": {"a b": "c", "": "x"}}, [], "label"),
        ({"remoteWrite": [WRITE, {**WRITE, "writeRelabelConfigs": [{"action": "hashmod"}]}]}, [], "hashmod"),
        ({"additionalScrapeConfigs": [{"job_name": "a"}, {"job_name": "a"}]}, [], 'job name "a"'),
        ({}, [rules("limitk(2, x)")], "experimental"),
    ],
)  # fmt: skip
def test_what_promtool_refuses(spec: dict[str, Any], objects: list[dict[str, Any]], told: str, stand_ins: Path) -> None:
    (stand_ins / "promtool").unlink()
    need("promtool")
    (message,) = complaints_about_prometheus(prometheus_of(spec, objects))
    assert told in message


def test_what_promtool_takes(stand_ins: Path) -> None:
    (stand_ins / "promtool").unlink()
    need("promtool")
    file = "/var/run/secrets/kubernetes.io/serviceaccount/token"
    objects = monitor(bearerTokenFile=file, interval="", scrapeTimeout="")
    spec = {"remoteWrite": [WRITE], "enableFeatures": ["promql-experimental-functions", "promql-binop-fill-modifiers"]}
    objects.append(rules("limitk(2, x + fill(0) y)"))
    assert list(complaints_about_prometheus(prometheus_of(spec, objects))) == []


def test_what_promtool_says_of_an_agent(stand_ins: Path) -> None:
    (stand_ins / "promtool").unlink()
    need("promtool")
    spec = {"remoteWrite": [WRITE], "remoteRead": [WRITE]}
    objects = [*monitor(interval="30s"), rules("no PromQL")]
    assert list(complaints_about_prometheus(prometheus_of(spec, objects, is_agent=True))) == []
    broken = {"remoteWrite": [{**WRITE, "writeRelabelConfigs": [{"action": "hashmod"}]}]}
    (message,) = complaints_about_prometheus(prometheus_of(broken, [], is_agent=True))
    assert "hashmod" in message
