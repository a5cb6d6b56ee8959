"""Query, store gateway and compactor: what each may do, what the chart is given, and which settings are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from config import versions
from config.core.resources import Placement, Toleration
from config.monitoring.discovery import MonitorLabel
from config.monitoring.thanos.thanos import ThanosRetention, ThanosSettings
from constructs.aws.account import Account
from constructs.aws.irsa_role import OidcIssuer
from constructs.aws.private_bucket import PrivateBucket, PrivateBucketProps
from constructs.monitoring.thanos.object_store import StoreAccess, aws_store
from constructs.monitoring.thanos.thanos_query import thanos_data_source
from constructs.monitoring.thanos.thanos_read_path import BucketRoles, ThanosReadPath, ThanosReadPathProps
from constructs.monitoring.thanos.thanos_secret import ThanosSecret, ThanosSecretProps
from tests.monitoring.companions import release, synthesize_companion, values

if TYPE_CHECKING:
    from pathlib import Path

    from cdktf import TerraformStack

    from constructs.monitoring.companion_release import CompanionContext
    from tests.synthesis import Stack

# As long as names of an environment and of its cluster can be: 16 and 30 characters, and a dash.
CLUSTER = "e" * 16 + "-" + "c" * 30
ISSUER = '${trimprefix("https://oidc.example.com/id/A", "https://")}'
PROVIDER_ARN = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/A"


def synthesize(outdir: Path, settings: dict[str, Any] | None = None, **context: Any) -> Stack:
    def build(stack: TerraformStack, companion: CompanionContext) -> None:
        account = Account(stack, "account", region="us-east-2", partition="aws")
        bucket = PrivateBucket(stack, "bucket", bucket_props(account)).outputs
        ThanosReadPath(
            stack,
            "read-path",
            ThanosReadPathProps(
                roles=BucketRoles(
                    cluster_name=CLUSTER,
                    oidc_issuer=OidcIssuer(url="https://oidc.example.com/id/A", provider_arn=PROVIDER_ARN),
                    bucket=bucket,
                ),
                secret=ThanosSecret(
                    stack,
                    "secret",
                    ThanosSecretProps(
                        namespace=companion.namespace, config=aws_store(bucket.bucket_name, account, None, None)
                    ),
                ).outputs,
                access=StoreAccess(),
                storage_class_name="gp3",
                settings=ThanosSettings.model_validate({"enabled": True, **(settings or {})}),
                context=companion,
            ),
        )

    return synthesize_companion(build, outdir, **context)


def bucket_props(account: Account) -> PrivateBucketProps:
    return PrivateBucketProps(
        cluster_name=CLUSTER,
        account=account,
        purpose="thanos",
        contents="Thanos blocks",
        bucket_name=None,
        not_replicated_because="of the test",
        without_events_because="of the test",
    )


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The read path with nothing but its defaults."""
    return synthesize(tmp_path_factory.mktemp("default"))


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The read path with everything set."""
    return synthesize(
        tmp_path_factory.mktemp("varied"),
        {
            "chart_version": "0.38.1",
            "chart_repository": "oci://registry.example.com/charts",
            "query": {"replicas": 2, "resources": {"limits": {"memory": "3Gi"}}},
            "store_gateway": {"replicas": 3, "volume_gib": 50, "resources": {"requests": {"cpu": "1"}}},
            "compactor": {
                "volume_gib": 200,
                "retention": {"resolution_raw": "40h", "resolution_5m": "10d", "resolution_1h": "0d"},
                "resources": {"limits": {"memory": "8Gi"}},
            },
        },
        namespace="observability",
        stack_release_name="metrics",
        labels={},
        monitor_label=MonitorLabel(key="release", value="metrics"),
        image_registry="registry.example.com/quay",
        image_pull_secrets=("pull",),
        placement=Placement(
            node_selector={"role": "monitoring"}, tolerations=(Toleration(key="dedicated", value="monitoring"),)
        ),
        timeout_seconds=120,
    )


def role_by_component(stack: Stack, component: str) -> dict[str, Any]:
    (found,) = (
        role for role in stack.resources("aws_iam_role").values() if role["name"] == f"{CLUSTER}-thanos-{component}"
    )
    return found


def arn(stack: Stack, type_: str) -> str:
    """Return the reference to the ARN of the only resource of a type."""
    (id_,) = stack.resources(type_)
    return f"${{{type_}.{id_}.arn}}"


def statements(stack: Stack, component: str) -> list[dict[str, Any]]:
    """Return what the policies of a component's role permit."""
    (policy,) = (
        policy
        for id_, policy in stack.resources("aws_iam_role_policy").items()
        if id_.startswith(f"read-path_{component}-role")
    )
    found: list[dict[str, Any]] = stack.policy_document(policy["policy"])["statement"]
    return found


