"""Settings of the cluster stack."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AfterValidator, Field, JsonValue, ValidationInfo, WithJsonSchema, field_validator

from config import versions
from config.cluster.existing_cluster import ExistingCluster
from config.core import aws
from config.core.problems import shown
from config.core.settings import Problem, Settings, unique
from config.core.types import (
    Cidr,
    KmsKeyArn,
    LabelKey,
    LabelValue,
    LogRetentionDays,
    Principal,
    RoleName,
    Zone,
    find_duplicates,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv4Network

LogType = Literal["api", "audit", "authenticator", "controllerManager", "scheduler"]

# Types for Linux nodes; those of AL2 end with Kubernetes 1.32.
# https://docs.aws.amazon.com/eks/latest/APIReference/API_Nodegroup.html
AmiType = Literal[
    "AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD", "AL2023_x86_64_NEURON", "AL2023_x86_64_NVIDIA",
    "AL2023_ARM_64_NVIDIA", "BOTTLEROCKET_x86_64", "BOTTLEROCKET_ARM_64", "BOTTLEROCKET_x86_64_NVIDIA",
    "BOTTLEROCKET_ARM_64_NVIDIA", "AL2_x86_64", "AL2_x86_64_GPU", "AL2_ARM_64",
]  # fmt: skip
# https://docs.aws.amazon.com/eks/latest/userguide/eks-ami-deprecation-faqs.html
LAST_MINOR_WITH_AL2: Final = 32

# https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html
NodeLabelKey = Annotated[LabelKey, Field(max_length=aws.NODE_LABEL_MAX_LENGTH)]
NodeLabelValue = Annotated[LabelValue, Field(min_length=1)]
KubernetesGroup = Annotated[str, *text(r"[^\s\0].*", "the name of a Kubernetes group", max_length=253)]

# https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
AccessPolicyName = Literal[
    "AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy", "AmazonEKSAdminViewPolicy", "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
]  # fmt: skip

InstanceType = Annotated[str, *text(r"[a-z][a-z0-9-]*\.[a-z0-9-]+", "an instance type like t3.medium")]
AddonVersion = Annotated[
    str,
    *text(
        r"default|latest|v\d+\.\d+\.\d+-eksbuild\.\d+",
        "default, latest or an add-on version like v1.20.4-eksbuild.2",
    ),
]
NodeGroupName = Annotated[
    str,
    *text(
        r"[0-9A-Za-z][A-Za-z0-9_-]*",
        "a node group name (letters, digits, _ and -)",
        max_length=aws.EKS_NODE_GROUP_NAME_MAX_LENGTH,
    ),
]
# A name here is a map key and part of a construct id and of an IAM-free resource name.
EntryName = Annotated[str, *text(r"[a-z][a-z0-9-]*", "a name of lower-case letters, digits and dashes", max_length=40)]
# https://docs.aws.amazon.com/eks/latest/APIReference/API_AccessScope.html (a trailing * is a wildcard)
NamespacePattern = Annotated[
    str,
    *text(
        r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\*?|[a-z0-9][-a-z0-9]*\*",
        "a namespace, or a prefix with *",
        max_length=63,
    ),
]

SHORTEST_PUBLIC_PREFIX: Final = 8  # nobody owns a larger block; 0.0.0.0/1 with 128.0.0.0/1 would be everybody
# https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
GROUP_PREFIXES_RESERVED: Final = ("system:", "eks:", "aws:", "amazon:", "iam:")
LABELS_RESERVED: Final = ("kubernetes.io", "k8s.io", "eks.amazonaws.com")


def _known_version(value: str, info: ValidationInfo) -> str:
    is_permitted = info.data.get("allow_ended_version") and value in aws.KUBERNETES_ENDED
    if value not in aws.KUBERNETES_SUPPORT and not is_permitted:
        allowed = ", ".join(f'"{version}"' for version in aws.KUBERNETES_SUPPORT)
        raise ValueError(f"{shown(value)} is not a Kubernetes version of EKS; allowed: {allowed}")
    return value


KubernetesVersion = Annotated[
    str,
    AfterValidator(_known_version),
    WithJsonSchema({"enum": [*aws.KUBERNETES_SUPPORT, *aws.KUBERNETES_ENDED]}),
]


class AccessPolicy(Settings):
    """An EKS access policy and where it holds."""

    policy: AccessPolicyName = Field(description="Name of the EKS access policy.")
    namespaces: tuple[NamespacePattern, ...] = Field(
        default=(),
        description="Namespaces in which the policy holds; empty: the whole cluster. Default: empty.",
    )


class AccessEntry(Settings):
    """An IAM principal that may use the Kubernetes API."""

    principal: Principal = Field(
        description="ARN of an IAM role or user; role/NAME or user/NAME for one of the environment's own account."
    )
    policies: tuple[AccessPolicy, ...] = Field(default=(), description="Access policies. Default: none.")
    kubernetes_groups: tuple[KubernetesGroup, ...] = Field(
        default=(), description="Groups for role bindings of your own. Default: none."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield what EKS would refuse, and an entry that permits nothing."""
        if not self.policies and not self.kubernetes_groups:
            yield Problem((), "permits nothing; give policies or kubernetes_groups")
        for position in find_duplicates(policy.policy for policy in self.policies):
            yield Problem(("policies", position, "policy"), "is listed twice; join the namespaces in one item")
        for position, group in enumerate(self.kubernetes_groups):
            if group.startswith(GROUP_PREFIXES_RESERVED):
                prefixes = ", ".join(GROUP_PREFIXES_RESERVED)
                message = f"{shown(group)} starts with a prefix that EKS reserves ({prefixes})"
                yield Problem(("kubernetes_groups", position), message)

    def principal_in(self, account_id: str | None) -> str:
        """Return the principal in one form, for an account if it is known: role/NAME for one of the account itself."""
        return self.principal if account_id is None else self.principal.rpartition(f"::{account_id}:")[2]

    def is_cluster_admin(self) -> bool:
        """Return whether the principal administers the whole cluster."""
        return any(p.policy == "AmazonEKSClusterAdminPolicy" and not p.namespaces for p in self.policies)


