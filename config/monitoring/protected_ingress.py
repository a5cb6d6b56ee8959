"""Settings of a load balancer that requires a login: Prometheus and Alertmanager have none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from config.core.secret_references import SecretName
from config.core.settings import Problem, Settings
from config.core.types import text
from config.monitoring.load_balancer_ingress import LoadBalancerIngress

if TYPE_CHECKING:
    from collections.abc import Iterator

HttpsUrl = Annotated[str, *text(r"https://[^\s/\"]+[^\s\"]*", "a URL: https://…")]
UserPoolArn = Annotated[
    str,
    *text(r"arn:aws[a-z-]*:cognito-idp:[a-z0-9-]+:\d{12}:userpool/[\w-]+", "the ARN of a user pool of Amazon Cognito"),
]


class OidcAtLoadBalancer(Settings):
    """A provider of OpenID Connect; its redirect URL is https://HOST/oauth2/idpresponse."""

    issuer: HttpsUrl = Field(description="Issuer.")
    authorization_endpoint: HttpsUrl = Field(description="Authorization endpoint.")
    token_endpoint: HttpsUrl = Field(description="Token endpoint.")
    user_info_endpoint: HttpsUrl = Field(description="User info endpoint.")
    secret: SecretName = Field(
        description="Kubernetes secret in the release's namespace with the keys clientID and clientSecret."
    )


class CognitoAtLoadBalancer(Settings):
    """A user pool of Amazon Cognito."""

    user_pool_arn: UserPoolArn = Field(description="ARN of the user pool.")
    user_pool_client_id: Annotated[str, *text(r"[\w+]+", "the id of an app client")] = Field(
        description="Id of its app client, which has a secret."
    )
    user_pool_domain: Annotated[str, *text(r"[a-z0-9][a-z0-9.-]*", "a domain of a user pool")] = Field(
        description="Its domain: the prefix at Cognito, or one of your own."
    )


class ProtectedIngress(LoadBalancerIngress):
    """An application load balancer, by the AWS load balancer controller, that asks for a login."""

    oidc: OidcAtLoadBalancer | None = Field(default=None, description="OpenID Connect. Default: unset.")
    cognito: CognitoAtLoadBalancer | None = Field(default=None, description="Amazon Cognito. Default: unset.")

    @property
    def url(self) -> str:
        """Where people reach it."""
        return f"https://{self.host}"

    def problems(self) -> Iterator[Problem]:
        """Yield that not exactly one way to log in is given."""
        if (self.oidc is None) == (self.cognito is None):
            yield Problem((), "give either oidc or cognito: without a login anybody could read and silence everything")
