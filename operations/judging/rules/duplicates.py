"""Finds objects that would exist twice: the second one is refused by AWS or Kubernetes when the first is there."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from operations.judging.verdict import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operations.judging.planned import Plan, Planned, Values
    from operations.judging.verdict import Verdict

# What AWS and Kubernetes distinguish objects of a type by, within an account and region, or a cluster.
IDENTITIES: Final[dict[str, tuple[str, ...]]] = {
    "aws_cloudwatch_log_group": ("name",),
    "aws_eks_access_entry": ("cluster_name", "principal_arn"),
    "aws_eks_access_policy_association": ("cluster_name", "principal_arn", "policy_arn"),
    "aws_eks_addon": ("cluster_name", "addon_name"),
    "aws_eks_cluster": ("name",),
    "aws_eks_node_group": ("cluster_name", "node_group_name"),
    "aws_eks_pod_identity_association": ("cluster_name", "namespace", "service_account"),
    "aws_iam_openid_connect_provider": ("url",),
    "aws_iam_role": ("name",),
    "aws_iam_role_policy": ("role", "name"),
    "aws_iam_role_policy_attachment": ("role", "policy_arn"),
    "aws_kms_alias": ("name",),
    "aws_launch_template": ("name",),
    "aws_route": ("route_table_id", "destination_cidr_block"),
    "aws_s3_bucket": ("bucket",),
    "aws_security_group": ("vpc_id", "name"),
    "aws_sns_topic": ("name",),
    "helm_release": ("namespace", "name"),
    "kubernetes_config_map_v1": ("metadata",),
    "kubernetes_namespace_v1": ("metadata",),
    "kubernetes_secret_v1": ("metadata",),
    "kubernetes_storage_class_v1": ("metadata",),
}


def duplicates(plan: Plan) -> Iterator[Verdict]:
    """Judge what would be made while an object of the same identity is there, under this or another address."""
    before: dict[tuple[str, tuple[str, ...]], list[Planned]] = defaultdict(list)
    for resource in plan.resources:
        identity = _identity(resource.type, resource.before)
        if identity:
            before[resource.type, identity].append(resource)
    made: dict[tuple[str, tuple[str, ...]], Planned] = {}
    for resource in plan.resources:
        identity = _identity(resource.type, resource.after)
        if not identity or not (resource.is_created or resource.is_replaced):
            continue
        key = (resource.type, identity)
        others = [one for one in before[key] if one.address != resource.address]
        if others:
            yield _stands_elsewhere(resource, others[0], identity)
        elif key in made:
            yield resource.verdict(
                Effect.IMPOSSIBLE,
                f"{_shown(identity)} is made by {made[key].address} already",
                way="remove one of them",
            )
        elif resource.is_created_first and identity == _identity(resource.type, resource.before):
            yield resource.verdict(
                Effect.IMPOSSIBLE, f"{_shown(identity)} would be made while the one that it replaces is there"
            )
        made.setdefault(key, resource)


def _stands_elsewhere(resource: Planned, other: Planned, identity: tuple[str, ...]) -> Verdict:
    what = f"{_shown(identity)} exists as {other.address}"
    if other.after and not other.is_replaced:
        return resource.verdict(Effect.IMPOSSIBLE, f"{what}, which stays", way="remove one of them from the settings")
    return resource.verdict(
        Effect.IMPOSSIBLE,
        f"{what}, which goes at the same time: making it fails, or what was made goes",
        way=f"declare that it is the same: moved: {{<stack>: {{{other.address}: {resource.address}}}}}",
    )


def _identity(type_: str, values: Values) -> tuple[str, ...] | None:
    if not values or type_ not in IDENTITIES:
        return None
    parts = [part for key in IDENTITIES[type_] for part in _parts(values.get(key))]
    return None if None in parts else tuple(map(str, parts))


def _parts(value: Any) -> list[Any]:  # noqa: ANN401 - text, or the metadata of a Kubernetes object
    if isinstance(value, list) and value:
        return [value[0].get("namespace") or "", value[0].get("name")]
    return [value]


def _shown(identity: tuple[str, ...]) -> str:
    return " ".join(part for part in identity if part)
