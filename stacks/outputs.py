"""The contract between the stacks: what each one publishes, under which name.

A producer publishes an instance of its class, so that a missing output is a type error; a consumer reads the same class
from the producer's state. The field name is the name of the Terraform output: renaming a construct never renames one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from cdktf import TerraformRemoteState

    from constructs import Construct

# A self-signed certificate without a use: the kubernetes provider refuses text that is no certificate, even in a plan:
# https://github.com/hashicorp/terraform-provider-kubernetes/blob/v2.38.0/manifest/provider/configure.go
EXAMPLE_CERTIFICATE_AUTHORITY = (
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJPakNCN2FBREFnRUNBaFEzanpkNWZoTkJiSXJvK1Z0RXRGb3UxVEpMb0RB"
    "RkJnTXJaWEF3RWpFUU1BNEcKQTFVRUF3d0haWGhoYlhCc1pUQWdGdzB5TmpFeE1qRXhOREEzTURkYUdBOHlNVEkyTVRBeU9ERTBN"
    "RGN3TjFvdwpFakVRTUE0R0ExVUVBd3dIWlhoaGJYQnNaVEFxTUFVR0F5dGxjQU1oQUNSSlRLL1ZJUHh5YlorbktJOE9RY1VnCmRq"
    "V1NhZWZ0TjZ5TFpsa2puRDFLbzFNd1VUQWRCZ05WSFE0RUZnUVViQ3dwTGNqTFZrVkZoNDFuK1hLb0VtdS8KSTA4d0h3WURWUjBq"
    "QkJnd0ZvQVViQ3dwTGNqTFZrVkZoNDFuK1hLb0VtdS9JMDh3RHdZRFZSMFRBUUgvQkFVdwpBd0VCL3pBRkJnTXJaWEFEUVFDVW9G"
    "c3VPNnduTzBJNXZNVnp1V25sUTd3OWd4b0ZxanQzcGthaVdMekcyaFJZCkd2TExaL1FOSWc3Wjd4eUl4Q1RaZW85czA4ZEVVWFE0"
    "eFV0NE1SY0QKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="
)


def output(description: str, *, example: str | list[str]) -> Any:  # noqa: ANN401 (the type is the field's)
    """Declare an output: what it is, and a value of the shape that AWS gives it."""
    return field(metadata={"description": description, "example": example})


@dataclass(frozen=True, kw_only=True)
class StackOutputs:
    """Named outputs of a stack; a field is text or a list of texts."""

    PRODUCER: ClassVar[str]

    def publish(self, scope: Construct) -> None:
        """Write each field as a Terraform output of its name."""
        from cdktf import TerraformOutput

        for declared in fields(self):
            published = TerraformOutput(
                scope,
                f"output-{declared.name}",
                value=getattr(self, declared.name),
                description=declared.metadata["description"],
            )
            published.override_logical_id(declared.name)

    @classmethod
    def read(cls, state: TerraformRemoteState) -> Self:
        """Return references to the outputs in the producer's state."""
        readers = {"str": state.get_string, "list[str]": state.get_list}
        return cls(**{declared.name: readers[str(declared.type)](declared.name) for declared in fields(cls)})


@dataclass(frozen=True, kw_only=True)
class NetworkOutputs(StackOutputs):
    """What the network stack publishes."""

    PRODUCER: ClassVar[str] = "network"

    vpc_id: str = output("ID of the VPC.", example="vpc-0a1b2c3d4e5f60718")
    private_subnet_ids: list[str] = output(
        "IDs of the private subnets, in the order of the zones' names.",
        example=["subnet-0a1b2c3d4e5f60718", "subnet-1a1b2c3d4e5f60718"],
    )
    private_subnet_zones: list[str] = output(
        "Zones of the private subnets, in the order of their IDs.", example=["us-east-2a", "us-east-2b"]
    )
    public_subnet_ids: list[str] = output(
        "IDs of the public subnets, in the order of the zones' names.",
        example=["subnet-2a1b2c3d4e5f60718", "subnet-3a1b2c3d4e5f60718"],
    )


