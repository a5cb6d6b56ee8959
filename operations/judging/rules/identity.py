"""Rules for who may do what: roles and their policies, access entries, identities of pods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from config.core.naming import CNI_IPV6_POLICY
from operations.judging.rules.resource_values import ip_family
from operations.judging.verdict import Effect

if TYPE_CHECKING:
    from operations.judging.planned import Plan, Planned
    from operations.judging.rules.rule import Rule
    from operations.judging.verdict import Verdict


def judge_role(role: Planned, plan: Plan) -> Verdict | None:
    """Judge a role that goes: one that is made again has the same ARN and another id, which trusts do not name.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    name = role.before.get("name")
    if role.is_replaced:
        return role.verdict(Effect.LOSES, f"the role {name} is replaced; whatever uses it or trusts it loses access")
    if not role.is_deleted or plan.is_destruction:
        return None
    if plan.is_used_by_what_goes(str(role.before.get("arn"))):
        return role.verdict(Effect.HARMLESS, f"the role {name} is deleted together with what uses it")
    return role.verdict(Effect.LOSES, f"the role {name}, and the rights of whatever has it")


def judge_role_policy(policy: Planned, plan: Plan) -> Verdict | None:
    """Judge a policy that a role no longer has."""
    if not (policy.is_deleted or policy.is_replaced):
        return None
    role = str(policy.before.get("role"))
    if plan.is_destruction or any(
        one.is_deleted and one.before.get("name") == role for one in plan.of_type("aws_iam_role")
    ):
        return policy.verdict(Effect.HARMLESS, "the policy is deleted together with its role")
    if policy.is_created_first and policy.type == "aws_iam_role_policy_attachment":
        return policy.verdict(Effect.HARMLESS, "the new policy is attached before the former one is detached")
    if policy.before.get("name") == CNI_IPV6_POLICY and any(
        ip_family(cluster.after) == "ipv6" for cluster in plan.of_type("aws_eks_cluster")
    ):
        return policy.verdict(
            Effect.IMPOSSIBLE,
            "EKS keeps the IP family that a cluster was created with, ipv6, and its nodes need the policy",
            way="set ip_family to ipv6",
        )
    what = policy.before.get("name") or str(policy.before.get("policy_arn")).rpartition("/")[2]
    seconds = "for seconds" if policy.is_replaced else "from now on"
    return policy.verdict(Effect.INTERRUPTS, f"the role {role} is without {what} {seconds}")


def judge_entry(entry: Planned, plan: Plan) -> Verdict | None:
    """Judge a principal that may no longer use the Kubernetes API.

    https://docs.aws.amazon.com/eks/latest/userguide/deleting-access-entries.html
    """
    if not (entry.is_deleted or entry.is_replaced) or plan.is_destruction:
        return None
    return entry.verdict(Effect.LOSES, f"the access of {entry.before.get('principal_arn')} to the Kubernetes API")


def judge_access_policy(association: Planned, plan: Plan) -> Verdict | None:
    """Judge an access policy that a principal no longer has."""
    if not (association.is_deleted or association.is_replaced):
        return None
    principal = association.before.get("principal_arn")
    goes = any(
        (entry.is_deleted or entry.is_replaced) and entry.before.get("principal_arn") == principal
        for entry in plan.of_type("aws_eks_access_entry")
    )
    if plan.is_destruction or goes:
        return association.verdict(Effect.HARMLESS, "the access policy is deleted together with its entry")
    policy = str(association.before.get("policy_arn")).rpartition("/")[2]
    if association.is_replaced:
        return association.verdict(Effect.INTERRUPTS, f"{principal} is without {policy} for seconds")
    return association.verdict(Effect.LOSES, f"{policy} of {principal}")


def judge_pod_identity(association: Planned, plan: Plan) -> Verdict | None:
    """Pods keep the credentials that they have until these end, after at most six hours.

    https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
    """
    if not (association.is_deleted or association.is_replaced) or plan.is_destruction:
        return None
    account = f"{association.before.get('namespace')}/{association.before.get('service_account')}"
    return association.verdict(Effect.INTERRUPTS, f"pods of {account} have no role until they start again")


def judge_oidc_provider(provider: Planned, plan: Plan) -> Verdict | None:
    """Every role by IRSA trusts the provider of its cluster.

    https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html
    """
    del plan
    if provider.is_deleted or provider.is_replaced:
        return provider.verdict(Effect.LOSES, "the identity provider that every role by IRSA of the cluster trusts")
    return None


RULES: Final[dict[str, Rule]] = {
    "aws_eks_access_entry": judge_entry,
    "aws_eks_access_policy_association": judge_access_policy,
    "aws_eks_pod_identity_association": judge_pod_identity,
    "aws_iam_openid_connect_provider": judge_oidc_provider,
    "aws_iam_role": judge_role,
    "aws_iam_role_policy": judge_role_policy,
    "aws_iam_role_policy_attachment": judge_role_policy,
}
