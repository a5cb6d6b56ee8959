"""Values of Alertmanager: its pods, its configuration, and the files of its secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.monitoring.alerting.template_files import read_templates
from constructs.helm.helm_values import Values, claim_template, verbatim
from constructs.kubernetes.shapes import role_annotation
from constructs.monitoring.alerting.alertmanager_config import alertmanager_config
from constructs.monitoring.alerting.alertmanager_secrets import secret_values
from constructs.monitoring.discovery import namespace_selector, object_selector
from constructs.monitoring.values.load_balancer import protected_ingress

if TYPE_CHECKING:
    from constructs.monitoring.values.values_props import ValuesProps


def alertmanager_values(props: ValuesProps, service_account: str) -> Values:
    """Return the values under `alertmanager`."""
    settings = props.settings.alertmanager
    if props.settings.prometheus.agent_mode:
        return {"alertmanager": {"enabled": False}}
    return {
        "alertmanager": {
            "serviceAccount": {"create": True, "name": service_account, **role_annotation(props.roles.alertmanager)},
            "service": {"type": props.settings.service_type},
            **protected_ingress(settings.ingress),
            "config": alertmanager_config(settings),
            "templateFiles": {**read_templates()},
            # A budget over one replica would let no node be drained.
            "podDisruptionBudget": {"enabled": settings.replicas > 1},
            "alertmanagerSpec": {
                **({} if settings.url is None else verbatim({"externalUrl": settings.url})),
                # AlertmanagerConfig objects are found like monitors; the chart would take those of every namespace.
                "alertmanagerConfigSelector": object_selector(props.settings),
                "alertmanagerConfigNamespaceSelector": namespace_selector(props.settings),
                "replicas": settings.replicas,
                "podAntiAffinity": "soft",
                "retention": settings.retention,
                "resources": settings.resources.values(),
                "storage": claim_template(props.storage_class_name, settings.volume_gib),
                **secret_values(settings, region=props.region, image_registry=props.settings.image_registry),
            },
        }
    }
