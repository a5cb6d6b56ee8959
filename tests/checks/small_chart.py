"""A small chart with a subchart and a CRD, as a folder and as a package, and what it renders when all is well."""

from __future__ import annotations

import io
import json
import tarfile
from base64 import b64encode
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

ROLE = "arn:aws:iam::123456789012:role/prometheus"


def crd(plural: str, kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Return a CRD with the fields of its spec."""
    spec = {"type": "object", "properties": properties}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.monitoring.coreos.com"},
        "spec": {
            "names": {"kind": kind, "plural": plural},
            "versions": [{"name": "v1", "storage": True, "schema": schema}],
        },
    }


TEXT = {"type": "string"}
OPEN = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
LIST = {"type": "array", "items": OPEN}
CRDS = [
    crd(
        "prometheuses",
        "Prometheus",
        {
            "retention": {"type": "string", "pattern": "^[0-9]+d$"},
            "storage": {"type": "object", "properties": {"volumeClaimTemplate": OPEN}},
            "remoteWrite": {"type": "array", "items": {"type": "object", "properties": {"url": TEXT}}},
            "image": TEXT,
            "serviceAccountName": TEXT,
            "imagePullSecrets": LIST,
            "serviceMonitorSelector": OPEN,
            "ruleSelector": OPEN,
        },
    ),
    crd("servicemonitors", "ServiceMonitor", {"selector": OPEN, "jobLabel": TEXT, "endpoints": LIST}),
    crd("prometheusrules", "PrometheusRule", {"groups": LIST}),
]
FILES = {
    "Chart.yaml": {"name": "small", "version": "1.2.3", "dependencies": [{"name": "crds"}, {"name": "graphs"}]},
    "values.yaml": {
        "replicas": 1,
        "prometheus": {"prometheusSpec": {"retention": "10d", "storageSpec": {}, "remoteWrite": [], "affinity": {}}},
        "graphs": {"defaultPassword": "x"},
    },
    "charts/crds/Chart.yaml": {"name": "crds"},
    "charts/crds/values.yaml": {"enabled": True},
    **{f"charts/crds/crds/{one['spec']['names']['plural']}.yaml": one for one in CRDS},
    "charts/graphs/Chart.yaml": {"name": "graphs"},
    "charts/graphs/values.yaml": {"persistence": {"size": "1Gi"}, "global": {"imageRegistry": ""}},
}
TEMPLATES = {
    "templates/prometheus.yaml": "{{ .Values.prometheus.prometheusSpec.thanos.bucket }} {{ .Values.nameOverride }}",
    "charts/graphs/templates/pod.yaml": "{{ .Values.fullnameOverride }}",
}


def _contents() -> dict[str, bytes]:
    files = {path: json.dumps(content).encode() for path, content in FILES.items()}
    return files | {path: text.encode() for path, text in TEMPLATES.items()}


def write_folder(folder: Path) -> Path:
    """Write the chart as a folder."""
    for path, content in _contents().items():
        target = folder / "small" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder / "small"


def write_package(folder: Path) -> Path:
    """Write the chart as a package, with one subchart packed once more."""
    inner: dict[str, bytes] = {}
    outer: dict[str, bytes] = {}
    for path, content in _contents().items():
        if path.startswith("charts/graphs/"):
            inner[path.removeprefix("charts/")] = content
        else:
            outer[f"small/{path}"] = content
    outer["small/charts/graphs-1.0.0.tgz"] = _packed(inner)
    package = folder / "small-1.2.3.tgz"
    package.write_bytes(_packed(outer))
    return package


def _packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def claim(storage_class: str) -> dict[str, Any]:
    """Return the storage of a Prometheus."""
    return {"volumeClaimTemplate": {"spec": {"storageClassName": storage_class}}}


def sound_objects() -> list[dict[str, Any]]:
    """Return rendered objects that nothing is wrong with."""
    rule = {"alert": "SchedulerDown", "expr": 'absent(up{job="kube-scheduler"})'}
    jobs = json.dumps([{"job_name": "kube-scheduler"}]).encode()
    pull = [{"name": "login"}]
    return [
        {"kind": "ServiceAccount", "metadata": {"name": "p", "annotations": {"eks.amazonaws.com/role-arn": ROLE}}},
        {
            "kind": "Prometheus",
            "metadata": {"name": "p"},
            "spec": {
                "retention": "10d",
                "storage": claim("gp3"),
                "image": "mirror.example.com/prometheus:v3",
                "serviceAccountName": "p",
                "imagePullSecrets": pull,
                "serviceMonitorSelector": {"matchLabels": {"prometheus": "main"}},
                "ruleSelector": {"matchLabels": {"prometheus": "main"}},
            },
        },
        {
            "kind": "ServiceMonitor",
            "metadata": {"name": "m", "labels": {"prometheus": "main"}},
            "spec": {"selector": {"matchLabels": {"app": "m"}}, "jobLabel": "job"},
        },
        {"kind": "Service", "metadata": {"name": "m", "labels": {"app": "m", "job": "metrics"}}, "spec": {}},
        {
            "kind": "PrometheusRule",
            "metadata": {"name": "r", "labels": {"prometheus": "main"}},
            "spec": {"groups": [{"rules": [rule]}]},
        },
        {
            "kind": "Secret",
            "metadata": {"name": "jobs"},
            "data": {"additional-scrape-configs.yaml": b64encode(jobs).decode()},
        },
        {
            "kind": "Deployment",
            "metadata": {"name": "operator"},
            "spec": {
                "template": {
                    "spec": {
                        "imagePullSecrets": pull,
                        "containers": [
                            {
                                "image": "mirror.example.com/operator:v1",
                                "args": ["--thanos-default-base-image=mirror.example.com/thanos:v0.42.4"],
                            }
                        ],
                    }
                }
            },
        },
        {"kind": "PersistentVolumeClaim", "metadata": {"name": "g"}, "spec": {"storageClassName": "gp3"}},
    ]
