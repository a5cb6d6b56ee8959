"""Workloads for tests: one that uses every setting, and short ways to their objects."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from config.monitoring.kube_prom_stack import MonitorLabel
from config.workloads.workloads import Workload
from constructs.workloads.workload_context import WorkloadContext
from constructs.workloads.workload_objects import workload_objects

if TYPE_CHECKING:
    from tests.kubernetes_objects import Object

KEY = "arn:aws:kms:us-east-2:123456789012:key/0a1b2c3d"
IMAGE = "registry.example.com/team/app:1.2.3"
EVERYTHING: dict[str, Any] = {
    "kind": "StatefulSet",
    "namespace": "shop",
    "image": IMAGE,
    "image_pull_secrets": ["registry"],
    "command": ["/app"],
    "args": ["--verbose", "${HOME}", "{{ braces }}", "%{if}"],
    "ports": {"http": 8080, "grpc": 9000, "http-metrics": 8081},
    "env": {"LEVEL": "debug", "TEMPLATE": "${x} $(LEVEL)"},
    "secret_env": {"PASSWORD": {"secret": "database", "key": "password"}},
    "env_from_secrets": ["tokens"],
    "config": {"mount_path": "/etc/app", "files": {"app.yaml": "a: ${b}\n"}},
    "secret_files": {"tls": {"secret": "app-tls", "mount_path": "/etc/tls"}},
    "shared_volumes": {"content": {"mount_path": "/content", "size_limit": "100Mi"}},
    "volumes": {"data": {"mount_path": "/data", "volume_gib": 10, "storage_class_name": "fast"}},
    "init_containers": [
        {
            "name": "download",
            "image": "docker.io/curlimages/curl:8.21.0",
            "command": ["curl"],
            "args": ["--output", "/content/file", "https://example.com/"],
            "env": {"A": "b"},
            "secret_env": {"TOKEN": {"secret": "tokens", "key": "download"}},
            "resources": {"requests": {"cpu": "5m"}},
        }
    ],
    "probes": {
        "startup": {"path": "/healthz", "port": "http", "initial_delay_seconds": 1, "period_seconds": 5},
        "readiness": {"command": ["/ready"], "timeout_seconds": 3, "failure_threshold": 5},
        "liveness": {"port": "grpc"},
    },
    "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
    "security": {"run_as_user": 1000, "fs_group": 2000, "read_only_root_filesystem": False},
    "placement": {"node_selector": {"role": "apps"}, "tolerations": [{"key": "apps", "operator": "Exists"}]},
    "spread_over_zones": "hard",
    "spread_over_nodes": "soft",
    "termination_grace_seconds": 60,
    "most_unavailable": 2,
    "service": {
        "type": "LoadBalancer",
        "ports": {"http": 80, "grpc": 9000},
        "scheme": "internet-facing",
        "source_cidrs": ["198.51.100.0/24"],
        "annotations": {"example.com/owner": "team"},
    },
    "ingress": {
        "host": "app.example.com",
        "path": "/api",
        "port": "http",
        "certificate_arn": "arn:aws:acm:us-east-2:123456789012:certificate/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f",
        "scheme": "internet-facing",
        "source_cidrs": ["198.51.100.0/24"],
        "group": "public",
        "health_check_path": "/healthz",
        "annotations": {"example.com/owner": "team"},
    },
    "autoscaling": {
        "min_replicas": 2,
        "max_replicas": 5,
        "cpu_percent": 70,
        "metric": {"name": "http_requests_per_second", "average_value": "50"},
    },
    "metrics": {
        "port": "http-metrics",
        "path": "/custom",
        "interval": "15s",
        "service_name": "app-numbers",
        "pod_monitor": True,
    },
    "alerts": {
        "AppIsDown": {
            "expr": 'up{job="app-numbers"} == 0',
            "for_duration": "2m",
            "severity": "critical",
            "summary": "{{ $labels.pod }} is down.",
            "description": "See ${LOGS}.",
            "runbook_url": "https://example.com/runbook",
        }
    },
    "dashboards": ["applications/myapp"],
    "aws": {
        "s3": [{"bucket": "uploads", "access": "read-write", "prefix": "app/", "kms_key_arn": KEY}],
        "sqs": [{"queue": "jobs", "access": "receive", "kms_key_arn": KEY}],
        "sns": [{"topic": "events", "kms_key_arn": KEY}],
        "dynamodb": [{"table": "orders", "access": "read", "kms_key_arn": KEY}],
        "secrets_manager": [{"secret": "app/token", "kms_key_arn": KEY}],
    },
    "timeout_seconds": 300,
}

# What a workload that uses everything needs of the environment.
ADDONS: dict[str, Any] = {
    "cluster_addons": {
        "aws_load_balancer_controller": {"enabled": True},
        "metrics_server": {"enabled": True},
        "prometheus_adapter": {
            "enabled": True,
            "custom_metrics": {"http_requests_per_second": {"series": 'http_requests_total{pod!=""}'}},
        },
    }
}


def everything(**changes: Any) -> dict[str, Any]:
    """Return the settings of a workload that uses everything, with some changed; None leaves one out."""
    settings = {**deepcopy(EVERYTHING), **changes}
    return {name: value for name, value in settings.items() if value is not None}


def small(**settings: Any) -> dict[str, Any]:
    """Return the settings of a workload with an image and little else."""
    return {"image": IMAGE, **settings}


def parsed(settings: dict[str, Any]) -> Workload:
    """Return the model of settings."""
    return Workload.model_validate_json(json.dumps(settings))


def objects_of(settings: dict[str, Any], *, storage_class_name: str | None = "gp3") -> list[Object]:
    """Return the objects of a workload `app`."""
    context = WorkloadContext(
        name="app",
        namespace="shop",
        labels={"project": "gd9"},
        monitor_label=MonitorLabel(),
        storage_class_name=storage_class_name,
    )
    return workload_objects(context, parsed(settings))


def object_of(kind: str, settings: dict[str, Any], name: str = "app") -> Object:
    """Return the only object of a kind and name."""
    (found,) = (one for one in objects_of(settings) if (one["kind"], one["metadata"]["name"]) == (kind, name))
    return found
