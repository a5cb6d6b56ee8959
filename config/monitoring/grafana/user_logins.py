"""Settings of how users log in to the Grafana in the cluster, with every secret by reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from config.core.secret_references import SecretName
from config.core.settings import Problem, Settings
from config.core.types import text
from config.monitoring.logins import SecretKeyReference

if TYPE_CHECKING:
    from collections.abc import Iterator

ClientId = Annotated[str, *text(r"[^\s;#]+", "a client id without blanks")]
Domain = Annotated[str, *text(r"(?:[a-z0-9-]+\.)+[a-z]{2,63}", "a domain like example.com")]
Organization = Annotated[str, *text(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?", "the name of an organization")]
HttpsUrl = Annotated[str, *text(r"https://[^\s/]+\S*", "a URL: https://…")]
# A line of grafana.ini; JMESPath may have quotes in it.
OneLine = Annotated[str, *text(r"[^\r\n]+", "text on one line", max_length=2000)]


class OAuthLogin(Settings):
    """An application that is registered with who knows the users; its redirect URL starts with Grafana's address."""

    client_id: ClientId = Field(description="Id of the application.")
    client_secret: SecretKeyReference = Field(description="Where its secret is kept.")
    role_attribute_path: OneLine | None = Field(
        default=None,
        description="JMESPath that gives a user's role in Grafana, e.g. "
        "contains(groups[*], 'sre') && 'Admin' || 'Viewer'. Default: Viewer for everyone.",
    )


class GoogleLogin(OAuthLogin):
    """Google."""

    allowed_domains: tuple[Domain, ...] = Field(min_length=1, description="Domains whose users may log in.")


class GithubLogin(OAuthLogin):
    """GitHub."""

    allowed_organizations: tuple[Organization, ...] = Field(
        min_length=1, description="Organizations whose members may log in."
    )


class OidcLogin(OAuthLogin):
    """Any provider of OpenID Connect: Keycloak, Okta, Entra ID, Amazon Cognito or another."""

    name: OneLine = Field(default="OpenID Connect", description="Name on the button. Default: OpenID Connect.")
    auth_url: HttpsUrl = Field(description="Authorization endpoint.")
    token_url: HttpsUrl = Field(description="Token endpoint.")
    api_url: HttpsUrl | None = Field(default=None, description="User info endpoint. Default: the ID token is enough.")
    scopes: tuple[Annotated[str, *text(r"[!-~]+", "a scope without blanks")], ...] = Field(
        default=("openid", "profile", "email"), description="Scopes. Default: openid, profile, email."
    )


class LdapLogin(Settings):
    """LDAP: https://grafana.com/docs/grafana/latest/setup-grafana/configure-access/configure-authentication/ldap/."""

    config_secret: SecretName = Field(
        description="Kubernetes secret in the release's namespace whose key ldap-toml has Grafana's ldap.toml."
    )


class UserLogins(Settings):
    """Ways to log in, in addition to the administrator's login."""

    google: GoogleLogin | None = Field(default=None, description="Google. Default: off.")
    github: GithubLogin | None = Field(default=None, description="GitHub. Default: off.")
    oidc: OidcLogin | None = Field(default=None, description="OpenID Connect. Default: off.")
    ldap: LdapLogin | None = Field(default=None, description="LDAP. Default: off.")
    anonymous: bool = Field(
        default=False, description="Everyone who reaches Grafana can view it without a login. Default: false."
    )
    password: bool = Field(
        default=True, description="Show the form for user name and password, which LDAP needs as well. Default: true."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield that nobody could log in."""
        others = (self.google, self.github, self.oidc)
        if not self.password and all(other is None for other in others):
            yield Problem(("password",), "is false without google, github or oidc: nobody could log in")
        if not self.password and self.ldap is not None:
            yield Problem(("password",), "is false, and LDAP asks for a user name and a password")