class TestIdentity:
    """Each component runs as a service account of its own, and may do what it needs."""

    def test_the_store_gateway_only_reads(self, default: Stack) -> None:
        bucket, key = arn(default, "aws_s3_bucket"), arn(default, "aws_kms_key")
        assert statements(default, "store") == [
            {"actions": ["s3:ListBucket"], "resources": [bucket]},
            {"actions": ["s3:GetObject"], "resources": [f"{bucket}/*"]},
            {"actions": ["kms:Decrypt"], "resources": [key]},
        ]

    def test_the_compactor_reads_writes_and_deletes(self, default: Stack) -> None:
        bucket, key = arn(default, "aws_s3_bucket"), arn(default, "aws_kms_key")
        assert statements(default, "compactor") == [
            {"actions": ["s3:ListBucket"], "resources": [bucket]},
            {"actions": ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], "resources": [f"{bucket}/*"]},
            {"actions": ["kms:Decrypt", "kms:GenerateDataKey"], "resources": [key]},
        ]

    def test_query_has_no_role(self, default: Stack) -> None:
        names = {role["name"] for role in default.resources("aws_iam_role").values()}
        assert names == {f"{CLUSTER}-thanos-store", f"{CLUSTER}-thanos-compactor"}
        assert values(default, "thanos")["query"]["serviceAccount"]["annotations"] == {}

    @pytest.mark.parametrize(("component", "key"), [("store", "storegateway"), ("compactor", "compactor")])
    def test_a_role_trusts_the_service_account_that_the_chart_makes(
        self, component: str, key: str, default: Stack, varied: Stack
    ) -> None:
        for stack, namespace in ((default, "monitoring"), (varied, "observability")):
            account = values(stack, "thanos")[key]["serviceAccount"]
            role = role_by_component(stack, component)
            (trust,) = stack.policy_document(role["assume_role_policy"])["statement"]
            (id_,) = (id_ for id_, body in stack.resources("aws_iam_role").items() if body == role)
            assert account == {
                "create": True,
                "name": f"thanos-{key}",
                "annotations": {"eks.amazonaws.com/role-arn": f"${{aws_iam_role.{id_}.arn}}"},
            }
            assert trust == {
                "actions": ["sts:AssumeRoleWithWebIdentity"],
                "principals": [{"type": "Federated", "identifiers": [PROVIDER_ARN]}],
                "condition": [
                    {
                        "test": "StringEquals",
                        "variable": f"{ISSUER}:sub",
                        "values": [f"system:serviceaccount:{namespace}:thanos-{key}"],
                    },
                    {"test": "StringEquals", "variable": f"{ISSUER}:aud", "values": ["sts.amazonaws.com"]},
                ],
            }

    def test_nothing_shares_a_service_account_or_mounts_its_token(self, default: Stack) -> None:
        account = values(default, "thanos")["global"]["serviceAccount"]
        assert account == {"create": False, "automountServiceAccountToken": False}

    def test_role_names_fit_the_longest_cluster_name(self, default: Stack) -> None:
        assert len(CLUSTER) == 47
        assert max(len(role["name"]) for role in default.resources("aws_iam_role").values()) <= 64


class TestRelease:
    """The release, and what it waits for."""

    def test_default(self, default: Stack) -> None:
        body = release(default, "thanos")
        assert (body["chart"], body["repository"], body["version"], body["timeout"]) == (
            "thanos",
            "oci://ghcr.io/thanos-community/helm-charts",
            versions.THANOS.version,
            900,
        )
        assert (body["wait"], body["upgrade_install"]) == (True, True)

    def test_override(self, varied: Stack) -> None:
        body = release(varied, "thanos")
        assert (body["repository"], body["version"], body["timeout"]) == (
            "oci://registry.example.com/charts",
            "0.38.1",
            120,
        )

    def test_it_waits_for_the_crds_the_secret_and_the_policies(self, default: Stack) -> None:
        types = [address.split(".")[0] for address in release(default, "thanos")["depends_on"]]
        assert types == ["helm_release", "kubernetes_secret_v1", "aws_iam_role_policy", "aws_iam_role_policy"]


