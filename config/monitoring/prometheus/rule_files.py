"""Reads the Prometheus rule files under `values/rules/`, and reports what Prometheus or its operator would refuse."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from config.core.files.text_files import UnreadableError, read_text
from config.core.files.yaml_source import parse_yaml, read_yaml
from config.core.languages.go_template_tokens import TemplateError
from config.core.languages.go_templates import parse_template
from config.core.languages.promql import read_expression
from config.core.problems import LocatedProblem, shown
from config.core.types import DURATION_PATTERN
from config.paths import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from config.core.files.yaml_nodes import Document
    from config.core.problems import Location

RuleGroup = dict[str, Any]

# The name of the release, at most 26 characters, and the file's make a name that the chart cuts at 63.
LONGEST_NAME: Final = 36
FILE_NAME: Final = re.compile(rf"[a-z0-9](?:[a-z0-9_-]{{0,{LONGEST_NAME - 2}}}[a-z0-9])?")

# Of the CustomResourceDefinition: https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.RuleGroup
_GROUP_KEYS: Final = ("name", "interval", "query_offset", "limit", "labels", "partial_response_strategy", "rules")
_RULE_KEYS: Final = ("alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations")
# https://prometheus.io/docs/prometheus/latest/configuration/template_reference/#functions
_FUNCTIONS: Final = frozenset((
    "query", "first", "label", "value", "strvalue", "args", "reReplaceAll", "safeHtml", "match", "title", "toUpper",
    "toLower", "graphLink", "tableLink", "sortByLabel", "stripPort", "stripDomain", "humanize", "humanize1024",
    "humanizeDuration", "humanizePercentage", "humanizeTimestamp", "toTime", "toDuration", "now", "pathPrefix",
    "externalURL", "parseDuration", "urlQueryEscape", "tmpl",
))  # fmt: skip
_VARIABLES: Final = ("$labels", "$externalLabels", "$externalURL", "$value")


def rule_file_names(directory: Path = RULES) -> list[str]:
    """Return the names of the rule files, without .yaml."""
    return sorted(path.stem for path in directory.glob("*.yaml") if FILE_NAME.fullmatch(path.stem))


def rule_object_name(file_name: str) -> str:
    """Return the name of a file as a part of a Kubernetes name."""
    return file_name.replace("_", "-")


def read_rule_groups(name: str, directory: Path = RULES) -> list[RuleGroup]:
    """Return the groups of a rule file that has no problem."""
    groups: list[RuleGroup] = _content(_document(directory / f"{name}.yaml"))["groups"]
    return groups


def expressions_of_groups(groups: object) -> Iterator[str]:
    """Yield the expressions of groups of rules, as far as they can be read."""
    yield from (str(rule["expr"]) for rule in _rules({"groups": groups}) if "expr" in rule)


def severities_of_rules(directory: Path = RULES) -> set[str]:
    """Return the severities that alerts of any file have, as far as they can be read."""
    return {
        str(rule["labels"]["severity"])
        for name in rule_file_names(directory)
        for rule in _rules(_content(_document(directory / f"{name}.yaml")))
        if isinstance(rule.get("labels"), dict) and "severity" in rule["labels"]
    }


def _rules(content: object) -> Iterator[dict[Any, Any]]:
    groups = content.get("groups") if isinstance(content, dict) else None
    for group in groups if isinstance(groups, list) else ():
        rules = group.get("rules") if isinstance(group, dict) else None
        yield from (rule for rule in (rules if isinstance(rules, list) else ()) if isinstance(rule, dict))


def problems_of_rule_files(directory: Path = RULES) -> Iterator[LocatedProblem]:
    """Yield what is wrong with any rule file."""
    objects: dict[str, str] = {}
    for name in rule_file_names(directory):
        path = directory / f"{name}.yaml"
        file = f"{directory.parent.name}/{directory.name}/{path.name}"
        other = objects.setdefault(rule_object_name(name), file)
        if other != file:
            message = f"would have the Kubernetes name of {other}, {rule_object_name(name)}; rename one of them"
            yield LocatedProblem(file, 1, "file", message)
        document = _document(path)
        yield from document.problems or (
            document.problem(location, message) for location, message in problems_of_rules(_content(document))
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


def problems_of_rules(content: object) -> Iterator[tuple[Location, str]]:
    """Yield what is wrong with the content of a rule file, and where."""
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
        yield from _problems_of_group(location, group)
        for number, rule in enumerate(group["rules"]):
            yield from _problems_of_rule((*location, "rules", number), rule)


def _problems_of_group(location: Location, group: RuleGroup) -> Iterator[tuple[Location, str]]:
    for key in group:
        if key not in _GROUP_KEYS:
            yield (*location, key), f"unknown key; allowed: {', '.join(_GROUP_KEYS)}"
    yield from _problems_of_durations(location, group, ("interval", "query_offset"))
    limit = group.get("limit", 0)
    if isinstance(limit, bool) or not isinstance(limit, int):
        yield (*location, "limit"), f"{shown(limit)} is not a whole number"
    strategy = group.get("partial_response_strategy", "")
    if not isinstance(strategy, str) or strategy.lower() not in ("", "abort", "warn"):
        yield (*location, "partial_response_strategy"), f"{shown(strategy)} is not abort or warn"
    yield from _problems_of_texts((*location, "labels"), group.get("labels") or {}, is_template=False)


def _problems_of_durations(
    location: Location, content: dict[Any, Any], keys: Iterable[str]
) -> Iterator[tuple[Location, str]]:
    for key in keys:
        if key in content and not re.fullmatch(rf"{DURATION_PATTERN}|0", str(content[key])):
            yield (*location, key), f"{shown(content[key])} is not a duration like 5m"


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
        yield from _problems_of_texts((*location, key), rule.get(key) or {}, is_template="alert" in rule)
    if "alert" in rule:
        yield from _problems_of_alert(location, rule)
    elif "record" in rule:
        yield from _problems_of_recording(location, rule)


def _problems_of_alert(location: Location, rule: dict[Any, Any]) -> Iterator[tuple[Location, str]]:
    if not _is_text(rule["alert"]):
        yield (*location, "alert"), "is not a name, a text"
    yield from _problems_of_durations(location, rule, ("for", "keep_firing_for"))


def _problems_of_recording(location: Location, rule: dict[Any, Any]) -> Iterator[tuple[Location, str]]:
    if not _is_text(rule["record"]) or not re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*", rule["record"]):
        yield (*location, "record"), f"{shown(rule['record'])} is not the name of a metric"
    for key in ("for", "keep_firing_for", "annotations"):
        if key in rule:
            yield (*location, key), "is for alerts"


def _problems_of_texts(location: Location, texts: object, *, is_template: bool) -> Iterator[tuple[Location, str]]:
    """Yield what is no mapping of names to texts, or a template that Prometheus could not read."""
    if not isinstance(texts, dict):
        yield location, "is not a mapping of names to texts"
        return
    for name, value in texts.items():
        if not _is_text(name) or not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name):
            yield (*location, name), f"{shown(name)} is not the name of a label"
        elif not isinstance(value, str):
            yield (*location, name), f"{shown(value)} is not a text; put it in quotes"
        elif is_template and "{{" in value:
            try:
                parse_template(value, _FUNCTIONS, _VARIABLES)
            except TemplateError as error:
                line = f" (line {error.line} of the text)" if error.line > 1 else ""
                yield (*location, name), f"is no template that Prometheus reads: {error}{line}"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _problems_of_expression(location: Location, expression: object) -> Iterator[tuple[Location, str]]:
    if isinstance(expression, bool) or not isinstance(expression, str | int | float):
        yield location, "is missing: a PromQL expression"
        return
    complaint = read_expression(str(expression)).complaint
    if complaint is not None:
        yield location, f"is not PromQL: {complaint}"
