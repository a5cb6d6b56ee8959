"""Settings of where Thanos keeps blocks: a bucket of S3 that exists, or of another store that speaks S3.

https://thanos.io/tip/thanos/storage.md/#s3
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from config.backend import BucketName
from config.core.settings import Problem, Settings
from config.core.types import KmsKeyArn, text
from config.monitoring.logins import SecretKeyReference

if TYPE_CHECKING:
    from collections.abc import Iterator

Endpoint = Annotated[
    str,
    *text(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?", "a host with an optional port, without https://"),
]
StoreRegion = Annotated[str, *text(r"[A-Za-z0-9][A-Za-z0-9-]*", "a region like us-east-1", max_length=63)]

KmsText = Annotated[str, *text(r"[\w:/.,=@+-]+", "text of letters, digits and _ : / . , = @ + -", max_length=2048)]


class ObjectEncryption(Settings):
    """How the store is asked to encrypt each object that is written; it decrypts what it returns.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
    """

    type: Literal["SSE-S3", "SSE-KMS", "SSE-C"] = Field(
        description="SSE-S3: by the store's own key, SSE-KMS: by a key of its KMS, SSE-C: by a key that each request "
        "has with it."
    )
    kms_key_id: KmsText | None = Field(
        default=None, description="Id of the key, for SSE-KMS in a store of your own. Default: unset."
    )
    kms_context: dict[KmsText, KmsText] = Field(
        default={}, description="Encryption context of SSE-KMS, which the key's policy can ask for. Default: none."
    )
    customer_key: SecretKeyReference | None = Field(
        default=None,
        description="The key of SSE-C, 32 bytes; without it no block can be read any more. Default: unset.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield what goes with another type, and the key that SSE-C lacks."""
        for field, kind in (("kms_key_id", "SSE-KMS"), ("kms_context", "SSE-KMS"), ("customer_key", "SSE-C")):
            if getattr(self, field) and self.type != kind:
                yield Problem((field,), f"goes with type {kind}")
        if self.type == "SSE-C" and self.customer_key is None:
            yield Problem(("customer_key",), "is needed for type SSE-C")


class ExistingBucket(Settings):
    """An S3 bucket that exists, in the environment's region; a bucket of another account has to admit the roles."""

    name: BucketName = Field(description="Name of the bucket.")
    kms_key_arn: KmsKeyArn | None = Field(
        default=None, description="Customer-managed KMS key of its objects. Default: none, encryption by S3 itself."
    )
    encryption: ObjectEncryption | None = Field(
        default=None,
        description="What is asked for with each object, for a bucket whose policy refuses others. SSE-KMS takes "
        "kms_key_arn. Default: the bucket's own encryption.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield a key of SSE-KMS that the roles could not use."""
        if self.encryption is None or self.encryption.type != "SSE-KMS":
            return
        if self.encryption.kms_key_id is not None:
            yield Problem(("encryption", "kms_key_id"), "is kms_key_arn of the bucket; remove it")
        if self.kms_key_arn is None:
            yield Problem(("kms_key_arn",), "is needed for encryption of type SSE-KMS")


class ObjectStore(Settings):
    """A bucket of MinIO, Ceph or another store that speaks S3, which exists; no AWS is needed."""

    bucket: BucketName = Field(description="Name of the bucket.")
    endpoint: Endpoint = Field(description="Host of the store and its port, e.g. minio.storage.svc:9000.")
    region: StoreRegion | None = Field(
        default=None, description="Region of the bucket, where the store has any. Default: what the store says."
    )
    insecure: bool = Field(default=False, description="Speak HTTP without TLS. Default: false.")
    ca_certificate: SecretKeyReference | None = Field(
        default=None,
        description="Certificate of the authority that signed the store's, in PEM. Default: public authorities.",
    )
    access_key: SecretKeyReference = Field(description="Where the access key is kept.")
    secret_key: SecretKeyReference = Field(description="Where the secret key is kept.")
    bucket_lookup: Literal["auto", "path", "virtual-hosted"] = Field(
        default="auto",
        description="Where a request names the bucket: in the path, or in the host; auto: in the host for AWS, Google "
        "and Alibaba, in the path for others. Default: auto.",
    )
    encryption: ObjectEncryption | None = Field(
        default=None, description="What is asked for with each object. Default: the store's own encryption."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield what TLS has and HTTP has not, and SSE-KMS without a key."""
        if self.insecure and self.ca_certificate is not None:
            yield Problem(("ca_certificate",), "has no effect while insecure is true")
        if self.encryption is None:
            return
        if self.insecure and self.encryption.type == "SSE-C":
            yield Problem(("encryption", "type"), "SSE-C sends its key with each request, and needs TLS")
        if self.encryption.type == "SSE-KMS" and self.encryption.kms_key_id is None:
            yield Problem(("encryption", "kms_key_id"), "is needed for type SSE-KMS")
