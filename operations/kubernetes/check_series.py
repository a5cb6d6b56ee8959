"""Asks a running Prometheus which metrics and labels make its series: `./eks check series dev`.

Everything goes through the Kubernetes API, so that nothing has to be reachable from outside. A metric that no rule and
no dashboard of the cluster names can be dropped; the report has the settings and relabelings that do it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from operations.console import print_text
from operations.kubernetes.open_service import Kubectl, OpenServiceError, kubectl_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from config.environment import Environment
    from config.monitoring.kube_prom_stack import KubePromStackSettings

SHOWN: Final = 15
# Labels of more values are worth a look; those that identify pods and nodes must have many.
MANY_VALUES: Final = 200
NEEDED_LABELS: Final = frozenset({"__name__", "instance", "le", "namespace", "node", "pod"})
SECONDS_A_MONTH: Final = 30 * 86_400
# The first 2 billion samples of a month, in US dollars for 10 million: https://aws.amazon.com/prometheus/pricing/
DOLLARS: Final = 0.90
# Service of kube-state-metrics, node-exporter and so on: the values of the chart that take relabelings of a job.
VALUES_OF_JOBS: Final = {
    "apiserver": "kubeApiServer.serviceMonitor.metricRelabelings",
    "coredns": "coreDns.serviceMonitor.metricRelabelings",
    "kube-state-metrics": "kube-state-metrics.prometheus.monitor.metricRelabelings",
    "kubelet": "kubelet.serviceMonitor.metricRelabelings, of cAdvisor kubelet.serviceMonitor.cAdvisorMetricRelabelings",
    "node-exporter": "prometheus-node-exporter.prometheus.monitor.metricRelabelings",
}


class Count(NamedTuple):
    """A name of a metric or a label, and how many series or values it has."""

    name: str
    value: int


class PrometheusApi:
    """The API of the environment's Prometheus, by way of the Kubernetes API."""

    def __init__(self, settings: KubePromStackSettings, kubectl: Kubectl) -> None:
        self.kubectl = kubectl
        service = f"{settings.release_name}-prometheus:9090"
        self.path = f"/api/v1/namespaces/{settings.namespace}/services/{service}/proxy/api/v1"

    def get(self, path: str) -> Any:  # noqa: ANN401 (JSON)
        """Return the data of an answer.

        Raises:
            OpenServiceError: Prometheus is out of reach.

        """
        done = self.kubectl.ask("get", "--raw", f"{self.path}/{path}")
        if done.returncode != 0:
            raise OpenServiceError(f"Prometheus cannot be asked: {' '.join(done.stderr.split())}")
        return json.loads(done.stdout)["data"]

    def jobs_of(self, metric: str) -> list[str]:
        """Return the jobs that a metric comes from."""
        found = self.get(f"query?query={quote(f'count by (job) ({metric})')}")
        return sorted(one["metric"].get("job", "") for one in found["result"])


def report(environment: Environment, kubectl: Kubectl, budget: int | None) -> tuple[list[str], bool]:
    """Return the lines of the report, and whether the series are within the budget.

    Raises:
        OpenServiceError: Prometheus is out of reach.

    """
    settings = environment.kube_prom_stack
    api = PrometheusApi(settings, kubectl)
    status = api.get(f"status/tsdb?limit={SHOWN}")
    series = int(status["headStats"]["numSeries"])
    metrics = [Count(one["name"], int(one["value"])) for one in status["seriesCountByMetricName"]]
    labels = [Count(one["name"], int(one["value"])) for one in status["labelValueCountByLabelName"]]
    unused = _unused(metrics, _texts(api, kubectl))
    lines = [*_summary(series, settings), "", *_metric_lines(metrics, series, unused), "", *_label_lines(labels)]
    if unused:
        lines += ["", *_drops(unused, api, settings)]
    is_within = budget is None or series <= budget
    if not is_within:
        lines += ["", f"{series:,} series are more than the budget of {budget:,}"]
    return lines, is_within


