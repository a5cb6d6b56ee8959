"""What the checks of the Grafana dashboards need: the files, their queries and variables, and the checks themselves.

A check takes a dashboard and yields one sentence a problem, so that the tests can feed it broken dashboards too.
The JSON model: https://grafana.com/docs/grafana/latest/visualizations/dashboards/build-dashboards/view-dashboard-json-model/
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import promql_parser
import yaml

from config.paths import DASHBOARDS, ROOT
from tests.monitoring import grafana_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Json = dict[str, Any]

FOLDERS = DASHBOARDS
RULES = FOLDERS.parent / "rules"
METRICS = ROOT / "tests" / "data" / "metrics.txt"

DATA_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
GRID_COLUMNS = 24
# The last version of the classic model, since Grafana 12.2:
# https://github.com/grafana/grafana/blob/main/public/app/features/dashboard/state/DashboardMigrator.ts
SCHEMA_VERSION = 42
# A ConfigMap holds 1 MiB with all its keys: https://kubernetes.io/docs/concepts/configuration/configmap/
MOST_BYTES = 900 * 1024
# Written by Grafana on saving or exporting; a provisioned file with an `id` is even refused.
FIELDS_OF_A_SAVED_DASHBOARD = ("__elements", "__inputs", "__requires", "gnetId", "id", "iteration", "version")
PANELS_WITH_A_UNIT = ("bargauge", "stat", "timeseries")

# What Grafana fills in for a dashboard of six hours on a wide screen:
# https://grafana.com/docs/grafana/latest/visualizations/dashboards/variables/add-template-variables/#global-variables
GLOBAL_VARIABLES = {
    "__interval": "1m",
    "__interval_ms": "60000",
    "__range": "6h",
    "__range_ms": "21600000",
    "__range_s": "21600",
    "__rate_interval": "5m",
}
# The stored choice of a variable's option All is "$__all", which looks like a variable.
CHOICE_OF_ALL = "__all"
VARIABLE = re.compile(r"\$(?P<plain>\w+)|\$\{(?P<braced>\w+)(?:[.:][^}]*)?\}|\[\[(?P<square>\w+)(?::\w+)?\]\]")
LABEL_VALUES = re.compile(r"label_values\((?:(?P<selector>.+),)?\s*(?P<label>\w+)\)")


class Query(NamedTuple):
    """A PromQL expression and where it stands."""

    where: str
    expression: str


def shipped() -> dict[str, Json]:
    """Return every dashboard of the repository by its path below values/dashboards."""
    return {str(path.relative_to(FOLDERS)): json.loads(path.read_text("utf-8")) for path in files()}


def files() -> list[Path]:
    """Return the files of the dashboards."""
    return sorted(FOLDERS.rglob("*.json"))


def known_metrics() -> set[str]:
    """Return the metric names of the checked list and of our own recording rules."""
    lines = METRICS.read_text("utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")} | own_recording_rules()


def own_recording_rules() -> set[str]:
    """Return what the recording rules of values/rules record."""
    groups = [group for path in RULES.glob("*.yaml") for group in yaml.safe_load(path.read_text("utf-8"))["groups"]]
    return {rule["record"] for group in groups for rule in group["rules"] if "record" in rule}


def panels(dashboard: Json) -> list[Json]:
    """Return the panels, rows and the panels of collapsed rows."""
    return [panel for top in dashboard.get("panels", []) for panel in (top, *top.get("panels", []))]


def name_of(panel: Json) -> str:
    """Return how a problem names a panel."""
    return f"panel {panel.get('id')} {panel.get('title', '')!r}"


def variables(dashboard: Json) -> list[Json]:
    """Return the template variables."""
    return list(dashboard.get("templating", {}).get("list", []))


def substitute(text: str, values: Mapping[str, str]) -> str:
    """Replace Grafana's variables; raises KeyError for one without a value."""
    return VARIABLE.sub(lambda match: values[match["plain"] or match["braced"] or match["square"]], text)


def matching_everything(dashboard: Json) -> dict[str, str]:
    """Return a value for every variable with which a query can be parsed."""
    return GLOBAL_VARIABLES | {variable["name"]: variable.get("allValue", "any") for variable in variables(dashboard)}


def queries(dashboard: Json) -> Iterator[Query]:
    """Yield the expressions of panels, annotations and variables, Grafana's variables not yet replaced."""
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            yield Query(f"{name_of(panel)}, query {target['refId']}", target["expr"])
    for annotation in dashboard.get("annotations", {}).get("list", []):
        yield Query(f"annotation {annotation['name']!r}", annotation["expr"])
    for variable in variables(dashboard):
        if variable["type"] == "query":
            yield Query(f"variable {variable['name']!r}", selector_of(variable))