class TestValues:
    """Keys of the pinned chart."""

    def test_components_are_those_of_the_read_path(self, default: Stack) -> None:
        given = values(default, "thanos")
        components = ("bucket", "compactor", "query", "queryFrontend", "receive", "ruler", "storegateway")
        assert {name for name in components if given[name]["enabled"]} == {"compactor", "query", "storegateway"}

    def test_the_secret_is_the_one_that_terraform_makes(self, default: Stack) -> None:
        secret = default.resource("kubernetes_secret_v1")
        assert values(default, "thanos")["global"]["objstore"] == {
            "createSecret": False,
            "secretName": secret["metadata"]["name"],
            "secretKey": next(iter(secret["data"])),
        }

    @pytest.mark.parametrize("which", ["default", "varied"])
    def test_query_finds_the_sidecars_and_merges_replicas(self, which: str, request: pytest.FixtureRequest) -> None:
        service = {
            "default": "kube-prometheus-stack-thanos-discovery.monitoring",
            "varied": "metrics-thanos-discovery.observability",
        }[which]
        query = values(request.getfixturevalue(which), "thanos")["query"]
        assert query["endpoints"] == {"static": [f"dnssrv+_grpc._tcp.{service}.svc.cluster.local"]}
        assert query["replicaLabels"] == ["prometheus_replica"]
        assert query["extraArgs"] == ["--query.auto-downsampling"]

    def test_monitors_and_rules_carry_the_label(self, default: Stack, varied: Stack) -> None:
        for stack, label in ((default, {"prometheus": "main"}), (varied, {"release": "metrics"})):
            shared = values(stack, "thanos")["global"]
            assert shared["serviceMonitor"] == {"enabled": True, "labels": label}
            assert shared["thanosRules"]["labels"] == label

    def test_alerts_that_own_rules_have_are_off(self, default: Stack) -> None:
        assert values(default, "thanos")["global"]["thanosRules"]["disabledAlerts"] == [
            "ThanosCompactBucketHighOperationFailures",
            "ThanosCompactHalted",
            "ThanosCompactHasNotRun",
            "ThanosStoreBucketHighOperationFailures",
        ]

    def test_volumes(self, default: Stack, varied: Stack) -> None:
        for stack, store, compactor in ((default, "10Gi", "20Gi"), (varied, "50Gi", "200Gi")):
            given = values(stack, "thanos")
            assert given["global"]["storageClass"] == "gp3"
            assert given["storegateway"]["persistence"] == {"enabled": True, "size": store}
            assert given["compactor"]["persistence"] == {"enabled": True, "size": compactor}

    def test_labels_stay_out_of_the_volume_claim_templates(self, default: Stack) -> None:
        given = values(default, "thanos")
        assert "commonLabels" not in given["global"], "a changed tag would be refused by the StatefulSets"
        for component in ("query", "storegateway", "compactor"):
            assert given[component]["labels"] == given[component]["podLabels"] == {"project": "gd9"}

    def test_retention(self, default: Stack, varied: Stack) -> None:
        assert values(default, "thanos")["compactor"]["retention"] == {
            "resolutionRaw": "30d",
            "resolution5m": "90d",
            "resolution1h": "365d",
        }
        assert values(varied, "thanos")["compactor"]["retention"] == {
            "resolutionRaw": "40h",
            "resolution5m": "10d",
            "resolution1h": "0d",
        }

    def test_resources(self, default: Stack, varied: Stack) -> None:
        given = values(default, "thanos")
        assert given["query"]["resources"] == {
            "requests": {"cpu": "100m", "memory": "256Mi"},
            "limits": {"memory": "1Gi"},
        }
        assert (
            given["storegateway"]["resources"]
            == given["compactor"]["resources"]
            == {
                "requests": {"cpu": "100m", "memory": "512Mi"},
                "limits": {"memory": "2Gi"},
            }
        )
        given = values(varied, "thanos")
        assert given["query"]["resources"] == {"requests": {}, "limits": {"memory": "3Gi"}}
        assert given["storegateway"]["resources"] == {"requests": {"cpu": "1"}, "limits": {}}
        assert given["compactor"]["resources"] == {"requests": {}, "limits": {"memory": "8Gi"}}

    def test_one_replica_has_no_disruption_budget(self, default: Stack) -> None:
        given = values(default, "thanos")
        for component in ("query", "storegateway"):
            assert given[component]["replicaCount"] == 1
            assert "pdb" not in given[component]

    def test_replicas_are_spread_and_drained_one_at_a_time(self, varied: Stack) -> None:
        given = values(varied, "thanos")
        for component, replicas in (("query", 2), ("storegateway", 3)):
            assert given[component]["replicaCount"] == replicas
            assert given[component]["pdb"] == {"enabled": True, "maxUnavailable": 1}
            assert given[component]["topologySpreadConstraints"] == [
                {
                    "maxSkew": 1,
                    "topologyKey": "topology.kubernetes.io/zone",
                    "whenUnsatisfiable": "ScheduleAnyway",
                    "labelSelector": {
                        "matchLabels": {
                            "app.kubernetes.io/component": component,
                            "app.kubernetes.io/instance": "thanos",
                        }
                    },
                }
            ]
        assert given["compactor"]["replicaCount"] == 1, "two compactors corrupt the bucket"

    def test_pods_are_restricted(self, default: Stack) -> None:
        given = values(default, "thanos")
        assert given["global"]["containerSecurityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
        }
        for component in ("query", "storegateway", "compactor"):
            context = given[component]["podSecurityContext"]
            assert context["runAsNonRoot"] is True
            assert context["runAsUser"] == context["runAsGroup"] == context["fsGroup"] == 1001
            assert context["seccompProfile"] == {"type": "RuntimeDefault"}

    def test_images_are_their_own_by_default(self, default: Stack) -> None:
        shared = values(default, "thanos")["global"]
        assert "image" not in shared
        assert shared["imagePullSecrets"] == []
        assert not {"nodeSelector", "tolerations"} & set(shared)

    def test_images_and_nodes_of_the_environment(self, varied: Stack) -> None:
        shared = values(varied, "thanos")["global"]
        assert shared["image"] == {"registry": "registry.example.com/quay"}
        assert shared["imagePullSecrets"] == [{"name": "pull"}]
        assert shared["nodeSelector"] == {"role": "monitoring"}
        assert shared["tolerations"] == [{"key": "dedicated", "operator": "Equal", "value": "monitoring"}]


