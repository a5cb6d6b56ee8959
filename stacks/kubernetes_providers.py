"""The kubernetes and helm providers of a stack, logged in to the environment's cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from cdktf import Fn, TerraformResource
from cdktf_cdktf_provider_helm.provider import HelmProvider, HelmProviderKubernetes, HelmProviderKubernetesExec
from cdktf_cdktf_provider_kubernetes.provider import KubernetesProvider, KubernetesProviderExec

if TYPE_CHECKING:
    from constructs import Construct
    from stacks.base import EnvironmentStack


class ClusterLogin(Protocol):
    """A way to log in to a cluster."""

    def add_kubernetes_provider(self) -> None:
        """Configure the kubernetes provider of the stack."""

    def add_helm_provider(self) -> None:
        """Configure the helm provider of the stack."""


class ClusterToken(TerraformResource):
    """A token of 15 minutes, made at the plan and again at the apply, and kept in no plan and no state.

    An ephemeral resource, which cdktf does not have: Terraform 1.10 or newer, OpenTofu 1.11 or newer.
    "Ephemeral: aws_eks_cluster_auth" in https://github.com/hashicorp/terraform-provider-aws/tree/main/website/docs
    """

    TYPE = "aws_eks_cluster_auth"

    def __init__(self, scope: Construct, id_: str, *, cluster_name: str) -> None:
        super().__init__(scope, id_, terraform_resource_type=f"ephemeral.{self.TYPE}")
        self.add_override("name", cluster_name)
        self.token = self.get_string_attribute("token")

    def to_terraform(self) -> dict[str, Any]:
        """Return the block of the resource."""
        return {"ephemeral": {self.TYPE: super().to_terraform()["resource"][self.terraform_resource_type]}}


class EksLogin:
    """Address, CA and short-lived token of an EKS cluster: nothing of the caller's kubeconfig counts."""

    def __init__(
        self, stack: EnvironmentStack, *, region: str, cluster_name: str, endpoint: str, certificate_authority: str
    ) -> None:
        self.stack = stack
        self.host = endpoint
        self.cluster_ca_certificate = Fn.base64decode(certificate_authority)
        self.token: str | None = None
        self.exec: dict[str, Any] = {}
        if stack.environment.provider_login == "token":
            self.token = ClusterToken(stack, "cluster-auth", cluster_name=cluster_name).token
        else:
            self.exec = {
                "api_version": "client.authentication.k8s.io/v1beta1",
                "command": "aws",
                "args": [
                    "eks", "get-token", "--cluster-name", cluster_name,
                    "--region", region, "--output", "json",
                ],
            }  # fmt: skip

    def add_kubernetes_provider(self) -> None:
        """Configure the kubernetes provider of the stack."""
        KubernetesProvider(
            self.stack,
            "kubernetes",
            host=self.host,
            cluster_ca_certificate=self.cluster_ca_certificate,
            token=self.token,
            exec=[KubernetesProviderExec(**self.exec)] if self.exec else None,
        )

    def add_helm_provider(self) -> None:
        """Configure the helm provider of the stack."""
        HelmProvider(
            self.stack,
            "helm",
            kubernetes=HelmProviderKubernetes(
                host=self.host,
                cluster_ca_certificate=self.cluster_ca_certificate,
                token=self.token,
                exec=HelmProviderKubernetesExec(**self.exec) if self.exec else None,
            ),
        )


class KubeconfigLogin:
    """A named context of a kubeconfig: whichever context is current does not count."""

    def __init__(self, stack: EnvironmentStack, *, path: str, context: str) -> None:
        self.stack = stack
        self.path = path
        self.context = context

    def add_kubernetes_provider(self) -> None:
        """Configure the kubernetes provider of the stack."""
        KubernetesProvider(self.stack, "kubernetes", config_path=self.path, config_context=self.context)

    def add_helm_provider(self) -> None:
        """Configure the helm provider of the stack."""
        HelmProvider(
            self.stack,
            "helm",
            kubernetes=HelmProviderKubernetes(config_path=self.path, config_context=self.context),
        )
