"""Settings of add-ons that EKS manages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, JsonValue

from config.core.problems import shown
from config.core.settings import Problem, Settings
from config.core.types import text

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


class VpcCniAddon(CoreAddon):
    """The vpc-cni add-on, whose schema has text where a boolean or a number is meant."""

    TEXTS: ClassVar[tuple[tuple[str, ...], ...]] = (("env",), ("init", "env"), ("enableNetworkPolicy",))
    """Parts of the configuration in which everything is text.

    `aws eks describe-addon-configuration --addon-name vpc-cni --addon-version VERSION`
    """

    def problems(self) -> Iterator[Problem]:
        """Yield booleans and numbers that EKS refuses."""
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
