"""Workloads for tests: one that uses every setting, and short ways to their objects."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import yaml

from config.monitoring.discovery import MonitorLabel
from config.workloads.workloads import Workload
from constructs.workloads.workload_context import WorkloadContext
from constructs.workloads.workload_objects import workload_objects
from tests.environments import EVERYTHING_FILE

if TYPE_CHECKING:
    from tests.kubernetes_objects import Object

KEY = "arn:aws:kms:us-east-2:123456789012:key/0a1b2c3d"
IMAGE = "registry.example.com/team/app:1.2.3"
EVERYTHING: dict[str, Any] = yaml.safe_load(EVERYTHING_FILE.read_text("utf-8"))["workloads"]["app"]
"""One that gives every setting that does not exclude another."""

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
