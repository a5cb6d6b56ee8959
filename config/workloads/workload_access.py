"""Settings of what a workload may do in AWS: each entry names one resource, and how it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from config.core.secret_references import SecretsManagerId
from config.core.settings import Problem, Settings
from config.core.types import KmsKeyArn, find_duplicates, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_OWN = "of the environment's own account and region by name, or any by ARN"
_ARN = r"arn:aws[a-z-]*:{service}:[a-z0-9-]+:\d{{12}}:"

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BucketName = Annotated[
    str, *text(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "the name of an S3 bucket (3 to 63 lower-case letters, digits, .-)")
]
# Characters that a policy would take for a pattern or a variable are left out.
ObjectPrefix = Annotated[
    str, *text(r"[\w!.'()/=@+-]+", "a prefix of object keys (letters, digits, _!.'()/=@+-)", max_length=512)
]
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
QueueId = Annotated[
    str, *text(rf"(?:{_ARN.format(service='sqs')})?[\w-]{{1,80}}(?:\.fifo)?", "the name or ARN of an SQS queue")
]
# https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
TopicId = Annotated[
    str, *text(rf"(?:{_ARN.format(service='sns')})?[\w-]{{1,256}}(?:\.fifo)?", "the name or ARN of an SNS topic")
]
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
TableId = Annotated[
    str, *text(rf"(?:{_ARN.format(service='dynamodb')}table/)?[\w.-]{{3,255}}", "the name or ARN of a DynamoDB table")
]
Access = Literal["read", "write", "read-write"]
_KEY = "Customer-managed KMS key that encrypts it. Default: none, or the AWS-managed key."


class S3Access(Settings):
    """Objects of a bucket."""

    bucket: BucketName = Field(description="Name of the bucket, in any account.")
    access: Access = Field(description="`read` lists and gets, `write` puts and deletes, `read-write` does both.")
    prefix: ObjectPrefix | None = Field(
        default=None, description="What the keys of the objects start with, e.g. uploads/. Default: the whole bucket."
    )
    kms_key_arn: KmsKeyArn | None = Field(default=None, description=_KEY)


class SqsAccess(Settings):
    """Messages of a queue."""

    queue: QueueId = Field(description=f"The queue: {_OWN}.")
    access: Literal["send", "receive", "send-receive"] = Field(
        description="`send` puts messages in, `receive` takes them out and deletes them, `send-receive` does both."
    )
    kms_key_arn: KmsKeyArn | None = Field(default=None, description=_KEY)


class SnsAccess(Settings):
    """Publishing to a topic."""

    topic: TopicId = Field(description=f"The topic: {_OWN}.")
    kms_key_arn: KmsKeyArn | None = Field(default=None, description=_KEY)


class DynamodbAccess(Settings):
    """Items of a table and its indexes."""

    table: TableId = Field(description=f"The table: {_OWN}.")
    access: Access = Field(
        description="`read` gets, queries and scans, `write` puts, updates and deletes, `read-write` does both."
    )
    kms_key_arn: KmsKeyArn | None = Field(default=None, description=_KEY)


class SecretsManagerAccess(Settings):
    """Reading a secret."""

    secret: SecretsManagerId = Field(description=f"The secret: {_OWN}.")
    kms_key_arn: KmsKeyArn | None = Field(default=None, description=_KEY)


class AwsAccess(Settings):
    """What the workload may do in AWS, by an IAM role of its own that can do nothing else."""

    s3: tuple[S3Access, ...] = Field(default=(), description="Buckets. Default: none.")
    sqs: tuple[SqsAccess, ...] = Field(default=(), description="Queues. Default: none.")
    sns: tuple[SnsAccess, ...] = Field(default=(), description="Topics. Default: none.")
    dynamodb: tuple[DynamodbAccess, ...] = Field(default=(), description="Tables. Default: none.")
    secrets_manager: tuple[SecretsManagerAccess, ...] = Field(
        default=(), description="Secrets that the workload reads itself. Default: none."
    )

    @property
    def is_needed(self) -> bool:
        """Whether the workload does anything in AWS."""
        return bool(self.s3 or self.sqs or self.sns or self.dynamodb or self.secrets_manager)

    def problems(self) -> Iterator[Problem]:
        """Yield what is listed twice: two accesses to one resource are easily misread."""
        named: dict[str, list[str]] = {
            "s3": [f"{entry.bucket}/{entry.prefix or ''}" for entry in self.s3],
            "sqs": [entry.queue for entry in self.sqs],
            "sns": [entry.topic for entry in self.sns],
            "dynamodb": [entry.table for entry in self.dynamodb],
            "secrets_manager": [entry.secret for entry in self.secrets_manager],
        }
        for service, names in named.items():
            for position in find_duplicates(names):
                yield Problem((service, position), f"{names[position]} is listed twice; give one entry all it needs")
