"""An S3 bucket of one workload: encrypted, versioned, private, reached by TLS only, and deleted only when empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
)
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
)
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from cdktf_cdktf_provider_aws.s3_bucket_versioning import (
    S3BucketVersioningA,
    S3BucketVersioningVersioningConfiguration,
)

from config.core.naming import bucket_of_account
from constructs import Construct
from constructs.aws.checkov import skip_check
from constructs.aws.kms_key import KmsKey, KmsKeyProps
from constructs.aws.statements import refuse_plain_http

if TYPE_CHECKING:
    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements

# How long an object that the workload deleted can be brought back.
NONCURRENT_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class PrivateBucketProps:
    """What the bucket is for.

    Attributes:
        cluster_name: The cluster whose workload it is.
        account: Where it is.
        purpose: What names of bucket and key end with.
        contents: What is in it, two words, e.g. `Thanos blocks`.
        bucket_name: Its whole name; None: made of the cluster, the purpose and the account.
        not_replicated_because: Why one region is enough.
        without_events_because: Why nobody is notified of changes.

    """

    cluster_name: str
    account: Account
    purpose: str
    contents: str
    bucket_name: str | None
    not_replicated_because: str
    without_events_because: str


@dataclass(frozen=True, kw_only=True)
class PrivateBucketOutputs:
    """The bucket, and the key that encrypts its objects; None where S3 does it itself."""

    bucket_name: str
    bucket_arn: str
    kms_key_arn: str | None

    def grant_read_write(self) -> Statements:
        """Permit reading, writing and deleting objects of this bucket."""
        return [
            DataAwsIamPolicyDocumentStatement(actions=["s3:ListBucket"], resources=[self.bucket_arn]),
            DataAwsIamPolicyDocumentStatement(
                actions=["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], resources=[f"{self.bucket_arn}/*"]
            ),
            *self.grant_key("kms:Decrypt", "kms:GenerateDataKey"),
        ]

    def grant_key(self, *actions: str) -> Statements:
        """Permit the use of the key, where there is one."""
        if self.kms_key_arn is None:
            return []
        return [DataAwsIamPolicyDocumentStatement(actions=[*actions], resources=[self.kms_key_arn])]


class PrivateBucket(Construct):
    """A bucket that Terraform does not delete while objects are in it."""

    def __init__(self, scope: Construct, id_: str, props: PrivateBucketProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        key = KmsKey(
            self,
            "key",
            KmsKeyProps(
                alias=f"{props.cluster_name}-{props.purpose}",
                description=f"Encrypts {props.contents} of {props.cluster_name}",
                account=props.account,
            ),
        )
        # Bucket names are global: by the account they differ from everybody else's.
        name = props.bucket_name or bucket_of_account(props.account.account_id, props.cluster_name, props.purpose)
        self.bucket = S3Bucket(self, "this", bucket=name)
        self.bucket_id, self.bucket_arn = self.bucket.id, self.bucket.arn
        self._skip_checks()
        self._block_public_access()
        self._encrypt(key.outputs.key_arn)
        self._expire_deleted_objects(self._version_objects())
        self.outputs = PrivateBucketOutputs(
            bucket_name=self.bucket.bucket, bucket_arn=self.bucket_arn, kms_key_arn=key.outputs.key_arn
        )

    def _skip_checks(self) -> None:
        skip_check(
            self.bucket,
            "CKV_AWS_18",
            because="one workload reads and writes here, by its own role; CloudTrail data events tell more",
        )
        skip_check(
            self.bucket,
            "CKV_AWS_144",
            because=self.props.not_replicated_because,
        )
        skip_check(self.bucket, "CKV2_AWS_62", because=self.props.without_events_because)

    def _block_public_access(self) -> None:
        block = S3BucketPublicAccessBlock(
            self,
            "public-access",
            bucket=self.bucket_id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        document = DataAwsIamPolicyDocument(
            self, "tls-only-document", statement=[refuse_plain_http("s3:*", self.bucket_arn, f"{self.bucket_arn}/*")]
        )
        # S3 refuses one of two changes that it is asked for at once.
        S3BucketPolicy(self, "tls-only", bucket=self.bucket_id, policy=document.json, depends_on=[block])

    def _version_objects(self) -> S3BucketVersioningA:
        return S3BucketVersioningA(
            self,
            "versioning",
            bucket=self.bucket_id,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )

    def _encrypt(self, key_arn: str) -> None:
        S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption",
            bucket=self.bucket_id,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
                        sse_algorithm="aws:kms", kms_master_key_id=key_arn
                    ),
                    bucket_key_enabled=True,
                )
            ],
        )

    def _expire_deleted_objects(self, versioning: S3BucketVersioningA) -> None:
        # Only what the workload itself deleted goes: it decides on retention, and cannot read archived objects.
        S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            bucket=self.bucket_id,
            rule=[
                S3BucketLifecycleConfigurationRule(
                    id=f"expire-deleted-{self.props.contents.split()[-1]}",
                    status="Enabled",
                    filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
                    noncurrent_version_expiration=[
                        S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(noncurrent_days=NONCURRENT_DAYS)
                    ],
                    abort_incomplete_multipart_upload=[
                        S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(days_after_initiation=7)
                    ],
                )
            ],
            depends_on=[versioning],
        )