class Taint(Settings):
    """A taint on every node of a node group."""

    key: NodeLabelKey = Field(description="Key of the taint, at most 63 characters.")
    value: LabelValue = Field(default="", description="Value of the taint. Default: empty.")
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"] = Field(description="Effect of the taint.")


class UpdateConfig(Settings):
    """How many nodes an update may take away at once: a number or a percentage, not both."""

    max_unavailable: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="Number of nodes, 1 to 100. Default: unset."
    )
    max_unavailable_percentage: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="Percentage of nodes, 1 to 100. Default: unset."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield that not exactly one of the two is given."""
        if (self.max_unavailable is None) == (self.max_unavailable_percentage is None):
            yield Problem((), "give either max_unavailable or max_unavailable_percentage")


class NodeGroup(Settings):
    """A managed node group, on a launch template by default: IMDSv2 only, encrypted gp3 root volume."""

    capacity_type: Literal["ON_DEMAND", "SPOT"] = Field(
        default="ON_DEMAND",
        description="SPOT nodes are cheaper and can be taken away at two minutes' notice. Default: ON_DEMAND.",
    )
    instance_types: tuple[InstanceType, ...] = Field(
        default=("t3.medium",),
        description="1 to 20 instance types, the preferred one first. Default: t3.medium.",
    )
    ami_type: AmiType = Field(
        default="AL2023_x86_64_STANDARD",
        description="Image family; its architecture must be that of the instance types. "
        "Default: AL2023_x86_64_STANDARD.",
    )
    zones: tuple[Zone, ...] = Field(
        default=(),
        description="Zones of the nodes, some of network.zones; other ones replace the node group. Default: all zones "
        "that the network has when the node group is made.",
    )
    min_size: int = Field(default=1, ge=0, description="Fewest nodes. Default: 1.")
    desired_size: int = Field(default=2, ge=0, description="Nodes at creation. Default: 2.")
    max_size: int = Field(default=3, ge=1, le=aws.NODES_PER_NODE_GROUP, description="Most nodes, 1 to 450. Default: 3.")
    desired_size_managed_by: Literal["autoscaler", "terraform"] = Field(
        default="autoscaler",
        description="`autoscaler`: desired_size counts at creation only. `terraform`: every apply sets it. "
        "Default: autoscaler.",
    )
    launch_template: bool = Field(
        default=True,
        description="Nodes by a launch template of this project; false: as EKS makes them by itself, with IMDSv1 and "
        "an unencrypted gp2 volume. Changing it replaces the node group. Default: true.",
    )
    disk_size_gib: int = Field(default=50, ge=20, le=16384, description="Root volume in GiB, 20 to 16384. Default: 50.")
    labels: dict[NodeLabelKey, NodeLabelValue] = Field(
        default={}, description="Kubernetes labels of the nodes. Default: none."
    )
    taints: tuple[Taint, ...] = Field(default=(), description="Taints of the nodes, at most 50. Default: none.")
    update_config: UpdateConfig = Field(
        default=UpdateConfig(max_unavailable_percentage=33),
        description="Nodes that an update may take away at once. Default: max_unavailable_percentage 33.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield what EKS would refuse when it creates the node group."""
        yield from self._size_problems()
        yield from self._instance_type_problems()
        for key in self.labels:
            prefix = key.partition("/")[0] if "/" in key else ""
            if any(prefix == reserved or prefix.endswith(f".{reserved}") for reserved in LABELS_RESERVED):
                yield Problem(("labels", key), f"the prefix {prefix} is reserved for Kubernetes and EKS")
        yield from unique("zones", self.zones)
        for position in find_duplicates(f"{taint.key}:{taint.effect}" for taint in self.taints):
            yield Problem(("taints", position), "has the key and effect of an earlier taint")
        if len(self.taints) > 50:
            yield Problem(("taints",), f"{len(self.taints)} given; at most 50 are allowed")

    def _size_problems(self) -> Iterator[Problem]:
        if self.min_size > self.max_size:
            yield Problem(
                ("min_size",),
                f"{self.min_size} is above max_size {self.max_size}; raise max_size or lower min_size",
            )
        elif self.desired_size > self.max_size:
            yield Problem(
                ("desired_size",),
                f"{self.desired_size} is above max_size {self.max_size}; raise max_size or lower desired_size",
            )
        elif self.desired_size < self.min_size:
            yield Problem(
                ("desired_size",),
                f"{self.desired_size} is below min_size {self.min_size}; raise desired_size or lower min_size",
            )

    def problems_of_version(self, version: str) -> Iterator[Problem]:
        """Yield an image family that EKS has no images of for a Kubernetes version."""
        if self.ami_type.startswith("AL2_") and int(version.partition(".")[2]) > LAST_MINOR_WITH_AL2:
            message = f"{self.ami_type} ended with Kubernetes 1.{LAST_MINOR_WITH_AL2}; version is {version}"
            yield Problem(("ami_type",), message)

    def _instance_type_problems(self) -> Iterator[Problem]:
        if not 1 <= len(self.instance_types) <= 20:
            yield Problem(("instance_types",), f"{len(self.instance_types)} given; 1 to 20 are allowed")
        yield from unique("instance_types", self.instance_types)
        architecture = "arm64" if "ARM" in self.ami_type else "x86_64"
        for position, instance_type in enumerate(self.instance_types):
            if architecture_of(instance_type) != architecture:
                yield Problem(
                    ("instance_types", position),
                    f"{instance_type} is {architecture_of(instance_type)}, ami_type {self.ami_type} is {architecture}",
                )


