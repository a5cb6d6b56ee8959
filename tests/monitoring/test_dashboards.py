"""The Grafana dashboards: each check finds nothing in the shipped ones, and finds its fault in a broken one."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.monitoring import dashboards
from tests.monitoring.dashboards import CHECKS, DATA_SOURCE, FOLDERS, Json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SHIPPED = dashboards.shipped()


def test_dashboards_for_cluster_application_and_monitoring_are_shipped() -> None:
    assert set(SHIPPED) == {
        "applications/myapp.json",
        "cluster/cluster-autoscaler.json",
        "cluster/cluster-overview.json",
        "cluster/karpenter.json",
        "monitoring/monitoring-overview.json",
        "mesh/istio.json",
        "monitoring/probes.json",
    }


@pytest.mark.parametrize("path", dashboards.files(), ids=lambda path: str(path.relative_to(FOLDERS)))
def test_file_is_canonical_json_and_fits_into_a_config_map(path: Path) -> None:
    assert list(dashboards.check_file(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_dashboard_passes(name: str, check: Callable[[Json], Iterator[str]]) -> None:
    assert list(check(SHIPPED[name])) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_dashboard_uses_known_metrics_only(name: str) -> None:
    assert list(dashboards.check_metrics(SHIPPED[name], dashboards.known_metrics())) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_no_query_depends_on_the_name_of_the_release(name: str) -> None:
    named = [query for query in dashboards.queries(SHIPPED[name]) if "kube-prometheus-stack" in query.expression]
    assert named == []


def test_shipped_uids_are_unique() -> None:
    assert list(dashboards.check_unique_uids(SHIPPED)) == []


def small_dashboard() -> Json:
    """Return a dashboard with one row, one panel and two variables that every check accepts."""
    return {
        "annotations": {"list": []},
        "description": "Targets.",
        "panels": [
            {"gridPos": {"h": 1, "w": 24, "x": 0, "y": 0}, "id": 1, "panels": [], "title": "Targets", "type": "row"},
            {
                "datasource": DATA_SOURCE,
                "fieldConfig": {"defaults": {"unit": "short"}, "overrides": []},
                "gridPos": {"h": 8, "w": 12, "x": 0, "y": 1},
                "id": 2,
                "options": {"legend": {"showLegend": True}},
                "targets": [
                    {
                        "datasource": DATA_SOURCE,
                        "expr": 'sum by (job) (up{job=~"$job"})',
                        "legendFormat": "{{job}}",
                        "refId": "A",
                    }
                ],
                "title": "Up",
                "type": "timeseries",
            },
        ],
        "refresh": "1m",
        "schemaVersion": 42,
        "tags": ["targets"],
        "templating": {
            "list": [
                {"name": "datasource", "query": "prometheus", "type": "datasource"},
                {
                    "allValue": ".+",
                    "datasource": DATA_SOURCE,
                    "name": "job",
                    "query": {"query": "label_values(up, job)"},
                    "type": "query",
                },
            ]
        },
        "time": {"from": "now-6h", "to": "now"},
        "title": "Targets",
        "uid": "targets",
    }


def broken(path: str, value: Any) -> Json:
    """Return the small dashboard with one value changed, e.g. `broken("panels.1.title", "")`."""
    dashboard = small_dashboard()
    part: Any = dashboard
    *parents, last = (int(key) if key.isdigit() else key for key in path.split("."))
    for key in parents:
        part = part[key]
    part[last] = value
    return dashboard


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_small_dashboard_passes(check: Callable[[Json], Iterator[str]]) -> None:
    assert list(check(small_dashboard())) == []
    assert list(dashboards.check_metrics(small_dashboard(), {"up"})) == []


PANEL = "panel 2 'Up'"
EXPRESSION = "panels.1.targets.0.expr"
VARIABLES = "templating.list"
FIXED = {"type": "prometheus", "uid": "P1809F7CD0C75ACF3"}
SECOND = {"datasource": DATA_SOURCE, "expr": "up", "legendFormat": "all", "refId": "A"}


@pytest.mark.parametrize(
    ("check", "path", "value", "problem"),
    [
        (dashboards.check_identity, "id", 7, "id is written by Grafana on saving: remove it"),
        (dashboards.check_identity, "__inputs", [], "__inputs is written by Grafana on saving: remove it"),
        (dashboards.check_identity, "version", 3, "version is written by Grafana on saving: remove it"),
        (dashboards.check_identity, "title", "", "title is missing"),
        (dashboards.check_identity, "refresh", False, "refresh is missing"),
        (dashboards.check_identity, "uid", "My uid", "uid 'My uid': 1 to 40 of a-z, 0-9 and - are allowed"),
        (dashboards.check_identity, "tags", [], "tags are missing"),
        (dashboards.check_identity, "time", {}, "time has no from and to"),
        (dashboards.check_identity, "schemaVersion", 16, "schemaVersion is 16, not 42"),
        (dashboards.check_identity, "panels", [], "it has no panel"),
        (dashboards.check_data_sources, f"{VARIABLES}.0.name", "source",
         "there is no variable 'datasource' of the type datasource"),
        (dashboards.check_data_sources, "panels.1.datasource", FIXED,
         f"{PANEL}: datasource is {FIXED}, not {DATA_SOURCE}"),
        (dashboards.check_data_sources, "panels.1.targets.0.datasource", None,
         f"{PANEL}, query A: datasource is None, not {DATA_SOURCE}"),
        (dashboards.check_data_sources, f"{VARIABLES}.1.datasource", FIXED,
         f"variable 'job': datasource is {FIXED}, not {DATA_SOURCE}"),
        (dashboards.check_data_sources, "annotations.list", [{"name": "Alerts", "datasource": FIXED}],
         f"annotation 'Alerts': datasource is {FIXED}, not {DATA_SOURCE}"),
        (dashboards.check_syntax, EXPRESSION, "up{job=~'$other'}",
         f"{PANEL}, query A: the variable 'other' is not defined"),
        (dashboards.check_syntax, EXPRESSION, "rate(up)",
         f"{PANEL}, query A: expected type matrix in call to function 'rate', got vector"),
        (dashboards.check_syntax, f"{VARIABLES}.1.query.query", "label_values(up{, job)",
         "variable 'job': unexpected end of input inside braces"),
        (dashboards.check_variables, EXPRESSION, "up{job=~'$job', pod='${pod:regex}'}",
         "the variable 'pod' is used but not defined"),
        (dashboards.check_variables, EXPRESSION, "up", "the variable 'job' is defined but not used"),
        (dashboards.check_variables, f"{VARIABLES}.0.name", "job", "the variable 'job' is defined 2 times"),
        (dashboards.check_layout, "panels.1.id", 1, "2 panels have the id 1"),
        (dashboards.check_layout, "panels.1.gridPos.y", 0, f"panel 1 'Targets' and {PANEL} overlap"),
        (dashboards.check_layout, "panels.1.gridPos.x", 13, f"{PANEL} is not within the 24 columns"),
        (dashboards.check_legibility, "panels.1.title", "", "panel 2 '' has no title"),
        (dashboards.check_legibility, "panels.1.fieldConfig.defaults", {}, f"{PANEL} has no unit"),
        (dashboards.check_legibility, "panels.1.options", {}, f"{PANEL} shows no legend"),
        (dashboards.check_legibility, "panels.1.targets", [], f"{PANEL} has no query"),
        (dashboards.check_legibility, "panels.1.targets", [SECOND, SECOND], f"{PANEL}: 2 queries have the refId A"),
        (dashboards.check_legibility, "panels.1.targets.0.legendFormat", "", f"{PANEL}, query A has no legendFormat"),
        (dashboards.check_model, "timezon", "utc",
         "$: Additional properties are not allowed ('timezon' was unexpected)"),
        (dashboards.check_model, "graphTooltip", "shared", "graphTooltip: 'shared' is not one of [0, 1, 2]"),
        (dashboards.check_model, "panels.1.options.legend.placement", "left",
         f"{PANEL}, Options: legend.placement: 'left' is not one of ['bottom', 'right']"),
        (dashboards.check_model, "panels.1.fieldConfig.defaults.custom", {"lineWidth": "2"},
         f"{PANEL}, FieldConfig: lineWidth: '2' is not of type 'number'"),
        (dashboards.check_model, "panels.1.targets.0.instantly", True,
         f"{PANEL}, query A: $: Additional properties are not allowed ('instantly' was unexpected)"),
        (dashboards.check_model, "panels.1.type", "graph",
         f"{PANEL}: the model of graph is unknown; add it to PARTS of grafana_schema.py"),
    ],
)  # fmt: skip
def test_fails_broken_dashboard(check: Callable[[Json], Iterator[str]], path: str, value: Any, problem: str) -> None:
    assert problem in list(check(broken(path, value)))


def test_fails_overlap_within_a_collapsed_row() -> None:
    dashboard = small_dashboard()
    hidden = dashboard["panels"].pop(1)
    dashboard["panels"][0]["panels"] = [hidden, copy.deepcopy(hidden) | {"id": 3}]
    assert list(dashboards.check_layout(dashboard)) == [f"{PANEL} and panel 3 'Up' overlap"]


@pytest.mark.parametrize(
    ("expression", "unknown"),
    [
        ("node_cpu_seconds", "node_cpu_seconds"),
        ("sum(up) / count by (job) (rate(upp[$__rate_interval]))", "upp"),
        ("max_over_time(sum(avg:up)[1h:5m])", "avg:up"),
        ('{__name__="uptime"}', "uptime"),
    ],
)
def test_fails_unknown_metric(expression: str, unknown: str) -> None:
    dashboard = broken(EXPRESSION, expression)
    problems = list(dashboards.check_metrics(dashboard, {"up"}))
    assert len(problems) == 1
    assert problems[0].startswith(f"{PANEL}, query A: no component is known to expose ")
    assert unknown in problems[0]


def test_fails_variable_that_is_not_a_list_of_label_values() -> None:
    dashboard = broken(f"{VARIABLES}.1.query.query", "query_result(up)")
    with pytest.raises(ValueError, match=r"variable 'job': 'query_result\(up\)' is not label_values"):
        list(dashboards.check_metrics(dashboard, {"up"}))


def test_fails_two_dashboards_with_one_uid_or_title() -> None:
    problems = dashboards.check_unique_uids({"a/one.json": small_dashboard(), "a/two.json": small_dashboard()})
    assert list(problems) == ["2 dashboards have the uid 'targets'", "2 dashboards in 'a' have the title 'Targets'"]


def test_the_same_title_in_two_folders_is_allowed() -> None:
    one, other = small_dashboard(), small_dashboard() | {"uid": "other"}
    assert list(dashboards.check_unique_uids({"a/one.json": one, "b/one.json": other})) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{\n  "panels": [}\n', "line 2: not JSON: Expecting value"),
        ("[]\n", "not a dashboard: an object with panels is expected"),
        ('{"panels": []}', "not in the canonical form: keys sorted, two spaces, a line break at the end"),
        (
            json.dumps({"panels": [], "x": "x" * 921_600}),
            "larger than 921600 bytes, so no ConfigMap can hold it with its metadata",
        ),
    ],
    ids=["comma", "list", "one line", "large"],
)
def test_fails_broken_file(text: str, problem: str) -> None:
    assert problem in list(dashboards.check_file(text))
