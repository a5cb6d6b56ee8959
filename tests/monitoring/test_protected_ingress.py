"""Prometheus and Alertmanager have addresses only with a login at the load balancer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.core.project import environment_text

if TYPE_CHECKING:
    from tests.core.project import Project
    from tests.synthesis import Synthesized

ALB = "alb.ingress.kubernetes.io"
COGNITO = (
    "cognito: {user_pool_arn: 'arn:aws:cognito-idp:us-east-2:123456789012:userpool/us-east-2_A', "
    "user_pool_client_id: a, user_pool_domain: b}"
)


@pytest.fixture(scope="module")
def values(everything: Synthesized) -> dict[str, Any]:
    return everything["another-kube-prom-stack"].values()


def test_openid_connect(values: dict[str, Any]) -> None:
    ingress = values["prometheus"]["ingress"]
    assert {key: ingress[key] for key in ("enabled", "ingressClassName", "hosts", "paths", "pathType")} == {
        "enabled": True,
        "ingressClassName": "public",
        "hosts": ["prometheus.example.com"],
        "paths": ["/"],
        "pathType": "Prefix",
    }
    annotations = ingress["annotations"]
    assert annotations[f"{ALB}/auth-type"] == "oidc"
    assert annotations[f"{ALB}/auth-on-unauthenticated-request"] == "authenticate"
    assert annotations[f"{ALB}/healthcheck-path"] == "/-/healthy"
    assert json.loads(annotations[f"{ALB}/auth-idp-oidc"]) == {
        "issuer": "https://sso.example.com",
        "authorizationEndpoint": "https://sso.example.com/auth",
        "tokenEndpoint": "https://sso.example.com/token",
        "userInfoEndpoint": "https://sso.example.com/userinfo",
        "secretName": "sso",
    }


def test_cognito(values: dict[str, Any]) -> None:
    annotations = values["alertmanager"]["ingress"]["annotations"]
    assert annotations[f"{ALB}/auth-type"] == "cognito"
    assert json.loads(annotations[f"{ALB}/auth-idp-cognito"]) == {
        "userPoolARN": "arn:aws:cognito-idp:us-east-2:123456789012:userpool/us-east-2_AbCdEfGhI",
        "userPoolClientID": "1example23456789",
        "userPoolDomain": "acme-monitoring",
    }


def test_messages_link_to_the_addresses(values: dict[str, Any]) -> None:
    assert values["prometheus"]["prometheusSpec"]["externalUrl"] == "https://prometheus.example.com"
    assert values["alertmanager"]["alertmanagerSpec"]["externalUrl"] == "https://alerts.example.com"


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ("prometheus: {ingress: {host: p.example.com}}", "prometheus.ingress: give either oidc or cognito: without a"),
        (
            f"{{network_policies: {{enabled: true}}, alertmanager: {{ingress: {{host: a.example.com, {COGNITO}}}}}}}",
            "alertmanager.ingress: is out of reach while network_policies lets in pods only",
        ),
    ],
)
def test_problem(settings: str, problem: str, project: Project) -> None:
    found = project.problems_of(environment_text(kube_prom_stack=settings))
    assert any(f": kube_prom_stack.{problem}" in one for one in found), found