def _summary(series: int, settings: KubePromStackSettings) -> Iterator[str]:
    from config.monitoring.durations import seconds_of  # noqa: PLC0415 (the settings are loaded by now)

    interval = seconds_of(settings.prometheus.scrape_interval)
    samples = series / interval * SECONDS_A_MONTH
    yield f"{series:,} series, at most {samples / 1e9:,.1f} billion samples a month with one each {interval:g} s"
    if settings.managed_prometheus.enabled:
        yield (
            f"sent as they are, they cost about {samples / 1e7 * DOLLARS:,.0f} $ a month in Managed Prometheus "
            f"({DOLLARS:.2f} $ for 10 million samples; above 2 billion it is less, and filters are not counted)"
        )


def _texts(api: PrometheusApi, kubectl: Kubectl) -> str:
    """Return every query of a rule, and every dashboard of the cluster, as one text."""
    groups = api.get("rules")["groups"]
    queries = [rule["query"] for group in groups for rule in group["rules"]]
    done = kubectl.ask("get", "configmaps", "--all-namespaces", "--selector", "grafana_dashboard=1", "-o", "json")
    if done.returncode != 0:
        raise OpenServiceError(f"the dashboards cannot be read: {' '.join(done.stderr.split())}")
    dashboards = [text for one in json.loads(done.stdout)["items"] for text in (one.get("data") or {}).values()]
    return "\n".join([*queries, *dashboards])


def _unused(metrics: Sequence[Count], texts: str) -> list[str]:
    """Return the metrics that no rule and no dashboard names; a histogram may be named by any of its series."""
    return [one.name for one in metrics if not re.search(rf"(?<![\w:]){re.escape(one.name)}(?![\w:])", texts)]


def _metric_lines(metrics: Sequence[Count], series: int, unused: Sequence[str]) -> Iterator[str]:
    yield "Metrics with the most series:"
    for one in metrics:
        note = "  in no rule and no dashboard" if one.name in unused else ""
        yield f"  {one.value:>9,}  {one.value / max(series, 1):>5.1%}  {one.name}{note}"


def _label_lines(labels: Sequence[Count]) -> Iterator[str]:
    yield "Labels with the most values:"
    for one in labels:
        is_odd = one.value > MANY_VALUES and one.name not in NEEDED_LABELS
        note = f"  drop it with {{action: labeldrop, regex: {one.name}}} if the other labels identify the series"
        yield f"  {one.value:>9,}  {one.name}{note if is_odd else ''}"


def _drops(unused: Sequence[str], api: PrometheusApi, settings: KubePromStackSettings) -> Iterator[str]:
    jobs: dict[str, list[str]] = {}
    for metric in unused:
        for job in api.jobs_of(metric):
            jobs.setdefault(job, []).append(metric)
    yield "What no rule and no dashboard names is not scraped with these entries of metricRelabelings:"
    for job, names in sorted(jobs.items()):
        yield f"  job {job} ({VALUES_OF_JOBS.get(job, 'metricRelabelings of its monitor')}):"
        yield f"    - {{action: drop, sourceLabels: [__name__], regex: {'|'.join(names)}}}"
    if settings.managed_prometheus.enabled:
        yield "or scraped, and not sent to Managed Prometheus:"
        yield f"  kube_prom_stack.managed_prometheus.drop_metrics: [{', '.join(unused)}]"


def check(environment: Environment, budget: int | None) -> int:
    """Print what makes the series of the environment's Prometheus; return 1 where they are more than the budget.

    Raises:
        OpenServiceError: Prometheus is out of reach, or answers no queries.

    """
    if environment.kube_prom_stack.prometheus.agent_mode:
        raise OpenServiceError(f"Prometheus of {environment.name} is in agent mode and keeps no series: ask its store")
    with kubectl_for(environment) as kubectl:
        lines, is_within = report(environment, kubectl, budget)
    for line in lines:
        print_text(line)
    return 0 if is_within else 1
