"""Values of how users log in to Grafana, and of where it keeps what they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.helm.helm_values import Values, merged, storage_class, verbatim

if TYPE_CHECKING:
    from config.monitoring.grafana.grafana import GrafanaSettings
    from config.monitoring.grafana.user_logins import OAuthLogin, UserLogins
    from config.monitoring.logins import SecretKeyReference

INI = "grafana.ini"


def login_values(logins: UserLogins) -> Values:
    """Return the sections of grafana.ini, and the environment variables by which they get their secrets.

    https://grafana.com/docs/grafana/latest/setup-grafana/configure-access/configure-authentication/
    """
    values: list[Values] = []
    if logins.google is not None:
        domains = " ".join(logins.google.allowed_domains)
        values.append(_oauth("google", logins.google, {"allowed_domains": domains}))
    if logins.github is not None:
        organizations = " ".join(logins.github.allowed_organizations)
        github: Values = {"allowed_organizations": organizations, "scopes": "user:email,read:org"}
        values.append(_oauth("github", logins.github, github))
    if logins.oidc is not None:
        oidc: Values = {
            "name": logins.oidc.name,
            "auth_url": logins.oidc.auth_url,
            "token_url": logins.oidc.token_url,
            "scopes": " ".join(logins.oidc.scopes),
            "use_pkce": True,
            **({} if logins.oidc.api_url is None else {"api_url": logins.oidc.api_url}),
        }
        values.append(_oauth("generic_oauth", logins.oidc, oidc))
    if logins.ldap is not None:
        ini: Values = {"auth.ldap": {"enabled": True, "config_file": "/etc/grafana/ldap.toml"}}
        values.append({"ldap": {"enabled": True, "existingSecret": logins.ldap.config_secret}, INI: ini})
    if logins.anonymous:
        values.append({INI: {"auth.anonymous": {"enabled": True, "org_role": "Viewer"}}})
    if not logins.password:
        values.append({INI: {"auth": {"disable_login_form": True}}})
    return merged(*values) if values else {}


def _oauth(kind: str, login: OAuthLogin, options: Values) -> Values:
    section: Values = {"enabled": True, "client_id": login.client_id, "allow_sign_up": True, **options}
    if login.role_attribute_path is not None:
        section["role_attribute_path"] = login.role_attribute_path
    return {
        INI: {f"auth.{kind}": verbatim(section)},
        "envValueFrom": {f"GF_AUTH_{kind.upper()}_CLIENT_SECRET": _from_secret(login.client_secret)},
    }


def _from_secret(reference: SecretKeyReference) -> Values:
    return {"secretKeyRef": {"name": reference.secret, "key": reference.key}}


def storage_values(settings: GrafanaSettings, storage_class_name: str | None) -> Values:
    """Return the volume of the pod, or the database in its place."""
    storage = settings.storage
    if storage.postgres is not None:
        database: Values = {
            "type": "postgres",
            "host": storage.postgres.host,
            "name": storage.postgres.name,
            "user": storage.postgres.user,
            "ssl_mode": storage.postgres.ssl_mode,
        }
        variables: Values = {"GF_DATABASE_PASSWORD": _from_secret(storage.postgres.password)}
        return {"persistence": {"enabled": False}, INI: {"database": verbatim(database)}, "envValueFrom": variables}
    if storage.kind == "none":
        return {"persistence": {"enabled": False}}
    # A second pod could not attach the volume while the first one has it.
    strategy: Values = {"deploymentStrategy": {"type": "Recreate"}}
    if storage.existing_claim is not None:
        return {"persistence": {"enabled": True, "type": "pvc", "existingClaim": storage.existing_claim}, **strategy}
    claim: Values = {
        "enabled": True,
        "type": "pvc",
        **storage_class(storage_class_name),
        "accessModes": ["ReadWriteOnce"],
        "size": f"{settings.volume_gib}Gi",
    }
    return {"persistence": claim, **strategy}