def selector_of(variable: Json) -> str:
    """Return the series selector of a variable that lists a label's values.

    Raises:
        ValueError: the query is of another kind, which the checks cannot read.

    """
    query = variable["query"]["query"]
    match = LABEL_VALUES.fullmatch(query)
    if not match or not match["selector"]:
        message = f"variable {variable['name']!r}: {query!r} is not label_values(selector, label)"
        raise ValueError(message)
    return match["selector"]


def metric_names(expression: str) -> set[str]:
    """Return the metrics that a PromQL expression reads; raises ValueError where it does not parse."""
    names: set[str] = set()

    def collect(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            names.add(node.name or f"a selector without a metric name: {node}")

    promql_parser.walk(promql_parser.parse(expression), collect)
    return names


def check_identity(dashboard: Json) -> Iterator[str]:
    """A dashboard has what Grafana finds it by, and nothing of the Grafana that it was saved in."""
    for field in FIELDS_OF_A_SAVED_DASHBOARD:
        if field in dashboard:
            yield f"{field} is written by Grafana on saving: remove it"
    for field in ("description", "refresh", "title", "uid"):
        if not isinstance(dashboard.get(field), str) or not dashboard[field]:
            yield f"{field} is missing"
    if not re.fullmatch(r"[a-z0-9-]{1,40}", str(dashboard.get("uid", ""))):
        yield f"uid {dashboard.get('uid')!r}: 1 to 40 of a-z, 0-9 and - are allowed"
    if not dashboard.get("tags"):
        yield "tags are missing"
    if not {"from", "to"} <= dashboard.get("time", {}).keys():
        yield "time has no from and to"
    if dashboard.get("schemaVersion") != SCHEMA_VERSION:
        yield f"schemaVersion is {dashboard.get('schemaVersion')}, not {SCHEMA_VERSION}"
    if not dashboard.get("panels"):
        yield "it has no panel"


def check_data_sources(dashboard: Json) -> Iterator[str]:
    """Every panel and query takes the data source that the reader chose."""
    if not any(
        variable["type"] == "datasource" and variable["name"] == "datasource" for variable in variables(dashboard)
    ):
        yield "there is no variable 'datasource' of the type datasource"
    for panel in panels(dashboard):
        if panel["type"] != "row":
            yield from _data_source_of(panel, name_of(panel))
        for target in panel.get("targets", []):
            yield from _data_source_of(target, f"{name_of(panel)}, query {target.get('refId')}")
    for annotation in dashboard.get("annotations", {}).get("list", []):
        yield from _data_source_of(annotation, f"annotation {annotation.get('name')!r}")
    for variable in variables(dashboard):
        if variable["type"] == "query":
            yield from _data_source_of(variable, f"variable {variable['name']!r}")


def _data_source_of(part: Json, where: str) -> Iterator[str]:
    if part.get("datasource") != DATA_SOURCE:
        yield f"{where}: datasource is {part.get('datasource')}, not {DATA_SOURCE}"


def check_syntax(dashboard: Json) -> Iterator[str]:
    """Every query is PromQL once Grafana has filled in its variables."""
    values = matching_everything(dashboard)
    for query in queries(dashboard):
        try:
            metric_names(substitute(query.expression, values))
        except KeyError as missing:
            yield f"{query.where}: the variable {missing} is not defined"
        except ValueError as error:
            yield f"{query.where}: {error}"


def check_metrics(dashboard: Json, known: set[str]) -> Iterator[str]:
    """Every metric that a query reads is in the checked list."""
    values = matching_everything(dashboard)
    for query in queries(dashboard):
        for metric in sorted(metric_names(substitute(query.expression, values)) - known):
            yield f"{query.where}: no component is known to expose {metric}"


def check_variables(dashboard: Json) -> Iterator[str]:
    """Every variable that is used is defined, once, and every one defined is used."""
    names = [variable["name"] for variable in variables(dashboard)]
    for name, count in Counter(names).items():
        if count > 1:
            yield f"the variable {name!r} is defined {count} times"
    used = {match["plain"] or match["braced"] or match["square"] for match in VARIABLE.finditer(json.dumps(dashboard))}
    for name in sorted(used - set(names) - GLOBAL_VARIABLES.keys() - {CHOICE_OF_ALL}):
        yield f"the variable {name!r} is used but not defined"
    for name in sorted(set(names) - used):
        yield f"the variable {name!r} is defined but not used"


def check_layout(dashboard: Json) -> Iterator[str]:
    """Panels lie on the grid of 24 columns, do not overlap and have an id each."""
    for panel_id, count in Counter(panel.get("id") for panel in panels(dashboard)).items():
        if count > 1 or panel_id is None:
            yield f"{count} panels have the id {panel_id}"
    top = dashboard.get("panels", [])
    for group in (top, *(row.get("panels", []) for row in top)):
        for panel in group:
            if panel["gridPos"]["x"] < 0 or panel["gridPos"]["x"] + panel["gridPos"]["w"] > GRID_COLUMNS:
                yield f"{name_of(panel)} is not within the {GRID_COLUMNS} columns"
        for one, other in combinations(group, 2):
            if _overlap(one["gridPos"], other["gridPos"]):
                yield f"{name_of(one)} and {name_of(other)} overlap"


def _overlap(one: Json, other: Json) -> bool:
    return bool(
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )


def check_legibility(dashboard: Json) -> Iterator[str]:
    """Panels have a title, numbers a unit, lines a name in a legend, and every query a reference of its own."""
    for panel in panels(dashboard):
        if not panel.get("title"):
            yield f"{name_of(panel)} has no title"
        if panel["type"] in PANELS_WITH_A_UNIT and not panel["fieldConfig"]["defaults"].get("unit"):
            yield f"{name_of(panel)} has no unit"
        if panel["type"] == "timeseries" and not panel["options"].get("legend", {}).get("showLegend"):
            yield f"{name_of(panel)} shows no legend"
        if panel["type"] != "row" and not panel.get("targets"):
            yield f"{name_of(panel)} has no query"
        for ref_id, count in Counter(target.get("refId") for target in panel.get("targets", [])).items():
            if count > 1 or not ref_id:
                yield f"{name_of(panel)}: {count} queries have the refId {ref_id}"
        for target in panel.get("targets", []):
            if panel["type"] != "table" and not target.get("legendFormat"):
                yield f"{name_of(panel)}, query {target.get('refId')} has no legendFormat"


def check_model(dashboard: Json) -> Iterator[str]:
    """Every field is one that Grafana's schema has, with a value that it takes."""
    yield from grafana_schema.violations("dashboard", "Dashboard", dashboard)
    for panel in panels(dashboard):
        part = panel["type"].replace("-", "")
        if panel["type"] != "row" and not grafana_schema.defines(part, "Options"):
            yield f"{name_of(panel)}: the model of {panel['type']} is unknown; add it to PARTS of grafana_schema.py"
            continue
        custom = panel.get("fieldConfig", {}).get("defaults", {}).get("custom", {})
        for definition, value in (("Options", panel.get("options", {})), ("FieldConfig", custom)):
            if grafana_schema.defines(part, definition):
                found = grafana_schema.violations(part, definition, value)
                yield from (f"{name_of(panel)}, {definition}: {problem}" for problem in found)
        for target in panel.get("targets", []):
            found = grafana_schema.violations("prometheus", "Dataquery", target)
            yield from (f"{name_of(panel)}, query {target.get('refId')}: {problem}" for problem in found)


CHECKS: tuple[Callable[[Json], Iterator[str]], ...] = (
    check_identity,
    check_data_sources,
    check_syntax,
    check_variables,
    check_layout,
    check_legibility,
    check_model,
)


def check_unique_uids(dashboards: Mapping[str, Json]) -> Iterator[str]:
    """No two dashboards share a uid, or a title within a folder: Grafana would keep one of them."""
    for uid, count in Counter(dashboard.get("uid") for dashboard in dashboards.values()).items():
        if count > 1:
            yield f"{count} dashboards have the uid {uid!r}"
    titles = Counter((Path(path).parent.name, dashboard.get("title")) for path, dashboard in dashboards.items())
    for (folder, title), count in titles.items():
        if count > 1:
            yield f"{count} dashboards in {folder!r} have the title {title!r}"


def check_file(text: str) -> Iterator[str]:
    """A file is a JSON object in the form in which differences stay small, and fits into a ConfigMap."""
    try:
        dashboard = json.loads(text)
    except json.JSONDecodeError as error:
        yield f"line {error.lineno}: not JSON: {error.msg}"
        return
    if not isinstance(dashboard, dict) or "panels" not in dashboard:
        yield "not a dashboard: an object with panels is expected"
    if text != json.dumps(dashboard, indent=2, sort_keys=True, ensure_ascii=False) + "\n":
        yield "not in the canonical form: keys sorted, two spaces, a line break at the end"
    if len(text.encode()) > MOST_BYTES:
        yield f"larger than {MOST_BYTES} bytes, so no ConfigMap can hold it with its metadata"
