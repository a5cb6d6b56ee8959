"""Dashboards as Grafana exports them: taken, or refused with what to do."""

# ruff: noqa: E501 (a message is on one line here, as it is printed)

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.monitoring.grafana.dashboard_files import MOST_BYTES, read_dashboard
from config.monitoring.grafana.exported_dashboards import DashboardError, parse_dashboard
from config.monitoring.grafana.library_panels import missing_library_panels
from tests.core.project import environment_text
from tests.fuzzing import fuzzed

if TYPE_CHECKING:
    from tests.core.project import Project

DASHBOARD: dict[str, Any] = {"uid": "mine", "title": "Mine", "schemaVersion": 39, "panels": []}
OWN_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
VARIABLE = {"name": "datasource", "type": "datasource", "query": "prometheus"}


def parsed(dashboard: Any) -> dict[str, Any]:
    return parse_dashboard(json.dumps(dashboard).encode())


def with_source(source: Any, **more: Any) -> dict[str, Any]:
    return {**DASHBOARD, "panels": [{"datasource": source, "targets": [{"datasource": source, "expr": "up"}]}], **more}


def source_of(dashboard: dict[str, Any]) -> Any:
    (panel,) = dashboard["panels"]
    assert panel["targets"][0]["datasource"] == panel["datasource"]
    return panel["datasource"]


class TestDataSources:
    def inputs(self, **fields: Any) -> list[dict[str, Any]]:
        return [{"name": "DS_PROM", "type": "datasource", "pluginId": "prometheus", **fields}]

    @pytest.mark.parametrize("source", [{"type": "prometheus", "uid": "${DS_PROM}"}, "${DS_PROM}"])
    @pytest.mark.parametrize("has_inputs", [True, False])
    def test_an_input_becomes_the_variable_of_the_projects_dashboards(self, source: Any, *, has_inputs: bool) -> None:
        more = {"__inputs": self.inputs(), "__requires": [], "__elements": {}} if has_inputs else {}
        dashboard = parsed(with_source(source, **more))
        assert source_of(dashboard) == (OWN_SOURCE if isinstance(source, dict) else "${datasource}")
        (variable,) = dashboard["templating"]["list"]
        assert VARIABLE.items() <= variable.items()
        assert not [key for key in dashboard if key.startswith("__")]

    def test_a_variable_that_is_there_is_used(self) -> None:
        own = {**VARIABLE, "name": "prom"}
        dashboard = parsed(with_source({"type": "prometheus", "uid": "${DS_PROM}"}, templating={"list": [own]}))
        assert source_of(dashboard)["uid"] == "${prom}"
        assert dashboard["templating"]["list"] == [own]

    def test_a_variable_of_the_inputs_name_stays(self) -> None:
        own = {**VARIABLE, "name": "DS_PROM"}
        dashboard = with_source({"type": "prometheus", "uid": "${DS_PROM}"}, templating={"list": [own]})
        assert parsed(dashboard) == dashboard

    def test_a_variable_of_another_kind_keeps_its_name(self) -> None:
        own = {"name": "datasource", "type": "custom", "query": "a,b"}
        dashboard = parsed(with_source({"type": "prometheus", "uid": "${DS_PROM}"}, templating={"list": [own]}))
        assert source_of(dashboard)["uid"] == "${datasource_}"
        assert own in dashboard["templating"]["list"]

    def test_another_kind_of_data_source_has_a_variable_of_its_own(self) -> None:
        inputs = self.inputs(name="DS_LOGS", pluginId="loki")
        dashboard = parsed(with_source({"type": "loki", "uid": "${DS_LOGS}"}, __inputs=inputs))
        assert source_of(dashboard)["uid"] == "${datasource_loki}"
        assert [(one["name"], one["query"]) for one in dashboard["templating"]["list"]] == [("datasource_loki", "loki")]

    def test_a_constant_is_put_in(self) -> None:
        inputs = [{"name": "VAR_JOB", "type": "constant", "value": "node"}]
        panel = {"targets": [{"expr": 'up{job="${VAR_JOB}"}'}]}
        dashboard = parsed({**DASHBOARD, "panels": [panel], "__inputs": inputs})
        assert dashboard["panels"][0]["targets"][0]["expr"] == 'up{job="node"}'

    def test_the_uid_of_another_grafanas_prometheus_is_replaced(self) -> None:
        assert source_of(parsed(with_source({"type": "prometheus", "uid": "PBFA97CFB590B2093"}))) == OWN_SOURCE

    @pytest.mark.parametrize(
        "source",
        [
            {"type": "prometheus", "uid": "prometheus"},
            {"type": "prometheus", "uid": "$other"},
            {"type": "grafana", "uid": "-- Grafana --"},
            {"type": "loki", "uid": "logs"},
            None,
            "Prometheus",
        ],
    )
    def test_what_is_found_here_stays(self, source: Any) -> None:
        assert parsed(with_source(source)) == with_source(source)

    def test_a_library_panel_is_written_out(self) -> None:
        panel = {"id": 7, "gridPos": {"x": 1}, "libraryPanel": {"uid": "lib", "name": "Library"}}
        model = {"type": "stat", "title": "Up", "id": 1, "libraryPanel": {"uid": "lib"}}
        dashboard = parsed({**DASHBOARD, "panels": [panel], "__elements": {"lib": {"model": model}}})
        assert dashboard["panels"] == [{"type": "stat", "title": "Up", "id": 7, "gridPos": {"x": 1}}]


