"""The object store configuration of Thanos, as a Kubernetes secret without credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_kubernetes.secret_v1 import SecretV1, SecretV1Metadata

from config.core.files.json_text import json_for_yaml
from constructs import Construct

if TYPE_CHECKING:
    from cdktf import ITerraformDependable

    from constructs.helm.helm_values import Values

OBJECT_STORE_KEY = "objstore.yml"


@dataclass(frozen=True, kw_only=True)
class ThanosSecretProps:
    """Where the secret goes, and the configuration of the store."""

    namespace: str
    config: Values


@dataclass(frozen=True, kw_only=True)
class ThanosSecretOutputs:
    """Name of the secret, and the secret, for what must wait for it."""

    name: str
    secret: ITerraformDependable


class ThanosSecret(Construct):
    """`thanos-objstore`; JSON is YAML."""

    def __init__(self, scope: Construct, id_: str, props: ThanosSecretProps) -> None:
        super().__init__(scope, id_)
        name = "thanos-objstore"
        secret = SecretV1(
            self,
            "this",
            metadata=SecretV1Metadata(name=name, namespace=props.namespace),
            data={OBJECT_STORE_KEY: json_for_yaml(props.config)},
        )
        self.outputs = ThanosSecretOutputs(name=name, secret=secret)
