"""The S3 bucket of Thanos: encrypted, versioned, private, reached by TLS only, and with nothing that deletes blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
    DataAwsIamPolicyDocumentStatementPrincipals,
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

if TYPE_CHECKING:
    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements

# How long a block that Thanos deleted can be brought back.
NONCURRENT_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class ThanosBucketProps:
    """The cluster that the blocks come from; `bucket_name` is whole, None: made of the cluster and the account."""

    cluster_name: str
    account: Account
    bucket_name: str | None = None


@dataclass(frozen=True, kw_only=True)
class ThanosBucketOutputs:
    """The bucket, and the key that encrypts its objects."""

    bucket_name: str
    bucket_arn: str
    kms_key_arn: str

    def grant_read_write(self) -> Statements:
        """Permit what Thanos components do: https://thanos.io/tip/thanos/storage.md/#s3."""
        return [
            DataAwsIamPolicyDocumentStatement(actions=["s3:ListBucket"], resources=[self.bucket_arn]),
            DataAwsIamPolicyDocumentStatement(
                actions=["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], resources=[f"{self.bucket_arn}/*"]
            ),
            DataAwsIamPolicyDocumentStatement(
                actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[self.kms_key_arn]
            ),
        ]


class ThanosBucket(Construct):
    """A bucket that Terraform does not delete while blocks are in it."""

    def __init__(self, scope: Construct, id_: str, props: ThanosBucketProps) -> None:
        super().__init__(scope, id_)
        key = KmsKey(
            self,
            "key",
            KmsKeyProps(
                alias=f"{props.cluster_name}-thanos",
                description=f"Encrypts Thanos blocks of {props.cluster_name}",
                account=props.account,
            ),
        )
        # Bucket names are global: by the account they differ from everybody else's.
        name = props.bucket_name or bucket_of_account(props.account.account_id, props.cluster_name, "thanos")
        self.bucket = S3Bucket(self, "this", bucket=name)
        self.bucket_id, self.bucket_arn = self.bucket.id, self.bucket.arn
        self._skip_checks()
        self._block_public_access()
        self._encrypt(key.outputs.key_arn)
        self._expire_deleted_blocks(self._version_objects())
        self.outputs = ThanosBucketOutputs(
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
            because="blocks are metrics, not records; replication doubles the cost of the whole long-term storage",
        )
        skip_check(self.bucket, "CKV2_AWS_62", because="Thanos polls the bucket; nothing would receive the events")

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
        document = DataAwsIamPolicyDocument(self, "tls-only-document", statement=[self._refuse_plain_http()])
        # S3 refuses one of two changes that it is asked for at once.
        S3BucketPolicy(self, "tls-only", bucket=self.bucket_id, policy=document.json, depends_on=[block])

    def _refuse_plain_http(self) -> DataAwsIamPolicyDocumentStatement:
        return DataAwsIamPolicyDocumentStatement(
            sid="TlsOnly",
            effect="Deny",
            actions=["s3:*"],
            resources=[self.bucket_arn, f"{self.bucket_arn}/*"],
            principals=[DataAwsIamPolicyDocumentStatementPrincipals(type="*", identifiers=["*"])],
            condition=[
                DataAwsIamPolicyDocumentStatementCondition(
                    test="Bool", variable="aws:SecureTransport", values=["false"]
                )
            ],
        )

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

    def _expire_deleted_blocks(self, versioning: S3BucketVersioningA) -> None:
        # Only what Thanos itself deleted goes: its compactor decides on retention, and it cannot read archived objects.
        S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            bucket=self.bucket_id,
            rule=[
                S3BucketLifecycleConfigurationRule(
                    id="expire-deleted-blocks",
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
