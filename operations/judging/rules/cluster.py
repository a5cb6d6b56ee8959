"""Rules for clusters and add-ons of EKS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from operations.judging.rules.resource_values import first, ip_family, minor
from operations.judging.verdict import Effect

if TYPE_CHECKING:
    from operations.judging.planned import Plan, Planned, Values
    from operations.judging.rules.rule import Rule
    from operations.judging.verdict import Verdict

MODES: Final = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
MOST_SKEW: Final = 3


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
            or _judge_auto_mode(cluster)
        )
    if cluster.is_replaced and ip_family(cluster.before) != ip_family(cluster.after):
        family = ip_family(cluster.before)
        return cluster.verdict(
            Effect.IMPOSSIBLE,
            f"EKS keeps the IP family that a cluster was created with, {family}; with another one it would be replaced",
            way=f"set ip_family to {family}; for the other one make another environment",
        )
    if cluster.is_replaced and _key(cluster.before) and not _key(cluster.after):
        return cluster.verdict(
            Effect.IMPOSSIBLE,
            "EKS cannot stop encrypting the secrets of a cluster; without encryption the cluster would be replaced",
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
    before, after = minor(cluster.before), minor(cluster.after)
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
        f"the control plane goes from 1.{before} to 1.{after} in about 10 minutes and cannot go back; connections to "
        "the Kubernetes API end once, its address stays",
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
    before = set(first(cluster.before.get("vpc_config")).get("subnet_ids") or [])
    after = set(first(cluster.after.get("vpc_config")).get("subnet_ids") or [])
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
    before, after = (first(v.get("access_config")).get("authentication_mode") for v in (cluster.before, cluster.after))
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
        return cluster.verdict(Effect.LOSES, "who has access by the ConfigMap aws-auth only loses it permanently")
    return None


def _judge_endpoint(cluster: Planned) -> Verdict | None:
    """Judge another endpoint: whom the settings admit can reach it.

    https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
    """
    before, after = first(cluster.before.get("vpc_config")), first(cluster.after.get("vpc_config"))
    fields = ("endpoint_private_access", "endpoint_public_access", "public_access_cidrs")
    changed = [name for name in fields if before.get(name) != after.get(name)]
    if not changed:
        return None
    return cluster.verdict(
        Effect.INTERRUPTS,
        f"who reaches the Kubernetes API changes within minutes ({', '.join(changed)}); the rest of this deploy has to "
        "reach it as well",
    )


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
        return addon.verdict(Effect.INTERRUPTS, f"the add-on {name} is replaced, in about a minute")
    return None


def _judge_auto_mode(cluster: Planned) -> Verdict | None:
    """Judge pools of Auto Mode that go: https://docs.aws.amazon.com/eks/latest/userguide/set-builtin-node-pools.html."""
    gone = sorted(_auto_pools(cluster.before) - _auto_pools(cluster.after))
    if not gone:
        return None
    return cluster.verdict(Effect.INTERRUPTS, f"EKS drains and ends the nodes of the pool {', '.join(gone)}")


def _auto_pools(values: dict[str, Any]) -> set[str]:
    return {
        pool for one in values.get("compute_config") or [] if one.get("enabled") for pool in one["node_pools"] or []
    }


def _is_core(name: object) -> bool:
    return name in ("vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent")


def _key(values: Values) -> str:
    return str(first(first(values.get("encryption_config")).get("provider")).get("key_arn") or "")


RULES: Final[dict[str, Rule]] = {
    "aws_eks_addon": judge_addon,
    "aws_eks_cluster": judge_cluster,
}
