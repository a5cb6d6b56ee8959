"""What a feature of the monitoring adds to what all of them share: roles, release, and the further releases."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cdktf import ITerraformDependable

    from constructs.aws.iam_role import Statements
    from constructs.helm.helm_values import Values
    from constructs.monitoring.companion_release import CompanionContext
    from constructs.monitoring.managed.prometheus_workspace import PrometheusWorkspaceOutputs


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """Everything is empty by default: a feature that is off adds nothing.

    Attributes:
        prometheus_policies: IAM policies of Prometheus' role by their name; likewise of Alertmanager's and Grafana's.
        remote_write: Entries of `prometheus.prometheusSpec.remoteWrite`.
        scrape_configs: Entries of `prometheus.prometheusSpec.additionalScrapeConfigs`.
        data_sources: Entries of `grafana.additionalDataSources`.
        grafana_plugins: Plugins of Grafana that these data sources need, ID@VERSION.
        manifests: Objects that need the CRDs of the release, for `extraManifests`.
        values: Other values of the release; two features never set the same key.
        depends_on: What must exist before the pods of the release start.
        companions: What creates the releases that wait for this one.
        workspace: The workspace of Managed Prometheus, of which there is at most one.

    """

    prometheus_policies: dict[str, Statements] = field(default_factory=dict)
    alertmanager_policies: dict[str, Statements] = field(default_factory=dict)
    grafana_policies: dict[str, Statements] = field(default_factory=dict)
    remote_write: tuple[Values, ...] = ()
    scrape_configs: tuple[Values, ...] = ()
    data_sources: tuple[Values, ...] = ()
    grafana_plugins: tuple[str, ...] = ()
    manifests: tuple[Values, ...] = ()
    values: tuple[Values, ...] = ()
    depends_on: tuple[ITerraformDependable, ...] = ()
    companions: tuple[Callable[[CompanionContext], object], ...] = ()
    workspace: PrometheusWorkspaceOutputs | None = None


def joined(contributions: Iterable[Contribution]) -> Contribution:
    """Return all contributions as one: lists in the order of the features, mappings and single values united.

    Raises:
        ValueError: Two features contribute the same policy, or a workspace each.

    """
    every = list(contributions)
    parts = {one.name: [getattr(each, one.name) for each in every] for one in fields(Contribution)}
    return replace(Contribution(), **{name: _united(name, values) for name, values in parts.items() if values})


def _united(name: str, parts: list[Any]) -> Any:  # noqa: ANN401 (a tuple, a mapping or a single value of any type)
    if isinstance(parts[0], tuple):
        return tuple(item for part in parts for item in part)
    if isinstance(parts[0], dict):
        counts = Counter(key for part in parts for key in part)
        if twice := sorted(key for key, count in counts.items() if count > 1):
            raise ValueError(f"two features contribute {name} {', '.join(twice)}")
        return {key: value for part in parts for key, value in part.items()}
    given = [part for part in parts if part is not None]
    if len(given) > 1:
        raise ValueError(f"two features contribute {name}")
    return given[0] if given else None
