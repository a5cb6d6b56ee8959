"""Values of ingresses that ask for a login at an application load balancer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from constructs.kubernetes.load_balancer_annotations import PREFIX, load_balancer_annotations

if TYPE_CHECKING:
    from config.monitoring.protected_ingress import ProtectedIngress
    from constructs.helm.helm_values import Values


def protected_ingress(ingress: ProtectedIngress | None) -> Values:
    """Return the ingress of Prometheus or Alertmanager, which report their health at the same path."""
    if ingress is None:
        return {}
    return {
        "ingress": {
            "enabled": True,
            "ingressClassName": ingress.ingress_class,
            "annotations": {**load_balancer_annotations(ingress, "/-/healthy"), **_login(ingress)},
            "hosts": [ingress.host],
            "paths": ["/"],
            "pathType": "Prefix",
        }
    }


def _login(ingress: ProtectedIngress) -> Values:
    values: Values = {f"{PREFIX}/auth-on-unauthenticated-request": "authenticate"}
    if ingress.oidc is not None:
        provider = {
            "issuer": ingress.oidc.issuer,
            "authorizationEndpoint": ingress.oidc.authorization_endpoint,
            "tokenEndpoint": ingress.oidc.token_endpoint,
            "userInfoEndpoint": ingress.oidc.user_info_endpoint,
            "secretName": ingress.oidc.secret,
        }
        return {**values, f"{PREFIX}/auth-type": "oidc", f"{PREFIX}/auth-idp-oidc": json.dumps(provider)}
    if ingress.cognito is not None:
        pool = {
            "userPoolARN": ingress.cognito.user_pool_arn,
            "userPoolClientID": ingress.cognito.user_pool_client_id,
            "userPoolDomain": ingress.cognito.user_pool_domain,
        }
        return {**values, f"{PREFIX}/auth-type": "cognito", f"{PREFIX}/auth-idp-cognito": json.dumps(pool)}
    return values
