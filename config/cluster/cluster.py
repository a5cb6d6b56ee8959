"""Settings of the cluster stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

from pydantic import Field

from config import versions
from config.cluster.access import AccessEntry, EntryName
from config.cluster.auto_mode import AutoModeSettings, auto_mode_problems
from config.cluster.eks_addons import OWN_ADDONS, AddonName, CoreAddons, FurtherAddon
from config.cluster.endpoint import endpoint_problems
from config.cluster.existing_cluster import ClusterName, ExistingCluster
from config.cluster.fargate_profiles import FargateProfile, ProfileName
from config.cluster.ingress_rules import IngressRule, RuleName, rule_problems
from config.cluster.kubernetes_version import KubernetesVersion
from config.cluster.node_groups import NodeGroup, NodeGroupName
from config.cluster.node_scaling import NodeScaling
from config.cluster.pod_network import pod_network_problems
from config.core import aws
from config.core.settings import Problem, Settings, limited, unique
from config.core.types import Cidr, KmsKeyArn, LogRetentionDays, PolicyArn, RoleName, SecurityGroupId, Zone, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GO_WITH_EXISTING: Final = frozenset({"existing", "node_scaling"})
LogType = Literal["api", "audit", "authenticator", "controllerManager", "scheduler"]


# In addition to the group that EKS makes: https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html
FURTHER_SECURITY_GROUPS: Final = 4


class ClusterSettings(Settings):
    """EKS cluster, node groups, access and core add-ons."""

    RENAMED: ClassVar[dict[str, str]] = {"allow_ended_version": "allow_unlisted_version"}

    existing: ExistingCluster | None = Field(
        default=None,
        description="An existing cluster; of this section only node_scaling can be used with it. Default: unset.",
    )
    name: (
        Annotated[str, *text(r"[0-9A-Za-z][A-Za-z0-9-]*", "a cluster name (letters, digits, -)", max_length=30)] | None
    ) = Field(
        default=None,
        description="Name without the environment: `gd9` in environment dev makes the cluster `dev-gd9`. "
        "Default: none; a cluster of its own needs this or full_name.",
    )
    full_name: ClusterName | None = Field(
        default=None,
        description="Whole name of the cluster where it is not `<environment>-<name>`, as of one that was taken over; "
        "it is used in place of name. Default: none.",
    )
    allow_unlisted_version: bool = Field(
        default=False,
        description="Permit a version that this release does not list: an older one, of a cluster that has it already, "
        "or one that is newer than the release. Default: false.",
    )
    version: KubernetesVersion = Field(
        default=versions.KUBERNETES,
        validate_default=True,
        description=f"Kubernetes version, in quotes. Default: {versions.KUBERNETES}.",
    )
    endpoint_private_access: bool = Field(
        default=True, description="Reach the Kubernetes API from inside the VPC. Default: true."
    )
    endpoint_public_access: bool = Field(
        default=False, description="Reach the Kubernetes API from the CIDRs below. Default: false."
    )
    endpoint_public_access_cidrs: tuple[Cidr, ...] = Field(
        default=(), description="Public blocks that may reach the API; never 0.0.0.0/0. Default: none."
    )
    endpoint_public_access_from_anywhere: bool = Field(
        default=False,
        description="Let everyone reach the public endpoint, of a cluster that was created so; in place of the CIDRs. "
        "Default: false.",
    )
    endpoint_private_access_cidrs: tuple[Cidr, ...] = Field(
        default=(),
        description="Blocks that may reach the private endpoint by HTTPS: of runners in the VPC, and of a VPN or a "
        "network that is connected with it. Default: none, which admits the nodes alone.",
    )
    endpoint_private_access_security_group_ids: tuple[SecurityGroupId, ...] = Field(
        default=(),
        description="Security groups whose members may reach the private endpoint by HTTPS, of the VPC or of one that "
        "is peered with it. Default: none.",
    )
    security_group_ids: tuple[SecurityGroupId, ...] = Field(
        default=(),
        description="Further security groups of the control plane's network interfaces, in addition to that of EKS; "
        "at most 4. Default: none.",
    )
    ingress_rules: dict[RuleName, IngressRule] = Field(
        default={},
        description="Further rules of the security group that EKS makes for nodes and control plane, by a name of your "
        "choice. Default: none.",
    )
    control_plane_zones: tuple[Zone, ...] = Field(
        default=(),
        description="Zones of the control plane, at least two of network.zones; EKS keeps those of the creation. "
        "Default: all zones that the network has when the cluster is made.",
    )
    ip_family: Literal["ipv4", "ipv6"] = Field(
        default="ipv4",
        description="Addresses of pods and services; EKS keeps those of the creation. ipv6 needs network.ipv6 and "
        "instance types on Nitro. Default: ipv4.",
    )
    service_ipv4_cidr: Cidr | None = Field(
        default=None,
        description="Block of Service addresses, /12 to /24, private, outside the VPC. Default: chosen by EKS.",
    )
    enabled_log_types: tuple[LogType, ...] = Field(
        default=("api", "audit", "authenticator", "controllerManager", "scheduler"),
        description="Control-plane logs sent to CloudWatch Logs. Default: all five.",
    )
    log_retention_days: LogRetentionDays = Field(
        default=365, description="Days that control-plane logs are kept. Default: 365."
    )
    encrypt_secrets: bool = Field(
        default=True,
        description="Encrypt Kubernetes secrets by a KMS key. A cluster that was made without it takes it later, and "
        "keeps it forever. Default: true.",
    )
    kms_key_arn: KmsKeyArn | None = Field(
        default=None,
        description="KMS key that encrypts Kubernetes secrets. Default: an own key, rotated every year.",
    )
    role_name: RoleName | None = Field(
        default=None, description="Name of the control plane's IAM role. Default: <cluster>-eks-cluster."
    )
    node_role_name: RoleName | None = Field(
        default=None, description="Name of the nodes' IAM role. Default: <cluster>-eks-nodes."
    )
    node_policy_arns: tuple[PolicyArn, ...] = Field(
        default=(),
        description="Further managed policies of the nodes' IAM role, at most 6, e.g. those of agents that run on "
        "every node. Default: none.",
    )
    authentication_mode: Literal["API", "API_AND_CONFIG_MAP", "CONFIG_MAP"] = Field(
        default="API_AND_CONFIG_MAP",
        description="Whether the aws-auth ConfigMap counts in addition to access entries, or, in clusters created so, "
        "alone; the creator of a new cluster with CONFIG_MAP administers it. EKS never switches back to CONFIG_MAP. "
        "Default: API_AND_CONFIG_MAP.",
    )
    enable_cluster_creator_admin_permissions: bool = Field(
        default=False,
        description="An access entry makes the identity of the first apply administrator. Default: false; "
        "access_entries then needs an administrator.",
    )
    access_entries: dict[EntryName, AccessEntry] = Field(
        default={}, description="Who may use the Kubernetes API, by a name of your choice. Default: nobody."
    )
    support_type: Literal["STANDARD", "EXTENDED"] = Field(
        default="EXTENDED",
        description="What EKS does at the end of standard support: it upgrades a STANDARD cluster, and lets an "
        "EXTENDED one stay for a year. Synthesis reports when that begins. Default: EXTENDED.",
    )
    deletion_protection: bool = Field(default=True, description="EKS refuses to delete the cluster. Default: true.")
    node_scaling: NodeScaling | None = Field(
        default=None,
        description="What adds and removes nodes: `cluster-autoscaler` and `karpenter` are add-ons with settings in "
        "cluster_addons, which this switches on; with `auto-mode` AWS does. Default: the one that is enabled there, "
        "else none.",
    )
    auto_mode: AutoModeSettings = Field(default=AutoModeSettings(), description="EKS Auto Mode.")
    node_groups: dict[NodeGroupName, NodeGroup] = Field(
        default={},
        description="Managed node groups by name. Default: none; a cluster of its own needs one, or Auto Mode.",
    )
    fargate_profiles: dict[ProfileName, FargateProfile] = Field(
        default={}, description="Pods that run on Fargate, by the name of the profile. Default: none."
    )
    addons: CoreAddons = Field(default=CoreAddons(), description="Core add-ons. Default: all, at version default.")
    further_addons: dict[AddonName, FurtherAddon] = Field(
        default={},
        description="Any other EKS add-ons by the names that EKS gives them, e.g. aws-efs-csi-driver, "
        "snapshot-controller or amazon-cloudwatch-observability. Default: none.",
    )

    @property
    def has_only_auto_nodes(self) -> bool:
        """Whether AWS makes every node, so that nothing of what other nodes need is installed."""
        return self.node_scaling == "auto-mode" and not self.node_groups and not self.fargate_profiles

    def groups_in(self, zones: Sequence[str]) -> dict[str, NodeGroup]:
        """Return the node groups in EKS by name, where the network has these zones: of some settings one in each."""
        return {
            name: group
            for setting, settings in self.node_groups.items()
            for name, group in settings.by_zone(setting, zones).items()
        }

    def problems(self) -> Iterator[Problem]:
        """Yield what EKS would refuse, and a cluster that nobody could reach or use."""
        if self.existing is not None:
            for name in sorted(self.model_fields_set - GO_WITH_EXISTING):
                yield Problem((name,), "cannot be used with an existing cluster; remove it")
            return
        if self.name is None and self.full_name is None:
            yield Problem(("name",), "is missing; it has no default")
        yield from endpoint_problems(self)
        yield from self._access_problems()
        yield from auto_mode_problems(self)
        if not self.node_groups and self.node_scaling != "auto-mode":
            yield Problem(("node_groups",), "is empty; the add-ons need at least one node group")
        yield from self._list_problems()
        for name in self.further_addons.keys() & OWN_ADDONS.keys():
            yield Problem(("further_addons", name), f"has settings of its own in {OWN_ADDONS[name]}")
        yield from self._zone_problems()
        yield from pod_network_problems(self)
        yield from rule_problems(self)
        if self.kms_key_arn is not None and not self.encrypt_secrets:
            yield Problem(("kms_key_arn",), "has no effect while encrypt_secrets is false")
        for name, node_group in self.node_groups.items():
            for problem in node_group.problems_of_version(self.version):
                yield Problem(("node_groups", name, *problem.location), problem.message)

    def _list_problems(self) -> Iterator[Problem]:
        yield from unique("enabled_log_types", self.enabled_log_types)
        yield from limited("security_group_ids", self.security_group_ids, FURTHER_SECURITY_GROUPS)
        yield from limited("node_policy_arns", self.node_policy_arns, aws.FURTHER_NODE_POLICIES)

    def _zone_problems(self) -> Iterator[Problem]:
        if len(self.control_plane_zones) == 1:
            yield Problem(("control_plane_zones",), "1 given; EKS wants two or more")
        yield from unique("control_plane_zones", self.control_plane_zones)

    def _access_problems(self) -> Iterator[Problem]:
        if self.authentication_mode == "CONFIG_MAP":
            for field in ("access_entries", "enable_cluster_creator_admin_permissions"):
                if getattr(self, field):
                    yield Problem((field,), "needs authentication_mode API_AND_CONFIG_MAP or API")
            return
        admins = any(entry.is_cluster_admin() for entry in self.access_entries.values())
        if not admins and not self.enable_cluster_creator_admin_permissions:
            yield Problem(
                ("access_entries",),
                "nobody administers the cluster; give an entry AmazonEKSClusterAdminPolicy without namespaces, "
                "or set enable_cluster_creator_admin_permissions",
            )
