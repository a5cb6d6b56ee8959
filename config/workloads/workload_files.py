"""Reads the workloads of an environment: `values/workloads/<name>.yaml`, with what the environment says over it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from config.core.files.text_files import exists
from config.core.files.yaml_nodes import Document
from config.core.files.yaml_source import read_yaml
from config.core.messages import problems_of
from config.core.naming import NAMESPACES_OF_KUBERNETES
from config.core.problems import ConfigurationError, nearest, shown
from config.core.renaming import rename_settings
from config.core.settings import Problem
from config.core.types import find_duplicates
from config.monitoring.grafana.dashboard_files import dashboard_names
from config.monitoring.prometheus.agent_mode import NO_RULES
from config.network.reach import unreached
from config.paths import VALUES
from config.workloads.workloads import Workload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pydantic import JsonValue

    from config.core.files.yaml_nodes import Node
    from config.core.problems import LocatedProblem, Location
    from config.environment import Environment

SECTION: Final = "workloads"
# Namespaces of every cluster: https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/


def read_workloads(environment: Environment, directory: Path = VALUES) -> dict[str, Workload]:
    """Return the workloads of an environment by name, sorted.

    Raises:
        ConfigurationError: Something is wrong with one; loading the environment reports the same.

    """
    document = Document(f"environment {environment.name}", None)
    problems = list(problems_of_workloads(document, environment, directory))
    if problems:
        raise ConfigurationError(problems)
    return {
        name: Workload.model_validate_json(_text(environment, name, directory))
        for name in sorted(environment.workloads)
    }


def namespace_of(name: str, workload: Workload) -> str:
    """Return the namespace of a workload."""
    return workload.namespace or name


def existing_namespaces(environment: Environment) -> set[str]:
    """Return the namespaces that other stacks own or label."""
    stack = environment.kube_prom_stack
    return {stack.namespace, *stack.monitored_namespaces}


def problems_of_workloads(document: Document, environment: Environment, values: Path) -> Iterator[LocatedProblem]:
    """Yield what is wrong with each workload of an environment, and with several in one namespace."""
    workloads: dict[str, Workload] = {}
    for name in sorted(environment.workloads):
        file = _read(name, values)
        if file is not None:
            document.notices.extend(file.notices)
        layers = _Layers(document, name, file)
        problems = list(_problems_of_workload(layers, environment, values))
        yield from problems
        if not problems:
            workload = Workload.model_validate_json(_text(environment, name, values))
            problems = [layers.problem(p.location, p.message) for p in _needs(name, workload, environment, values)]
            yield from problems
            workloads[name] = workload
    yield from _clashes(document, workloads)


class _Layers(Document):
    """A workload's file below a section of an environment: the section hides the file."""

    def __init__(self, section: Document, name: str, file: Document | None) -> None:
        super().__init__(section.file, section.root)
        self.section, self.workload_file = section, file
        self.place: Location = (SECTION, name)

    def node_at(self, location: Location) -> Node | None:
        """Return the value at a location of the workload."""
        found = self.section.node_at((*self.place, *location))
        return self.workload_file.node_at(location) if found is None and self.workload_file is not None else found

    def is_refused(self, location: Location) -> bool:
        """Return whether the value at a location is a problem already."""
        return self.workload_file is not None and self.workload_file.is_refused(location)

    def problem(self, location: Location, message: str) -> LocatedProblem:
        """Return a problem of the one that says more of the location; of the environment if both say as much."""
        file, place = self.workload_file, (*self.place, *location)
        if file is not None and _depth(file, location) > _depth(self.section, place) - len(self.place):
            return file.problem(location, message)
        return self.section.problem(place, message)


def _depth(document: Document, location: Location) -> int:
    """Return how much of a location a document has."""
    return max(
        depth for depth in range(len(location) + 1) if depth == 0 or document.node_at(location[:depth]) is not None
    )


def _path(name: str, values: Path) -> Path:
    return values / SECTION / f"{name}.yaml"


def _read(name: str, values: Path) -> Document | None:
    path = _path(name, values)
    if not exists(path):
        return None
    document = read_yaml(path, f"{values.name}/{SECTION}/{path.name}")
    rename_settings(document, Workload)
    return document


def _text(environment: Environment, name: str, values: Path) -> str:
    """Return the JSON of a workload whose file can be read."""
    file = _read(name, values)
    base = file.root.plain() if file is not None and file.root is not None else {}
    over = environment.workloads[name]
    return json.dumps(_overlaid(base, {} if over is None else over))


