"""The dashboards' queries, asked of a real Prometheus that holds a small made-up cluster (tests/data/cluster.yaml).

A query that parses can still fail when it is asked (two series match where one may) or never find anything (a wrong
label). Here every query returns series, with the labels that the panel's legend and table columns show.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
from contextlib import contextmanager
from http.client import HTTPConnection
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

import pytest
import yaml

from config.paths import ROOT
from tests.monitoring import dashboards
from tests.monitoring.dashboards import GLOBAL_VARIABLES, LABEL_VALUES, Json
from tests.programs import need
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLUSTER = ROOT / "tests" / "data" / "cluster.yaml"
NOW = 1_767_225_600  # 2026-01-01: the queries' answers do not depend on when the tests run
MINUTES_OF_SAMPLES = 120
SERIES = re.compile(r"(?P<metric>[\w:]+)(?:\{(?P<labels>.*)\})? (?P<start>[\d.]+)(?P<step>[+-][\d.]+)?")
LABEL = re.compile(r'(\w+)="([^"]*)"')
LEGEND_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")
SHIPPED = dashboards.shipped()


class Series(NamedTuple):
    """A series of the made-up cluster: its value at the first minute, and how much it grows each minute."""

    metric: str
    labels: dict[str, str]
    start: float
    step: float

    def samples(self) -> Iterator[str]:
        """Yield a line of the OpenMetrics text format a minute."""
        labels = ",".join(f"{name}={json.dumps(value)}" for name, value in sorted(self.labels.items()))
        for minute in range(MINUTES_OF_SAMPLES + 1):
            at = NOW - 60 * (MINUTES_OF_SAMPLES - minute)
            yield f"{self.metric}{{{labels}}} {self.start + self.step * minute} {at}\n"


class Prometheus(NamedTuple):
    """A running Prometheus."""

    port: int

    def get(self, path: str, parameters: list[tuple[str, str]]) -> Any:
        """Return the data of an answer of the HTTP API; raises ValueError with Prometheus' own message."""
        connection = HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", f"/api/v1/{path}?{urlencode(parameters)}")
        answer = json.loads(connection.getresponse().read())
        connection.close()
        if answer["status"] != "success":
            raise ValueError(answer["error"])
        return answer["data"]

    def series_of(self, expression: str) -> list[dict[str, str]]:
        """Return the labels of the series that an expression yields now."""
        result = self.get("query", [("query", expression), ("time", str(NOW))])["result"]
        return [series["metric"] for series in result]

    def label_values(self, selector: str, label: str) -> list[str]:
        """Return a label's values, as Grafana asks for the options of a variable."""
        span = [("start", str(NOW - 60 * MINUTES_OF_SAMPLES)), ("end", str(NOW))]
        return list(self.get(f"label/{label}/values", [("match[]", selector), *span]))

    def is_ready(self) -> bool:
        """Return whether queries are answered."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", "/-/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def made_up_cluster(name: str = "") -> list[Series]:
    """Return the series of tests/data/cluster.yaml, with a cluster's name as the external label of remote writing."""
    external = {"cluster": name} if name else {}
    series = []
    for part in yaml.safe_load(CLUSTER.read_text("utf-8")):
        for line in part["series"]:
            match = SERIES.fullmatch(line)
            assert match, line
            labels = external | part["target"] | dict(LABEL.findall(match["labels"] or ""))
            series.append(Series(match["metric"], labels, float(match["start"]), float(match["step"] or 0)))
    return series


@contextmanager
def running(folder: Path) -> Iterator[Prometheus]:
    """Run Prometheus on the blocks in a folder, scraping nothing."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        prometheus = Prometheus(probe.getsockname()[1])
    (folder / "prometheus.yml").write_text("{}\n")
    command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    command += [f"--web.listen-address=127.0.0.1:{prometheus.port}", "--log.level=error"]
    with subprocess.Popen(command) as process:
        try:
            wait_until(lambda: process.poll() is not None or prometheus.is_ready())
            assert process.poll() is None, "Prometheus ended while it was starting"
            yield prometheus
        finally:
            process.terminate()


@pytest.fixture(scope="module", params=[("",), ("dev", "prod")], ids=["own samples", "samples of two clusters"])
def prometheus(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus with its own samples of the made-up cluster, or with those that two clusters wrote to it."""
    need("prometheus", "promtool")
    folder = tmp_path_factory.mktemp("prometheus")
    by_metric = sorted((series for name in request.param for series in made_up_cluster(name)), key=attrgetter("metric"))
    (folder / "samples").write_text("".join(line for series in by_metric for line in series.samples()) + "# EOF\n")
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", "samples", "data"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    with running(folder) as prometheus:
        yield prometheus


