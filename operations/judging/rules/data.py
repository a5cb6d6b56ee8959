"""Rules for what holds data: buckets, keys, logs, workspaces, releases, namespaces, classes and claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from operations.judging.rules.claims import asks_for_volumes, documents, judge_claims
from operations.judging.rules.karpenter import CRDS, NODES, judge_karpenter
from operations.judging.verdict import Effect

if TYPE_CHECKING:
    from operations.judging.planned import Plan, Planned
    from operations.judging.rules.rule import Rule
    from operations.judging.verdict import Verdict

LOST: Final = {
    "aws_cloudwatch_log_group": "a log group with its records",
    "aws_grafana_workspace": "a Grafana workspace with its dashboards",
    "aws_prometheus_workspace": "a Prometheus workspace with its metrics",
    "aws_s3_bucket": "a bucket with its objects",
    "aws_sns_topic": "a topic with its subscriptions",
    "kubernetes_namespace": "a namespace with everything in it",
    "kubernetes_persistent_volume_claim": "a volume",
    "kubernetes_secret": "a Secret that pods may need to start",
}


def judge_lost(one: Planned, plan: Plan) -> Verdict | None:
    """Judge what nobody can make again with what was in it."""
    del plan
    if one.is_deleted or one.is_replaced:
        return one.verdict(Effect.LOSES, LOST[one.type.removesuffix("_v1")])
    return None


def judge_key(key: Planned, plan: Plan) -> Verdict | None:
    """Judge a key that goes: nothing can be decrypted by it; for 30 days it can be restored.

    https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
    """
    if not (key.is_deleted or key.is_replaced):
        return None
    arn = str(key.before.get("arn"))
    in_use = any(
        arn in str(cluster.before.get("encryption_config")) and not cluster.is_deleted
        for cluster in plan.of_type("aws_eks_cluster")
    )
    if in_use:
        return key.verdict(
            Effect.IMPOSSIBLE,
            "the cluster still encrypts its secrets with this key; without it they cannot be read",
            way="leave encrypt_secrets and kms_key_arn as they were",
        )
    return key.verdict(Effect.LOSES, "a KMS key, and with it what it encrypts")


def judge_release(release: Planned, plan: Plan) -> Verdict | None:
    """Judge a Helm release."""
    name = release.before.get("name")
    if name in (CRDS, NODES):
        return judge_karpenter(release, plan)
    if release.is_updated:
        changed = [part for part in ("version", "values", "chart", "set", "repository") if release.changed(part)]
        if not changed:
            return None
        return judge_claims(release) or release.verdict(
            Effect.INTERRUPTS, f"pods of {name} whose template changes start again, one after the other"
        )
    if not (release.is_deleted or release.is_replaced):
        return None
    if any(map(asks_for_volumes, documents(release.before))):
        return release.verdict(Effect.LOSES, f"the Helm release {name} with its volumes")
    if plan.is_destruction:
        return None
    until = "until it is installed again" if release.is_replaced else "permanently"
    return release.verdict(Effect.INTERRUPTS, f"what the Helm release {name} runs is deleted, {until}")


def judge_storage_class(class_: Planned, plan: Plan) -> Verdict | None:
    """Judge a StorageClass: a claim never changes its class, and volumes that exist keep what they were made with.

    https://kubernetes.io/docs/concepts/storage/storage-classes/
    """
    if plan.is_destruction or not (class_.is_deleted or class_.is_replaced):
        return None
    before, after = _name(class_.before), _name(class_.after)
    if before == after:
        return class_.verdict(
            Effect.INTERRUPTS,
            f"the StorageClass {before} is replaced, in seconds: new claims wait for it, volumes that exist stay as "
            "they are",
        )
    return class_.verdict(
        Effect.LOSES,
        f"the StorageClass {before}: claims and templates that name it take no other class and get no new volumes",
        way="leave its name; a further class can be in kube_prom_stack.extra_manifests, for new claims",
    )


def _name(values: dict[str, Any]) -> object:
    metadata = values.get("metadata") or [{}]
    return metadata[0].get("name")


RULES: Final[dict[str, Rule]] = {
    **dict.fromkeys(LOST, judge_lost),
    **{f"{type_}_v1": judge_lost for type_ in LOST if type_.startswith("kubernetes_")},
    "aws_kms_key": judge_key,
    "helm_release": judge_release,
    "kubernetes_storage_class_v1": judge_storage_class,
}
