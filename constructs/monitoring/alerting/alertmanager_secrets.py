"""Values that mount the secrets of Alertmanager's receivers: Kubernetes' as files, those of Secrets Manager fetched."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from config import versions
from constructs.kubernetes.shapes import confined_container

if TYPE_CHECKING:
    from pydantic import JsonValue

    from config.core.secret_references import SecretReference
    from config.monitoring.alerting.alertmanager import AlertmanagerSettings
    from constructs.helm.helm_values import Values


SECRETS_MANAGER_FOLDER = "/etc/alertmanager/secrets-manager"
# Volumes of the container that reads Secrets Manager, and where it finds them.
FETCH_VOLUMES = {"secrets-manager": SECRETS_MANAGER_FOLDER, "aws-cli-home": "/home/aws-cli"}


def secret_path(secret: SecretReference) -> str:
    """Return the file in which Alertmanager finds a secret."""
    if secret.secrets_manager is None:
        return f"/etc/alertmanager/secrets/{secret.secret}/{secret.key}"
    return f"{SECRETS_MANAGER_FOLDER}/{_file_name(secret.secrets_manager)}"


def _file_name(secret_id: str) -> str:
    """Return a file name for a secret's name or ARN, whose characters a file name does not take."""
    return hashlib.sha256(secret_id.encode()).hexdigest()[:16]


def _region_of(secret_id: str) -> str | None:
    return secret_id.split(":")[3] if secret_id.startswith("arn:") else None


def secret_values(settings: AlertmanagerSettings, *, region: str | None, image_registry: str | None) -> Values:
    """Return what mounts the secrets: Kubernetes' as files, those of Secrets Manager fetched when the pod starts."""
    secrets = settings.secrets()
    values: Values = {}
    names = sorted({secret.secret for secret in secrets if secret.secret is not None})
    if names:
        values["secrets"] = list(names)
    ids = sorted({secret.secrets_manager for secret in secrets if secret.secrets_manager is not None})
    if ids:
        values["volumes"] = [
            {"name": name, "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}} for name in FETCH_VOLUMES
        ]
        values["volumeMounts"] = [{"name": "secrets-manager", "mountPath": SECRETS_MANAGER_FOLDER, "readOnly": True}]
        values["initContainers"] = [_fetch_secrets(ids, region=region, image_registry=image_registry)]
    return values


def _fetch_secrets(ids: list[str], *, region: str | None, image_registry: str | None) -> JsonValue:
    """Return an init container that writes secrets into memory, by Alertmanager's role: not into etcd or state."""
    script = "set -eu; umask 077; " + " ".join(
        f"aws secretsmanager get-secret-value --region {_region_of(id_) or region} --secret-id '{id_}'"
        " --query SecretString --output text"
        f" | tr -d '\\n' > {SECRETS_MANAGER_FOLDER}/{_file_name(id_)};"
        for id_ in ids
    )
    return {
        "name": "fetch-secrets",
        "image": versions.AWS_CLI.reference(image_registry),
        "command": ["/bin/bash", "-o", "pipefail", "-c", script],
        # The AWS CLI keeps the credentials of its role in a cache below HOME.
        "env": [{"name": "AWS_REGION", "value": region}, {"name": "HOME", "value": FETCH_VOLUMES["aws-cli-home"]}],
        "volumeMounts": [{"name": name, "mountPath": path} for name, path in FETCH_VOLUMES.items()],
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": confined_container(),
    }
