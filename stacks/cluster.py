"""The cluster stack: EKS, who may use it, its nodes and core add-ons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import Fn, TerraformLocal

from constructs.aws.irsa_role import OidcIssuer
from constructs.cluster.api_access import ApiAccess, ApiAccessProps
from constructs.cluster.auto_mode import AutoModeNodeRole
from constructs.cluster.cluster_access import ClusterAccess, ClusterAccessProps
from constructs.cluster.eks_addon import EksAddon, EksAddonProps
from constructs.cluster.eks_cluster import EksCluster, EksClusterProps
from constructs.cluster.further_addon import FurtherAddonConstruct, FurtherAddonProps
from constructs.cluster.ingress_rules import IngressRules, IngressRulesProps
from constructs.cluster.node_group import NodeGroup, NodeGroupProps
from constructs.cluster.node_role import NodeRole
from constructs.cluster.oidc_provider import OidcProvider, OidcProviderProps
from constructs.cluster.pod_network import PodSubnets, with_pod_subnets
from constructs.former_address import moved_with
from stacks.base import AwsStack
from stacks.outputs import ClusterOutputs, FurtherSubnetsOutputs, NetworkOutputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdktf import ITerraformDependable

    from config.cluster.eks_addons import CoreAddon
    from config.cluster.node_groups import NodeGroup as NodeGroupSettings
    from config.environment import Environment
    from constructs import Construct
    from constructs.aws.iam_role import IamRoleOutputs
    from stacks.network import NetworkStack


class ClusterStack(AwsStack):
    """`<environment>-cluster`."""

    NAME = ClusterOutputs.PRODUCER

    def __init__(self, scope: Construct, environment: Environment, *, network: NetworkStack) -> None:
        super().__init__(scope, environment, region=network.region)
        settings, account = environment.cluster, self.account
        self.network = self.read(network, NetworkOutputs)
        cluster = EksCluster(
            self,
            "eks",
            EksClusterProps(
                name=environment.cluster_name,
                subnet_ids=self._subnet_ids(settings.control_plane_zones),
                keeps_subnets=not settings.control_plane_zones,
                account=account,
                auto_node_role=self._create_auto_node_role(),
                settings=settings,
            ),
        )
        name = cluster.outputs.cluster_name
        ApiAccess(
            self,
            "api-access",
            ApiAccessProps(
                name=environment.cluster_name,
                security_group_id=cluster.outputs.cluster_security_group_id,
                settings=settings,
            ),
        )
        IngressRules(
            self,
            "ingress-rules",
            IngressRulesProps(
                name=environment.cluster_name,
                security_group_id=cluster.outputs.cluster_security_group_id,
                rules=settings.ingress_rules,
            ),
        )
        oidc_provider = OidcProvider(
            self,
            "oidc-provider",
            OidcProviderProps(name=environment.cluster_name, issuer_url=cluster.outputs.oidc_issuer_url),
        )
        access = ClusterAccess(
            self,
            "access",
            ClusterAccessProps(
                cluster_name=name, account=account, account_id=environment.account_id, settings=settings
            ),
        )
        self.moves.extend(access.outputs.moves)
        node_role_name = settings.node_role_name or f"{environment.cluster_name}-eks-nodes"
        node_role = None if settings.has_only_auto_nodes else self._create_node_role(node_role_name)
        pod_subnets = self._find_pod_subnets(network, cluster.outputs.cluster_security_group_id)
        # Nodes without the CNI never become ready: https://github.com/terraform-aws-modules/terraform-aws-eks/issues/3446
        addons_before_nodes = [
            *self._create_addon("vpc-cni", with_pod_subnets(settings.addons.vpc_cni, pod_subnets), name),
            *self._create_addon("kube-proxy", settings.addons.kube_proxy, name),
            *self._create_addon("eks-pod-identity-agent", settings.addons.eks_pod_identity_agent, name),
        ]
        groups = (
            {}
            if node_role is None
            else {
                group_name: NodeGroup(
                    self,
                    f"node-group-{group_name}",
                    NodeGroupProps(
                        name=group_name,
                        cluster_name=name,
                        kubernetes_version=settings.version,
                        node_role_name=node_role_name,
                        node_role_arn=node_role.role_arn,
                        subnet_ids=self._subnet_ids(group.zones),
                        tags=environment.default_tags,
                        settings=self._with_gpu_label(group),
                        depends_on=[*node_role.policies, *addons_before_nodes],
                    ),
                )
                for group_name, group in settings.groups_in(environment.zones).items()
            }
        )
        for group_name, group in settings.node_groups.items():
            if group.one_group_per_zone:
                # The group over all zones goes when the first one by zone is there.
                first, *_ = group.by_zone(group_name, environment.zones)
                moved_with(groups[first], f"node-group-{group_name}")
        node_groups = [group.outputs.node_group for group in groups.values()]
        self._create_addon("coredns", settings.addons.coredns, name, depends_on=node_groups)
        if settings.fargate_profiles:
            from constructs.cluster.fargate_profiles import FargateProfiles, FargateProfilesProps

            FargateProfiles(
                self,
                "fargate",
                FargateProfilesProps(
                    name=environment.cluster_name,
                    cluster_name=name,
                    account=account,
                    profiles=settings.fargate_profiles,
                    subnet_ids=self._subnet_ids,
                    depends_on=addons_before_nodes,
                ),
            )
        for addon_name, addon in settings.further_addons.items():
            FurtherAddonConstruct(
                self,
                f"addon-{addon_name}",
                FurtherAddonProps(
                    addon_name=addon_name,
                    cluster_name=name,
                    role_prefix=environment.cluster_name,
                    kubernetes_version=settings.version,
                    oidc_issuer=OidcIssuer(url=cluster.outputs.oidc_issuer_url, provider_arn=oidc_provider.outputs.arn),
                    account=account,
                    settings=addon,
                    depends_on=node_groups,
                ),
            )
        ClusterOutputs(
            cluster_name=name,
            cluster_endpoint=cluster.outputs.cluster_endpoint,
            cluster_certificate_authority=cluster.outputs.cluster_certificate_authority,
            cluster_security_group_id=cluster.outputs.cluster_security_group_id,
            vpc_id=cluster.outputs.vpc_id,
            oidc_provider_arn=oidc_provider.outputs.arn,
            oidc_issuer_url=cluster.outputs.oidc_issuer_url,
        ).publish(self)

    def _subnet_ids(self, zones: Sequence[str]) -> list[str]:
        """Return the private subnets of some zones, or of all where none is named."""
        if not zones:
            return self.network.private_subnet_ids
        return Fn.matchkeys(self.network.private_subnet_ids, self.network.private_subnet_zones, list(zones))

    def _find_pod_subnets(self, network: NetworkStack, security_group_id: str) -> PodSubnets | None:
        if not self.environment.cluster.addons.vpc_cni.custom_networking:
            return None
        found = self.read(network, FurtherSubnetsOutputs)
        return PodSubnets(
            region=network.region,
            subnet_ids={zone: self._subnet_of_pods(found, zone) for zone in sorted(self.environment.zones)},
            security_group_id=security_group_id,
        )

    def _subnet_of_pods(self, found: FurtherSubnetsOutputs, zone: str) -> str:
        """Return the subnet of a zone; empty in a plan on examples of a network that is not there yet.

        It is a local value, so that what it becomes a part of has no quotation marks but those of JSON.
        """
        ids = Fn.matchkeys(found.pods_subnet_ids, found.pods_subnet_zones, [zone])
        return TerraformLocal(self, f"pods-subnet-{zone}", Fn.join("", ids)).as_string

    def _create_auto_node_role(self) -> IamRoleOutputs | None:
        settings, name = self.environment.cluster, self.environment.cluster_name
        if settings.node_scaling != "auto-mode" and not settings.auto_mode.switch_off:
            return None
        role_name = settings.auto_mode.node_role_name or f"{name}-eks-auto-nodes"
        role = AutoModeNodeRole(self, "auto-nodes", cluster_name=name, role_name=role_name, account=self.account)
        return role.outputs

    def _create_node_role(self, role_name: str) -> IamRoleOutputs:
        settings = self.environment.cluster
        role = NodeRole(
            self,
            "nodes",
            cluster_name=self.environment.cluster_name,
            role_name=role_name,
            account=self.account,
            further_policy_arns=settings.node_policy_arns,
            has_ipv6=settings.ip_family == "ipv6",
        )
        return role.outputs

    def _with_gpu_label(self, group: NodeGroupSettings) -> NodeGroupSettings:
        """Return a group with the label by which NVIDIA's device plugin finds its nodes."""
        if not (self.environment.cluster_addons.nvidia_device_plugin.enabled and group.needs_device_plugin):
            return group
        return group.model_copy(update={"labels": {"nvidia.com/gpu.present": "true", **group.labels}})

    def _create_addon(
        self,
        addon_name: str,
        settings: CoreAddon,
        cluster_name: str,
        *,
        depends_on: Sequence[ITerraformDependable] = (),
    ) -> list[ITerraformDependable]:
        if not settings.enabled or self.environment.cluster.has_only_auto_nodes:
            return []
        addon = EksAddon(
            self,
            addon_name,
            EksAddonProps(
                addon_name=addon_name,
                cluster_name=cluster_name,
                kubernetes_version=self.environment.cluster.version,
                settings=settings,
                # Nodes of a cluster without network or DNS would be of no use.
                preserve=True,
                depends_on=depends_on,
            ),
        )
        return [addon.outputs.addon]
