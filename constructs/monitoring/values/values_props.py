"""What the values of kube-prometheus-stack need in addition to the settings: its identities, and what is around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs.aws.irsa_role import ServiceAccount

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from config.monitoring.kube_prom_stack import KubePromStackSettings
    from constructs.monitoring.contribution import Contribution


class ServiceAccounts:
    """The service accounts of a release: the chart's values and the trust policies take their names from here."""

    def __init__(self, settings: KubePromStackSettings) -> None:
        self.prometheus = ServiceAccount(settings.namespace, f"{settings.release_name}-prometheus")
        self.alertmanager = ServiceAccount(settings.namespace, f"{settings.release_name}-alertmanager")
        self.grafana = ServiceAccount(settings.namespace, f"{settings.release_name}-grafana")
        self.thanos_ruler = ServiceAccount(settings.namespace, f"{settings.release_name}-thanos-ruler")


@dataclass(frozen=True, kw_only=True)
class RoleArns:
    """The IAM roles of the service accounts; None: no permission is needed."""

    prometheus: str | None = None
    alertmanager: str | None = None
    grafana: str | None = None


@dataclass(frozen=True, kw_only=True)
class ValuesProps:
    """What the values need in addition to the settings: identity, the files of `values/` to install, and the features.

    `query_features` are those of PromQL that Prometheus has to switch on.
    """

    cluster_name: str
    region: str | None
    labels: Mapping[str, str]
    storage_class_name: str | None
    roles: RoleArns
    rules: Sequence[str]
    query_features: Sequence[str]
    dashboards: Sequence[str]
    features: Contribution
    settings: KubePromStackSettings
