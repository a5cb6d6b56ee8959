"""Rules for node groups of EKS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from operations.judging.rules.resource_values import first, minor
from operations.judging.verdict import Effect

if TYPE_CHECKING:
    from operations.judging.planned import Plan, Planned, Values
    from operations.judging.rules.rule import Rule
    from operations.judging.verdict import Verdict

# What a node group's update replaces nodes for: https://docs.aws.amazon.com/eks/latest/userguide/update-managed-node-group.html
ROLLING: Final = ("launch_template", "release_version", "version")


def judge_node_group(group: Planned, plan: Plan) -> Verdict | None:
    """Judge a change of a node group."""
    nodes = _nodes(group.before)
    if group.is_replaced:
        if group.is_created_first:
            return group.verdict(
                Effect.ROLLS,
                f"another node group is made first, then {nodes} are drained and go; they change addresses",
            )
        return group.verdict(Effect.LOSES, f"a node group with {nodes}, before another one is there")
    if group.is_deleted:
        return _judge_deleted_group(group, plan)
    if group.is_updated:
        return _judge_sizes(group) or _judge_group_version(group) or _judge_rolling(group, plan)
    return None


def _judge_deleted_group(group: Planned, plan: Plan) -> Verdict:
    """Another name is another node group; both orders of making and deleting are independent of each other."""
    if any(other.is_created for other in plan.of_type("aws_eks_node_group")):
        way = "add the new node group first and deploy, then remove this one and deploy"
    else:
        way = "" if plan.is_destruction else "its nodes are drained; see first that the others have room for the pods"
    return group.verdict(Effect.LOSES, f"a node group with {_nodes(group.before)}", way=way)


def _judge_sizes(group: Planned) -> Verdict | None:
    """Judge other sizes: the limits have to include the nodes that are wanted now.

    https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateNodegroupConfig.html
    """
    before, after = first(group.before.get("scaling_config")), first(group.after.get("scaling_config"))
    wanted, least, most = (after.get(key) for key in ("desired_size", "min_size", "max_size"))
    if wanted is None or least is None or most is None:
        return None
    if least > wanted or most < wanted:
        name, limit = ("min_size", least) if least > wanted else ("max_size", most)
        return group.verdict(
            Effect.IMPOSSIBLE,
            f"{name} {limit} does not include the {wanted} nodes that are wanted now",
            way=f"first: aws eks update-nodegroup-config --cluster-name {group.before.get('cluster_name')} "
            f"--nodegroup-name {group.before.get('node_group_name')} --scaling-config desiredSize={limit}",
        )
    if wanted < (before.get("desired_size") or 0):
        return group.verdict(Effect.INTERRUPTS, f"nodes are drained and go, of {before['desired_size']} stay {wanted}")
    return None


def _judge_group_version(group: Planned) -> Verdict | None:
    before, after = minor(group.before), minor(group.after)
    if before is not None and after is not None and after < before:
        return group.verdict(
            Effect.IMPOSSIBLE, f"EKS never takes nodes back from 1.{before} to 1.{after}", way="leave the version"
        )
    return None


def _judge_rolling(group: Planned, plan: Plan) -> Verdict | None:
    causes = [name for name in ROLLING if group.before.get(name) and group.changed(name) and _is_asked(group, name)]
    if not causes:
        return None
    if "launch_template" in causes:
        causes.remove("launch_template")
        parts = _template_changes(group, plan)
        causes.append(f"launch template: {', '.join(parts)}" if parts else "launch template")
    return group.verdict(
        Effect.ROLLS,
        f"{_nodes(group.before)} are replaced, as many at once as update_config allows ({'; '.join(causes)})",
    )


def _is_asked(group: Planned, name: str) -> bool:
    """Whether the settings ask for another value: a release version that EKS may change itself is no cause."""
    return name != "release_version" or not group.unknown.get(name)


def _template_changes(group: Planned, plan: Plan) -> list[str]:
    ids = {template.get("id") for template in group.before.get("launch_template") or []}
    templates = [one for one in plan.of_type("aws_launch_template") if one.before.get("id") in ids]
    ignored = {"latest_version", "default_version", "tags_all", "update_default_version"}
    return sorted({name for one in templates for name in one.changed_attributes()} - ignored)


def _nodes(values: Values) -> str:
    count = first(values.get("scaling_config")).get("desired_size") or 0
    return "1 node" if count == 1 else f"{count} nodes"


RULES: Final[dict[str, Rule]] = {"aws_eks_node_group": judge_node_group}
