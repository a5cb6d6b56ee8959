"""Who reaches the private endpoint of the Kubernetes API: rules of the security group that EKS makes for a cluster.

That group admits its own members alone, the nodes and the control plane:
https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule

from config.core.naming import id_of_block
from constructs import Construct

if TYPE_CHECKING:
    from config.cluster.cluster import ClusterSettings

HTTPS = 443


@dataclass(frozen=True, kw_only=True)
class ApiAccessProps:
    """`name` starts every Name tag; `security_group_id` is the group that EKS made."""

    name: str
    security_group_id: str
    settings: ClusterSettings


class ApiAccess(Construct):
    """One rule for each block and each security group of the settings."""

    def __init__(self, scope: Construct, id_: str, props: ApiAccessProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        for cidr in map(str, props.settings.endpoint_private_access_cidrs):
            self._admit(id_of_block(cidr), cidr, cidr_ipv4=cidr)
        for group in props.settings.endpoint_private_access_security_group_ids:
            self._admit(group, group, referenced_security_group_id=group)

    def _admit(
        self,
        id_: str,
        source: str,
        *,
        cidr_ipv4: str | None = None,
        referenced_security_group_id: str | None = None,
    ) -> None:
        VpcSecurityGroupIngressRule(
            self,
            f"from-{id_}",
            security_group_id=self.props.security_group_id,
            description=f"Kubernetes API from {source}",
            cidr_ipv4=cidr_ipv4,
            referenced_security_group_id=referenced_security_group_id,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            tags={"Name": f"{self.props.name}-api"},
        )
