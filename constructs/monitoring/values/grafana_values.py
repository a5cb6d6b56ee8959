"""Values of Grafana: login, address, data sources, dashboards and plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.monitoring.grafana.dashboard_files import dashboard_file, dashboard_folder
from config.monitoring.grafana.grafana import provider_name
from constructs.helm.helm_values import Values, merged, verbatim_text
from constructs.kubernetes.load_balancer_annotations import load_balancer_annotations
from constructs.kubernetes.shapes import role_annotation
from constructs.monitoring.values.grafana_access import login_values, storage_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import JsonValue

    from config.monitoring.grafana.grafana import GrafanaComDashboard, GrafanaIngress, GrafanaSettings
    from constructs.monitoring.values.values_props import ValuesProps

DASHBOARD_LABEL = {"grafana_dashboard": "1"}
FOLDER_ANNOTATION = "grafana_folder"
# Where the sidecar writes the dashboards of ConfigMaps, one folder for each of Grafana's.
SIDECAR_FOLDER = "/tmp/dashboards"  # noqa: S108 (in the container)
DOWNLOADS_FOLDER = "/var/lib/grafana/dashboards"
PROMETHEUS_DATA_SOURCE = "Prometheus"


def grafana_values(props: ValuesProps, service_account: str) -> Values:
    """Return the values under `grafana`."""
    settings = props.settings.grafana
    if not settings.enabled:
        return {"grafana": {"enabled": False}}
    values: Values = {
        "fullnameOverride": service_account,
        "serviceAccount": {"create": True, "name": service_account, **role_annotation(props.roles.grafana)},
        "service": {"type": props.settings.service_type},
        "resources": settings.resources.values(),
        # It would run as root; the group of the pod's security context can write to the volume.
        "initChownData": {"enabled": False},
        "sidecar": _sidecar_values(has_prometheus=not props.settings.prometheus.agent_mode),
        # The chart's own role may read every Secret of the cluster.
        "rbac": {"create": False},
        **_environment(settings),
        "extraObjects": _sidecar_access(props.settings.namespace, service_account),
        # Without -k: the certificate of grafana.com is checked.
        "defaultCurlOptions": "-sSfL",
        "additionalDataSources": _data_sources(props),
        "plugins": _plugins(settings, props.features.grafana_plugins),
        "grafana.ini": _ini(props),
    }
    return {
        "grafana": merged(
            values,
            storage_values(settings, props.storage_class_name),
            login_values(settings.logins),
            _admin(settings),
            _ingress(settings.ingress),
            _downloads(settings),
            {"grafana.ini": _verbatim_ini(settings.ini)},
        )
    }


def _data_sources(props: ValuesProps) -> list[JsonValue]:
    """Return the features' data sources; the first is the default where there is no Prometheus to ask."""
    sources = list(props.features.data_sources)
    if props.settings.prometheus.agent_mode and sources:
        sources[0] = {**sources[0], "isDefault": True}
    return [*sources]


def _environment(settings: GrafanaSettings) -> Values:
    return {"envFromSecrets": [{"name": name} for name in settings.env_secrets]} if settings.env_secrets else {}


def _sidecar_access(namespace: str, service_account: str) -> list[JsonValue]:
    """Return the role of Grafana's sidecars, which look for ConfigMaps in every namespace, and its binding."""
    name = f"{service_account}-sidecar"
    group = "rbac.authorization.k8s.io"
    return [
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": name},
            "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"]}],
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": service_account, "namespace": namespace}],
        },
    ]


def _sidecar_values(*, has_prometheus: bool) -> Values:
    # Of the Prometheus and the Alertmanager in the cluster: neither answers in agent mode.
    none: Values = {"defaultDatasourceEnabled": False, "alertmanager": {"enabled": False}}
    return {
        "dashboards": {
            "enabled": True,
            "resource": "configmap",
            "label": "grafana_dashboard",
            "labelValue": DASHBOARD_LABEL["grafana_dashboard"],
            "searchNamespace": "ALL",
            "folder": SIDECAR_FOLDER,
            "folderAnnotation": FOLDER_ANNOTATION,
            "provider": {"foldersFromFilesStructure": True},
            "annotations": {FOLDER_ANNOTATION: "Kubernetes"},
        },
        "datasources": {
            "enabled": True,
            "resource": "configmap",
            "label": "grafana_datasource",
            "labelValue": "1",
            **({} if has_prometheus else none),
        },
    }


