"""Reports which files under `values/` an environment names that do not exist, and what is wrong with those it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.core.files.text_files import exists
from config.core.files.yaml_source import read_yaml
from config.core.problems import nearest, shown
from config.monitoring.alerting.alert_rules import SEVERITIES
from config.monitoring.alerting.routes import severities_of
from config.monitoring.grafana.dashboard_files import dashboard_names
from config.monitoring.managed.alert_definition import definition_problems
from config.monitoring.prometheus.rule_files import rule_file_names, severities_of_rules
from config.monitoring.values.values_files import problems_of_release_values
from config.policy.pack_files import pack_files, rule_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from config.core.files.yaml_nodes import Document
    from config.core.problems import LocatedProblem, Location
    from config.environment import Environment

_STACK = ("kube_prom_stack",)


def problems_of_named_files(document: Document, environment: Environment, values: Path) -> Iterator[LocatedProblem]:
    """Yield what is wrong with the rule files, dashboards and definitions that an environment names."""
    stack = environment.kube_prom_stack
    rules, dashboards = rule_file_names(values / "rules"), dashboard_names(values / "dashboards")
    home = stack.grafana.home_dashboard
    named: tuple[tuple[Location, Iterable[str], Collection[str]], ...] = (
        (("alert_rules", "files"), stack.alert_rules.files or (), rules),
        (("managed_prometheus", "rule_files"), stack.managed_prometheus.rule_files, rules),
        (("thanos", "ruler", "rule_files"), stack.thanos.ruler.rule_files, rules),
        (("grafana", "dashboards"), stack.grafana.dashboards or (), dashboards),
    )
    for location, names, existing in named:
        for position, name in enumerate(names):
            if name not in existing:
                yield document.problem((*_STACK, *location, position), _unknown(name, existing))
    if "home_dashboard" in stack.grafana.model_fields_set and home is not None and home not in dashboards:
        yield document.problem((*_STACK, "grafana", "home_dashboard"), _unknown(home, dashboards))
    yield from _unknown_severities(document, environment, values)
    yield from _problems_of_definition(document, environment, values)
    yield from _problems_of_release(document, environment, values)
    yield from _problems_of_policy(document, environment, values)
    if environment.workloads:
        from config.workloads.workload_files import problems_of_workloads  # noqa: PLC0415 (30 ms that only workloads pay)

        yield from problems_of_workloads(document, environment, values)


def _unknown_severities(document: Document, environment: Environment, values: Path) -> Iterator[LocatedProblem]:
    """Yield severities of routes that no alert has: a slip of the pen would leave the route without alerts."""
    stack = environment.kube_prom_stack
    if not stack.alertmanager.routes:
        return
    known = [*SEVERITIES, *stack.alert_rules.severities]
    known += sorted(severities_of_rules(values / "rules") - set(known))
    for location, severity in severities_of(stack.alertmanager.routes):
        if severity not in known:
            message = (
                f"no rule has severity {shown(severity)}; {nearest(severity, known)}there are: {', '.join(known)}; "
                "name others in alert_rules.severities"
            )
            yield document.problem((*_STACK, "alertmanager", *location), message)


def _problems_of_release(document: Document, environment: Environment, values: Path) -> Iterator[LocatedProblem]:
    name = environment.kube_prom_stack.release_values_file
    if name is None:
        return
    if exists(values / name):
        yield from problems_of_release_values(name, values)
    else:
        yield document.problem((*_STACK, "release_values_file"), f"{values.name}/{name} does not exist")


def _problems_of_policy(document: Document, environment: Environment, values: Path) -> Iterator[LocatedProblem]:
    """Yield packs and rules that do not exist: one that is misspelt would check nothing, or excuse nothing."""
    policy = environment.policy
    if not policy.model_fields_set:
        return
    packs, rules = pack_files(values), rule_names(values)
    for position, pack in enumerate(policy.packs or ()):
        if pack not in packs:
            yield document.problem(("policy", "packs", position), _unknown(pack, packs, "pack"))
    named: tuple[tuple[Location, str], ...] = (
        *((("rules", rule), rule) for rule in policy.rules),
        *((("exceptions", position, "rule"), one.rule) for position, one in enumerate(policy.exceptions)),
    )
    for location, rule in named:
        if rule not in rules:
            message = f"there is no rule {shown(rule)}; {nearest(rule, rules)}./eks check policy --rules lists them"
            yield document.problem(("policy", *location), message)


def _unknown(name: str, existing: Collection[str], kind: str = "file") -> str:
    return f"there is no {kind} {shown(name)}; there are: {', '.join(existing)}"


def _problems_of_definition(document: Document, environment: Environment, values: Path) -> Iterator[LocatedProblem]:
    alert_manager = environment.kube_prom_stack.managed_prometheus.alert_manager
    if alert_manager is None:
        return
    path = values / alert_manager.definition_file
    if not exists(path):
        location = (*_STACK, "managed_prometheus", "alert_manager", "definition_file")
        yield document.problem(location, f"{values.name}/{alert_manager.definition_file} does not exist")
        return
    definition = read_yaml(path, f"{values.name}/{alert_manager.definition_file}")
    yield from definition.problems
    if definition.root is not None:
        for problem in definition_problems(definition.root.plain()):
            yield definition.problem(problem.location, problem.message)
