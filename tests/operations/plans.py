"""Plans as `terraform show -json` gives them, cut to what matters here."""

from __future__ import annotations

from typing import Any

VPC = "aws_vpc.main"
RELEASE = "helm_release.kube-prometheus-stack"
OUTSIDE = ("action_reason", "previous_address")
VOLUME = "prometheus: {prometheusSpec: {storageSpec: {volumeClaimTemplate: {spec: {storageClassName: gp3}}}}}"


def change(actions: str, *, before: Any = None, after: Any = None, address: str = VPC, **more: Any) -> dict[str, Any]:
    """Write one entry of `resource_changes`; what terraform says apart from the change is given by name."""
    outside: dict[str, Any] = {name: more.pop(name) for name in list(more) if name in OUTSIDE}
    type_ = address.split(".", maxsplit=1)[0]
    body = {"actions": actions.split(), "before": before, "after": after, **more}
    return {"address": address, "mode": "managed", "type": type_, "change": body, **outside}


def plan(*changes: dict[str, Any], **outputs: dict[str, Any]) -> dict[str, Any]:
    """Write a whole plan."""
    return {"format_version": "1.2", "resource_changes": list(changes), "output_changes": outputs}
