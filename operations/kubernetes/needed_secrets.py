"""The Kubernetes secrets that an environment's settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from config.core.settings import Settings
from config.monitoring.logins import SecretKeyReference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.environment import Environment

# Of a pull secret: https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets
PULL_SECRET_KEY: Final = ".dockerconfigjson"  # noqa: S105 (the name of a key)


def needed_secrets(environment: Environment) -> dict[str, list[str]]:
    """Return the keys of each Kubernetes secret that the settings name; without keys where they are not known."""
    stack = environment.kube_prom_stack
    needed: dict[str, list[str]] = {name: [PULL_SECRET_KEY] for name in stack.image_pull_secrets}
    for secret in stack.alertmanager.secrets():
        if secret.secret is not None and secret.key is not None:
            needed.setdefault(secret.secret, []).append(secret.key)
    login = stack.grafana.admin_secret
    if stack.grafana.enabled and login is not None:
        needed.setdefault(login.name, []).extend([login.user_key, login.password_key])
    names = (*(stack.probes.secrets if stack.probes.enabled else ()), *stack.grafana.env_secrets)
    for name in names:
        needed.setdefault(name, [])
    for reference in _references(stack):
        needed.setdefault(reference.secret, []).append(reference.key)
    return needed


def _references(value: object) -> Iterator[SecretKeyReference]:
    """Yield the keys of secrets that settings name, wherever they are."""
    if isinstance(value, SecretKeyReference):
        yield value
    elif isinstance(value, Settings):
        for name in type(value).model_fields:
            yield from _references(getattr(value, name))
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _references(item)


def pull_secrets_elsewhere(environment: Environment) -> Iterator[tuple[str, str]]:
    """Yield namespace and name of the pull secrets of add-ons and workloads, each once, sorted."""
    found: set[tuple[str, str]] = set()
    addons = environment.cluster_addons
    for addon in addons.installed.values():
        found |= {(addon.NAMESPACE, name) for name in addons.image_pull_secrets}
    if environment.workloads:
        from config.workloads.workload_files import namespace_of, read_workloads  # noqa: PLC0415 (30 ms that only workloads pay)

        for name, workload in read_workloads(environment).items():
            found |= {(namespace_of(name, workload), secret) for secret in workload.image_pull_secrets}
    yield from sorted(found)
