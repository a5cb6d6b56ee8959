"""User data of nodes: what EKS' own start-up of a node takes in addition to its own settings."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from config.core.files.json_text import json_for_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import JsonValue

    from config.cluster.node_groups import NodeGroup

BOUNDARY = "//"


def user_data(settings: NodeGroup) -> str | None:
    """Return the user data of a node group in base64, None where it has no settings of its own."""
    text = _bottlerocket(settings) if settings.ami_type.startswith("BOTTLEROCKET") else _al2023(settings)
    return None if text is None else base64.b64encode(text.encode()).decode()


def _al2023(settings: NodeGroup) -> str | None:
    """Return a NodeConfig, which EKS merges with its own: https://awslabs.github.io/amazon-eks-ami/nodeadm/."""
    spec: dict[str, JsonValue] = dict(settings.node_config)
    if settings.max_pods is not None:
        spec = _merged({"kubelet": {"config": {"maxPods": settings.max_pods}}}, spec)
    if not spec:
        return None
    config = json_for_yaml({"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec})
    return (
        f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="{BOUNDARY}"\n\n'
        f"--{BOUNDARY}\nContent-Type: application/node.eks.aws\n\n{config}\n\n--{BOUNDARY}--\n"
    )


def _bottlerocket(settings: NodeGroup) -> str | None:
    """Return TOML: https://bottlerocket.dev/en/os/latest/api/settings/."""
    given: dict[str, JsonValue] = dict(settings.bottlerocket_settings)
    if settings.max_pods is not None:
        given = _merged({"kubernetes": {"max-pods": settings.max_pods}}, given)
    return "\n".join(_toml("settings", given)) + "\n" if given else None


def _merged(base: dict[str, JsonValue], over: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    merged = dict(base)
    for key, value in over.items():
        before = merged.get(key)
        merged[key] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return merged


def _toml(path: str, table: Mapping[str, JsonValue]) -> Iterator[str]:
    """Yield the lines of a table and of those below it."""
    yield f"[{path}]"
    tables = {key: value for key, value in table.items() if isinstance(value, dict)}
    yield from (f"{_key(key)} = {_value(value)}" for key, value in table.items() if key not in tables)
    for key, value in tables.items():
        yield from _toml(f"{path}.{_key(key)}", value)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key, re.ASCII) else json_for_yaml(key)


def _value(value: JsonValue) -> str:
    """Return a value inside a line: texts, numbers and booleans are those of JSON that YAML takes as well."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json_for_yaml(value)
