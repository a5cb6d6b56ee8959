"""The report about the series of a running Prometheus, and what drops the unused ones."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from operations.kubernetes.check_series import report
from operations.kubernetes.open_service import Kubectl, OpenServiceError

if TYPE_CHECKING:
    from config.environment import Environment
    from tests.conftest import Vary

PROXY = "/api/v1/namespaces/monitoring/services/kube-prometheus-stack-prometheus:9090/proxy/api/v1/"
# As Prometheus 3 answers: https://prometheus.io/docs/prometheus/latest/querying/api/#tsdb-stats
TSDB = {
    "headStats": {"numSeries": 120_000, "numLabelPairs": 9000, "chunkCount": 1, "minTime": 0, "maxTime": 1},
    "seriesCountByMetricName": [
        {"name": "apiserver_request_duration_seconds_bucket", "value": 60_000},
        {"name": "container_blkio_device_usage_total", "value": 30_000},
        {"name": "up", "value": 12},
    ],
    "labelValueCountByLabelName": [
        {"name": "pod", "value": 900},
        {"name": "id", "value": 800},
        {"name": "job", "value": 20},
    ],
}
RULES = {"groups": [{"rules": [{"query": "rate(apiserver_request_duration_seconds_bucket[5m])"}]}]}
DASHBOARDS = {"items": [{"data": {"a.json": '{"expr": "up == 0 or container_blkio_device_usage_total:sum"}'}}, {}]}


class Cluster(Kubectl):
    """A kubectl that answers as the API server does, by the path that is asked for."""

    def __init__(self, *, is_reached: bool = True) -> None:
        super().__init__(())
        object.__setattr__(self, "is_reached", is_reached)

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        if not self.__dict__["is_reached"]:
            return subprocess.CompletedProcess(arguments, 1, "", "Error from server\n(ServiceUnavailable)")
        if arguments[1] == "configmaps":
            assert "grafana_dashboard=1" in arguments
            return subprocess.CompletedProcess(arguments, 0, json.dumps(DASHBOARDS), "")
        return subprocess.CompletedProcess(arguments, 0, json.dumps({"data": self._data(arguments[2])}), "")

    def _data(self, path: str) -> Any:
        assert path.startswith(PROXY)
        match unquote(path.removeprefix(PROXY)):
            case "status/tsdb?limit=15":
                return TSDB
            case "rules":
                return RULES
            case "query?query=count by (job) (container_blkio_device_usage_total)":
                return {"result": [{"metric": {"job": "kubelet"}, "value": [0, "30000"]}]}
        raise AssertionError(f"nobody expected {path}")


@pytest.fixture
def environment(vary: Vary) -> Environment:
    return vary(
        {"kube_prom_stack.managed_prometheus.enabled": True, "kube_prom_stack.prometheus.scrape_interval": "30s"}
    )


def test_report(environment: Environment) -> None:
    lines, is_within = report(environment, Cluster(), None)
    assert is_within
    assert lines[0] == "120,000 series, at most 10.4 billion samples a month with one each 30 s"
    assert lines[1].startswith("sent as they are, they cost about 933 $ a month in Managed Prometheus (0.90 $ for 10")
    assert "     60,000  50.0%  apiserver_request_duration_seconds_bucket" in lines
    assert "     30,000  25.0%  container_blkio_device_usage_total  in no rule and no dashboard" in lines
    assert "        900  pod" in lines
    assert (
        "        800  id  drop it with {action: labeldrop, regex: id} if the other labels identify the series" in lines
    )
    drop = lines.index("    - {action: drop, sourceLabels: [__name__], regex: container_blkio_device_usage_total}")
    assert lines[drop - 1].startswith("  job kubelet (kubelet.serviceMonitor.metricRelabelings, of cAdvisor ")
    setting = "  kube_prom_stack.managed_prometheus.drop_metrics: [container_blkio_device_usage_total]"
    assert lines[-1] == setting


def test_no_price_without_managed_prometheus(vary: Vary) -> None:
    lines, _ = report(vary({}), Cluster(), None)
    assert not [line for line in lines if "Managed Prometheus" in line or "managed_prometheus" in line]


@pytest.mark.parametrize(("budget", "is_within"), [(120_000, True), (119_999, False)])
def test_budget(budget: int, is_within: bool, environment: Environment) -> None:  # noqa: FBT001 (a parameter)
    lines, found = report(environment, Cluster(), budget)
    assert found is is_within
    assert (lines[-1] == "120,000 series are more than the budget of 119,999") is not is_within


def test_out_of_reach(environment: Environment) -> None:
    with pytest.raises(OpenServiceError, match=r"Prometheus cannot be asked: Error from server \(ServiceUnavailable\)"):
        report(environment, Cluster(is_reached=False), None)
