"""Settings of further rules of the security group that EKS makes for a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from config.cluster.endpoint import SHORTEST_PREFIX
from config.core.settings import Problem, Settings, unique
from config.core.types import Cidr, SecurityGroupId, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.cluster.cluster import ClusterSettings

RuleName = Annotated[
    str, *text(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", "the name of a rule (lower-case letters, digits, inner dashes)")
]
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
RuleDescription = Annotated[
    str,
    *text(
        r"[A-Za-z0-9. _:/()#,@\[\]+=&;{}!$*-]+",
        "the description of a rule (letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*)",
        max_length=255,
    ),
]
Port = Annotated[int, Field(ge=0, le=65535)]
Traffic = tuple[str, int | None, int | None]
"""Protocol, first and last port."""
HTTPS: Final[Traffic] = ("tcp", 443, 443)


class IngressRule(Settings):
    """Who else may reach the nodes and the control plane: a rule for each source."""

    description: RuleDescription = Field(description="What the rule is for, at most 255 characters.")
    protocol: Literal["tcp", "udp", "icmp", "all"] = Field(
        default="tcp", description="Protocol; icmp and all have no ports. Default: tcp."
    )
    from_port: Port | None = Field(default=None, description="First port, 0 to 65535; tcp and udp need it.")
    to_port: Port | None = Field(default=None, description="Last port. Default: from_port.")
    cidrs: tuple[Cidr, ...] = Field(default=(), description="IPv4 blocks that it admits, /8 or smaller. Default: none.")
    security_group_ids: tuple[SecurityGroupId, ...] = Field(
        default=(), description="Security groups whose members it admits. Default: none."
    )

    @property
    def sources(self) -> tuple[str, ...]:
        """The blocks and groups that the rule admits."""
        return (*map(str, self.cidrs), *self.security_group_ids)

    @property
    def traffic(self) -> Traffic:
        """What of its sources the rule admits."""
        return self.protocol, self.from_port, self.from_port if self.to_port is None else self.to_port

    def problems(self) -> Iterator[Problem]:
        """Yield what AWS refuses, and a rule that admits nobody or everybody."""
        if not self.sources:
            yield Problem((), "admits nobody; give cidrs or security_group_ids")
        has_ports = self.protocol in ("tcp", "udp")
        if has_ports and self.from_port is None:
            yield Problem(("from_port",), f"is needed with protocol {self.protocol}")
        for field in ("from_port", "to_port"):
            if not has_ports and getattr(self, field) is not None:
                yield Problem((field,), f"cannot be used with protocol {self.protocol}, which has no ports")
        if self.from_port is not None and self.to_port is not None and self.to_port < self.from_port:
            yield Problem(("to_port",), f"{self.to_port} is below from_port {self.from_port}")
        yield from unique("cidrs", tuple(map(str, self.cidrs)))
        yield from unique("security_group_ids", self.security_group_ids)
        for position, cidr in enumerate(self.cidrs):
            if cidr.prefixlen < SHORTEST_PREFIX:
                message = f"{cidr} admits everybody; name your own blocks, /{SHORTEST_PREFIX} or smaller"
                yield Problem(("cidrs", position), message)


def rule_problems(cluster: ClusterSettings) -> Iterator[Problem]:
    """Yield rules that say the same as another one, which AWS refuses."""
    admitted: dict[tuple[Traffic, str], str] = {
        (HTTPS, source): "endpoint_private_access_cidrs or endpoint_private_access_security_group_ids"
        for source in (
            *map(str, cluster.endpoint_private_access_cidrs),
            *cluster.endpoint_private_access_security_group_ids,
        )
    }
    for name, rule in cluster.ingress_rules.items():
        for source in rule.sources:
            other = admitted.setdefault((rule.traffic, source), name)
            if other != name:
                yield Problem(
                    ("ingress_rules", name), f"admits {source} as {other} does; AWS refuses the same rule twice"
                )
