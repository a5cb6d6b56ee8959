"""Takes dashboards as Grafana exports them: out of their envelopes, and with their data sources found here.

Forms: https://grafana.com/docs/grafana/latest/dashboards/share-dashboards-panels/#export-a-dashboard-as-json
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, Final, NoReturn

from config.monitoring.grafana.library_panels import with_library_panels

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]

# The variable by which the project's dashboards choose a data source of Prometheus.
DATA_SOURCE_VARIABLE: Final = "datasource"
PROMETHEUS: Final = "prometheus"
# Grafana's own, and the uid that the chart gives its Prometheus.
_KNOWN_UIDS: Final = frozenset(("grafana", "-- Grafana --", "-- Mixed --", "-- Dashboard --", "__expr__", PROMETHEUS))
_INPUT: Final = re.compile(r"\$\{((?:DS|VAR)_\w+)\}")
_NOT_FINITE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|(-?Infinity|NaN|-?\d+(?:\.\d*)?[eE]\+?\d+)', re.DOTALL)
_V2: Final = (
    "is a dashboard of schema V2, which provisioning does not take; in Grafana: Export, Export as code or JSON, "
    "model: Classic"
)


class DashboardError(ValueError):
    """Raised with what is wrong with a dashboard, and the line if it is known."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line: Final = line


