"""Reads the Grafana dashboards under `values/dashboards/<folder>/`, and tells what Grafana would not load."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Final

from config.core.problems import WHOLE_FILE, LocatedProblem
from config.paths import DASHBOARDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A ConfigMap holds 1 MiB with all its keys: https://kubernetes.io/docs/concepts/configuration/configmap/
MOST_BYTES: Final = 900 * 1024


def dashboard_names(directory: Path = DASHBOARDS) -> list[str]:
    """Return the dashboards as FOLDER/NAME, without .json."""
    return sorted(path.relative_to(directory).with_suffix("").as_posix() for path in directory.glob("*/*.json"))


@cache
def read_dashboard(name: str, directory: Path = DASHBOARDS) -> str:
    """Return the JSON of the dashboard FOLDER/NAME, without the white space that makes the file readable."""
    return json.dumps(json.loads((directory / f"{name}.json").read_bytes()), separators=(",", ":"), sort_keys=True)


def problems_of_dashboards(directory: Path = DASHBOARDS) -> Iterator[LocatedProblem]:
    """Yield what is wrong with any dashboard, by itself or beside another."""
    owners: dict[str, str] = {}
    for name in dashboard_names(directory):
        file = f"{directory.parent.name}/{directory.name}/{name}.json"
        yield from _problems(file, directory / f"{name}.json", owners)


def _problems(file: str, path: Path, owners: dict[str, str]) -> Iterator[LocatedProblem]:
    try:
        content = path.read_bytes()
    except OSError as error:
        yield LocatedProblem(file, 1, WHOLE_FILE, f"cannot be read: {error.strerror}")
        return
    if len(content) > MOST_BYTES:
        yield LocatedProblem(file, 1, WHOLE_FILE, f"has {len(content):,} bytes; a ConfigMap takes {MOST_BYTES:,}")
        return
    try:
        dashboard = json.loads(content)
    except UnicodeDecodeError:
        yield LocatedProblem(file, 1, WHOLE_FILE, "is not UTF-8 text")
        return
    except json.JSONDecodeError as error:
        yield LocatedProblem(file, error.lineno, WHOLE_FILE, f"is not JSON: {error.msg}")
        return
    except RecursionError:
        yield LocatedProblem(file, 1, WHOLE_FILE, "is nested too deep")
        return
    if not isinstance(dashboard, dict):
        yield LocatedProblem(file, 1, WHOLE_FILE, "is not a dashboard: a JSON object with uid, title and panels")
        return
    for key in ("uid", "title"):
        if not isinstance(dashboard.get(key), str) or not dashboard[key]:
            yield LocatedProblem(file, 1, key, "is missing; Grafana finds the dashboard by it")
    uid = str(dashboard.get("uid"))
    if uid in owners:
        yield LocatedProblem(file, 1, "uid", f"{uid} is the uid of {owners[uid]}")
    owners.setdefault(uid, file)