@pytest.mark.parametrize(
    "envelope",
    [
        {"dashboard": DASHBOARD, "overwrite": True},
        {"meta": {"folderTitle": "x"}, "dashboard": DASHBOARD},
        {"json": DASHBOARD, "id": 1860, "revision": 37},
        {"apiVersion": "dashboard.grafana.app/v1beta1", "kind": "Dashboard", "metadata": {"name": "mine"}, "spec": {
            key: value for key, value in DASHBOARD.items() if key != "uid"}},
    ],
)  # fmt: skip
def test_an_envelope_is_taken_off(envelope: Any) -> None:
    assert parsed(envelope) == DASHBOARD


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (
            '{"apiVersion": "dashboard.grafana.app/v2beta1", "spec": {"elements": {}, "layout": {}}}',
            1,
            "model: Classic",
        ),
        ('{"elements": {}, "layout": {}, "title": "x"}', 1, "model: Classic"),
        ('{"a": "NaN",\n"b": NaN}', 2, "NaN is no number"),
        ('{"a": [1e5,\n\n1e999]}', 3, "1e999 is no number"),
        ('{"a": -Infinity}', 1, "-Infinity is no number"),
        ("[]", 1, "is not a dashboard"),
        ('"text"', 1, "is not a dashboard"),
        ("{", 1, "is not JSON"),
        ('{"title": "\\ud83d"}', 1, "half of a surrogate pair"),
        ("[" * 100_000, 1, "nested too deep"),
    ],
)
def test_what_is_refused(content: str, line: int, message: str) -> None:
    with pytest.raises(DashboardError) as refused:
        parse_dashboard(content.encode())
    assert message in str(refused.value)
    assert refused.value.line == line


class TestFiles:
    def write(self, project: Project, path: str, **fields: Any) -> None:
        project.write(
            f"dashboards/{path}",
            json.dumps(
                {
                    **DASHBOARD,
                    "uid": path.encode().hex()[-40:],
                    "title": path,
                    **fields,
                }
            ),
        )

    def test_the_size_is_that_of_what_is_sent(self, project: Project) -> None:
        text = "한" * (MOST_BYTES // 3 - 100)
        content = json.dumps({**DASHBOARD, "description": text}, indent=8)
        assert len(content) > 2 * MOST_BYTES * 0.9
        project.write("dashboards/team/large.json", content)
        assert project.problems_of(environment_text()) == []
        assert len(read_dashboard("team/large", project.values / "dashboards").encode()) <= MOST_BYTES

    def test_too_large_names_the_ways_out(self, project: Project) -> None:
        self.write(project, "team/large.json", description="x" * MOST_BYTES)
        (problem,) = project.problems_of(environment_text())
        assert "a ConfigMap takes 1,048,576; split it, or publish it on grafana.com" in problem

    def test_any_depth_and_names_with_capitals_and_spaces(self, project: Project) -> None:
        for path in ("top.json", "Team A/My Dashboard.json", "a/b/c/deep.json"):
            self.write(project, path)
        assert project.problems_of(environment_text()) == []

    @pytest.mark.parametrize(
        ("paths", "fields", "message"),
        [
            (("a/x.json", "b/y.json"), {"uid": "same"}, "uid: same is the uid of values/dashboards/a/x.json"),
            (("a/x.json", "a/y.json"), {"title": "T"}, "title: 'T' is the title, in the same folder, of values/dashboards/a/x.json"),
            (("a/x y.json", "a/x-y.json"), {}, "file: would have the Kubernetes name dashboard-a-x-y, that of values/dashboards/a/x y.json"),
            (("한/국.json",), {}, "file: has a path of no Kubernetes name"),
            (("a/x.json",), {"uid": "a" * 41}, "is not a uid: 1 to 40 letters, digits, - and _"),
            (("a/x.json",), {"panels": [{"panels": [{"libraryPanel": {"name": "Up"}}]}]}, "has the library panel 'Up', which is in no file"),
        ],
    )  # fmt: skip
    def test_problem(self, paths: tuple[str, ...], fields: dict[str, Any], message: str, project: Project) -> None:
        for path in paths:
            self.write(project, path, **fields)
        assert [problem for problem in project.problems_of(environment_text()) if message in problem]


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        ({"__inputs": [{}]}, "is not a dashboard: an entry of __inputs has no name"),
        ({"__inputs": [1]}, "is not a dashboard: an entry of __inputs has no name"),
        ({"__inputs": 1}, "is not a dashboard: __inputs is not a list"),
        ({"__elements": []}, "is not a dashboard: __elements is not an object"),
        ({"panels": {"a": 1}}, "is not a dashboard: panels is not a list"),
        ({"templating": [1]}, "is not a dashboard: templating is not an object"),
        ({"templating": {"list": {"a": 1}}}, "is not a dashboard: templating.list is not a list"),
    ],
)
def test_a_part_of_another_type_is_refused(part: dict[str, Any], problem: str) -> None:
    with pytest.raises(DashboardError) as error:
        parsed({**DASHBOARD, **part})
    assert str(error.value) == problem


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    with pytest.raises(DashboardError, match="has a number of thousands of digits"):
        parse_dashboard(b'{"panels": [' + b"9" * 5000 + b"]}")


KEYS = ("panels", "libraryPanel", "templating", "list", "name", "datasource", "uid", "type", "query", "model",
        "__inputs", "__elements", "metadata", "spec", "apiVersion", "dashboard", "json", "title")  # fmt: skip
SCALARS = (None, True, 0, "a", "${DS_A}", "prometheus", "dashboard.grafana.app/v1")
parts = st.recursive(
    st.sampled_from(SCALARS),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(KEYS), below, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(KEYS), parts, max_size=6))
@fuzzed
def test_any_object_is_a_dashboard_or_refused(content: dict[str, Any]) -> None:
    try:
        dashboard = parsed(content)
    except DashboardError:
        return
    list(missing_library_panels(dashboard))
