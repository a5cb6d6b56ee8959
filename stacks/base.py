"""What every stack of an environment has: a name, a backend, the AWS provider, and outputs that others read."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from cdktf import (
    CloudBackend,
    LocalBackend,
    NamedCloudWorkspace,
    S3Backend,
    S3BackendAssumeRoleConfig,
    TerraformBackend,
    TerraformStack,
)
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags

from config import backend
from config.core.aws import REGIONS_NEW_TO_TERRAFORM, partition_of
from constructs.aws.account import Account
from stacks import literal_text

if TYPE_CHECKING:
    from cdktf import TerraformRemoteState

    from config.environment import Environment
    from constructs import Construct
    from constructs.former_address import Move
    from stacks.outputs import StackOutputs

literal_text.install()

Outputs = TypeVar("Outputs", bound="StackOutputs")


class EnvironmentStack(TerraformStack):
    """A stack named `<environment>-<NAME>`, with the environment's backend and AWS provider."""

    NAME: ClassVar[str]

    def __init__(self, scope: Construct, environment: Environment) -> None:
        self.environment = environment
        self.stack_name = f"{environment.name}-{self.NAME}"
        super().__init__(scope, self.stack_name)
        # Which environment and stack this is, for readers of the JSON: names alone are ambiguous, as an environment
        # "dev-cluster" may exist together with the stack "dev-cluster" of "dev".
        self.add_override("//.metadata", {"environment": environment.name, "stack": self.NAME})
        self.backend = self._create_backend()
        self.moves: list[Move] = []
        self._account: Account | None = None
        self._states: dict[str, TerraformRemoteState] = {}
        if environment.region is not None:
            self._add_aws_provider(environment.region)

    def account_in(self, region: str) -> Account:
        """Return the account that the stack is deployed to, looked up where it is asked for."""
        if self._account is None:
            self._account = Account(self, "account", region=region, partition=partition_of(region))
        return self._account

    def read(self, producer: EnvironmentStack, outputs: type[Outputs]) -> Outputs:
        """Return the outputs of another stack of the environment, and deploy this stack after it."""
        if producer.NAME not in self._states:
            self.add_dependency(producer)
            self._states[producer.NAME] = producer.backend.get_remote_state_data_source(
                self, f"state-{producer.NAME}", producer.stack_name
            )
        return outputs.read(self._states[producer.NAME])

    def _add_aws_provider(self, region: str) -> None:
        environment = self.environment
        AwsProvider(
            self,
            "aws",
            region=region,
            allowed_account_ids=None if environment.account_id is None else [environment.account_id],
            default_tags=[AwsProviderDefaultTags(tags=environment.default_tags)],
        )

    def _create_backend(self) -> TerraformBackend:
        settings = self.environment.backend
        if isinstance(settings, backend.S3Backend):
            return self._create_s3_backend(settings)
        if isinstance(settings, backend.CloudBackend):
            return CloudBackend(
                self,
                hostname=settings.hostname,
                organization=settings.organization,
                workspaces=NamedCloudWorkspace(f"{settings.workspace_prefix}{self.stack_name}", settings.project),
            )
        # Terraform runs in cdktf.out/stacks/<stack>, so that this is .state/ next to cdktf.out.
        return LocalBackend(self, path=f"../../../.state/{self.stack_name}.tfstate")

    def _create_s3_backend(self, settings: backend.S3Backend) -> S3Backend:
        s3 = S3Backend(
            self,
            bucket=settings.bucket,
            key=f"{settings.key_prefix}{self.stack_name}.tfstate",
            region=settings.region or self.environment.region,
            encrypt=True,
            kms_key_id=settings.kms_key_arn,
            profile=settings.profile,
            assume_role=None if settings.assume_role is None else _assumed(settings.assume_role),
            dynamodb_table=settings.dynamodb_table,
        )
        if (settings.region or self.environment.region) in REGIONS_NEW_TO_TERRAFORM:
            s3.add_override("skip_region_validation", value=True)
        s3.add_override("use_lockfile", value=True)  # S3Backend of cdktf 0.21 has no such property
        return s3


def _assumed(role: backend.BackendRole) -> S3BackendAssumeRoleConfig:
    return S3BackendAssumeRoleConfig(role_arn=role.role_arn, external_id=role.external_id)


class AwsStack(EnvironmentStack):
    """A stack of an environment that is in AWS."""

    def __init__(self, scope: Construct, environment: Environment, *, region: str) -> None:
        super().__init__(scope, environment)
        self.region = region

    @property
    def account(self) -> Account:
        """The account that the stack is deployed to, looked up where it is asked for."""
        return self.account_in(self.region)
