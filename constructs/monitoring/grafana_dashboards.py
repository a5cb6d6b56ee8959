"""Dashboards as ConfigMaps, which Grafana's sidecar picks up from any namespace by their label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_kubernetes.config_map_v1 import ConfigMapV1, ConfigMapV1Metadata

from config.monitoring.grafana.dashboard_files import (
    dashboard_file,
    dashboard_folder,
    dashboard_object_name,
    read_dashboard,
)
from constructs import Construct
from constructs.monitoring.values.grafana_values import DASHBOARD_LABEL, FOLDER_ANNOTATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, kw_only=True)
class GrafanaDashboardsProps:
    """Dashboards as FOLDER/NAME of a file in `values/dashboards`; the folder becomes Grafana's."""

    namespace: str
    labels: Mapping[str, str]
    dashboards: Iterable[str]


class GrafanaDashboards(Construct):
    """One ConfigMap a dashboard."""

    def __init__(self, scope: Construct, id_: str, props: GrafanaDashboardsProps) -> None:
        super().__init__(scope, id_)
        for dashboard in props.dashboards:
            name, folder = dashboard_object_name(dashboard), dashboard_folder(dashboard)
            ConfigMapV1(
                self,
                name,
                metadata=ConfigMapV1Metadata(
                    name=f"dashboard-{name}",
                    namespace=props.namespace,
                    labels={**props.labels, **DASHBOARD_LABEL},
                    annotations={FOLDER_ANNOTATION: folder} if folder else None,
                ),
                data={dashboard_file(dashboard): read_dashboard(dashboard)},
            )
