"""Creates the S3 bucket that holds an environment's state: `./eks state bucket prod`.

What the bucket has already stays as it is, so a second run changes nothing.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from config.backend import S3Backend
from config.core import aws
from config.core.errors import UsageError
from operations.aws_login import logged_in
from operations.aws_session import session_of_state
from operations.environments.named import environment_named
from operations.terraform.cures import cure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.client import BaseClient

    from config.environment import Environment

TLS_STATEMENT = "DenyRequestsWithoutTls"
PUBLIC_ACCESS_BLOCK = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


class StateBucketError(UsageError):
    """The bucket cannot be made as the environment says; the message is one line."""


@dataclass(frozen=True)
class StateBucket:
    """A bucket as the environment's backend names it, in the account of the credentials."""

    s3: BaseClient
    name: str
    region: str
    account_id: str
    kms_key_arn: str | None

    @property
    def owned(self) -> dict[str, str]:
        """The parameters of each call: S3 refuses it where the bucket belongs to another account."""
        return {"Bucket": self.name, "ExpectedBucketOwner": self.account_id}

    def create(self) -> Iterator[str]:
        """Create what is missing, and say each thing that was."""
        if not self._exists():
            self._create_bucket()
            yield f"created in {self.region}"
        if self.s3.get_bucket_versioning(**self.owned).get("Status") != "Enabled":
            self.s3.put_bucket_versioning(**self.owned, VersioningConfiguration={"Status": "Enabled"})
            yield "versioning switched on"
        if not self._is_encrypted():
            self.s3.put_bucket_encryption(**self.owned, ServerSideEncryptionConfiguration=self._encryption())
            yield f"encryption set to {self.kms_key_arn or 'AES256'}"
        if self._get("get_public_access_block", "PublicAccessBlockConfiguration") != PUBLIC_ACCESS_BLOCK:
            self.s3.put_public_access_block(**self.owned, PublicAccessBlockConfiguration=PUBLIC_ACCESS_BLOCK)
            yield "public access blocked"
        yield from self._require_tls()

    def _exists(self) -> bool:
        try:
            self.s3.head_bucket(**self.owned)
        except ClientError as problem:
            status = problem.response["ResponseMetadata"]["HTTPStatusCode"]
            if status == 404:
                return False
            if status == 403:
                raise StateBucketError("it belongs to another account, or these credentials may not read it") from None
            raise
        region = self.s3.get_bucket_location(**self.owned).get("LocationConstraint") or "us-east-1"
        if region != self.region:
            raise StateBucketError(f"it exists in {region}, and the environment's backend says {self.region}")
        return True

    def _create_bucket(self) -> None:
        # us-east-1 is the default, and S3 refuses it as a constraint:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
        location = {} if self.region == "us-east-1" else {"LocationConstraint": self.region}
        configuration = {"CreateBucketConfiguration": location} if location else {}
        self.s3.create_bucket(Bucket=self.name, **configuration)
        self.s3.get_waiter("bucket_exists").wait(**self.owned)

    def _is_encrypted(self) -> bool:
        rules = (self._get("get_bucket_encryption", "ServerSideEncryptionConfiguration") or {}).get("Rules", [])
        keys = [rule["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID") for rule in rules]
        return self.kms_key_arn in keys if self.kms_key_arn else bool(rules)

    def _encryption(self) -> dict[str, Any]:
        if self.kms_key_arn is None:
            return {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
        algorithm = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.kms_key_arn}
        return {"Rules": [{"ApplyServerSideEncryptionByDefault": algorithm, "BucketKeyEnabled": True}]}

    def _require_tls(self) -> Iterator[str]:
        policy = json.loads(self._get("get_bucket_policy", "Policy") or '{"Version": "2012-10-17", "Statement": []}')
        # A policy of one statement may have it without the list:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_statement.html
        statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
        if any(statement.get("Sid") == TLS_STATEMENT for statement in statements):
            return
        bucket_arn = f"arn:{aws.partition_of(self.region)}:s3:::{self.name}"
        deny = {
            "Sid": TLS_STATEMENT,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket_arn, f"{bucket_arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        self.s3.put_bucket_policy(**self.owned, Policy=json.dumps({**policy, "Statement": [*statements, deny]}))
        yield "requests without TLS denied"

    def _get(self, operation: str, key: str) -> Any:  # noqa: ANN401 - whatever S3 answers
        """Ask for one part of the configuration; None where the bucket has none."""
        try:
            return getattr(self.s3, operation)(**self.owned)[key]
        except ClientError as problem:
            if (
                problem.response["Error"]["Code"].startswith("NoSuch")
                or "NotFound" in problem.response["Error"]["Code"]
            ):
                return None
            raise


def bucket_of(environment: Environment) -> StateBucket:
    """Find the bucket that the environment names, with the credentials of the environment."""
    backend = environment.backend
    if not isinstance(backend, S3Backend):
        raise StateBucketError(f"environment {environment.name} keeps its state elsewhere (backend {backend.type})")
    region = backend.region or environment.region
    if region is None:
        raise StateBucketError(f"environment {environment.name} names no region, neither its own nor the backend's")
    own_login = backend.own_login
    session = session_of_state(own_login, os.environ, region)
    account_id = session.create_client("sts", region_name=region).get_caller_identity()["Account"]
    # With a login of its own, the state may be in another account.
    if not own_login and environment.account_id not in (None, account_id):
        raise StateBucketError(f"the credentials are of account {account_id}, not {environment.account_id}")
    return StateBucket(
        s3=session.create_client("s3", region_name=region),
        name=backend.bucket,
        region=region,
        account_id=account_id,
        kms_key_arn=backend.kms_key_arn,
    )


def create(name: str) -> str:
    """Create the bucket of an environment, and return what was done.

    Raises:
        StateBucketError: The bucket cannot be made as the environment says.
        UsageError: There is no such environment.

    """
    environment = environment_named(name)
    try:
        with logged_in(environment.commands):
            bucket = bucket_of(environment)
            changes = list(bucket.create())
    except (BotoCoreError, ClientError) as problem:
        advice = cure(str(problem))
        raise StateBucketError(f"{problem}. {advice}" if advice else str(problem)) from problem
    return f"s3://{bucket.name}: {', '.join(changes) or 'is as it should be, nothing changed'}"
