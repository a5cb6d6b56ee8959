"""What the judge of plans says of each kind of change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from operations.judging.judge import HARMLESS, RULES, judge, worst
from operations.judging.planned import Object, first_plan, objects_of, objects_of_state
from operations.judging.rules.data import LOST
from operations.judging.verdict import Effect, Verdict
from tests.operations.plans import RELEASE, VOLUME, change, plan

if TYPE_CHECKING:
    from tests.synthesis import Synthesized

CLUSTER = "aws_eks_cluster.this"
GROUP = "aws_eks_node_group.general"
KEY = "arn:aws:kms:us-east-2:123456789012:key/1"
ADMIN = "arn:aws:iam::123456789012:role/admin"


def one(address: str, actions: str, before: Any = None, after: Any = None, **more: Any) -> Verdict | None:
    """Judge a plan with a single change."""
    found = judge(plan(change(actions, address=address, before=before, after=after, **more)))
    assert len(found) < 2
    return found[0] if found else None


def effect(address: str, actions: str, before: Any = None, after: Any = None, **more: Any) -> Effect:
    """Judge a plan with a single change."""
    return worst(judge(plan(change(actions, address=address, before=before, after=after, **more))))


def versions(before: str, after: str) -> Verdict | None:
    """Judge another version of a cluster."""
    return one(CLUSTER, "update", {"version": before}, {"version": after})


class TestVersions:
    def test_a_version_that_is_skipped_is_impossible(self) -> None:
        verdict = versions("1.33", "1.35")
        assert verdict is not None
        assert verdict.effect is Effect.IMPOSSIBLE
        assert verdict.way == 'set version to "1.34" first, deploy, then the next'

    def test_a_version_back_is_impossible(self) -> None:
        verdict = versions("1.35", "1.34")
        assert verdict is not None
        assert verdict.effect is Effect.IMPOSSIBLE
        assert "never takes a version back" in verdict.what

    def test_the_next_version_interrupts(self) -> None:
        verdict = versions("1.34", "1.35")
        assert verdict is not None
        assert verdict.effect is Effect.INTERRUPTS
        assert "about 10 minutes" in verdict.what

    def test_nodes_never_go_back(self) -> None:
        assert effect(GROUP, "update", {"version": "1.35"}, {"version": "1.34"}) is Effect.IMPOSSIBLE


def encryption(key: str | None) -> dict[str, Any]:
    """Write the encryption of a cluster as a plan has it."""
    if key is None:
        return {"name": "dev", "encryption_config": []}
    return {"name": "dev", "encryption_config": [{"provider": [{"key_arn": key}], "resources": ["secrets"]}]}


class TestEncryption:
    def test_another_key_is_impossible(self) -> None:
        assert effect(CLUSTER, "update", encryption(KEY), encryption(f"{KEY}2")) is Effect.IMPOSSIBLE

    def test_no_key_is_impossible(self) -> None:
        verdict = one(CLUSTER, "create delete", encryption(KEY), encryption(None))
        assert verdict is not None
        assert verdict.way == "set encrypt_secrets to true"

    def test_a_first_key_is_harmless(self) -> None:
        assert effect(CLUSTER, "update", encryption(None), encryption(KEY)) is Effect.HARMLESS

    def test_the_key_in_use_stays(self) -> None:
        verdicts = judge(
            plan(
                change("update", address=CLUSTER, before=encryption(KEY), after=encryption(f"{KEY}2")),
                change("delete", address="aws_kms_key.secrets", before={"arn": KEY}),
            )
        )
        assert [verdict.effect for verdict in verdicts] == [Effect.IMPOSSIBLE] * 2

    def test_another_key_is_lost(self) -> None:
        assert effect("aws_kms_key.logs", "delete", {"arn": KEY}) is Effect.LOSES


def subnets(*ids: str) -> dict[str, Any]:
    """Write the network of a cluster as a plan has it."""
    return {"vpc_config": [{"subnet_ids": list(ids)}]}


class TestControlPlane:
    @pytest.mark.parametrize(("zone", "expected"), [("b", Effect.INTERRUPTS), ("c", Effect.IMPOSSIBLE)])
    def test_zones_of_the_creation_are_kept(self, zone: str, expected: Effect) -> None:
        zones = {"subnet-1": "a", "subnet-2": "b", "subnet-3": zone}
        others = [Object("aws_subnet", {"id": id_, "availability_zone": name}) for id_, name in zones.items()]
        moved = change(
            "update", address=CLUSTER, before=subnets("subnet-1", "subnet-2"), after=subnets("subnet-1", "subnet-3")
        )
        assert worst(judge(plan(moved), others)) is expected

    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            ("CONFIG_MAP", "API_AND_CONFIG_MAP", Effect.HARMLESS),
            ("API_AND_CONFIG_MAP", "API", Effect.LOSES),
            ("CONFIG_MAP", "API", Effect.IMPOSSIBLE),
            ("API", "API_AND_CONFIG_MAP", Effect.IMPOSSIBLE),
        ],
    )
    def test_the_mode_goes_one_step_forward(self, before: str, after: str, expected: Effect) -> None:
        modes = [{"access_config": [{"authentication_mode": mode}]} for mode in (before, after)]
        assert effect(CLUSTER, "update", *modes) is expected

    @pytest.mark.parametrize(
        ("before", "after", "step"),
        [("CONFIG_MAP", "API", "API_AND_CONFIG_MAP"), ("API", "CONFIG_MAP", "API")],
    )
    def test_the_step_that_is_possible_is_named(self, before: str, after: str, step: str) -> None:
        modes = [{"access_config": [{"authentication_mode": mode}]} for mode in (before, after)]
        verdict = one(CLUSTER, "update", *modes)
        assert verdict is not None
        assert verdict.way == f"set authentication_mode to {step}"

    def test_another_detail_of_the_network_is_no_other_endpoint(self) -> None:
        same = {"endpoint_public_access": True, "public_access_cidrs": ["192.0.2.0/24"]}
        networks = [{"vpc_config": [{**same, "security_group_ids": ids}]} for ids in ([], ["sg-1"])]
        assert effect(CLUSTER, "update", *networks) is Effect.HARMLESS

    def test_another_endpoint_interrupts(self) -> None:
        endpoints = [{"vpc_config": [{"endpoint_public_access": value}]} for value in (True, False)]
        assert effect(CLUSTER, "update", *endpoints) is Effect.INTERRUPTS

    @pytest.mark.parametrize(("addon", "expected"), [("vpc-cni", Effect.HARMLESS), ("coredns", Effect.IMPOSSIBLE)])
    def test_a_new_cluster_needs_a_network(self, addon: str, expected: Effect) -> None:
        cluster = {"name": "dev", "bootstrap_self_managed_addons": False}
        verdicts = judge(
            plan(
                change("create", address=CLUSTER, after=cluster),
                change("create", address="aws_eks_addon.one", after={"addon_name": addon, "cluster_name": "dev"}),
            )
        )
        assert worst(verdicts) is expected


def sizes(least: int, wanted: int, most: int) -> dict[str, Any]:
    """Write a node group with sizes as a plan has it."""
    scaling = [{"min_size": least, "desired_size": wanted, "max_size": most}]
    return {"cluster_name": "dev", "node_group_name": "general", "scaling_config": scaling}


class TestNodeGroups:
    @pytest.mark.parametrize(("after", "size"), [(sizes(4, 3, 10), 4), (sizes(0, 3, 2), 2)])
    def test_sizes_that_do_not_include_what_runs_are_impossible(self, after: dict[str, Any], size: int) -> None:
        verdict = one(GROUP, "update", sizes(0, 3, 10), after)
        assert verdict is not None
        assert verdict.effect is Effect.IMPOSSIBLE
        assert verdict.way == (
            "first: aws eks update-nodegroup-config --cluster-name dev --nodegroup-name general "
            f"--scaling-config desiredSize={size}"
        )

    def test_fewer_nodes_interrupt(self) -> None:
        verdict = one(GROUP, "update", sizes(0, 3, 10), sizes(0, 2, 10))
        assert verdict is not None
        assert verdict.what == "nodes are drained and go, of 3 stay 2"

    @pytest.mark.parametrize("limits", [(0, 3, 12), (1, 3, 10)])
    def test_limits_around_what_runs_are_harmless(self, limits: tuple[int, int, int]) -> None:
        assert effect(GROUP, "update", sizes(0, 3, 10), sizes(*limits)) is Effect.HARMLESS

    def test_one_that_is_made_first_rolls(self) -> None:
        before, after = sizes(0, 3, 10), {**sizes(0, 3, 10), "node_group_name": "general-1"}
        verdict = one(GROUP, "create delete", before, after, replace_paths=[["instance_types"]])
        assert verdict is not None
        assert (verdict.effect, verdict.reason) == (Effect.ROLLS, "forced by instance_types")
        assert "3 nodes" in verdict.what

    def test_one_that_goes_first_is_lost(self) -> None:
        after = {**sizes(0, 3, 10), "node_group_name": "general-1"}
        assert effect(GROUP, "delete create", sizes(0, 3, 10), after) is Effect.LOSES

    def test_the_same_name_at_the_same_time_is_impossible(self) -> None:
        assert effect(GROUP, "create delete", sizes(0, 3, 10), sizes(0, 3, 10)) is Effect.IMPOSSIBLE

    def test_another_key_needs_two_steps(self) -> None:
        other = {**sizes(0, 3, 10), "node_group_name": "workers"}
        (verdict,) = judge(
            plan(
                change("delete", address=GROUP, before=sizes(0, 3, 10)),
                change("create", address="aws_eks_node_group.workers", after=other),
            )
        )
        assert verdict.effect is Effect.LOSES
        assert verdict.way == "add the new node group first and deploy, then remove this one and deploy"

    def test_tags_of_the_launch_template_roll_and_say_so(self) -> None:
        template = {"id": "lt-1", "tag_specifications": [{"tags": {}}], "latest_version": 1}
        group = {**sizes(0, 3, 10), "launch_template": [{"id": "lt-1", "version": "1"}]}
        (verdict,) = judge(
            plan(
                change(
                    "update",
                    address="aws_launch_template.general",
                    before=template,
                    after={**template, "tag_specifications": [{"tags": {"team": "a"}}]},
                ),
                change("update", address=GROUP, before=group, after={**group, "launch_template": [{"id": "lt-1"}]}),
            )
        )
        assert verdict.effect is Effect.ROLLS
        assert verdict.what.startswith("3 nodes are replaced")
        assert "launch template: tag_specifications" in verdict.what


class TestAddons:
    @pytest.mark.parametrize(("preserve", "expected"), [(True, Effect.HARMLESS), (None, Effect.LOSES)])
    def test_what_runs_of_an_add_on_stays(self, preserve: object, expected: Effect) -> None:
        addon = {"addon_name": "vpc-cni", "cluster_name": "dev", "preserve": preserve}
        assert effect("aws_eks_addon.cni", "delete", addon) is expected

    @pytest.mark.parametrize("name", ["vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent"])
    def test_add_ons_of_every_cluster_can_stay(self, name: str) -> None:
        verdict = one("aws_eks_addon.a", "delete", {"addon_name": name, "cluster_name": "dev"})
        assert verdict is not None
        assert verdict.way == "deploy once with it enabled, which makes EKS keep what runs"

    def test_another_add_on_goes_with_what_runs_of_it(self) -> None:
        verdict = one("aws_eks_addon.a", "delete", {"addon_name": "aws-ebs-csi-driver", "cluster_name": "dev"})
        assert verdict is not None
        assert verdict.way == ""


ENTRY = {"cluster_name": "dev", "principal_arn": ADMIN}


class TestDuplicates:
    def test_an_object_at_another_address_is_found(self) -> None:
        verdicts = judge(
            plan(
                change("delete", address="aws_eks_access_entry.creator", before=ENTRY),
                change("create", address="aws_eks_access_entry.admin", after=ENTRY),
            )
        )
        assert [verdict.effect for verdict in verdicts] == [Effect.LOSES, Effect.IMPOSSIBLE]
        assert verdicts[1].way == (
            "declare that it is the same: moved: {<stack>: {aws_eks_access_entry.creator: aws_eks_access_entry.admin}}"
        )

    def test_the_creator_beside_an_entry_of_the_same_principal_is_found(self) -> None:
        verdicts = judge(
            plan(
                change("no-op", address="aws_eks_access_entry.creator", before=ENTRY, after=ENTRY),
                change("create", address="aws_eks_access_entry.admin", after=ENTRY),
            )
        )
        assert [verdict.effect for verdict in verdicts] == [Effect.IMPOSSIBLE]

    def test_two_new_ones_of_one_identity_are_found(self) -> None:
        verdicts = judge(
            plan(
                change("create", address="aws_iam_role.a", after={"name": "prometheus"}),
                change("create", address="aws_iam_role.b", after={"name": "prometheus"}),
            )
        )
        assert [(verdict.address, verdict.effect) for verdict in verdicts] == [("aws_iam_role.b", Effect.IMPOSSIBLE)]

    def test_an_identity_that_is_not_known_yet_is_none(self) -> None:
        unknown = {"cluster_name": None, "principal_arn": ADMIN}
        verdicts = judge(
            plan(
                change("create", address="aws_eks_access_entry.a", after=unknown),
                change("create", address="aws_eks_access_entry.b", after=unknown),
            )
        )
        assert verdicts == ()


class TestNetwork:
    def test_a_subnet_in_use_is_impossible_to_delete(self) -> None:
        others = [Object("aws_eks_cluster", {"name": "dev", "vpc_config": [{"subnet_ids": ["subnet-1"]}]})]
        stays = change("no-op", address="aws_vpc.a", before={"id": "vpc-1"}, after={"id": "vpc-1"})
        subnet = {"id": "subnet-1", "cidr_block": "10.0.0.0/19"}
        gone = change("delete", address="aws_subnet.a", before=subnet)
        (verdict,) = judge(plan(stays, gone), others)
        assert verdict.effect is Effect.IMPOSSIBLE
        assert "aws_eks_cluster dev use 10.0.0.0/19" in verdict.what
        assert [v.effect for v in judge(plan(stays, gone))] == [Effect.LOSES]

    def test_a_destruction_takes_what_uses_a_subnet_first(self) -> None:
        others = [Object("aws_eks_cluster", {"name": "dev", "vpc_config": [{"subnet_ids": ["subnet-1"]}]})]
        gone = change("delete", address="aws_subnet.a", before={"id": "subnet-1", "cidr_block": "10.0.0.0/19"})
        assert [verdict.effect for verdict in judge(plan(gone), others, is_destruction=True)] == [Effect.LOSES]

    def test_a_released_address_is_lost(self) -> None:
        assert effect("aws_eip.a", "delete", {"public_ip": "203.0.113.7"}) is Effect.LOSES

    def test_a_nat_gateway_that_is_made_anew_interrupts_and_keeps_its_address(self) -> None:
        before = {"public_ip": "203.0.113.7", "allocation_id": "eipalloc-1"}
        verdict = one("aws_nat_gateway.a", "delete create", before, {"allocation_id": "eipalloc-1"})
        assert verdict is not None
        assert verdict.what.endswith("for about 3 minutes during the replacement; the gateway keeps 203.0.113.7")

    def test_another_way_out_interrupts(self) -> None:
        tables = [{"subnet_id": "subnet-1", "route_table_id": table} for table in ("rtb-1", "rtb-2")]
        assert effect("aws_route_table_association.a", "update", *tables) is Effect.INTERRUPTS

    def test_a_route_table_without_subnets_goes_without_harm(self) -> None:
        table = change("delete", address="aws_route_table.a", before={"id": "rtb-1"})
        route = change("delete", address="aws_route.a", before={"route_table_id": "rtb-1"})
        moved = {"id": "rtbassoc-1", "subnet_id": "subnet-1", "route_table_id": "rtb-2"}
        stays = change("no-op", address="aws_route_table_association.a", before=moved, after=moved)
        assert judge(plan(table, route, stays)) == ()

    def test_a_route_table_with_subnets_is_lost(self) -> None:
        table = change("delete", address="aws_route_table.a", before={"id": "rtb-1"})
        one_ = {"id": "rtbassoc-1", "subnet_id": "subnet-1", "route_table_id": "rtb-1"}
        stays = change("no-op", address="aws_route_table_association.a", before=one_, after=one_)
        assert worst(judge(plan(table, stays))) is Effect.LOSES


ROLE = {"name": "autoscaler", "arn": "arn:aws:iam::123456789012:role/autoscaler"}


class TestIdentity:
    def test_a_role_that_something_may_have_is_lost(self) -> None:
        assert effect("aws_iam_role.a", "delete", ROLE) is Effect.LOSES

    def test_a_role_that_goes_with_its_release_is_not(self) -> None:
        release = {"name": "autoscaler", "namespace": "kube-system", "values": [f'role: "{ROLE["arn"]}"']}
        stays = change("no-op", address="aws_vpc.stays", before={"id": "vpc-1"}, after={"id": "vpc-1"})
        verdicts = judge(
            plan(
                stays,
                change("delete", address="aws_iam_role.a", before=ROLE),
                change("delete", address="helm_release.a", before=release),
            )
        )
        assert [(verdict.address, verdict.effect) for verdict in verdicts] == [("helm_release.a", Effect.INTERRUPTS)]

    def test_access_is_lost(self) -> None:
        assert effect("aws_eks_access_entry.a", "delete", ENTRY) is Effect.LOSES

    def test_the_identity_provider_is_lost(self) -> None:
        assert effect("aws_iam_openid_connect_provider.a", "delete create", {"url": "x"}, {"url": "y"}) is Effect.LOSES


def storage_class(name: str) -> dict[str, Any]:
    """Write a StorageClass as a plan has it."""
    return {"metadata": [{"name": name}]}


class TestStorageClasses:
    def test_another_name_is_lost(self) -> None:
        verdict = one("kubernetes_storage_class_v1.a", "delete create", storage_class("gp3"), storage_class("fast"))
        assert verdict is not None
        assert verdict.effect is Effect.LOSES
        assert verdict.way.startswith("leave its name")

    def test_the_same_name_interrupts_for_seconds(self) -> None:
        before = storage_class("gp3")
        assert effect("kubernetes_storage_class_v1.a", "delete create", before, before) is Effect.INTERRUPTS


@pytest.mark.parametrize("actions", ["delete", "delete create"])
@pytest.mark.parametrize("type_", [*LOST, "aws_eks_cluster", "aws_vpc", "aws_kms_key", "kubernetes_namespace_v1"])
def test_what_holds_something_is_lost(type_: str, actions: str) -> None:
    assert effect(f"{type_}.this", actions, {"id": "1"}, {}) is Effect.LOSES


@pytest.mark.parametrize(
    "values",
    [
        VOLUME,
        "grafana: {persistence: {enabled: true}}",
        "server: {persistentVolume: {size: 1Gi}}",
        "a: [{volumeClaimTemplates: [{}]}]",
        "a: {persistentVolumeClaim: {size: 1Gi}}",
    ],
)
def test_a_release_with_volumes_is_lost(values: str) -> None:
    assert effect(RELEASE, "delete create", {"name": "a", "values": [values]}, {"name": "b"}) is Effect.LOSES


@pytest.mark.parametrize("values", ["", "grafana: {persistence: {enabled: false}}", "prometheus: {replicas: 2}"])
def test_a_release_without_volumes_interrupts(values: str) -> None:
    assert effect(RELEASE, "delete create", {"name": "a", "values": [values]}, {"name": "b"}) is Effect.INTERRUPTS


GRAFANA = "grafana: {persistence: {enabled: true, type: pvc, storageClassName: gp3, size: 20Gi}}"
SET = "objects: [{kind: StatefulSet, metadata: {name: notes}, spec: {volumeClaimTemplates: [{size: 1Gi}]}}]"
CLAIM = "extraManifests: [{kind: PersistentVolumeClaim, metadata: {name: data}, spec: {storageClassName: gp3}}]"


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (GRAFANA, "grafana: {persistence: {enabled: false}}", "the claim grafana.persistence with the data"),
        (GRAFANA, "grafana: {}", "the claim grafana.persistence with the data"),
        (GRAFANA, GRAFANA.replace("size", "existingClaim: efs, size"), "the claim grafana.persistence with the data"),
        (GRAFANA, GRAFANA.replace("gp3", "fast"), "the claim grafana.persistence takes no other class"),
        (GRAFANA, GRAFANA.replace("20Gi", "10Gi"), "the claim grafana.persistence takes no other class and no smaller"),
        (CLAIM, "extraManifests: []", "the claim data with the data"),
        (CLAIM, CLAIM.replace("gp3", "fast"), "the claim data takes no other class"),
        (SET, SET.replace("1Gi", "2Gi"), "the volumes of notes: Kubernetes changes none"),
        (SET, SET.replace("volumeClaimTemplates: [{size: 1Gi}]", ""), "the volumes of notes: Kubernetes changes none"),
    ],
)
def test_values_that_take_a_claim_away_or_change_what_kubernetes_fixes_lose(before: str, after: str, what: str) -> None:
    verdict = one(RELEASE, "update", {"name": "a", "values": [before]}, {"name": "a", "values": [after]})
    assert verdict is not None
    assert (verdict.effect, verdict.what[: len(what)]) == (Effect.LOSES, what)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (GRAFANA, GRAFANA.replace("20Gi", "40Gi")),
        ("grafana: {persistence: {enabled: false}}", GRAFANA),
        (SET, SET.replace("spec: {", "spec: {replicas: 2, ")),
        (SET, "objects: []"),
        (VOLUME, VOLUME.replace("gp3", "fast")),
    ],
)
def test_values_that_keep_every_claim_interrupt(before: str, after: str) -> None:
    assert effect(RELEASE, "update", {"name": "a", "values": [before]}, {"name": "a", "values": [after]}) is (
        Effect.INTERRUPTS
    )


def test_the_volumes_of_thanos_are_of_stateful_sets() -> None:
    before = {"name": "thanos", "chart": "thanos", "values": ["compactor: {persistence: {enabled: true, size: 1Gi}}"]}
    verdict = one(RELEASE, "update", before, {**before, "values": ["compactor: {persistence: {enabled: false}}"]})
    assert verdict is not None
    assert "the volumes of compactor.persistence: Kubernetes changes none" in verdict.what


def test_values_that_a_plan_does_not_know_say_nothing_of_claims() -> None:
    before = {"name": "a", "values": [GRAFANA]}
    unknown = change("update", address=RELEASE, before=before, after={"name": "a"}, after_unknown={"values": True})
    assert [verdict.effect for verdict in judge(plan(unknown))] == [Effect.INTERRUPTS]


@pytest.mark.parametrize("part", ["version", "values", "chart", "set", "repository"])
def test_what_changes_pods_of_a_release_interrupts(part: str) -> None:
    assert effect(RELEASE, "update", {"name": "a", part: "1"}, {"name": "a", part: "2"}) is Effect.INTERRUPTS


def test_how_helm_waits_changes_no_pod() -> None:
    assert effect(RELEASE, "update", {"name": "a", "timeout": 1}, {"name": "a", "timeout": 2}) is Effect.HARMLESS


@pytest.mark.parametrize(("actions", "how_long"), [("delete", "from now on"), ("delete create", "for seconds")])
def test_a_flow_log_that_goes_records_nothing(actions: str, how_long: str) -> None:
    verdict = one("aws_flow_log.this", actions, {"id": "fl-1"}, {"id": "fl-2"})
    assert verdict is not None
    assert verdict.effect is Effect.INTERRUPTS
    assert verdict.what == f"no traffic of the VPC is recorded {how_long}"


def test_a_flow_log_that_stays_or_goes_with_the_vpc_is_nothing_to_say() -> None:
    kept = change("update", address="aws_flow_log.this", before={"id": "fl-1"}, after={"id": "fl-1"})
    assert judge(plan(kept)) == ()
    gone = change("delete", address="aws_flow_log.this", before={"id": "fl-1"})
    assert judge(plan(gone), is_destruction=True) == ()


def test_the_first_plan_is_read_from_the_configuration() -> None:
    cluster = {"name": "dev", "bootstrap_self_managed_addons": False}
    configuration: dict[str, Any] = {"resource": {"aws_eks_cluster": {"this": cluster}}}
    assert worst(judge(first_plan(configuration))) is Effect.IMPOSSIBLE
    addons = {"cni": {"addon_name": "vpc-cni", "cluster_name": "dev"}}
    configuration["resource"]["aws_eks_addon"] = addons
    assert worst(judge(first_plan(configuration))) is Effect.HARMLESS


def test_objects_are_read_from_a_state() -> None:
    resources = [
        {
            "mode": "managed",
            "type": "aws_vpc",
            # A deposed object exists as well: its deletion failed, and what it uses cannot be deleted before it.
            "instances": [{"attributes": {"id": "vpc-1"}}, {"attributes": {"id": "vpc-0"}, "deposed": "byebye01"}],
        },
        {"mode": "data", "type": "aws_region", "instances": [{"attributes": {}}]},
    ]
    found = [Object("aws_vpc", {"id": id_}) for id_ in ("vpc-1", "vpc-0")]
    assert list(objects_of_state({"resources": resources})) == found


@pytest.mark.parametrize("actions", ["delete", "delete create", "create delete"])
def test_what_no_rule_knows_is_guarded(actions: str) -> None:
    assert effect("aws_something_new.a", actions, {"id": "1"}, {}) is Effect.LOSES


@pytest.mark.parametrize("actions", ["create", "update", "no-op", "forget"])
@pytest.mark.parametrize("type_", ["aws_something_new", "aws_vpc", "aws_s3_bucket"])
def test_what_is_kept_is_harmless(type_: str, actions: str) -> None:
    assert effect(f"{type_}.a", actions, {"id": "1"}, {"id": "1"}) is Effect.HARMLESS


def test_every_type_that_is_made_is_judged(synthesized: Synthesized, everything: Synthesized) -> None:
    """A type without a rule is guarded: these are meant to be."""
    guarded = {
        "aws_eks_fargate_profile",
        "aws_eks_node_group",
        "aws_grafana_role_association",
        "aws_grafana_workspace_saml_configuration",
        "aws_grafana_workspace_service_account",
        "aws_prometheus_alert_manager_definition",
        "aws_prometheus_query_logging_configuration",
        "aws_prometheus_workspace_configuration",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_sns_topic_policy",
        "aws_vpc_security_group_ingress_rule",
        "aws_internet_gateway",
        # With it go the dashboards in it, those that people made as well.
        "grafana_folder",
    }
    made = {
        type_
        for synthesis in (synthesized, everything)
        for stack in synthesis.stacks.values()
        for type_ in stack.json["resource"]
    }
    assert made - set(RULES) - HARMLESS - guarded == set()


def test_objects_that_existed_are_read_from_a_plan() -> None:
    resources = [
        {"mode": "managed", "type": "aws_vpc", "values": {"id": "vpc-1"}},
        {"mode": "data", "type": "aws_region", "values": {}},
    ]
    state = {"prior_state": {"values": {"root_module": {"resources": resources}}}}
    assert objects_of({**plan(), **state}) == (Object("aws_vpc", {"id": "vpc-1"}),)


def test_a_verdict_says_why_and_what_to_do() -> None:
    verdict = Verdict("aws_vpc.a", Effect.LOSES, "a VPC", "forced by cidr_block", "leave the block")
    assert str(verdict) == "aws_vpc.a: loses: a VPC (forced by cidr_block); leave the block"


class TestKarpenter:
    """Releases of Karpenter that have no pods."""

    RELEASE = "helm_release.karpenter"

    @staticmethod
    def nodes(**objects: Any) -> dict[str, Any]:
        return {"name": "karpenter-nodes", "values": [json.dumps({"objects": objects})]}

    def test_a_changed_class_rolls(self) -> None:
        before, after = self.nodes(**{"class-a": {"spec": 1}}), self.nodes(**{"class-a": {"spec": 2}})
        assert effect(self.RELEASE, "update", before, after) is Effect.ROLLS

    def test_what_is_no_object_touches_no_node(self) -> None:
        pool: dict[str, Any] = {"pool-a": {}}
        assert (
            effect(self.RELEASE, "update", self.nodes(**pool), {**self.nodes(**pool), "timeout": 900})
            is Effect.HARMLESS
        )

    def test_a_pool_that_goes_takes_its_nodes(self) -> None:
        verdict = one(self.RELEASE, "update", self.nodes(**{"pool-a": {}, "pool-b": {}}), self.nodes(**{"pool-a": {}}))
        assert verdict is not None
        assert (verdict.effect, verdict.what.partition(" are ")[0]) == (Effect.INTERRUPTS, "nodes of the pool b")
        gone = one(self.RELEASE, "delete", self.nodes(**{"pool-a": {}}))
        assert gone is not None
        assert gone.effect is Effect.INTERRUPTS

    def test_crds_have_no_pods(self) -> None:
        before = {"name": "karpenter-crd", "version": "1.14.0"}
        assert effect(self.RELEASE, "update", before, {**before, "version": "1.14.1"}) is Effect.HARMLESS


class TestAutoMode:
    """Nodes that AWS makes."""

    @staticmethod
    def config(*pools: str, enabled: bool = True) -> dict[str, Any]:
        return {"compute_config": [{"enabled": enabled, "node_pools": list(pools)}]}

    def test_switching_it_on_is_harmless(self) -> None:
        assert effect(CLUSTER, "update", {"compute_config": []}, self.config("system")) is Effect.HARMLESS

    def test_a_pool_that_goes_takes_its_nodes(self) -> None:
        both = self.config("general-purpose", "system")
        verdict = one(CLUSTER, "update", both, self.config("system"))
        assert verdict is not None
        assert (verdict.effect, verdict.what) == (
            Effect.INTERRUPTS,
            "EKS drains and ends the nodes of the pool general-purpose",
        )
        off = one(CLUSTER, "update", both, self.config("general-purpose", "system", enabled=False))
        assert off is not None
        assert off.effect is Effect.INTERRUPTS
