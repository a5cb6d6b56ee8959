"""Settings of add-ons that EKS manages."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue

from config.core.settings import Settings
from config.core.types import text

AddonVersion = Annotated[
    str,
    *text(
        r"default|latest|v\d+\.\d+\.\d+-eksbuild\.\d+",
        "default, latest or an add-on version like v1.20.4-eksbuild.2",
    ),
]


class Addon(Settings):
    """An EKS add-on: its version and configuration."""

    version: AddonVersion = Field(
        default="default",
        description="`default`: the version that EKS advises for the cluster's Kubernetes version; `latest`; or a "
        "pinned one. Default: default.",
    )
    configuration: dict[str, JsonValue] = Field(
        default={}, description="Configuration values by the add-on's own schema. Default: none."
    )


class CoreAddon(Addon):
    """An add-on that every cluster has, or has without EKS managing it."""

    enabled: bool = Field(
        default=True,
        description="Let EKS manage the add-on; false leaves what runs of it in the cluster alone. Default: true.",
    )


class CoreAddons(Settings):
    """The add-ons that every cluster has."""

    vpc_cni: CoreAddon = Field(default=CoreAddon(), description="vpc-cni, before the nodes. Default: version default.")
    kube_proxy: CoreAddon = Field(
        default=CoreAddon(), description="kube-proxy, before the nodes. Default: version default."
    )
    eks_pod_identity_agent: CoreAddon = Field(
        default=CoreAddon(), description="eks-pod-identity-agent, before the nodes. Default: version default."
    )
    coredns: CoreAddon = Field(default=CoreAddon(), description="coredns, after the nodes. Default: version default.")
