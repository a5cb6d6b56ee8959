"""What the stacks of the program have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import Aspects, DataTerraformRemoteStateLocal, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocument
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags

from .tagging import CostCentreTags

if TYPE_CHECKING:
    from constructs import Construct


class EnvironmentStack(TerraformStack):
    """One of the four stacks of an environment, with its backend, its provider and its tags."""

    def __init__(self, scope: Construct, environment: str, part: str) -> None:
        self.stack_name = f"{environment}-{part}"
        super().__init__(scope, self.stack_name)
        LocalBackend(self, path=f"../../../.state/{self.stack_name}.tfstate")
        AwsProvider(self, "aws", region="eu-west-1", default_tags=[AwsProviderDefaultTags(tags={"Env": environment})])
        Aspects.of(self).add(CostCentreTags("platform"))

    def state_of(self, source: EnvironmentStack) -> DataTerraformRemoteStateLocal:
        """The outputs of another stack."""
        self.add_dependency(source)
        return DataTerraformRemoteStateLocal(self, "state", path=f"../../../.state/{source.stack_name}.tfstate")


def assume(scope: Construct, id_: str, service: str) -> str:
    """A policy that lets a service assume a role."""
    principals = [{"type": "Service", "identifiers": [service]}]
    return DataAwsIamPolicyDocument(
        scope, id_, statement=[{"actions": ["sts:AssumeRole"], "principals": principals}]
    ).json
