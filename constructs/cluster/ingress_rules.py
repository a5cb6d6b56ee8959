"""Further rules of the security group that EKS makes for a cluster, which nodes and control plane have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule

from config.core.naming import id_of_block
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.cluster.ingress_rules import IngressRule

ALL = "-1"
EVERY_TYPE_OF_ICMP = -1


@dataclass(frozen=True, kw_only=True)
class IngressRulesProps:
    """`name` starts every Name tag; `security_group_id` is the group that EKS made; rules by name."""

    name: str
    security_group_id: str
    rules: Mapping[str, IngressRule]


class IngressRules(Construct):
    """One rule for each block and each security group that a rule of the settings admits."""

    def __init__(self, scope: Construct, id_: str, props: IngressRulesProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        for name, rule in props.rules.items():
            for cidr in map(str, rule.cidrs):
                self._admit(name, rule, cidr, cidr_ipv4=cidr)
            for group in rule.security_group_ids:
                self._admit(name, rule, group, referenced_security_group_id=group)

    def _admit(
        self,
        name: str,
        rule: IngressRule,
        source: str,
        *,
        cidr_ipv4: str | None = None,
        referenced_security_group_id: str | None = None,
    ) -> None:
        protocol, first, last = rule.traffic
        if protocol == "icmp":
            first = last = EVERY_TYPE_OF_ICMP
        VpcSecurityGroupIngressRule(
            self,
            f"{name}-{id_of_block(source)}",
            security_group_id=self.props.security_group_id,
            description=rule.description,
            cidr_ipv4=cidr_ipv4,
            referenced_security_group_id=referenced_security_group_id,
            ip_protocol=ALL if protocol == "all" else protocol,
            from_port=first,
            to_port=last,
            tags={"Name": f"{self.props.name}-{name}"},
        )
