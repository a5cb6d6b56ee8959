"""Finds secrets that are in a file in plain text: from there they would get into Terraform's JSON and state."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.core.problems import Location

PLAIN_TEXT: Final = (
    "is a secret in plain text, which would get into Terraform's state; keep it in a Kubernetes secret and refer to it "
    "(a file that is mounted, $__file{…}, or ${VARIABLE} of envFromSecrets)"
)

# Keys whose value is the secret itself; with _file or another suffix they name where it is.
_SECRET_KEY: Final = re.compile(
    r"(?:.*[_.-])?(?:password|passwd|pass|secret|token|credentials|private_?key|api_?key|access_?key|secret_?key"
    r"|client_?secret|bearer_?token|routing_?key|service_?key|integration_?key|webhook_?url|connection_?string)",
    re.IGNORECASE,
)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# Names of things, and switches, that end like a secret.
_HARMLESS_KEYS: Final = frozenset((
    "existing_secret", "password_key", "token_key", "automount_service_account_token", "image_pull_secret",
    "hide_password", "admin_existing_secret", "config_secret", "tls_secret", "additional_scrape_configs_secret",
    "use_existing_secret",
    "env_from_secret", "sidecar_secret", "access_token_url",
))  # fmt: skip
# Mappings all of whose values are secrets.
_SECRET_MAPPINGS: Final = frozenset(("secureJsonData", "stringData", "envRenderSecret"))
_ENVIRONMENT_KEY: Final = re.compile(r"GF_.*(?:PASSWORD|SECRET|TOKEN|API_KEY|PRIVATE_KEY).*(?<!__FILE)")
# References that the program resolves: $__file{…}, $__env{…}, $__vault{…}, ${NAME}, $NAME, {{ … }} and <masked>.
_REFERENCE: Final = re.compile(
    r"\s*(?:\$__\w+\{[^}]*\}|\$\{[^}]+\}|\$[A-Za-z_]\w*|\{\{.*\}\}|<[^>]*>|/[\w./-]+)?\s*", re.DOTALL
)
# Texts that are secrets wherever they stand.
_SECRET_TEXT: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|https://hooks\.slack\.com/(?:services|workflows|triggers)/\S"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}"
    r"|\bgl(?:sa|c)_[A-Za-z0-9_]{20}"
    r"|://[^/\s:@$%{}]+:[^/\s@${}]+@"
    r"|^\s*(?:bind_password|client_secret|admin_password|password|secret_key)\s*=\s*[\"']?[^\s\"'$;#]",
    re.MULTILINE,
)


def literal_secrets(value: object, location: Location = ()) -> Iterator[Location]:
    """Yield where a value has a secret in plain text."""
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from literal_secrets(item, (*location, position))
    elif isinstance(value, dict):
        if value.get("kind") == "Secret" and isinstance(value.get("data"), dict):
            yield from ((*location, "data", key) for key, item in value["data"].items() if _is_literal(item))
        named = str(value.get("name"))
        for key, item in value.items():
            here = (*location, key)
            is_secret = _is_secret_key(key) or (key == "value" and _is_secret_key(named))
            if is_secret and _is_literal(item):
                yield here
            elif key in _SECRET_MAPPINGS and isinstance(item, dict):
                yield from ((*here, name) for name, text in item.items() if _is_literal(text))
            elif key == "extraSecret" and isinstance(item, dict) and isinstance(item.get("data"), dict):
                yield from ((*here, "data", name) for name, text in item["data"].items() if _is_literal(text))
            else:
                yield from literal_secrets(item, here)
    elif isinstance(value, str) and _SECRET_TEXT.search(value):
        yield location


def _is_secret_key(key: str) -> bool:
    if _ENVIRONMENT_KEY.fullmatch(key):
        return True
    words = _CAMEL.sub("_", key).lower().replace("-", "_")
    return words not in _HARMLESS_KEYS and _SECRET_KEY.fullmatch(words) is not None


def _is_literal(value: object) -> bool:
    """Return whether a value is a text or number that is no reference."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    return _REFERENCE.fullmatch(str(value)) is None
