"""The pods of a workload: containers, volumes, and a security context that the Pod Security Standard asks for."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from config.workloads.workloads import TMP
from constructs.helm.helm_values import storage_class
from constructs.kubernetes.shapes import NODE, ZONE, pull_secrets, spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from config.workloads.workload_containers import InitContainer, Probe, SecretVariable, Security
    from config.workloads.workloads import Spread, Workload
    from constructs.helm.helm_values import Values


def pod_template(name: str, workload: Workload, labels: Mapping[str, str]) -> Values:
    """Return the template of the pods; its labels include the one that selects them."""
    metadata: Values = {"labels": dict(labels)}
    if workload.config is not None:
        # A pod reads its files when it starts: another hash makes the controller replace the pods.
        text = json.dumps(workload.config.files, sort_keys=True)
        metadata["annotations"] = {"checksum/config": hashlib.sha256(text.encode()).hexdigest()}
    return {"metadata": metadata, "spec": _pod_spec(name, workload)}


def selector_labels(name: str) -> dict[str, str]:
    """Return the label by which services, monitors and controllers find the pods."""
    return {"app": name}


def _pod_spec(name: str, workload: Workload) -> Values:
    spec: Values = {
        "serviceAccountName": name,
        "automountServiceAccountToken": False,
        "securityContext": _pod_security(workload.security),
        "terminationGracePeriodSeconds": workload.termination_grace_seconds,
        "containers": [_container(name, workload)],
        "volumes": _volumes(name, workload),
    }
    optional: Values = {
        "initContainers": [_init_container(container, workload) for container in workload.init_containers],
        "imagePullSecrets": pull_secrets(workload.image_pull_secrets),
        "nodeSelector": dict(workload.placement.node_selector),
        "tolerations": [
            toleration.model_dump(mode="json", exclude_none=True) for toleration in workload.placement.tolerations
        ],
        "topologySpreadConstraints": _spread(name, workload),
    }
    return spec | {key: value for key, value in optional.items() if value}


def _pod_security(security: Security) -> Values:
    """Return what https://kubernetes.io/docs/concepts/security/pod-security-standards/ asks of pods."""
    context: Values = {
        "fsGroup": security.fs_group,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    if security.pod_security == "restricted":
        context["runAsNonRoot"] = True
    if security.run_as_user is not None:
        context |= {"runAsUser": security.run_as_user, "runAsGroup": security.run_as_user}
    return context


def _container_security(security: Security) -> Values:
    context: Values = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": security.read_only_root_filesystem,
    }
    return context | ({"capabilities": {"drop": ["ALL"]}} if security.pod_security == "restricted" else {})


def _container(name: str, workload: Workload) -> Values:
    optional: Values = {
        "command": list(workload.command),
        "args": list(workload.args),
        "ports": [
            {"name": port, "containerPort": number, "protocol": "TCP"} for port, number in workload.ports.items()
        ],
        "env": _variables(workload.env, workload.secret_env),
        "envFrom": [{"secretRef": {"name": secret}} for secret in workload.env_from_secrets],
        **{
            f"{kind}Probe": None if probe is None else _probe(probe, workload)
            for kind, probe in (
                ("startup", workload.probes.startup),
                ("readiness", workload.probes.readiness),
                ("liveness", workload.probes.liveness),
            )
        },
    }
    return {
        "name": name,
        "image": workload.image,
        "resources": workload.resources.values(),
        "securityContext": _container_security(workload.security),
        "volumeMounts": _mounts(workload),
        **{key: value for key, value in optional.items() if value},
    }


def _init_container(container: InitContainer, workload: Workload) -> Values:
    optional: Values = {
        "command": list(container.command),
        "args": list(container.args),
        "env": _variables(container.env, container.secret_env),
    }
    return {
        "name": container.name,
        "image": container.image,
        "resources": container.resources.values(),
        "securityContext": _container_security(workload.security),
        "volumeMounts": _mounts(workload),
        **{key: value for key, value in optional.items() if value},
    }


def _variables(plain: Mapping[str, str], secret: Mapping[str, SecretVariable]) -> list[JsonValue]:
    variables: list[JsonValue] = [{"name": name, "value": value} for name, value in plain.items()]
    for name, reference in secret.items():
        key: Values = {"name": reference.secret, "key": reference.key}
        variables.append({"name": name, "valueFrom": {"secretKeyRef": key}})
    return variables


def _probe(probe: Probe, workload: Workload) -> Values:
    values: Values = {
        "initialDelaySeconds": probe.initial_delay_seconds,
        "periodSeconds": probe.period_seconds,
        "timeoutSeconds": probe.timeout_seconds,
        "failureThreshold": probe.failure_threshold,
    }
    if probe.command:
        return {"exec": {"command": list(probe.command)}, **values}
    port = probe.port or next(iter(workload.ports))
    if probe.path is None:
        return {"tcpSocket": {"port": port}, **values}
    return {"httpGet": {"path": probe.path, "port": port, "scheme": "HTTP"}, **values}


def _mounts(workload: Workload) -> list[JsonValue]:
    """Return where each volume is, the same in every container; /tmp unless a volume is there."""
    mounts: list[JsonValue] = [
        {"name": _volume_name(*location), "mountPath": path, "readOnly": location[0] in ("config", "secret_files")}
        for location, path in workload.mounts.items()
    ]
    return mounts if _has_own_tmp(workload) else [*mounts, {"name": "tmp", "mountPath": TMP, "readOnly": False}]


def _has_own_tmp(workload: Workload) -> bool:
    return TMP in workload.mounts.values()


def _volume_name(section: str | int, name: str | int = "") -> str:
    prefixes: dict[str | int, str] = {"secret_files": "secret-", "shared_volumes": "shared-", "volumes": ""}
    return f"{prefixes[section]}{name}" if name else str(section)


def _volumes(name: str, workload: Workload) -> list[JsonValue]:
    """Return the volumes, without those that each replica has by a claim."""
    volumes: list[JsonValue] = [
        {"name": _volume_name("secret_files", key), "secret": {"secretName": files.secret}}
        for key, files in workload.secret_files.items()
    ]
    volumes += [
        {"name": _volume_name("shared_volumes", key), "emptyDir": {"sizeLimit": volume.size_limit}}
        for key, volume in workload.shared_volumes.items()
    ]
    if workload.config is not None:
        volumes.append({"name": "config", "configMap": {"name": name}})
    return volumes if _has_own_tmp(workload) else [*volumes, {"name": "tmp", "emptyDir": {}}]


def claim_templates(workload: Workload, default_storage_class: str | None) -> list[JsonValue]:
    """Return the claims by which each replica gets its volumes."""
    return [
        {
            # With both, the API server reads back what was sent, and nothing differs from it.
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": name},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": f"{volume.volume_gib}Gi"}},
                **storage_class(volume.storage_class_name or default_storage_class),
            },
        }
        for name, volume in workload.volumes.items()
    ]


def _spread(name: str, workload: Workload) -> list[JsonValue]:
    keys: dict[str, Spread] = {
        ZONE: workload.spread_over_zones,
        NODE: workload.spread_over_nodes,
    }
    return [
        spread(key, selector_labels(name), is_required=wanted == "hard")
        for key, wanted in keys.items()
        if wanted != "off"
    ]
