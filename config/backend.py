"""Where the state of an environment's stacks is kept."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.core import aws
from config.core.settings import Settings
from config.core.types import KmsKeyArn, Region, text

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


class CloudBackend(Settings):
    """State, and optionally the runs, in HCP Terraform: one workspace per stack, named like it."""

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


Backend = LocalBackend | S3Backend | CloudBackend
