"""An application in the cluster: a Helm release of its objects, and an IAM role for what it does in AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs import Construct
from constructs.aws.irsa_role import IrsaRole, IrsaRoleProps, ServiceAccount
from constructs.helm.helm_release import create_release
from constructs.kubernetes.shapes import role_annotation
from constructs.workloads.workload_objects import service_account, workload_objects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdktf import ITerraformDependable

    from config.workloads.workloads import Workload as WorkloadSettings
    from constructs.aws.iam_role import IamRoleOutputs, Statements
    from constructs.aws.irsa_role import OidcIssuer
    from constructs.helm.helm_values import Values
    from constructs.helm.objects_chart import ObjectsChart
    from constructs.workloads.workload_context import WorkloadContext


@dataclass(frozen=True, kw_only=True)
class WorkloadRole:
    """Name of the IAM role, who vouches for the service account, and what the role may do."""

    name: str
    oidc_issuer: OidcIssuer
    policies: Mapping[str, Statements]


@dataclass(frozen=True, kw_only=True)
class WorkloadProps:
    """The settings, what is around the workload, its role if it does anything in AWS, and the chart of objects."""

    settings: WorkloadSettings
    context: WorkloadContext
    role: WorkloadRole | None
    chart: ObjectsChart
    depends_on: tuple[ITerraformDependable, ...]


class Workload(Construct):
    """A release that is complete when its pods are ready."""

    def __init__(self, scope: Construct, id_: str, props: WorkloadProps) -> None:
        super().__init__(scope, id_)
        context = props.context
        role = None if props.role is None else self._create_role(props.role, context)
        account = service_account(context, role_annotation(None if role is None else role.role_arn))
        # The ARN of the role is Terraform's, everything else the user's text.
        objects = [account, *workload_objects(context, props.settings)]
        # By name, so that a plan shows which object changes.
        values: Values = {"objects": {_name_of(one): one for one in objects}}
        create_release(
            self,
            name=context.name,
            namespace=context.namespace,
            chart=props.chart.chart,
            values=values,
            timeout_seconds=props.settings.timeout_seconds,
            depends_on=[*props.depends_on, *([] if role is None else role.policies)],
        )

    def _create_role(self, role: WorkloadRole, context: WorkloadContext) -> IamRoleOutputs:
        props = IrsaRoleProps(
            name=role.name,
            description=f"What workload {context.name} does in AWS",
            oidc_issuer=role.oidc_issuer,
            service_account=ServiceAccount(namespace=context.namespace, name=context.name),
            policies=role.policies,
        )
        return IrsaRole(self, "role", props).outputs


def _name_of(one: Values) -> str:
    metadata = one["metadata"]
    return f"{one['kind']}/{metadata['name'] if isinstance(metadata, dict) else ''}"
