"""Thanos on a bucket of MinIO and the like, and what is asked for with each object: configuration, keys and files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from operations.kubernetes.needed_secrets import needed_secrets
from tests.core.project import environment_text
from tests.environments import DATA, read_environment

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.core.project import Project
    from tests.synthesis import Stack, Synthesized

MINIO = {
    "bucket": "blocks",
    "endpoint": "minio.storage.svc:9000",
    "access_key": {"secret": "minio", "key": "user"},
    "secret_key": {"secret": "minio", "key": "password"},
}
KEYS = [
    {"name": "AWS_ACCESS_KEY_ID", "valueFrom": {"secretKeyRef": {"name": "minio", "key": "user"}}},
    {"name": "AWS_SECRET_ACCESS_KEY", "valueFrom": {"secretKeyRef": {"name": "minio", "key": "password"}}},
]
MOUNT = {"name": "object-store-files", "mountPath": "/etc/object-store", "readOnly": True}


def store_of(stack: Stack) -> dict[str, Any]:
    """Return the configuration that the secret holds."""
    (text,) = (
        one["data"]["objstore.yml"]
        for one in stack.resources("kubernetes_secret_v1").values()
        if "objstore.yml" in one["data"]
    )
    store: dict[str, Any] = json.loads(text)
    return store


def test_a_store_needs_no_aws(everything: Synthesized) -> None:
    stack = everything["outside-kube-prom-stack"]
    assert not [type_ for type_, _, _ in stack.all_resources() if type_.startswith("aws_")]
    assert store_of(stack) == {
        "type": "S3",
        "config": {
            "bucket": "blocks",
            "endpoint": "minio.storage.svc:9000",
            "region": "home",
            "bucket_lookup_type": "path",
            "http_config": {"tls_config": {"ca_file": "/etc/object-store/ca.crt"}},
            "sse_config": {
                "type": "SSE-KMS",
                "kms_key_id": "blocks",
                "kms_encryption_context": {"cluster": "outside"},
            },
        },
    }


def test_the_least_of_a_store(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    thanos = {"enabled": True, "object_store": {**MINIO, "insecure": True}}
    stack = synthesize_one(vary({"kube_prom_stack.thanos": thanos}))["dev-kube-prom-stack"]
    assert store_of(stack)["config"] == {"bucket": "blocks", "endpoint": "minio.storage.svc:9000", "insecure": True}
    assert stack.resources("aws_s3_bucket") == {}
    assert stack.resources("aws_iam_role") == {}
    spec = stack.values()["prometheus"]["prometheusSpec"]
    assert spec["containers"] == [{"name": "thanos-sidecar", "env": KEYS}]
    assert "volumes" not in spec
    for component in ("storegateway", "compactor"):
        values = stack.values("thanos")[component]
        assert values["extraEnv"] == KEYS
        assert values["serviceAccount"] == {"create": True, "name": f"thanos-{component}", "annotations": {}}
        assert "extraVolumes" not in values
    assert "extraEnv" not in stack.values("thanos")["query"], "query reads no bucket"


def test_every_pod_that_reads_the_bucket_has_its_files(everything: Synthesized) -> None:
    stack = everything["outside-kube-prom-stack"]
    sources = [{"secret": {"name": "minio-ca", "items": [{"key": "ca.crt", "path": "ca.crt"}]}}]
    volume = {"name": "object-store-files", "projected": {"sources": sources}}
    spec = stack.values()["prometheus"]["prometheusSpec"]
    assert (spec["volumes"], spec["thanos"]["volumeMounts"]) == ([volume], [MOUNT])
    ruler = stack.values()["thanosRuler"]["thanosRulerSpec"]
    assert (ruler["volumes"], ruler["volumeMounts"]) == ([volume], [MOUNT])
    assert [one["name"] for one in ruler["extraEnv"]] == ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    for component in ("storegateway", "compactor"):
        values = stack.values("thanos")[component]
        assert (values["extraVolumes"], values["extraVolumeMounts"]) == ([volume], [MOUNT])


def test_encryption_of_a_bucket_of_aws(everything: Synthesized, vary: Vary, synthesize_one: SynthesizeOne) -> None:
    stack = everything["existing-kube-prom-stack"]
    assert store_of(stack)["config"]["sse_config"] == {
        "type": "SSE-C",
        "encryption_key": "/etc/object-store/customer.key",
    }
    assert "containers" not in stack.values()["prometheus"]["prometheusSpec"], "its role is its login"
    key = "arn:aws:kms:us-east-2:123456789012:key/0a1b2c3d"
    bucket = {"name": "all-blocks", "kms_key_arn": key, "encryption": {"type": "SSE-KMS"}}
    thanos = {"enabled": True, "existing_bucket": bucket}
    stack = synthesize_one(vary({"kube_prom_stack.thanos": thanos}))["dev-kube-prom-stack"]
    assert store_of(stack)["config"]["sse_config"] == {"type": "SSE-KMS", "kms_key_id": key}


def test_check_cluster_asks_for_the_secrets() -> None:
    needed = needed_secrets(read_environment(DATA / "outside.yaml"))
    assert (needed["minio"], needed["minio-ca"]) == (["access-key", "secret-key"], ["ca.crt"])


CUSTOMER_KEY = "encryption: {type: SSE-C, customer_key: {secret: m, key: c}}"
STORE = "bucket: blocks, endpoint: minio:9000, access_key: {secret: m, key: a}, secret_key: {secret: m, key: b}"


@pytest.mark.parametrize(
    ("thanos", "problem"),
    [
        (f"object_store: {{{STORE}}}", "object_store: has no effect while enabled is false"),
        (f"enabled: true, bucket_name: a-b-c, object_store: {{{STORE}}}", "bucket_name: is for S3 of AWS"),
        (
            f"enabled: true, existing_bucket: {{name: blocks}}, object_store: {{{STORE}}}",
            "existing_bucket: is for S3 of AWS",
        ),
        (
            f"enabled: true, object_store: {{{STORE}, insecure: true, ca_certificate: {{secret: m, key: c}}}}",
            "object_store.ca_certificate: has no effect while insecure is true",
        ),
        (
            f"enabled: true, object_store: {{{STORE}, encryption: {{type: SSE-KMS}}}}",
            "object_store.encryption.kms_key_id: is needed for type SSE-KMS",
        ),
        (
            f"enabled: true, object_store: {{{STORE}, encryption: {{type: SSE-C}}}}",
            "object_store.encryption.customer_key: is needed for type SSE-C",
        ),
        (
            f"enabled: true, object_store: {{{STORE}, encryption: {{type: SSE-S3, kms_key_id: a}}}}",
            "object_store.encryption.kms_key_id: goes with type SSE-KMS",
        ),
        (
            f"enabled: true, object_store: {{{STORE}, insecure: true, {CUSTOMER_KEY}}}",
            "object_store.encryption.type: SSE-C sends its key with each request, and needs TLS",
        ),
        (
            "enabled: true, existing_bucket: {name: blocks, encryption: {type: SSE-KMS}}",
            "existing_bucket.kms_key_arn: is needed for encryption of type SSE-KMS",
        ),
        (
            f"enabled: true, object_store: {{{STORE.replace('minio:9000', 'https://minio:9000')}}}",
            "object_store.endpoint: ",
        ),
    ],
)
def test_problem(thanos: str, problem: str, project: Project) -> None:
    found = project.problems_of(environment_text(kube_prom_stack=f"thanos: {{{thanos}}}"))
    assert any(f": kube_prom_stack.thanos.{problem}" in one for one in found), found
