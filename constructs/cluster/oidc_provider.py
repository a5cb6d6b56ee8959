"""The IAM OIDC provider of a cluster, which IRSA roles trust."""

from __future__ import annotations

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.iam_openid_connect_provider import IamOpenidConnectProvider

from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class OidcProviderProps:
    """`issuer_url` is the cluster's issuer with https://; `name` becomes the Name tag."""

    name: str
    issuer_url: str


@dataclass(frozen=True, kw_only=True)
class OidcProviderOutputs:
    """ARN of the provider."""

    arn: str


class OidcProvider(Construct):
    """Trusts the issuer's tokens that were made for AWS STS.

    IAM takes the thumbprint of the issuer's certificate itself:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
    """

    def __init__(self, scope: Construct, id_: str, props: OidcProviderProps) -> None:
        super().__init__(scope, id_)
        provider = IamOpenidConnectProvider(
            self,
            "this",
            url=props.issuer_url,
            client_id_list=["sts.amazonaws.com"],
            tags={"Name": props.name},
        )
        self.outputs = OidcProviderOutputs(arn=provider.arn)
