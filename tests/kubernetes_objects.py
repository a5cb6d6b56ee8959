"""What a Kubernetes API server would say of objects: their schema, and the Pod Security Standard of their pods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import kubernetes_validate  # type: ignore[import-untyped]  # it has no types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Object = dict[str, Any]

# Kinds of custom resources; the real API server of the cluster checks these by their definitions.
CUSTOM_GROUPS = ("monitoring.coreos.com/",)
RESTRICTED_VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret",
}  # fmt: skip


def schema_problems(objects: Iterable[Object], version: str) -> list[str]:
    """Return what the strict schema of a Kubernetes version refuses; custom resources have none there."""
    problems = []
    for one in objects:
        if one["apiVersion"].startswith(CUSTOM_GROUPS):
            continue
        try:
            kubernetes_validate.validate(one, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            path = ".".join(map(str, error.path))
            problems.append(f"{one['kind']} {one['metadata']['name']}: {path}: {error.message}")
    return problems


def pod_specs(objects: Iterable[Object]) -> list[Object]:
    """Return the specifications of the pods that the objects make."""
    return [one["spec"]["template"]["spec"] for one in objects if "template" in one.get("spec", {})]


def restricted_problems(pod: Object) -> Iterator[str]:
    """Yield what the restricted standard forbids, the rules of baseline included.

    https://kubernetes.io/docs/concepts/security/pod-security-standards/
    """
    yield from baseline_problems(pod)
    context = pod.get("securityContext", {})
    for volume in pod.get("volumes", ()):
        if not set(volume) - {"name"} <= RESTRICTED_VOLUMES:
            yield f"volume {volume['name']} is of another type"
    for container in containers(pod):
        own = container.get("securityContext", {})
        if own.get("allowPrivilegeEscalation") is not False:
            yield f"{container['name']} may escalate its privileges"
        if own.get("runAsNonRoot", context.get("runAsNonRoot")) is not True:
            yield f"{container['name']} may run as root"
        if 0 in (own.get("runAsUser", context.get("runAsUser")), context.get("runAsUser")):
            yield f"{container['name']} runs as root"
        profile = own.get("seccompProfile", context.get("seccompProfile", {}))
        if profile.get("type") not in ("RuntimeDefault", "Localhost"):
            yield f"{container['name']} has no seccomp profile"
        capabilities = own.get("capabilities", {})
        if "ALL" not in capabilities.get("drop", ()) or not set(capabilities.get("add", ())) <= {"NET_BIND_SERVICE"}:
            yield f"{container['name']} keeps capabilities"


def baseline_problems(pod: Object) -> Iterator[str]:
    """Yield what the baseline standard forbids."""
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(key):
            yield f"{key} is on"
    for volume in pod.get("volumes", ()):
        if "hostPath" in volume:
            yield f"volume {volume['name']} is of the host"
    for container in containers(pod):
        own = container.get("securityContext", {})
        if own.get("privileged") or own.get("procMount", "Default") != "Default":
            yield f"{container['name']} is privileged"
        if any("hostPort" in port for port in container.get("ports", ())):
            yield f"{container['name']} takes a port of the host"


def containers(pod: Object) -> list[Object]:
    """Return every container of a pod."""
    return [*pod.get("initContainers", ()), *pod["containers"]]