def chosen_values(prometheus: Prometheus, dashboard: Json) -> dict[str, str]:
    """Return the variables' values when the dashboard opens: the stored choice, All, or the first option."""
    values = dict(GLOBAL_VARIABLES)
    for variable in dashboards.variables(dashboard):
        if variable["type"] == "query":
            options = options_of(prometheus, variable, values)
            stored = variable.get("current", {}).get("value")
            values[variable["name"]] = all_of(variable, options) if stored == ["$__all"] else stored or options[0]
    return values


def all_of(variable: Json, options: list[str]) -> str:
    """Return what Grafana fills in for the choice All: the variable's own pattern, or one of all options."""
    escaped = (re.escape(option).replace("\\", r"\\") for option in options)
    return variable.get("allValue") or f"({'|'.join(escaped)})"


def options_of(prometheus: Prometheus, variable: Json, values: dict[str, str]) -> list[str]:
    """Return the options of a variable, given the values of those before it."""
    label = LABEL_VALUES.fullmatch(variable["query"]["query"])
    assert label, variable["query"]
    return prometheus.label_values(dashboards.substitute(dashboards.selector_of(variable), values), label["label"])


def columns_of(panel: Json) -> set[str]:
    """Return the labels that a table shows as columns; a cluster's name is there for remote-written samples only."""
    renamed = {
        column
        for transformation in panel.get("transformations", [])
        for column in transformation["options"].get("renameByName", {})
    }
    return {column for column in renamed - {"cluster"} if not column.startswith("Value")}


def problems_of(prometheus: Prometheus, dashboard: Json) -> Iterator[str]:
    """Yield the queries that fail or find nothing, and the labels that a legend or a table has no values of."""
    values = chosen_values(prometheus, dashboard)
    for panel in dashboards.panels(dashboard):
        of_panel: set[str] = set()
        for target in panel.get("targets", []):
            where = f"{dashboards.name_of(panel)}, query {target['refId']}"
            try:
                series = prometheus.series_of(dashboards.substitute(target["expr"], values))
            except ValueError as error:
                yield f"{where}: {error}"
                continue
            labels = {label for labels in series for label in labels}
            of_panel |= labels
            if not series:
                yield f"{where} finds nothing"
            for label in sorted(set(LEGEND_LABEL.findall(target.get("legendFormat", ""))) - labels):
                yield f"{where} has no label {label}"
        for column in sorted(columns_of(panel) - of_panel):
            yield f"{dashboards.name_of(panel)} has no column {column}"


def test_samples_are_of_known_metrics() -> None:
    assert {series.metric for series in made_up_cluster()} <= dashboards.known_metrics()


@pytest.mark.parametrize("name", SHIPPED)
def test_every_query_finds_what_its_panel_shows(prometheus: Prometheus, name: str) -> None:
    assert list(problems_of(prometheus, SHIPPED[name])) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_every_variable_has_options(prometheus: Prometheus, name: str) -> None:
    values = chosen_values(prometheus, SHIPPED[name])
    without = {
        variable["name"]
        for variable in dashboards.variables(SHIPPED[name])
        if variable["type"] == "query" and not options_of(prometheus, variable, values)
    }
    # A Prometheus' own samples have no external label.
    assert without <= {"cluster"}


def dashboard_with(panel_type: str, **target: str) -> Json:
    """Return a dashboard of one panel with one query."""
    columns = {"id": "organize", "options": {"renameByName": {"job": "Job", "namespace": "Namespace", "Value": "Up"}}}
    panel = {"id": 1, "targets": [{"refId": "A", **target}], "title": "Up", "type": panel_type}
    return {"panels": [panel | ({"transformations": [columns]} if panel_type == "table" else {})]}


@pytest.mark.parametrize(
    ("dashboard", "problem"),
    [
        (dashboard_with("stat", expr='up{job="nobody"}'), "panel 1 'Up', query A finds nothing"),
        (dashboard_with("stat", expr="sum by (job) (up)", legendFormat="{{ pod }}"),
         "panel 1 'Up', query A has no label pod"),
        (dashboard_with("table", expr="sum by (job) (up)"), "panel 1 'Up' has no column namespace"),
        (dashboard_with("stat", expr="up * on (job) kube_node_info"),
         "panel 1 'Up', query A: found duplicate series for the match group"),
    ],
    ids=["no series", "legend", "column", "duplicates"],
)  # fmt: skip
def test_fails_query_that_does_not_find_what_its_panel_shows(
    prometheus: Prometheus, dashboard: Json, problem: str
) -> None:
    problems = list(problems_of(prometheus, dashboard))
    assert len(problems) == 1
    assert problems[0].startswith(problem)