def _overlaid(base: JsonValue, over: JsonValue) -> JsonValue:
    """Return a value with another over it: mappings key by key, anything else as a whole."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    return base | {key: _overlaid(base[key], value) if key in base else value for key, value in over.items()}


def _problems_of_workload(layers: _Layers, environment: Environment, values: Path) -> Iterator[LocatedProblem]:
    name = str(layers.place[1])
    file = layers.workload_file
    if file is None and "image" not in (environment.workloads[name] or {}):
        names = sorted(path.stem for path in (values / SECTION).glob("*.yaml"))
        there = f"there are: {', '.join(names)}" if names else "there is none"
        message = f"there is no file {values.name}/{SECTION}/{name}.yaml; {nearest(name, names)}{there}"
        yield layers.problem((), f"{message}. Without a file, say here what it is, its image first")
        return
    if file is not None:
        yield from file.problems
        if file.root is None:
            return
        if not isinstance(file.root.content, dict):
            yield file.problem((), "is not a mapping; a workload is its settings by name")
            return
    try:
        Workload.model_validate_json(_text(environment, name, values))
    except ValidationError as error:
        yield from problems_of(error, layers, Workload)


def _needs(name: str, workload: Workload, environment: Environment, values: Path) -> Iterator[Problem]:
    """Yield what the environment lacks for a workload whose own settings are valid."""
    namespace = namespace_of(name, workload)
    if namespace in NAMESPACES_OF_KUBERNETES and namespace not in existing_namespaces(environment):
        yield Problem(
            ("namespace",),
            f"{namespace} exists in every cluster; list it in kube_prom_stack.monitored_namespaces, or choose another",
        )
    for position, container in enumerate(workload.init_containers):
        if container.name == name:
            yield Problem(("init_containers", position, "name"), f"{name} is the workload's own container")
    if workload.alerts and environment.kube_prom_stack.prometheus.agent_mode:
        yield Problem(("alerts",), NO_RULES)
    services = service_names(name, workload)
    if find_duplicates(services):
        yield Problem(("metrics", "service_name"), f"{services[-1]} is the name of another of its services")
    if workload.aws.is_needed:
        yield from _needs_of_role(environment)
        yield from unreached("workload", workload, environment.network)
    if environment.existing_cluster is None:
        yield from _needs_of_addons(workload, environment)
    dashboards = dashboard_names(values / "dashboards")
    for position, dashboard in enumerate(workload.dashboards):
        if dashboard not in dashboards:
            message = f"there is no file {shown(dashboard)}; there are: {', '.join(dashboards)}"
            yield Problem(("dashboards", position), message)


def _needs_of_role(environment: Environment) -> Iterator[Problem]:
    existing = environment.existing_cluster
    if environment.region is None:
        yield Problem(("aws",), "needs a region of the environment")
    if existing is not None and existing.eks is None and existing.oidc_provider_arn is None:
        yield Problem(
            ("aws",), "needs an IAM role, and the cluster no OIDC provider: give cluster.existing.oidc_provider_arn"
        )


def _needs_of_addons(workload: Workload, environment: Environment) -> Iterator[Problem]:
    """Yield what would wait forever: EKS has none of these itself; a cluster that exists may have them all."""
    addons = environment.cluster_addons
    controller, adapter = addons.aws_load_balancer_controller, addons.prometheus_adapter
    needs_controller = "needs cluster_addons.aws_load_balancer_controller.enabled: nothing else makes the load balancer"
    if workload.service.type == "LoadBalancer" and not controller.enabled:
        yield Problem(("service", "type"), needs_controller)
    ingress, autoscaling = workload.ingress, workload.autoscaling
    if ingress is not None and ingress.ingress_class == controller.ingress_class and not controller.enabled:
        yield Problem(("ingress",), needs_controller)
    if autoscaling is not None and autoscaling.cpu_percent is not None and not addons.metrics_server.enabled:
        yield Problem(("autoscaling", "cpu_percent"), "needs cluster_addons.metrics_server.enabled, which measures it")
    if autoscaling is not None and autoscaling.metric is not None:
        served = adapter.custom_metrics if adapter.enabled else {}
        if autoscaling.metric.name not in served:
            place = ("autoscaling", "metric", "name")
            yield Problem(place, "needs an entry of that name in cluster_addons.prometheus_adapter.custom_metrics")


def _clashes(document: Document, workloads: Mapping[str, Workload]) -> Iterator[LocatedProblem]:
    """Yield services of one name in one namespace."""
    owners: dict[tuple[str, str], str] = {}
    for name, workload in workloads.items():
        for service in service_names(name, workload):
            owner = owners.setdefault((namespace_of(name, workload), service), name)
            if owner != name:
                message = f"its service {service} would have the name of one of workload {owner} in the same namespace"
                yield document.problem((SECTION, name), message)


def service_names(name: str, workload: Workload) -> list[str]:
    """Return the names of a workload's services."""
    names = [name] if workload.service_ports else []
    if workload.kind == "StatefulSet":
        names.append(f"{name}-headless")
    if workload.metrics is not None and workload.metrics.service_monitor:
        names.append(metrics_service_name(name, workload.metrics.service_name))
    return names


def metrics_service_name(name: str, given: str | None) -> str:
    """Return the name of the Service that metrics are scraped through."""
    return given or f"{name}-prom"