def _verbatim_ini(ini: Mapping[str, Mapping[str, JsonValue]]) -> Values:
    """Return sections as they are: of them the chart passes texts through `tpl`, and nothing else."""
    return {
        name: {key: verbatim_text(value) if isinstance(value, str) else value for key, value in section.items()}
        for name, section in ini.items()
    }


def _ini(props: ValuesProps) -> Values:
    grafana = props.settings.grafana
    ini: Values = {
        "analytics": {"check_for_updates": False, "reporting_enabled": False},
        "security": {"cookie_secure": grafana.ingress is not None},
    }
    if grafana.ingress is not None:
        sub_path: Values = {} if grafana.ingress.path == "/" else {"serve_from_sub_path": True}
        ini["server"] = {"root_url": grafana.url, **sub_path}
    if grafana.home_dashboard is not None and grafana.home_dashboard in props.dashboards:
        ini["dashboards"] = {"default_home_dashboard_path": _path_of(grafana.home_dashboard)}
    return ini


def _path_of(dashboard: str) -> str:
    """Return where the sidecar puts a dashboard."""
    return "/".join(filter(None, (SIDECAR_FOLDER, dashboard_folder(dashboard), dashboard_file(dashboard))))


def _plugins(settings: GrafanaSettings, needed: Iterable[str]) -> list[JsonValue]:
    chosen = {plugin.partition("@")[0] for plugin in settings.plugins}
    return [
        *(plugin for plugin in needed if plugin.partition("@")[0] not in chosen),
        *settings.plugins,
    ]


def _admin(settings: GrafanaSettings) -> Values:
    secret = settings.admin_secret
    if secret is None:
        return {}
    return {"admin": {"existingSecret": secret.name, "userKey": secret.user_key, "passwordKey": secret.password_key}}


def _ingress(ingress: GrafanaIngress | None) -> Values:
    """Return the ingress; a health check would take the redirect of / for a failure."""
    if ingress is None:
        return {}
    return {
        "ingress": {
            "enabled": True,
            "ingressClassName": ingress.ingress_class,
            "annotations": load_balancer_annotations(ingress, "/api/health"),
            "hosts": [ingress.host],
            "path": ingress.path,
            "pathType": "Prefix",
        }
    }


def _sources_of(dashboard: GrafanaComDashboard) -> JsonValue:
    """Return what the chart puts for data sources: one name for all of them, or one for each input."""
    if not dashboard.inputs:
        return PROMETHEUS_DATA_SOURCE
    return [{"name": name, "value": source} for name, source in dashboard.inputs.items()]


def _downloads(settings: GrafanaSettings) -> Values:
    """Return the dashboards of grafana.com, one provider for each of their folders."""
    if not settings.grafana_com_dashboards:
        return {}
    folders = sorted({dashboard.folder for dashboard in settings.grafana_com_dashboards.values()})
    dashboards: Values = {
        provider_name(folder): {
            name: {"gnetId": dashboard.id, "revision": dashboard.revision, "datasource": _sources_of(dashboard)}
            for name, dashboard in settings.grafana_com_dashboards.items()
            if dashboard.folder == folder
        }
        for folder in folders
    }
    providers: list[JsonValue] = [
        {
            "name": provider_name(folder),
            "orgId": 1,
            "folder": folder,
            "type": "file",
            "disableDeletion": True,
            "editable": False,
            "options": {"path": f"{DOWNLOADS_FOLDER}/{provider_name(folder)}"},
        }
        for folder in folders
    ]
    return {
        "dashboards": dashboards,
        "dashboardProviders": {"dashboardproviders.yaml": {"apiVersion": 1, "providers": providers}},
    }