def parse_dashboard(content: bytes) -> Json:
    """Return the dashboard of a file, as Grafana's provisioning takes it.

    Raises:
        DashboardError: The file is none, or of a form that cannot be provisioned.

    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DashboardError("is not UTF-8 text") from error
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        text = json.dumps(value, ensure_ascii=False)
        text.encode()
    except json.JSONDecodeError as error:
        raise DashboardError(f"is not JSON: {error.msg}", error.lineno) from error
    except RecursionError as error:
        raise DashboardError("is nested too deep") from error
    except UnicodeEncodeError as error:
        raise DashboardError("has half of a surrogate pair, which is no character") from error
    except _NotFiniteError as error:
        raise DashboardError(f"is not JSON: {error} is no number that JSON has", _line_of(str(error), text)) from error
    except ValueError as error:
        raise DashboardError("has a number of thousands of digits") from error
    return provisioned(value)


def provisioned(value: object) -> Json:
    """Return the dashboard in what a file holds, as Grafana's provisioning takes it.

    Raises:
        DashboardError: It holds none, or one of a form that cannot be provisioned.

    """
    dashboard = _unwrapped(value)
    _refuse_other_shapes(dashboard)
    return _resolved(dashboard)


class _NotFiniteError(ValueError):
    pass


def _refuse_constant(name: str) -> NoReturn:
    raise _NotFiniteError(name)


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise _NotFiniteError(number)
    return value


def _line_of(number: str, text: str) -> int:
    found = next((match for match in _NOT_FINITE.finditer(text) if match[1] == number), None)
    return 1 if found is None else text.count("\n", 0, found.start()) + 1


def _unwrapped(value: object) -> Json:
    """Return the dashboard itself: the APIs of Grafana and grafana.com put it into something."""
    for _ in range(3):
        if not isinstance(value, dict):
            break
        version = str(value.get("apiVersion", ""))
        if version.startswith("dashboard.grafana.app/v2") or {"elements", "layout"} <= set(value):
            raise DashboardError(_V2)
        if version.startswith("dashboard.grafana.app/") and isinstance(value.get("spec"), dict):
            metadata = value.get("metadata")
            name = metadata.get("name") if isinstance(metadata, dict) else None
            value = value["spec"] if value["spec"].get("uid") else {**value["spec"], "uid": name}
        elif "panels" not in value and isinstance(inner := value.get("dashboard", value.get("json")), dict):
            value = inner
        else:
            return value
    raise DashboardError("is not a dashboard: a JSON object with uid, title and panels")


def _refuse_other_shapes(dashboard: Json) -> None:
    """Refuse parts that are something else than Grafana reads.

    Raises:
        DashboardError: A part is of another type.

    """
    templating = dashboard.get("templating")
    parts: tuple[tuple[str, object, type, str], ...] = (
        ("panels", dashboard.get("panels"), list, "a list"),
        ("templating", templating, dict, "an object"),
        ("templating.list", templating.get("list") if isinstance(templating, dict) else None, list, "a list"),
        ("__elements", dashboard.get("__elements"), dict, "an object"),
        ("__inputs", dashboard.get("__inputs"), list, "a list"),
    )
    for name, value, type_, what in parts:
        if value is not None and not isinstance(value, type_):
            raise DashboardError(f"is not a dashboard: {name} is not {what}")
    for entry in dashboard.get("__inputs") or ():
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise DashboardError("is not a dashboard: an entry of __inputs has no name")


def _resolved(dashboard: Json) -> Json:
    """Return a dashboard whose inputs and foreign data sources are variables of its own."""
    inputs = {entry["name"]: entry for entry in dashboard.get("__inputs") or ()}
    elements = dashboard.get("__elements")
    plain = {key: value for key, value in dashboard.items() if not key.startswith("__")}
    if isinstance(elements, dict) and elements:
        plain = with_library_panels(plain, elements)
    variables = {
        str(variable.get("name")): variable
        for variable in (plain.get("templating") or {}).get("list") or ()
        if isinstance(variable, dict)
    }
    resolver = _Resolver(inputs, variables)
    plain = resolver.resolve(plain)
    return _with_variables(plain, resolver.needed)


class _Resolver:
    """Replaces references to data sources that do not exist here; `needed` has the variables that it used."""

    def __init__(self, inputs: Mapping[str, Json], variables: Mapping[str, Json]) -> None:
        self.inputs = inputs
        self.variables = variables
        self.needed: dict[str, str] = {}

    def resolve(self, value: Any) -> Any:  # noqa: ANN401 (any part of a dashboard)
        """Return a part of the dashboard with its references replaced."""
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if isinstance(value, dict):
            return {key: self._member(key, item) for key, item in value.items()}
        return (
            _INPUT.sub(lambda found: self._reference(found[1], PROMETHEUS) or found[0], value)
            if isinstance(value, str)
            else value
        )

    def _member(self, key: str, value: Any) -> Any:  # noqa: ANN401 (any part of a dashboard)
        is_source = isinstance(value, dict) and isinstance(value.get("uid"), str)
        if key != "datasource" or not is_source:
            return self.resolve(value)
        kind = str(value.get("type") or PROMETHEUS)
        uid = value["uid"]
        found = _INPUT.fullmatch(uid)
        if found is not None:
            return {**value, "uid": self._reference(found[1], kind) or uid}
        is_here = "$" in uid or uid in _KNOWN_UIDS or kind != PROMETHEUS
        return value if is_here else {**value, "uid": self._variable(PROMETHEUS)}

    def _reference(self, name: str, kind: str) -> str | None:
        """Return what an input stands for: None if the dashboard has a variable of that name."""
        entry = self.inputs.get(name)
        if entry is not None and entry.get("type") == "constant":
            return str(entry.get("value", ""))
        if entry is None and (name in self.variables or not name.startswith("DS_")):
            return None
        return self._variable(str(entry.get("pluginId") or kind) if entry is not None else kind)

    def _variable(self, kind: str) -> str:
        for name, variable in self.variables.items():
            if variable.get("type") == "datasource" and variable.get("query") == kind:
                return f"${{{name}}}"
        name = (
            DATA_SOURCE_VARIABLE if kind == PROMETHEUS else f"{DATA_SOURCE_VARIABLE}_{re.sub(r'[^a-z0-9]+', '_', kind)}"
        )
        while name in self.variables:
            name = f"{name}_"
        self.needed[name] = kind
        return f"${{{name}}}"


def _with_variables(dashboard: Json, needed: Mapping[str, str]) -> Json:
    if not needed:
        return dashboard
    variables = [
        {
            "name": name,
            "label": "Data source",
            "type": "datasource",
            "query": kind,
            "refresh": 1,
            "current": {},
            "options": [],
        }
        for name, kind in needed.items()
    ]
    templating = dashboard.get("templating") or {}
    return {**dashboard, "templating": {**templating, "list": [*variables, *(templating.get("list") or [])]}}
