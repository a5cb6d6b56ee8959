"""Reads the Grafana dashboards under `values/dashboards/<folder>/`, and tells what Grafana would not load."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Final

from config.core.json_source import read_json
from config.paths import DASHBOARDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from config.core.problems import LocatedProblem

# A ConfigMap holds 1 MiB with all its keys: https://kubernetes.io/docs/concepts/configuration/configmap/
MOST_BYTES: Final = 900 * 1024


def dashboard_names(directory: Path = DASHBOARDS) -> list[str]:
    """Return the dashboards as FOLDER/NAME, without .json."""
    return sorted(path.relative_to(directory).with_suffix("").as_posix() for path in directory.glob("*/*.json"))


@cache
def read_dashboard(name: str, directory: Path = DASHBOARDS) -> str:
    """Return the JSON of the dashboard FOLDER/NAME, without the white space that makes the file readable."""
    content = json.loads((directory / f"{name}.json").read_bytes())
    return json.dumps(content, separators=(",", ":"), sort_keys=True, allow_nan=False)


def problems_of_dashboards(directory: Path = DASHBOARDS) -> Iterator[LocatedProblem]:
    """Yield what is wrong with any dashboard, by itself or beside another."""
    owners: dict[str, str] = {}
    for name in dashboard_names(directory):
        file = f"{directory.parent.name}/{directory.name}/{name}.json"
        yield from _problems(file, directory / f"{name}.json", owners)


def _problems(file: str, path: Path, owners: dict[str, str]) -> Iterator[LocatedProblem]:
    document = read_json(path, file, most_bytes=MOST_BYTES)
    yield from document.problems
    dashboard = document.content
    if document.problems:
        return
    if not isinstance(dashboard, dict):
        yield document.problem((), "is not a dashboard: a JSON object with uid, title and panels")
        return
    for key in ("uid", "title"):
        if not isinstance(dashboard.get(key), str) or not dashboard[key]:
            yield document.problem((key,), "is missing; Grafana finds the dashboard by it")
    uid = str(dashboard.get("uid"))
    if uid in owners:
        yield document.problem(("uid",), f"{uid} is the uid of {owners[uid]}")
    owners.setdefault(uid, file)
