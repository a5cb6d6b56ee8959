"""Takes over a dashboard or a file of rules: checked as synthesis checks it, written with a diff."""

from __future__ import annotations

import difflib
import json
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml

from config.core.errors import UsageError
from config.core.problems import shown_path
from config.monitoring.grafana.dashboard_files import MOST_BYTES, dashboard_object_name
from config.monitoring.grafana.exported_dashboards import DashboardError, parse_dashboard
from config.monitoring.prometheus.rule_files import FILE_NAME, LONGEST_NAME, problems_of_rules
from config.paths import VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator

GRAFANA_COM: Final = "https://grafana.com"
DASHBOARD_ID: Final = re.compile(r"[0-9]{1,7}")
_LONGEST_UID: Final = 40
_TIMEOUT_SECONDS: Final = 30


class ImportProblemError(UsageError):
    """What is to be taken over cannot be; the message states why, a problem a line."""


class Written(NamedTuple):
    """A file below `values/`, what it is to hold, and how that differs from what it holds."""

    path: Path
    text: str
    diff: str


def dashboard(source: str, folder: str, *, address: str = GRAFANA_COM, values: Path = VALUES) -> Written:
    """Return the file for a dashboard: of a file, or of an id of grafana.com in its newest revision.

    Raises:
        ImportProblemError: It cannot be read, or is no dashboard that can be provisioned.

    """
    try:
        content = _download(source, address) if DASHBOARD_ID.fullmatch(source) else _content(source)
        found = parse_dashboard(content)
    except DashboardError as error:
        raise ImportProblemError(f"{source}:{error.line}: {error}") from error
    title = found.get("title")
    if not isinstance(title, str) or not title:
        raise ImportProblemError(f"{source}: the dashboard has no title")
    name = re.sub(r"-+", "-", dashboard_object_name(title)) or "dashboard"
    found.pop("id", None)
    found["uid"] = found.get("uid") or name[:_LONGEST_UID].strip("-")
    size = len(json.dumps(found, separators=(",", ":"), ensure_ascii=False).encode())
    if size > MOST_BYTES:
        raise ImportProblemError(f"{source}: the dashboard has {size:,} bytes, and a ConfigMap takes {MOST_BYTES:,}")
    text = json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return written(values / "dashboards" / folder / f"{name}.json", text)


def _download(number: str, address: str) -> bytes:
    url = f"{address}/api/dashboards/{number}/revisions/latest/download"
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 (https, or a test's own server)
            content: bytes = answer.read(16 * MOST_BYTES)
    except (urllib.error.URLError, TimeoutError) as error:
        reason = getattr(error, "reason", error)
        raise ImportProblemError(f"dashboard {number} cannot be downloaded from {address}: {reason}") from error
    return content


def _content(source: str) -> bytes:
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise ImportProblemError(f"{source} cannot be read: {error.strerror}") from error


def rules(source: str, *, name: str | None = None, values: Path = VALUES) -> Written:
    """Return the file for rules: of a rule file of Prometheus, or of PrometheusRule objects.

    Raises:
        ImportProblemError: It cannot be read, or Prometheus would not take the rules.

    """
    try:
        text = _content(source).decode("utf-8-sig")
        documents = [document for document in yaml.safe_load_all(text) if document is not None]
    except UnicodeDecodeError as error:
        raise ImportProblemError(f"{source} is not UTF-8 text") from error
    except yaml.YAMLError as error:
        raise ImportProblemError(f"{source} is not YAML: {' '.join(str(error).split())}") from error
    groups = [group for document in documents for group in _groups(document, source)]
    problems = [f"{source}: {shown_path(where)}: {message}" for where, message in problems_of_rules({"groups": groups})]
    if problems or not groups:
        raise ImportProblemError("\n".join(problems) or f"{source} has no rules")
    is_rule_file = len(documents) == 1 and set(documents[0]) == {"groups"} and text.lstrip()[:1] != "{"
    content = (
        text if is_rule_file else yaml.safe_dump({"groups": groups}, sort_keys=False, allow_unicode=True, width=120)
    )
    return written(values / "rules" / f"{_rule_name(name or Path(source).stem)}.yaml", content.rstrip() + "\n")


def rules_of(name: str, content: Any, *, values: Path = VALUES) -> Written:  # noqa: ANN401 (YAML)
    """Return the file for the groups that a values file has under a name.

    Raises:
        ImportProblemError: Prometheus would not take the rules.

    """
    groups = list(_groups(content, name))
    problems = [f"{name}: {shown_path(where)}: {message}" for where, message in problems_of_rules({"groups": groups})]
    if problems:
        raise ImportProblemError("\n".join(problems))
    text = yaml.safe_dump({"groups": groups}, sort_keys=False, allow_unicode=True, width=120)
    return written(values / "rules" / f"{_rule_name(name)}.yaml", text)


def _groups(document: Any, source: str) -> Iterator[Any]:  # noqa: ANN401 (YAML)
    """Yield the groups of a rule file, a PrometheusRule, or a list of those."""
    if isinstance(document, dict) and isinstance(document.get("items"), list):
        for item in document["items"]:
            yield from _groups(item, source)
        return
    holder = document.get("spec", document) if isinstance(document, dict) else None
    if not isinstance(holder, dict) or not isinstance(holder.get("groups"), list):
        raise ImportProblemError(f"{source} is neither a rule file (groups: …) nor a PrometheusRule")
    yield from holder["groups"]


def _rule_name(name: str) -> str:
    found = re.sub(r"[^a-z0-9_]+", "-", name.lower())[:LONGEST_NAME].strip("-_")
    if not FILE_NAME.fullmatch(found):
        raise ImportProblemError(f"{name!r} makes no name of a file; choose another")
    return found


def written(path: Path, text: str) -> Written:
    """Return a file that is to hold a text, with the difference to what it holds."""
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    name = path.as_posix()
    lines = difflib.unified_diff(before.splitlines(keepends=True), text.splitlines(keepends=True), name, name)
    return Written(path, text, "".join(lines))
