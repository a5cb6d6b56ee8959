"""Settings of add-ons that EKS manages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

from pydantic import Field, JsonValue

from config.core.problems import shown
from config.core.settings import Problem, Settings
from config.core.types import KubernetesName, ManagedPolicy, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.core.problems import Location

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


def _not_text(value: JsonValue, location: Location) -> Iterator[Problem]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _not_text(item, (*location, key))
    elif not isinstance(value, str):
        yield Problem(location, f"{shown(value)} is not text, which the add-on's schema wants; put it in quotes")


class CoreAddon(Addon):
    """An add-on that every cluster has, or has without EKS managing it."""

    enabled: bool = Field(
        default=True,
        description="Let EKS manage the add-on; false leaves what runs of it in the cluster alone. Default: true.",
    )


AddonName = Annotated[
    str, *text(r"[0-9A-Za-z][A-Za-z0-9_-]*", "the name of an EKS add-on like aws-efs-csi-driver", max_length=100)
]
OWN_ADDONS: Final = {
    "vpc-cni": "cluster.addons.vpc_cni",
    "kube-proxy": "cluster.addons.kube_proxy",
    "coredns": "cluster.addons.coredns",
    "eks-pod-identity-agent": "cluster.addons.eks_pod_identity_agent",
    "aws-ebs-csi-driver": "csi_addon",
}
"""Add-ons that have a section of their own."""


class AddonRole(Settings):
    """The IAM role of an add-on's pods, `<cluster>-<add-on>`."""

    identity: Literal["pod-identity", "irsa"] = Field(
        default="pod-identity",
        description="How the pods get it: by the Pod Identity agent, or by the cluster's OIDC provider. "
        "Default: pod-identity.",
    )
    namespace: KubernetesName = Field(
        default="kube-system", description="Namespace of the service account. Default: kube-system."
    )
    service_account: KubernetesName = Field(description="Service account of the pods, as the add-on names it.")
    policies: tuple[ManagedPolicy, ...] = Field(
        min_length=1,
        max_length=10,
        description="Managed policies: by name for one of AWS, e.g. service-role/AmazonEFSCSIDriverPolicy, or by ARN.",
    )


class FurtherAddon(Addon):
    """An EKS add-on that some clusters have, installed when there are nodes."""

    preserve: bool = Field(
        default=False, description="Leave what runs of it in the cluster when it is removed here. Default: false."
    )
    resolve_conflicts_on_update: Literal["NONE", "OVERWRITE", "PRESERVE"] = Field(
        default="PRESERVE",
        description="What an update does to values that somebody changed in the cluster. Default: PRESERVE.",
    )
    role: AddonRole | None = Field(default=None, description="IAM role of its pods. Default: none.")


class VpcCniAddon(CoreAddon):
    """The vpc-cni add-on, whose schema has text where a boolean or a number is meant."""

    prefix_delegation: bool | None = Field(
        default=None,
        description="Give network interfaces of nodes blocks of 16 addresses in place of single ones, for more pods on "
        "a node; instance types on Nitro only. Nodes take it when they are replaced. Default: as the add-on has it, "
        "which is false in a new cluster, true with ip_family ipv6; write false to go back.",
    )
    custom_networking: bool | None = Field(
        default=None,
        description="Give pods addresses of the network's subnets for `pods` in place of those of their nodes' "
        "subnets. Nodes take it when they are replaced. Default: as the add-on has it, which is false in a new "
        "cluster; write false to go back.",
    )

    TEXTS: ClassVar[tuple[tuple[str, ...], ...]] = (("env",), ("init", "env"), ("enableNetworkPolicy",))
    """Parts of the configuration in which everything is text.

    `aws eks describe-addon-configuration --addon-name vpc-cni --addon-version VERSION`
    """

    def own_env(self) -> dict[str, str]:
        """Return the variables of the add-on that the settings above decide.

        https://github.com/aws/amazon-vpc-cni-k8s#cni-configuration-variables
        """
        env = {}
        if self.prefix_delegation is not None:
            env["ENABLE_PREFIX_DELEGATION"] = str(self.prefix_delegation).lower()
        if self.custom_networking is not None:
            env["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"] = str(self.custom_networking).lower()
        if self.custom_networking:
            # Nodes have their zone as this label, and each zone has an ENIConfig of its name.
            env["ENI_CONFIG_LABEL_DEF"] = "topology.kubernetes.io/zone"
        return env

    def problems(self) -> Iterator[Problem]:
        """Yield what EKS refuses, and what is decided twice."""
        for field in ("prefix_delegation", "custom_networking"):
            if getattr(self, field) is not None and not self.enabled:
                yield Problem((field,), "has no effect while enabled is false")
        env = self.configuration.get("env")
        for name in self.own_env():
            if isinstance(env, dict) and name in env:
                yield Problem(("configuration", "env", name), "is decided by the settings of the add-on; remove it")
        if self.custom_networking and "eniConfig" in self.configuration:
            yield Problem(("configuration", "eniConfig"), "is decided by custom_networking; remove it")
        for path in self.TEXTS:
            value: JsonValue = self.configuration
            for key in path:
                value = value.get(key) if isinstance(value, dict) else None
            if value is not None:
                yield from _not_text(value, ("configuration", *path))


class CoreAddons(Settings):
    """The add-ons that every cluster has."""

    vpc_cni: VpcCniAddon = Field(
        default=VpcCniAddon(), description="vpc-cni, before the nodes. Default: version default."
    )
    kube_proxy: CoreAddon = Field(
        default=CoreAddon(), description="kube-proxy, before the nodes. Default: version default."
    )
    eks_pod_identity_agent: CoreAddon = Field(
        default=CoreAddon(), description="eks-pod-identity-agent, before the nodes. Default: version default."
    )
    coredns: CoreAddon = Field(default=CoreAddon(), description="coredns, after the nodes. Default: version default.")