def architecture_of(instance_type: str) -> Literal["arm64", "x86_64"]:
    """Return the CPU architecture of an instance type, told by its family name.

    After the generation digit a `g` stands for Graviton, at the end of a family `gb` and digits for Grace Blackwell;
    a1 is the first Graviton family.
    https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
    """
    family = instance_type.partition(".")[0]
    is_arm = family == "a1" or re.fullmatch(r"[a-z]+\d+[a-z]*g[a-z]*(?:-.*)?|.*-gb\d+", family)
    return "arm64" if is_arm else "x86_64"


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


class ClusterSettings(Settings):
    """EKS cluster, node groups, access and core add-ons."""

    existing: ExistingCluster | None = Field(
        default=None,
        description="A cluster that is there already; nothing else of this section goes with it. Default: unset.",
    )
    name: (
        Annotated[str, *text(r"[0-9A-Za-z][A-Za-z0-9-]*", "a cluster name (letters, digits, -)", max_length=30)] | None
    ) = Field(
        default=None,
        description="Name without the environment: `gd9` in environment dev makes the cluster `dev-gd9`. "
        "Default: none, it is needed for a cluster of its own.",
    )
    allow_ended_version: bool = Field(
        default=False,
        description="Permit a version that EKS no longer supports, of a cluster that has it already. Default: false.",
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
        description="Let everybody reach the public endpoint, of a cluster that was made so; in place of the CIDRs. "
        "Default: false.",
    )
    control_plane_zones: tuple[Zone, ...] = Field(
        default=(),
        description="Zones of the control plane, at least two of network.zones; EKS keeps those of the creation. "
        "Default: all zones that the network has when the cluster is made.",
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
        "keeps it for ever. Default: true.",
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
    authentication_mode: Literal["API", "API_AND_CONFIG_MAP", "CONFIG_MAP"] = Field(
        default="API_AND_CONFIG_MAP",
        description="Whether the aws-auth ConfigMap counts beside access entries, or, in clusters that were made so, "
        "alone. EKS never goes back towards CONFIG_MAP. Default: API_AND_CONFIG_MAP.",
    )
    enable_cluster_creator_admin_permissions: bool = Field(
        default=False,
        description="An access entry makes whoever runs the first apply administrator. Default: false; "
        "access_entries then needs an administrator.",
    )
    access_entries: dict[EntryName, AccessEntry] = Field(
        default={}, description="Who may use the Kubernetes API, by a name of your choice. Default: nobody."
    )
    support_type: Literal["STANDARD", "EXTENDED"] = Field(
        default="EXTENDED",
        description="At the end of standard support EKS upgrades a STANDARD cluster; EXTENDED ones stay, at extra "
        "cost. Default: EXTENDED.",
    )
    deletion_protection: bool = Field(default=True, description="EKS refuses to delete the cluster. Default: true.")
    node_groups: dict[NodeGroupName, NodeGroup] = Field(
        default={}, description="Managed node groups by name. Default: none, a cluster of its own needs one."
    )
    addons: CoreAddons = Field(default=CoreAddons(), description="Core add-ons. Default: all, at version default.")

    @field_validator("version")
    @classmethod
    def _refuse_ended_version(cls, version: str, info: ValidationInfo) -> str:
        if info.data.get("allow_ended_version"):
            return version
        ended = aws.KUBERNETES_SUPPORT[version].extended_ends
        if _today(info) > ended:
            raise ValueError(f"EKS ended its support of {version} on {ended}; take a newer version")
        return version

    def problems(self) -> Iterator[Problem]:
        """Yield what EKS would refuse, and a cluster that nobody could reach or use."""
        if self.existing is not None:
            for name in sorted(self.model_fields_set - {"existing"}):
                yield Problem((name,), "does not go with an existing cluster; remove it")
            return
        if self.name is None:
            yield Problem(("name",), "is missing; it has no default")
        yield from self._endpoint_problems()
        yield from self._access_problems()
        if not self.node_groups:
            yield Problem(("node_groups",), "is empty; the add-ons need at least one node group")
        yield from unique("enabled_log_types", self.enabled_log_types)
        yield from self._zone_problems()
        if self.service_ipv4_cidr is not None:
            yield from _service_cidr_problems(self.service_ipv4_cidr)
        if self.kms_key_arn is not None and not self.encrypt_secrets:
            yield Problem(("kms_key_arn",), "has no effect while encrypt_secrets is false")
        for name, node_group in self.node_groups.items():
            for problem in node_group.problems_of_version(self.version):
                yield Problem(("node_groups", name, *problem.location), problem.message)

    def _zone_problems(self) -> Iterator[Problem]:
        if len(self.control_plane_zones) == 1:
            yield Problem(("control_plane_zones",), "1 given; EKS wants two or more")
        yield from unique("control_plane_zones", self.control_plane_zones)

    def _endpoint_problems(self) -> Iterator[Problem]:
        if not self.endpoint_private_access and not self.endpoint_public_access:
            yield Problem(
                ("endpoint_private_access",),
                "is false, and so is endpoint_public_access: nothing could reach the API",
            )
        if self.endpoint_public_access and not self.endpoint_private_access and self.endpoint_public_access_cidrs:
            yield Problem(
                ("endpoint_private_access",),
                "is false, and the public endpoint is limited to endpoint_public_access_cidrs: nodes, which would come "
                "from the addresses of the NAT gateways, could never join",
            )
        if self.endpoint_public_access_from_anywhere and not self.endpoint_public_access:
            yield Problem(
                ("endpoint_public_access_from_anywhere",), "has no effect while endpoint_public_access is false"
            )
        elif self.endpoint_public_access_from_anywhere and self.endpoint_public_access_cidrs:
            yield Problem(
                ("endpoint_public_access_cidrs",), "has no effect while endpoint_public_access_from_anywhere is true"
            )
        if (
            self.endpoint_public_access
            and not self.endpoint_public_access_cidrs
            and not self.endpoint_public_access_from_anywhere
        ):
            yield Problem(
                ("endpoint_public_access_cidrs",),
                "is empty; name the blocks that may reach the public endpoint",
            )
        if self.endpoint_public_access_cidrs and not self.endpoint_public_access:
            yield Problem(("endpoint_public_access_cidrs",), "has no effect while endpoint_public_access is false")
        yield from self._endpoint_cidr_problems()

    def _endpoint_cidr_problems(self) -> Iterator[Problem]:
        if len(self.endpoint_public_access_cidrs) > aws.PUBLIC_ACCESS_CIDRS:
            yield Problem(
                ("endpoint_public_access_cidrs",),
                f"{len(self.endpoint_public_access_cidrs)} given; EKS takes at most {aws.PUBLIC_ACCESS_CIDRS}",
            )
        for position, cidr in enumerate(self.endpoint_public_access_cidrs):
            if cidr.prefixlen < SHORTEST_PUBLIC_PREFIX:
                yield Problem(
                    ("endpoint_public_access_cidrs", position),
                    f"{cidr} opens the API to everybody; name your own blocks, /{SHORTEST_PUBLIC_PREFIX} or smaller",
                )
            elif not cidr.is_global or cidr.is_multicast:
                yield Problem(
                    ("endpoint_public_access_cidrs", position),
                    f"{cidr} is not a public block, EKS refuses it",
                )

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


def _today(info: ValidationInfo) -> date:
    """Return the date of the validation's context (`today`), else that of today in UTC."""
    given: date | None = (info.context or {}).get("today")
    return datetime.now(tz=UTC).date() if given is None else given


def _service_cidr_problems(cidr: IPv4Network) -> Iterator[Problem]:
    shortest, longest = aws.SERVICE_PREFIX_LENGTHS
    if not shortest <= cidr.prefixlen <= longest:
        yield Problem(("service_ipv4_cidr",), f"{cidr} is outside the sizes that EKS takes, /{shortest} to /{longest}")
    if not any(cidr.subnet_of(private) for private in aws.RFC1918):
        yield Problem(
            ("service_ipv4_cidr",),
            f"{cidr} is not private; take one inside {', '.join(map(str, aws.RFC1918))}",
        )
