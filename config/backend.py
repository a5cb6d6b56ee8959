"""Where the state of an environment's stacks is kept."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from config.core import aws
from config.core.settings import Settings
from config.core.types import AwsProfile, ExternalId, KmsKeyArn, Region, RoleArn, text

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BucketName = Annotated[
    str,
    *text(
        r"(?!xn--|sthree-|amzn-s3-demo-)(?!.*(?:\.\.|-s3alias$|--ol-s3$|\.mrap$|--x-s3$|--table-s3$))"
        r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]+[a-z0-9]",
        "an S3 bucket name: 3 or more lower-case letters, digits, inner dots and dashes, without what S3 reserves",
        max_length=aws.S3_BUCKET_NAME_MAX_LENGTH,
    ),
]


class LocalBackend(Settings):
    """State in a file under `.state/` of the checkout: for a first look, or one person."""

    type: Literal["local"] = Field(default="local", description="State in files under .state/.")


class BackendRole(Settings):
    """An IAM role by which the state is read and written, e.g. one of the account that has the bucket."""

    role_arn: RoleArn = Field(description="ARN of the role.")
    external_id: ExternalId | None = Field(
        default=None, description="External id that its trust policy asks for. Default: none."
    )


# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
TableName = Annotated[
    str, *text(r"[A-Za-z0-9_.-]{3,}", "the name of a DynamoDB table: 3 or more letters, digits and _.-", max_length=255)
]


class S3Backend(Settings):
    """State in an S3 bucket, one key per stack, locked by S3 itself."""

    type: Literal["s3"] = Field(description="State in an S3 bucket.")
    bucket: BucketName = Field(description="Name of the bucket; `make state-bucket ENV=<name>` creates it.")
    region: Region | None = Field(default=None, description="Region of the bucket. Default: the environment's region.")
    key_prefix: Annotated[str, *text(r"(?:[A-Za-z0-9_.-]+/)*", "a key prefix: empty, or parts that end with /")] = (
        Field(default="", description="Put before `<stack>.tfstate`. Default: none.")
    )
    kms_key_arn: KmsKeyArn | None = Field(
        default=None, description="KMS key that encrypts the state. Default: the bucket's own encryption."
    )
    profile: AwsProfile | None = Field(
        default=None,
        description="Profile of AWS for the state alone, on the machine that runs Terraform. Default: the same "
        "credentials as for everything else.",
    )
    assume_role: BackendRole | None = Field(
        default=None, description="IAM role for the state alone, assumed with them. Default: none."
    )
    dynamodb_table: TableName | None = Field(
        default=None,
        description="DynamoDB table in which the state is locked as well, for as long as an earlier layout that locks "
        "there uses the same state. Default: none; S3 itself locks.",
    )

    @property
    def own_login(self) -> dict[str, Any]:
        """The settings of a login for the state alone, as Terraform's backend has them; empty without one."""
        return self.model_dump(include={"profile", "assume_role"}, exclude_none=True)


class CloudBackend(Settings):
    """State, and optionally the runs, in HCP Terraform: one workspace per stack, named like it behind the prefix."""

    type: Literal["cloud"] = Field(description="HCP Terraform (Terraform Cloud) or Terraform Enterprise.")
    organization: Annotated[
        str, *text(r"[A-Za-z0-9_-]+", "an organization name (letters, digits, - and _)", max_length=40)
    ] = Field(description="Name of the organization.")
    hostname: Annotated[str, *text(r"[a-z0-9.-]+(?::\d+)?", "a host name")] = Field(
        default="app.terraform.io", description="Host of the service. Default: app.terraform.io."
    )
    project: (
        Annotated[str, *text(r"[A-Za-z0-9_ -]{3,40}", "a project name of 3 to 40 letters, digits, spaces, - and _")]
        | None
    ) = Field(default=None, description="Project that new workspaces are put in. Default: the default project.")
    workspace_prefix: Annotated[
        str, *text(r"[A-Za-z0-9_-]*", "a prefix of workspaces (letters, digits, - and _)", max_length=40)
    ] = Field(
        default="",
        description="Put before `<stack>` in the names of workspaces, e.g. `eks-`: an organization has each name once. "
        "Default: none.",
    )


Backend = LocalBackend | S3Backend | CloudBackend
