"""Who may use the Kubernetes API of a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from config.core.problems import shown
from config.core.settings import Problem, Settings
from config.core.types import Principal, find_duplicates, text

if TYPE_CHECKING:
    from collections.abc import Iterator

KubernetesGroup = Annotated[str, *text(r"[^\s\0].*", "the name of a Kubernetes group", max_length=253)]

# https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
AccessPolicyName = Literal[
    "AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy", "AmazonEKSAdminViewPolicy", "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
]  # fmt: skip
# A name here is a map key and part of a construct id and of an IAM-free resource name.
EntryName = Annotated[str, *text(r"[a-z][a-z0-9-]*", "a name of lower-case letters, digits and dashes", max_length=40)]
# https://docs.aws.amazon.com/eks/latest/APIReference/API_AccessScope.html (a trailing * is a wildcard)
NamespacePattern = Annotated[
    str,
    *text(
        r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\*?|[a-z0-9][-a-z0-9]*\*",
        "a namespace, or a prefix with *",
        max_length=63,
    ),
]
# https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
GROUP_PREFIXES_RESERVED: Final = ("system:", "eks:", "aws:", "amazon:", "iam:")


class AccessPolicy(Settings):
    """An EKS access policy and where it holds."""

    policy: AccessPolicyName = Field(description="Name of the EKS access policy.")
    namespaces: tuple[NamespacePattern, ...] = Field(
        default=(),
        description="Namespaces in which the policy holds; empty: the whole cluster. Default: empty.",
    )


class AccessEntry(Settings):
    """An IAM principal that may use the Kubernetes API."""

    principal: Principal = Field(
        description="ARN of an IAM role or user; role/NAME or user/NAME for one of the environment's own account."
    )
    policies: tuple[AccessPolicy, ...] = Field(default=(), description="Access policies. Default: none.")
    kubernetes_groups: tuple[KubernetesGroup, ...] = Field(
        default=(), description="Groups for role bindings of your own. Default: none."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield what EKS would refuse, and an entry that permits nothing."""
        if not self.policies and not self.kubernetes_groups:
            yield Problem((), "permits nothing; give policies or kubernetes_groups")
        for position in find_duplicates(policy.policy for policy in self.policies):
            yield Problem(("policies", position, "policy"), "is listed twice; join the namespaces in one item")
        for position, group in enumerate(self.kubernetes_groups):
            if group.startswith(GROUP_PREFIXES_RESERVED):
                prefixes = ", ".join(GROUP_PREFIXES_RESERVED)
                message = f"{shown(group)} starts with a prefix that EKS reserves ({prefixes})"
                yield Problem(("kubernetes_groups", position), message)

    def principal_in(self, account_id: str | None) -> str:
        """Return the principal in one form, for an account if it is known: role/NAME for one of the account itself."""
        return self.principal if account_id is None else self.principal.rpartition(f"::{account_id}:")[2]

    def is_cluster_admin(self) -> bool:
        """Return whether the principal administers the whole cluster."""
        return any(p.policy == "AmazonEKSClusterAdminPolicy" and not p.namespaces for p in self.policies)
