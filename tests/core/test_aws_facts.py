"""Our constants against the service models of botocore, which say what the API takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

import botocore.session
import pytest
from pydantic import TypeAdapter

from config.cluster import cluster, instance_types, node_groups
from config.core import aws, naming
from config.core.types import find_duplicates
from config.network.endpoints import InterfaceEndpoint

if TYPE_CHECKING:
    from botocore.model import ServiceModel

# Images that this project does not offer: the workloads here are not for Windows, own images need more than a name.
AMI_TYPES_LEFT_OUT = re.compile(r"WINDOWS_|CUSTOM")


@pytest.fixture(scope="module")
def session() -> botocore.session.Session:
    """Return a session that needs no credentials."""
    return botocore.session.Session()


@pytest.fixture(scope="module")
def eks(session: botocore.session.Session) -> ServiceModel:
    """Return the model of EKS."""
    return session.get_service_model("eks")


def values_of(model: ServiceModel, shape: str) -> set[str]:
    """Return the values that an enumeration of the API has."""
    return set(model.shape_for(shape).metadata["enum"])


def limits_of(model: ServiceModel, shape: str, member: str | None = None) -> dict[str, Any]:
    """Return the limits of a shape, or of a member of it."""
    found: Any = model.shape_for(shape)
    return dict((found if member is None else found.members[member]).metadata)


def documentation_of(model: ServiceModel, shape: str, member: str) -> str:
    """Return what the model tells about a member, without markup."""
    found: Any = model.shape_for(shape)
    return re.sub(r"<[^>]*>", "", found.members[member].documentation)


class TestRegions:
    @pytest.mark.parametrize("partition", aws.REGIONS)
    def test_are_those_with_eks(self, session: botocore.session.Session, partition: str) -> None:
        assert set(aws.REGIONS[partition]) == set(session.get_available_regions("eks", partition))

    def test_have_one_partition_each(self) -> None:
        regions = [region for regions in aws.REGIONS.values() for region in regions]
        assert find_duplicates(regions) == []
        assert aws.partition_of("us-gov-west-1") == "aws-us-gov"


class TestEks:
    def test_ami_types(self, eks: ServiceModel) -> None:
        offered = {type_ for type_ in values_of(eks, "AMITypes") if not AMI_TYPES_LEFT_OUT.match(type_)}
        assert set(get_args(node_groups.NodeGroup.model_fields["ami_type"].annotation)) == offered

    def test_capacity_types(self, eks: ServiceModel) -> None:
        offered = set(get_args(node_groups.NodeGroup.model_fields["capacity_type"].annotation))
        assert values_of(eks, "CapacityTypes") - offered == {"CAPACITY_BLOCK"}  # needs a reservation made before
        assert offered <= values_of(eks, "CapacityTypes")

    def test_taint_effects(self, eks: ServiceModel) -> None:
        offered = set(get_args(node_groups.Taint.model_fields["effect"].annotation))
        assert offered == values_of(eks, "TaintEffect")

    def test_log_types(self, eks: ServiceModel) -> None:
        assert set(get_args(cluster.LogType)) == values_of(eks, "LogType")

    def test_authentication_modes(self, eks: ServiceModel) -> None:
        offered = set(get_args(cluster.ClusterSettings.model_fields["authentication_mode"].annotation))
        assert offered == values_of(eks, "AuthenticationMode")

    def test_support_types(self, eks: ServiceModel) -> None:
        offered = set(get_args(cluster.ClusterSettings.model_fields["support_type"].annotation))
        assert offered == values_of(eks, "SupportType")

    def test_access_scopes(self, eks: ServiceModel) -> None:
        """A policy with namespaces has the scope `namespace`, one without them `cluster`; there is no third."""
        assert values_of(eks, "AccessScopeType") == {"cluster", "namespace"}

    def test_cluster_name(self, eks: ServiceModel) -> None:
        limits = limits_of(eks, "CreateClusterRequest", "name")
        assert limits["max"] == aws.EKS_CLUSTER_NAME_MAX_LENGTH
        assert re.match(limits["pattern"], "dev-" + "x" * 30)

    @pytest.mark.parametrize("shape", ["labelKey", "labelValue", "taintKey", "taintValue"])
    def test_labels_and_taints(self, eks: ServiceModel, shape: str) -> None:
        assert limits_of(eks, shape)["max"] == aws.NODE_LABEL_MAX_LENGTH
        assert limits_of(eks, shape)["min"] == (0 if shape == "taintValue" else 1)

    def test_sizes(self, eks: ServiceModel) -> None:
        minima = {
            name: limits_of(eks, "NodegroupScalingConfig", name)["min"]
            for name in ("minSize", "maxSize", "desiredSize")
        }
        assert minima == {"minSize": 0, "maxSize": 1, "desiredSize": 0}

    def test_update_config(self, eks: ServiceModel) -> None:
        assert limits_of(eks, "NodegroupUpdateConfig", "maxUnavailablePercentage") == {"min": 1, "max": 100}
        assert limits_of(eks, "NodegroupUpdateConfig", "maxUnavailable") == {"min": 1}

    def test_service_cidr(self, eks: ServiceModel) -> None:
        told = documentation_of(eks, "KubernetesNetworkConfigRequest", "serviceIpv4Cidr")
        shortest, longest = aws.SERVICE_PREFIX_LENGTHS
        assert f"Between /{longest} and /{shortest}" in told
        assert all(str(network) in told for network in aws.RFC1918)

    def test_default_service_cidrs_never_lie_in_the_vpc(self, eks: ServiceModel) -> None:
        """Both choices of EKS are known; it takes the one in 10.0.0.0/8 for a VPC that is not in there."""
        told = documentation_of(eks, "KubernetesNetworkConfigRequest", "serviceIpv4Cidr")
        assert "10.100.0.0/16 or 172.20.0.0/16" in told

    def test_tags(self, eks: ServiceModel) -> None:
        assert limits_of(eks, "TagMap")["max"] == aws.TAGS_PER_RESOURCE
        assert (limits_of(eks, "TagKey")["max"], limits_of(eks, "TagValue")["max"]) == (128, 256)


class TestOtherServices:
    def test_log_retention(self, session: botocore.session.Session) -> None:
        told = documentation_of(session.get_service_model("logs"), "PutRetentionPolicyRequest", "retentionInDays")
        values = told.partition("Possible values are: ")[2].partition(".")[0]
        assert tuple(map(int, re.findall(r"\d+", values))) == aws.LOG_RETENTION_DAYS

    def test_iam_names(self, session: botocore.session.Session) -> None:
        iam = session.get_service_model("iam")
        assert limits_of(iam, "roleNameType")["max"] == naming.IAM_ROLE.max_length
        assert re.fullmatch(limits_of(iam, "roleNameType")["pattern"], "dev-gd9-eks-cluster")

    def test_iam_tags(self, session: botocore.session.Session) -> None:
        iam = session.get_service_model("iam")
        assert (limits_of(iam, "tagKeyType")["max"], limits_of(iam, "tagValueType")["max"]) == (128, 256)
        assert limits_of(iam, "tagKeyType")["pattern"] == r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+"

    def test_gp3(self, session: botocore.session.Session) -> None:
        ec2 = session.get_service_model("ec2")

        def numbers(member: str) -> list[int]:
            told = documentation_of(ec2, "EbsBlockDevice", member).replace(",", "")
            return [
                int(number)
                for number in re.findall(r"\d+", told.partition("gp3:")[2] or told.partition("Range")[2])[:2]
            ]

        assert numbers("Iops") == list(aws.GP3_IOPS)
        assert numbers("VolumeSize") == list(aws.GP3_GIB)
        assert numbers("Throughput") == list(aws.GP3_THROUGHPUT_MIB)

    def test_instance_types(self, session: botocore.session.Session) -> None:
        adapter: TypeAdapter[str] = TypeAdapter(instance_types.InstanceType)
        types = values_of(session.get_service_model("ec2"), "InstanceType")
        assert len(types) > 1000
        assert {adapter.validate_python(type_) for type_ in types} == types

    def test_graviton_is_told_by_the_family(self, session: botocore.session.Session) -> None:
        """Families that AWS calls Graviton: those of `g` after the generation, and a1."""
        types = values_of(session.get_service_model("ec2"), "InstanceType")
        families = {type_.partition(".")[0] for type_ in types if instance_types.architecture_of(type_) == "arm64"}
        assert {"a1", "t4g", "m6g", "m7gd", "c7gn", "im4gn", "is4gen", "x2gd", "hpc7g", "g5g"} <= families
        assert not families & {"g4dn", "g5", "g6", "gr6", "m7i", "m7a", "t3", "u-6tb1", "p5", "g6e"}

    def test_interface_endpoints_are_services(self, session: botocore.session.Session) -> None:
        """`aps-workspaces`, `ecr.api` and the like are the services' own names with a part added or taken away."""
        renamed = {
            "aps-workspaces": "amp",
            "ecr.api": "ecr",
            "ecr.dkr": "ecr",
            "elasticfilesystem": "efs",
            "elasticloadbalancing": "elbv2",
            "grafana-workspace": "grafana",
            "monitoring": "cloudwatch",
        }
        own = {"ec2messages", "ssmmessages"}  # without an API of their own: agents talk to them
        services = set(session.get_available_services())
        assert {renamed.get(name, name) for name in get_args(InterfaceEndpoint)} - own <= services