@dataclass(frozen=True, kw_only=True)
class FurtherSubnetsOutputs(StackOutputs):
    """What the network stack publishes where the settings give further kinds of subnets."""

    PRODUCER: ClassVar[str] = "network"

    pods_subnet_ids: list[str] = output(
        "IDs of the subnets for pods, in the order of the zones' names.",
        example=["subnet-4a1b2c3d4e5f60718", "subnet-5a1b2c3d4e5f60718"],
    )
    pods_subnet_zones: list[str] = output(
        "Zones of the subnets for pods, in the order of their IDs.", example=["us-east-2a", "us-east-2b"]
    )
    intra_subnet_ids: list[str] = output(
        "IDs of the intra subnets, in the order of the zones' names.",
        example=["subnet-6a1b2c3d4e5f60718", "subnet-7a1b2c3d4e5f60718"],
    )
    database_subnet_ids: list[str] = output(
        "IDs of the subnets for databases, in the order of the zones' names.",
        example=["subnet-8a1b2c3d4e5f60718", "subnet-9a1b2c3d4e5f60718"],
    )
    database_subnet_group_name: str = output(
        "Name of the RDS subnet group of the subnets for databases, empty without one.", example="dev-database"
    )


@dataclass(frozen=True, kw_only=True)
class ClusterOutputs(StackOutputs):
    """What the cluster stack publishes."""

    PRODUCER: ClassVar[str] = "cluster"

    cluster_name: str = output("Name of the EKS cluster.", example="dev-gd9")
    cluster_endpoint: str = output(
        "URL of the Kubernetes API.", example="https://0123456789ABCDEF0123456789ABCDEF.gr7.us-east-2.eks.amazonaws.com"
    )
    cluster_certificate_authority: str = output(
        "CA certificate of the Kubernetes API, PEM in base64.", example=EXAMPLE_CERTIFICATE_AUTHORITY
    )
    cluster_security_group_id: str = output(
        "ID of the security group that EKS gives to the control plane and the nodes.", example="sg-0a1b2c3d4e5f60718"
    )
    vpc_id: str = output("ID of the VPC of the cluster.", example="vpc-0a1b2c3d4e5f60718")
    oidc_provider_arn: str = output(
        "ARN of the IAM OIDC provider of the cluster, for IRSA.",
        example="arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-2.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF",
    )
    oidc_issuer_url: str = output(
        "URL of the cluster's OIDC issuer, with https://.",
        example="https://oidc.eks.us-east-2.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF",
    )


@dataclass(frozen=True, kw_only=True)
class CsiAddonOutputs(StackOutputs):
    """What the csi-addon stack publishes."""

    PRODUCER: ClassVar[str] = "csi-addon"

    storage_class_name: str = output("Name of the StorageClass.", example="gp3")
    ebs_csi_driver_role_arn: str = output(
        "ARN of the IRSA role of the EBS CSI driver.", example="arn:aws:iam::123456789012:role/dev-gd9-ebs-csi-driver"
    )


@dataclass(frozen=True, kw_only=True)
class ClusterAddonsOutputs(StackOutputs):
    """What the cluster-addons stack publishes."""

    PRODUCER: ClassVar[str] = "cluster-addons"

    addons: list[str] = output(
        "Add-ons that are installed, by the names of their settings.", example=["metrics_server"]
    )


@dataclass(frozen=True, kw_only=True)
class KubePromStackOutputs(StackOutputs):
    """What the kube-prom-stack stack publishes."""

    PRODUCER: ClassVar[str] = "kube-prom-stack"

    namespace: str = output("Namespace of the monitoring release.", example="monitoring")


@dataclass(frozen=True, kw_only=True)
class ManagedMonitoringOutputs(StackOutputs):
    """What the kube-prom-stack stack publishes for the grafana-content stack, where there is one."""

    PRODUCER: ClassVar[str] = "kube-prom-stack"

    grafana_endpoint: str = output(
        "Host name of the Managed Grafana workspace, empty without one.",
        example="g-0a1b2c3d4e.grafana-workspace.us-east-2.amazonaws.com",
    )
    prometheus_endpoint: str = output(
        "URL of the Managed Prometheus workspace, with a slash at the end.",
        example="https://aps-workspaces.us-east-2.amazonaws.com/workspaces/ws-0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f/",
    )
    alert_topic_arn: str = output(
        "ARN of the SNS topic of its alert manager, empty without one.",
        example="arn:aws:sns:us-east-2:123456789012:dev-gd9-managed-prometheus-alerts",
    )
