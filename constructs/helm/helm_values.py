"""Helm values as JSON: merging them, and keeping Terraform out of their text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import JsonValue

Values = dict[str, "JsonValue"]


def merged(base: Values, *over: Values) -> Values:
    """Merge mappings key by key, as Helm does with several values files; anything else is replaced."""
    result = dict(base)
    for values in over:
        for key, value in values.items():
            below = result.get(key)
            result[key] = merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result


def escaped(values: Values) -> Values:
    """Return values from a file with Terraform's template sequences doubled, so that `${x}` stays `${x}`."""
    return {key: _escape(value) for key, value in values.items()}


def escaped_text(text: str) -> str:
    """Return a text in which Terraform finds no template."""
    return text.replace("${", "$${").replace("%{", "%%{")


def _escape(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return escaped_text(value)
    if isinstance(value, list):
        return [_escape(item) for item in value]
    if isinstance(value, dict):
        return escaped(value)
    return value


def verbatim(values: Values) -> Values:
    """Return values that neither Terraform nor Helm changes, for keys that the chart passes through `tpl`."""
    return {key: _keep_from_helm(value) for key, value in escaped(values).items()}


def _keep_from_helm(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        # Raw strings: in double quotes the chart's `toYaml` could escape the quotes themselves.
        return value.replace("{{", "{{`{{`}}")
    if isinstance(value, list):
        return [_keep_from_helm(item) for item in value]
    if isinstance(value, dict):
        return {key: _keep_from_helm(item) for key, item in value.items()}
    return value


def claim_template(storage_class_name: str | None, volume_gib: int) -> Values:
    """Return the claim by which the operator gives each replica its volume."""
    spec: Values = {
        **storage_class(storage_class_name),
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": f"{volume_gib}Gi"}},
    }
    return {"volumeClaimTemplate": {"spec": spec}}


def role_annotation(role_arn: str | None) -> Values:
    """Return what makes a service account run as an IAM role, if it needs one."""
    return {} if role_arn is None else {"annotations": {"eks.amazonaws.com/role-arn": role_arn}}


def storage_class(name: str | None) -> Values:
    """Return the class of a claim; a claim that names none gets the cluster's default."""
    return {} if name is None else {"storageClassName": name}
