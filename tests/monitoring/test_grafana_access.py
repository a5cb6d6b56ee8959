"""Grafana in the cluster: where it keeps its data, how users log in, below which path it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.core.project import environment_text

if TYPE_CHECKING:
    from tests.core.project import Project
    from tests.synthesis import Synthesized


def grafana(synthesized: Synthesized, environment: str) -> dict[str, Any]:
    values: dict[str, Any] = synthesized[f"{environment}-kube-prom-stack"].values()["grafana"]
    return values


def from_secret(name: str, key: str) -> dict[str, Any]:
    return {"secretKeyRef": {"name": name, "key": key}}


def test_a_volume_of_its_own(synthesized: Synthesized) -> None:
    values = grafana(synthesized, "dev")
    assert values["persistence"] == {
        "enabled": True, "type": "pvc", "storageClassName": values["persistence"]["storageClassName"],
        "accessModes": ["ReadWriteOnce"], "size": "5Gi",
    }  # fmt: skip
    assert values["deploymentStrategy"] == {"type": "Recreate"}


def test_a_claim_that_exists(everything: Synthesized) -> None:
    values = grafana(everything, "other")
    assert values["persistence"] == {"enabled": True, "type": "pvc", "existingClaim": "grafana-efs"}


def test_a_database(everything: Synthesized) -> None:
    values = grafana(everything, "another")
    assert values["persistence"] == {"enabled": False}
    assert "deploymentStrategy" not in values
    assert values["grafana.ini"]["database"] == {
        "type": "postgres", "host": "db.example.com:5432", "name": "graphs", "user": "graphs",
        "ssl_mode": "verify-full",
    }  # fmt: skip
    assert values["envValueFrom"]["GF_DATABASE_PASSWORD"] == from_secret("graphs", "password")


def test_logins(everything: Synthesized) -> None:
    values = grafana(everything, "other")
    ini = values["grafana.ini"]
    assert ini["auth.github"]["allowed_organizations"] == "acme"
    assert ini["auth.generic_oauth"] == {
        "enabled": True,
        "client_id": "grafana",
        "allow_sign_up": True,
        "name": "Keycloak",
        "auth_url": "https://sso.example.com/auth",
        "token_url": "https://sso.example.com/token",
        "api_url": "https://sso.example.com/userinfo",
        "scopes": "openid profile email groups",
        "use_pkce": True,
        "role_attribute_path": "contains(groups[*], 'sre') && 'Admin' || 'Viewer'",
    }
    assert ini["auth"] == {"disable_login_form": True}
    for kind, key in (("GOOGLE", "google"), ("GITHUB", "github"), ("GENERIC_OAUTH", "oidc")):
        assert values["envValueFrom"][f"GF_AUTH_{kind}_CLIENT_SECRET"] == from_secret("grafana-login", key)
    # What the environment says itself in `ini` wins over the typed login.
    assert ini["auth.google"]["client_id"] == "$${GOOGLE_ID}"


def test_ldap_and_guests(everything: Synthesized) -> None:
    values = grafana(everything, "another")
    assert values["ldap"] == {"enabled": True, "existingSecret": "grafana-ldap"}
    assert values["grafana.ini"]["auth.ldap"] == {"enabled": True, "config_file": "/etc/grafana/ldap.toml"}
    assert values["grafana.ini"]["auth.anonymous"] == {"enabled": True, "org_role": "Viewer"}


def test_a_path_below_the_host(everything: Synthesized) -> None:
    values = grafana(everything, "another")
    assert values["grafana.ini"]["server"] == {
        "root_url": "https://tools.example.com/grafana",
        "serve_from_sub_path": True,
    }
    assert values["ingress"]["path"] == "/grafana"


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ("storage: {kind: postgres}", "storage.postgres: is needed while kind is postgres"),
        ("storage: {existing_claim: x}", "storage.existing_claim: has no effect while kind is volume"),
        ("storage: {kind: none}, volume_gib: 3", "volume_gib: has no effect while storage.kind is none"),
        ("logins: {password: false}", "logins.password: is false without google, github or oidc: nobody could log in"),
        ("logins: {google: {client_id: x, client_secret: hunter2}}", "logins.google.client_secret: "),
        ("ingress: {host: g.example.com, path: grafana}", "ingress.path: 'grafana' is not a path like / or /grafana"),
    ],
)
def test_problem(settings: str, problem: str, project: Project) -> None:
    found = project.problems_of(environment_text(kube_prom_stack=f"grafana: {{{settings}}}"))
    assert any(f": kube_prom_stack.grafana.{problem}" in one for one in found), found
