"""The object store configuration of Thanos, as a Kubernetes secret without credentials: IRSA gives those."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_kubernetes.secret_v1 import SecretV1, SecretV1Metadata

from config.core.files.json_text import json_for_yaml
from constructs import Construct

if TYPE_CHECKING:
    from cdktf import ITerraformDependable

    from constructs.aws.account import Account

OBJECT_STORE_KEY = "objstore.yml"


@dataclass(frozen=True, kw_only=True)
class ThanosSecretProps:
    """Where the secret goes, and the bucket that it names."""

    namespace: str
    bucket_name: str
    account: Account


@dataclass(frozen=True, kw_only=True)
class ThanosSecretOutputs:
    """Name of the secret, and the secret, for what must wait for it."""

    name: str
    secret: ITerraformDependable


class ThanosSecret(Construct):
    """`thanos-objstore`, in the format of https://thanos.io/tip/thanos/storage.md/#s3 (JSON is YAML)."""

    def __init__(self, scope: Construct, id_: str, props: ThanosSecretProps) -> None:
        super().__init__(scope, id_)
        account = props.account
        config = {
            "type": "S3",
            "config": {
                "bucket": props.bucket_name,
                "endpoint": f"s3.{account.region}.{account.dns_suffix}",
                "region": account.region,
            },
        }
        name = "thanos-objstore"
        secret = SecretV1(
            self,
            "this",
            metadata=SecretV1Metadata(name=name, namespace=props.namespace),
            data={OBJECT_STORE_KEY: json_for_yaml(config)},
        )
        self.outputs = ThanosSecretOutputs(name=name, secret=secret)
