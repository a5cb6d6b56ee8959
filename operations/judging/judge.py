"""Judges what a plan does: what AWS would refuse, what is lost, what is interrupted, which nodes are replaced.

Whatever goes and is not known to be harmless counts as lost: a new type of resource is guarded before anybody has
written a rule for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from operations.judging.planned import Plan
from operations.judging.rules import cluster, data, identity, network, node_groups
from operations.judging.rules.duplicates import duplicates
from operations.judging.verdict import Effect, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from operations.judging.planned import Object, Planned
    from operations.judging.rules.rule import Rule

RULES: Final[dict[str, Rule]] = {
    **cluster.RULES,
    **data.RULES,
    **identity.RULES,
    **network.RULES,
    **node_groups.RULES,
}

# What is made again as it was, or says only how something else is to be; that something has a rule of its own.
HARMLESS: Final = frozenset(
    {
        "aws_cloudwatch_event_rule",
        "aws_cloudwatch_event_target",
        "aws_default_security_group",
        "aws_ec2_tag",
        "aws_grafana_license_association",
        "aws_iam_instance_profile",
        "aws_kms_alias",
        "aws_launch_template",
        "aws_prometheus_rule_group_namespace",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_versioning",
        "aws_sqs_queue",
        "aws_sqs_queue_policy",
        "aws_vpc_ipv4_cidr_block_association",
        "aws_vpc_security_group_egress_rule",
        "grafana_contact_point",
        "grafana_dashboard",
        "grafana_data_source",
        "grafana_notification_policy",
        "kubernetes_config_map_v1",
        "kubernetes_labels",
        "terraform_data",
    }
)


def judge(
    plan: Mapping[str, Any], others: Iterable[Object] = (), *, is_destruction: bool = False
) -> tuple[Verdict, ...]:
    """Judge every change of a plan that is more than harmless.

    Args:
        plan: The plan of a stack, as `terraform show -json` gives it.
        others: What exists in other stacks of the environment: AWS refuses to delete what these use.
        is_destruction: Whether the plan is one of `terraform plan -destroy`.

    Returns:
        At most one verdict a resource, in the order of the plan.

    """
    whole = Plan(plan, others, is_destruction=is_destruction)
    twice = {verdict.address: verdict for verdict in duplicates(whole)}
    found = []
    for resource in whole.resources:
        if resource.actions in (("no-op",), ("read",)):
            continue
        verdict = _verdict(resource, whole)
        if verdict is None or verdict.effect is not Effect.IMPOSSIBLE:
            verdict = twice.get(resource.address, verdict)
        if verdict is not None and verdict.effect is not Effect.HARMLESS:
            found.append(verdict)
    return tuple(found)


def worst(verdicts: Iterable[Verdict]) -> Effect:
    """Return the worst effect; a plan without verdicts is harmless."""
    order = list(Effect)
    return min((verdict.effect for verdict in verdicts), key=order.index, default=Effect.HARMLESS)


def _verdict(resource: Planned, plan: Plan) -> Verdict | None:
    rule = RULES.get(resource.type)
    if rule is not None:
        return rule(resource, plan)
    if (resource.is_deleted or resource.is_replaced) and resource.type not in HARMLESS and not plan.is_destruction:
        kind = resource.type.partition("_")[2].removesuffix("_v1").replace("_", " ")
        how = "is replaced" if resource.is_replaced else "goes"
        return resource.verdict(Effect.LOSES, f"the {kind} {how}")
    return None
