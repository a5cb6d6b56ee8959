"""Rules for clusters, node groups and add-ons of EKS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from operations.planning.verdict import Effect

if TYPE_CHECKING:
    from operations.planning.planned import Plan, Planned, Values
    from operations.planning.rules.rule import Rule
    from operations.planning.verdict import Verdict

MODES: Final = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
MOST_SKEW: Final = 3
# What a node group's update replaces nodes for: https://docs.aws.amazon.com/eks/latest/userguide/update-managed-node-group.html
ROLLING: Final = ("launch_template", "release_version", "version")


def judge_cluster(cluster: Planned, plan: Plan) -> Verdict | None:
    """Judge a change of a cluster.

    https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html
    """
    if cluster.is_created:
        return _judge_new_cluster(cluster, plan)
    if cluster.is_updated:
        return (
            _judge_version(cluster)
            or _judge_encryption(cluster)
            or _judge_zones(cluster, plan)
            or _judge_mode(cluster)
            or _judge_endpoint(cluster)
        )
    if cluster.is_replaced and _key(cluster.before) and not _key(cluster.after):
        return cluster.verdict(
            Effect.IMPOSSIBLE,
            "EKS encrypts the secrets of a cluster for ever; without encryption the cluster would be made anew",
            way="set encrypt_secrets to true",
        )
    return cluster.verdict(Effect.LOSES, "a cluster with everything that runs on it")


def _judge_new_cluster(cluster: Planned, plan: Plan) -> Verdict | None:
    """Judge a cluster that nodes could not join: one that is made without vpc-cni has no network.

    https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
    """
    addons = {addon.after.get("addon_name") for addon in plan.of_type("aws_eks_addon")}
    if cluster.after.get("bootstrap_self_managed_addons") is False and "vpc-cni" not in addons:
        return cluster.verdict(
            Effect.IMPOSSIBLE,
            "a new cluster without the add-on vpc-cni has no network, and its nodes never become ready",
            way="set addons.vpc_cni.enabled to true; it can be switched off once the cluster is there",
        )
    return None


def _judge_version(cluster: Planned) -> Verdict | None:
    before, after = _minor(cluster.before), _minor(cluster.after)
    if before is None or after is None or before == after:
        return None
    if after < before:
        return cluster.verdict(
            Effect.IMPOSSIBLE,
            f"EKS never takes a version back, from 1.{before} to 1.{after}",
            way=f'set version to "1.{before}"',
        )
    if after > before + 1:
        return cluster.verdict(
            Effect.IMPOSSIBLE,
            f"EKS upgrades one minor version at a time, from 1.{before} to 1.{before + 1}",
            way=f'set version to "1.{before + 1}" first, deploy, then the next',
        )
    return cluster.verdict(
        Effect.INTERRUPTS,
        f"the control plane goes from 1.{before} to 1.{after} in about 10 minutes, for good; connections to the "
        "Kubernetes API end once, its address stays",
    )


def _judge_encryption(cluster: Planned) -> Verdict | None:
    before, after = _key(cluster.before), _key(cluster.after)
    if before and before != after:
        return cluster.verdict(
            Effect.IMPOSSIBLE,
            f"EKS keeps the key that encrypts the secrets of a cluster, {before}",
            way="set kms_key_arn as it was, or leave it out where the key was the cluster's own",
        )
    return None


def _judge_zones(cluster: Planned, plan: Plan) -> Verdict | None:
    """Judge other subnets: the control plane stays in the zones of its creation.

    https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
    """
    before = set(_first(cluster.before.get("vpc_config")).get("subnet_ids") or [])
    after = set(_first(cluster.after.get("vpc_config")).get("subnet_ids") or [])
    if before == after:
        return None
    zone_of = {
        other.values["id"]: other.values["availability_zone"] for other in plan.others if other.type == "aws_subnet"
    }
    zones = [{zone_of.get(subnet) for subnet in subnets} for subnets in (before, after)]
    if zones[0] == zones[1] and None not in zones[0]:
        return cluster.verdict(Effect.INTERRUPTS, "the control plane moves to other subnets of its zones, in minutes")
    return cluster.verdict(
        Effect.IMPOSSIBLE,
        "the control plane keeps the zones that the cluster was created with",
        way="set control_plane_zones to those zones, or leave it out; node groups may use other zones",
    )


def _judge_mode(cluster: Planned) -> Verdict | None:
    """Judge another mode: it goes forward only, one step at a time.

    https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html
    """
    before, after = (_first(v.get("access_config")).get("authentication_mode") for v in (cluster.before, cluster.after))
    if before not in MODES or after not in MODES or before == after:
        return None
    if MODES.index(after) - MODES.index(before) != 1:
        step = MODES[MODES.index(before) + 1] if MODES.index(after) > MODES.index(before) else before
        return cluster.verdict(
            Effect.IMPOSSIBLE,
            f"EKS changes authentication_mode from {before} to {after} never, only forward and one step at a time",
            way=f"set authentication_mode to {step}",
        )
    if after == "API":
        return cluster.verdict(Effect.LOSES, "whoever has access by the ConfigMap aws-auth alone loses it, for good")
    return None


def _judge_endpoint(cluster: Planned) -> Verdict | None:
    """Judge another endpoint: whom the settings admit can reach it.

    https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
    """
    before, after = _first(cluster.before.get("vpc_config")), _first(cluster.after.get("vpc_config"))
    fields = ("endpoint_private_access", "endpoint_public_access", "public_access_cidrs")
    changed = [name for name in fields if before.get(name) != after.get(name)]
    if not changed:
        return None
    return cluster.verdict(
        Effect.INTERRUPTS,
        f"who reaches the Kubernetes API changes within minutes ({', '.join(changed)}); the rest of this deploy has to "
        "reach it as well",
    )


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
    before, after = _first(group.before.get("scaling_config")), _first(group.after.get("scaling_config"))
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
    before, after = _minor(group.before), _minor(group.after)
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
    """Whether the settings ask for another value: a release version that EKS may change by itself is no cause."""
    return name != "release_version" or not group.unknown.get(name)


def _template_changes(group: Planned, plan: Plan) -> list[str]:
    ids = {template.get("id") for template in group.before.get("launch_template") or []}
    templates = [one for one in plan.of_type("aws_launch_template") if one.before.get("id") in ids]
    ignored = {"latest_version", "default_version", "tags_all", "update_default_version"}
    return sorted({name for one in templates for name in one.changed_attributes()} - ignored)


def judge_addon(addon: Planned, plan: Plan) -> Verdict | None:
    """Judge an add-on that EKS is no longer to manage.

    https://docs.aws.amazon.com/eks/latest/userguide/removing-an-add-on.html
    """
    name = addon.before.get("addon_name")
    if addon.is_deleted and addon.before.get("preserve"):
        return addon.verdict(Effect.HARMLESS, f"EKS no longer manages {name}; what runs of it stays in the cluster")
    if addon.is_deleted and not plan.is_destruction:
        way = "deploy once with it enabled, which makes EKS keep what runs" if _is_core(name) else ""
        return addon.verdict(Effect.LOSES, f"the add-on {name} with what runs of it", way=way)
    if addon.is_replaced:
        return addon.verdict(Effect.INTERRUPTS, f"the add-on {name} is made anew, in about a minute")
    return None


def _is_core(name: object) -> bool:
    return name in ("vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent")


def _minor(values: Values) -> int | None:
    _, _, minor = str(values.get("version") or "").partition(".")
    return int(minor) if minor.isdigit() else None


def _key(values: Values) -> str:
    return str(_first(_first(values.get("encryption_config")).get("provider")).get("key_arn") or "")


def _nodes(values: Values) -> str:
    count = _first(values.get("scaling_config")).get("desired_size") or 0
    return "1 node" if count == 1 else f"{count} nodes"


def _first(blocks: Any) -> Values:  # noqa: ANN401 - a list of blocks, or nothing
    return blocks[0] if blocks else {}


RULES: Final[dict[str, Rule]] = {
    "aws_eks_addon": judge_addon,
    "aws_eks_cluster": judge_cluster,
    "aws_eks_node_group": judge_node_group,
}
