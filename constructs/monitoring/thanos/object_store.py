"""Where Thanos keeps blocks: the configuration of the store, and what gives pods access besides their roles.

https://thanos.io/tip/thanos/storage.md/#s3
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.monitoring.thanos.object_store import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

    from config.monitoring.logins import SecretKeyReference
    from config.monitoring.thanos.object_store import ExistingBucket, ObjectEncryption
    from constructs.aws.account import Account
    from constructs.helm.helm_values import Values

VOLUME = "object-store-files"
FOLDER = "/etc/object-store"
CA_FILE = "ca.crt"
KEY_FILE = "customer.key"


@dataclass(frozen=True, kw_only=True)
class StoreAccess:
    """Variables, volumes and mounts of each pod that reads or writes blocks, as Kubernetes has them."""

    variables: tuple[Values, ...] = ()
    volumes: tuple[Values, ...] = ()
    mounts: tuple[Values, ...] = ()


def aws_store(bucket_name: str, account: Account, encryption: ObjectEncryption | None, kms_key: str | None) -> Values:
    """Return the configuration of a bucket of S3; pods reach it by their roles, so that it has no credentials."""
    return _store(
        {
            "bucket": bucket_name,
            "endpoint": f"s3.{account.region}.{account.dns_suffix}",
            "region": account.region,
            **_encryption(encryption, kms_key),
        }
    )


def own_store(store: ObjectStore) -> Values:
    """Return the configuration of another store; its keys are in the variables of `access_to`."""
    config: Values = {"bucket": store.bucket, "endpoint": store.endpoint}
    if store.region is not None:
        config["region"] = store.region
    if store.insecure:
        config["insecure"] = True
    if store.bucket_lookup != "auto":
        config["bucket_lookup_type"] = store.bucket_lookup
    if store.ca_certificate is not None:
        config["http_config"] = {"tls_config": {"ca_file": f"{FOLDER}/{CA_FILE}"}}
    kms_key = None if store.encryption is None else store.encryption.kms_key_id
    return _store({**config, **_encryption(store.encryption, kms_key)})


def access_to(store: ObjectStore | ExistingBucket | None) -> StoreAccess:
    """Return what pods need to get into a store; a bucket of the environment's own takes their roles only."""
    if store is None:
        return StoreAccess()
    variables: tuple[Values, ...] = ()
    files: dict[str, SecretKeyReference | None] = {}
    if isinstance(store, ObjectStore):
        variables = tuple(_variables(store))
        files[CA_FILE] = store.ca_certificate
    if store.encryption is not None:
        files[KEY_FILE] = store.encryption.customer_key
    sources: list[JsonValue] = [
        {"secret": {"name": reference.secret, "items": [{"key": reference.key, "path": file}]}}
        for file, reference in files.items()
        if reference is not None
    ]
    if not sources:
        return StoreAccess(variables=variables)
    return StoreAccess(
        variables=variables,
        volumes=({"name": VOLUME, "projected": {"sources": sources}},),
        mounts=({"name": VOLUME, "mountPath": FOLDER, "readOnly": True},),
    )


def _store(config: Values) -> Values:
    return {"type": "S3", "config": config}


def _encryption(encryption: ObjectEncryption | None, kms_key: str | None) -> Values:
    if encryption is None:
        return {}
    config: Values = {"type": encryption.type}
    if encryption.type == "SSE-KMS":
        config["kms_key_id"] = kms_key
        if encryption.kms_context:
            config["kms_encryption_context"] = {**encryption.kms_context}
    if encryption.customer_key is not None:
        config["encryption_key"] = f"{FOLDER}/{KEY_FILE}"
    return {"sse_config": config}


def _variables(store: ObjectStore) -> Iterator[Values]:
    """Yield the keys as the client looks for them where the configuration has none."""
    for name, reference in (("AWS_ACCESS_KEY_ID", store.access_key), ("AWS_SECRET_ACCESS_KEY", store.secret_key)):
        yield {"name": name, "valueFrom": {"secretKeyRef": {"name": reference.secret, "key": reference.key}}}
