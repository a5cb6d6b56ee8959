"""Reads the Prometheus rule files under `values/rules/`, and tells what Prometheus or its operator would refuse."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, get_args

import promql_parser

from config.core.problems import shown
from config.core.text_files import UnreadableError, read_text
from config.core.types import DURATION_PATTERN
from config.core.yaml_source import parse_yaml, read_yaml
from config.monitoring.alerting import Severity
from config.paths import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from config.core.problems import LocatedProblem
    from config.core.settings import Location
    from config.core.yaml_source import Document

RuleGroup = dict[str, Any]


_GROUP_KEYS: Final = ("name", "interval", "limit", "labels", "rules")
_RULE_KEYS: Final = ("alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations")


def rule_file_names(directory: Path = RULES) -> list[str]:
    """Return the names of the rule files, without .yaml."""
    return sorted(path.stem for path in directory.glob("*.yaml"))


def read_rule_groups(name: str, directory: Path = RULES) -> list[RuleGroup]:
    """Return the groups of a rule file that has no problem."""
    groups: list[RuleGroup] = _content(_document(directory / f"{name}.yaml"))["groups"]
    return groups


def problems_of_rule_files(directory: Path = RULES) -> Iterator[LocatedProblem]:
    """Yield what is wrong with any rule file."""
    for name in rule_file_names(directory):
        document = _document(directory / f"{name}.yaml")
        yield from document.problems or (
            document.problem(location, message) for location, message in _problems(_content(document))
        )


def _document(path: Path) -> Document:
    """Read a file; one that was read before and is the same is not parsed again."""
    file = f"{path.parent.parent.name}/{path.parent.name}/{path.name}"
    try:
        return _parsed(read_text(path), file)
    except UnreadableError:
        return read_yaml(path, file)


_parsed = cache(parse_yaml)


def _content(document: Document) -> Any:  # noqa: ANN401 (YAML)
    return None if document.root is None else document.root.plain()


def _problems(content: object) -> Iterator[tuple[Location, str]]:
    if not isinstance(content, dict) or set(content) != {"groups"} or not isinstance(content["groups"], list):
        yield (), "is not a rule file: a mapping with the one key groups, a list"
        return
    names: set[object] = set()
    for position, group in enumerate(content["groups"]):
        location: Location = ("groups", position)
        if not isinstance(group, dict) or not isinstance(group.get("rules"), list) or not _is_text(group.get("name")):
            yield location, "is not a group: a mapping with name, a text, and rules, a list"
            continue
        if group["name"] in names:
            yield (*location, "name"), f"{group['name']} is the name of an earlier group"
        names.add(group["name"])
        for key in group:
            if key not in _GROUP_KEYS:
                yield (*location, key), f"unknown key; allowed: {', '.join(_GROUP_KEYS)}"
        for number, rule in enumerate(group["rules"]):
            yield from _problems_of_rule((*location, "rules", number), rule)


def _problems_of_rule(location: Location, rule: object) -> Iterator[tuple[Location, str]]:
    if not isinstance(rule, dict):
        yield location, "is not a rule: a mapping with alert or record, and expr"
        return
    for key in rule:
        if key not in _RULE_KEYS:
            yield (*location, key), f"unknown key; allowed: {', '.join(_RULE_KEYS)}"
    if ("alert" in rule) == ("record" in rule):
        yield location, "has to have either alert or record"
    yield from _problems_of_expression((*location, "expr"), rule.get("expr"))
    for key in ("labels", "annotations"):
        yield from _problems_of_texts((*location, key), rule.get(key) or {})
    if "alert" in rule:
        yield from _problems_of_alert(location, rule)
    elif "record" in rule:
        yield from _problems_of_recording(location, rule)


def _problems_of_alert(location: Location, rule: dict[Any, Any]) -> Iterator[tuple[Location, str]]:
    if not _is_text(rule["alert"]):
        yield (*location, "alert"), "is not a name, a text"
    for key in ("for", "keep_firing_for"):
        if key in rule and not re.fullmatch(DURATION_PATTERN, str(rule[key])):
            yield (*location, key), f"{shown(rule[key])} is not a duration like 5m"
    labels = rule.get("labels")
    severity = labels.get("severity") if isinstance(labels, dict) else None
    if severity not in get_args(Severity):
        yield (*location, "labels"), f"severity {shown(severity)} is not one of {', '.join(get_args(Severity))}"


def _problems_of_recording(location: Location, rule: dict[Any, Any]) -> Iterator[tuple[Location, str]]:
    if not _is_text(rule["record"]) or not re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*", rule["record"]):
        yield (*location, "record"), f"{shown(rule['record'])} is not the name of a metric"
    for key in ("for", "keep_firing_for", "annotations"):
        if key in rule:
            yield (*location, key), "is for alerts"


def _problems_of_texts(location: Location, texts: object) -> Iterator[tuple[Location, str]]:
    """Yield what is no mapping of names to texts, or a template that Prometheus could not read."""
    if not isinstance(texts, dict):
        yield location, "is not a mapping of names to texts"
        return
    for name, value in texts.items():
        if not _is_text(name) or not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name):
            yield (*location, name), f"{shown(name)} is not the name of a label"
        elif not isinstance(value, str):
            yield (*location, name), f"{shown(value)} is not a text; put it in quotes"
        elif value.count("{{") != value.count("}}"):
            yield (*location, name), "opens and closes templates ({{ and }}) unequally often"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _problems_of_expression(location: Location, expression: object) -> Iterator[tuple[Location, str]]:
    if isinstance(expression, bool) or not isinstance(expression, str | int | float):
        yield location, "is missing: a PromQL expression"
        return
    try:
        promql_parser.parse(str(expression))
    except ValueError as error:
        yield location, f"is not PromQL: {str(error).splitlines()[0]}"
