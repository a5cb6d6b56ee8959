"""Settings of a cluster that exists already and that this project does not manage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from config.core import aws
from config.core.settings import Problem, Settings
from config.core.types import text

if TYPE_CHECKING:
    from collections.abc import Iterator

ClusterName = Annotated[
    str,
    *text(
        r"[0-9A-Za-z][A-Za-z0-9_-]*",
        "a cluster name (letters, digits, _ and -)",
        max_length=aws.EKS_CLUSTER_NAME_MAX_LENGTH,
    ),
]
OidcProviderArn = Annotated[
    str, *text(r"arn:aws[a-z-]*:iam::\d{12}:oidc-provider/[^\s/]+\S*", "the ARN of an IAM OIDC provider")
]
NAMES_NOT_ONE: Final = Problem((), "give either eks or kubeconfig_context")


class ExistingCluster(Settings):
    """A cluster that is there: an EKS cluster by name, or any cluster by a context of a kubeconfig."""

    eks: ClusterName | None = Field(
        default=None,
        description="Name of an EKS cluster of the environment's account and region; its address, network and OIDC "
        "provider are looked up. Default: unset.",
    )
    kubeconfig_context: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="Context of a kubeconfig: minikube, EKS Anywhere, kind. Default: unset."
    )
    kubeconfig_path: Annotated[str, Field(min_length=1)] = Field(
        default="~/.kube/config", description="The kubeconfig that has the context. Default: ~/.kube/config."
    )
    oidc_provider_arn: OidcProviderArn | None = Field(
        default=None,
        description="IAM OIDC provider that trusts the cluster's service account tokens, for IRSA. "
        "Default: the one of an EKS cluster, none for a kubeconfig.",
    )

    @property
    def issuer_url(self) -> str | None:
        """URL of the issuer that the given OIDC provider stands for; IAM names providers after it."""
        if self.oidc_provider_arn is None:
            return None
        return "https://" + self.oidc_provider_arn.partition(":oidc-provider/")[2]

    def problems(self) -> Iterator[Problem]:
        """Yield that not exactly one cluster is named, and what would have no effect."""
        if (self.eks is None) == (self.kubeconfig_context is None):
            yield NAMES_NOT_ONE
        elif self.eks is not None and "kubeconfig_path" in self.model_fields_set:
            yield Problem(("kubeconfig_path",), "requires kubeconfig_context")
