"""Reads the Grafana dashboards under `values/dashboards/`, and reports what Grafana would not load.

Folders become folders of Grafana by their name; one in another becomes `Outer - Inner`, as provisioning has one level.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Final

from config.core.files.json_source import read_json
from config.core.problems import shown
from config.monitoring.grafana.exported_dashboards import DashboardError, Json, provisioned
from config.monitoring.grafana.library_panels import missing_library_panels
from config.paths import DASHBOARDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from config.core.problems import LocatedProblem, Location

# The values of a ConfigMap have 1 MiB: https://kubernetes.io/docs/concepts/configuration/configmap/
MOST_BYTES: Final = 1024 * 1024
# Of a file, with the white space and the escapes that make it larger than what is sent.
MOST_READ_BYTES: Final = 16 * MOST_BYTES
# The name of the ConfigMap starts with `dashboard-`.
_LONGEST_NAME: Final = 253 - len("dashboard-")
DASHBOARD_PATTERN: Final = r"(?!/)(?!.*(?:^|/)\.\.?(?:/|$))[^/\x00-\x1f]+(?:/[^/\x00-\x1f]+)*"
_GRAFANA_COM: Final = "kube_prom_stack.grafana.grafana_com_dashboards"
_UID: Final = re.compile(r"[a-zA-Z0-9_-]{1,40}")


def dashboard_names(directory: Path = DASHBOARDS) -> list[str]:
    """Return the dashboards as FOLDER/NAME, without .json."""
    return sorted(path.relative_to(directory).with_suffix("").as_posix() for path in directory.rglob("*.json"))


def dashboard_object_name(name: str) -> str:
    """Return the part of the ConfigMap's name that stands for the dashboard FOLDER/NAME."""
    return re.sub(r"[^a-z0-9-]", "-", name.lower()).strip("-")


def dashboard_folder(name: str) -> str:
    """Return the title of the dashboard's folder in Grafana; none for one that is in no folder."""
    return " - ".join(name.split("/")[:-1])


def dashboard_file(name: str) -> str:
    """Return the name of the dashboard's file in the pod."""
    return f"{dashboard_object_name(name.rpartition('/')[2]) or 'dashboard'}.json"


@cache
def read_dashboard(name: str, directory: Path = DASHBOARDS) -> str:
    """Return the JSON of the dashboard FOLDER/NAME, without the white space that makes the file readable."""
    return _compact(provisioned(json.loads((directory / f"{name}.json").read_bytes())))


def _compact(dashboard: Json) -> str:
    return json.dumps(dashboard, separators=(",", ":"), sort_keys=True, ensure_ascii=False, allow_nan=False)


def problems_of_dashboards(directory: Path = DASHBOARDS) -> Iterator[LocatedProblem]:
    """Yield what is wrong with any dashboard, alone or together with another."""
    owners: dict[tuple[str, ...], str] = {}
    for name in dashboard_names(directory):
        file = f"{directory.parent.name}/{directory.name}/{name}.json"
        document = read_json(directory / f"{name}.json", file, most_bytes=MOST_READ_BYTES)
        yield from document.problems or (
            document.problem(location, message) for location, message in _problems(name, document.content, file, owners)
        )


def _problems(
    name: str, content: object, file: str, owners: dict[tuple[str, ...], str]
) -> Iterator[tuple[Location, str]]:
    try:
        dashboard = provisioned(content)
    except DashboardError as error:
        yield (), str(error)
        return
    size = len(_compact(dashboard).encode())
    if size > MOST_BYTES:
        message = (
            f"has {size:,} bytes without white space, and a ConfigMap takes {MOST_BYTES:,}; split it, or publish it"
        )
        yield (), f"{message} on grafana.com and name its id in {_GRAFANA_COM}"
    yield from _problems_of_content(dashboard)
    yield from _problems_of_names(name, dashboard, file, owners)


def _problems_of_content(dashboard: Json) -> Iterator[tuple[Location, str]]:
    for key in ("uid", "title"):
        if not isinstance(dashboard.get(key), str) or not dashboard[key]:
            yield (key,), "is missing; Grafana finds the dashboard by it"
    uid = str(dashboard.get("uid"))
    if dashboard.get("uid") and not _UID.fullmatch(uid):
        yield ("uid",), f"{shown(uid)} is not a uid: 1 to 40 letters, digits, - and _"
    for library in missing_library_panels(dashboard):
        yield ("panels",), f"has the library panel {library}, which is in no file; export it for sharing externally"


def _problems_of_names(
    name: str, dashboard: Json, file: str, owners: dict[tuple[str, ...], str]
) -> Iterator[tuple[Location, str]]:
    object_name, folder, file_name = dashboard_object_name(name), dashboard_folder(name), dashboard_file(name)
    if not object_name or len(object_name) > _LONGEST_NAME:
        message = f"has a path of no Kubernetes name: 1 to {_LONGEST_NAME} letters a-z, digits and dashes; rename it"
        yield (), message
    uid, title = str(dashboard.get("uid")), str(dashboard.get("title"))
    keys: tuple[tuple[Location, tuple[str, ...], str], ...] = (
        (("uid",), (uid,), f"{uid} is the uid of"),
        (("title",), (folder, title), f"{shown(title)} is the title, in the same folder, of"),
        (
            (),
            (
                "object",
                object_name,
            ),
            f"would have the Kubernetes name dashboard-{object_name}, that of",
        ),
        ((), ("file", folder, file_name), f"would be {file_name} in folder {shown(folder)}, like"),
    )
    others = [(path, message, owners.setdefault((*map(str, path), *key), file)) for path, key, message in keys]
    # Two of one uid are one dashboard to Grafana: whatever else they have in common follows from it.
    for path, message, other in others[:1] if others[0][2] != file else others:
        if other != file:
            yield path, f"{message} {other}"