def test_the_data_source_asks_query(default: Stack) -> None:
    port = values(default, "thanos")["query"]["service"]["httpPort"]
    assert thanos_data_source("monitoring") == {
        "name": "Thanos",
        "uid": "thanos",
        "type": "prometheus",
        "access": "proxy",
        "url": f"http://thanos-query.monitoring:{port}",
        "jsonData": {"httpMethod": "POST", "prometheusType": "Thanos"},
    }


class TestSettings:
    """What the compactor would refuse or do wrong."""

    @pytest.mark.parametrize(
        ("retention", "message"),
        [
            (
                {"resolution_raw": "1d"},
                "resolution_raw: 1d is less than 40h, the age at which blocks are downsampled; give at least 40h",
            ),
            (
                {"resolution_raw": "2d", "resolution_5m": "239h"},
                "resolution_5m: 239h is less than 10d, the age at which blocks are downsampled; give at least 10d",
            ),
            (
                {"resolution_raw": "91d"},
                "resolution_5m: 90d is less than resolution_raw 91d; give at least as much, or 0d to keep them forever",
            ),
            (
                {"resolution_5m": "0d"},
                "resolution_1h: 365d is less than resolution_5m 0d; give at least as much, or 0d to keep them forever",
            ),
        ],
    )
    def test_fails_on_a_retention(self, retention: dict[str, str], message: str) -> None:
        with pytest.raises(ValidationError) as raised:
            ThanosRetention.model_validate(retention)
        assert message in str(raised.value)
        assert raised.value.error_count() == 1

    @pytest.mark.parametrize(
        "retention",
        [
            {"resolution_raw": "40h", "resolution_5m": "10d", "resolution_1h": "10d"},
            {"resolution_1h": "0s"},
            {"resolution_raw": "0d", "resolution_5m": "0d", "resolution_1h": "0d"},
        ],
    )
    def test_retention_at_its_limits(self, retention: dict[str, str]) -> None:
        assert ThanosRetention.model_validate(retention).model_dump(exclude_unset=True) == retention

    def test_fails_on_a_read_path_without_a_bucket(self) -> None:
        with pytest.raises(ValidationError, match="read_path: needs the bucket: set enabled to true"):
            ThanosSettings(read_path=True)

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({}, False),
            ({"enabled": True}, True),
            ({"enabled": True, "read_path": False}, False),
            ({"read_path": False}, False),
        ],
    )
    def test_the_read_path_comes_with_the_bucket(self, given: dict[str, bool], expected: bool) -> None:  # noqa: FBT001
        assert ThanosSettings.model_validate(given).has_read_path is expected

    @pytest.mark.parametrize("replicas", [0, 11])
    def test_fails_on_replicas(self, replicas: int) -> None:
        for component in ("query", "store_gateway"):
            with pytest.raises(ValidationError, match=f"{component}.replicas"):
                ThanosSettings.model_validate({component: {"replicas": replicas}})
