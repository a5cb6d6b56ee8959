"""Helm values as JSON: merging them, and keeping Helm's templates out of their text."""

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


def verbatim(value: Values) -> Values:
    """Return values that Helm does not change, keys included, where the chart passes them through `tpl`."""
    return {verbatim_text(key): _verbatim(item) for key, item in value.items()}


def _verbatim(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return verbatim_text(value)
    if isinstance(value, list):
        return [_verbatim(item) for item in value]
    return verbatim(value) if isinstance(value, dict) else value


def verbatim_text(text: str) -> str:
    """Return the template of Helm that gives a text."""
    # A raw string: in double quotes the chart's `toYaml` could escape the quotes themselves.
    return text.replace("{{", "{{`{{`}}")


def claim_template(storage_class_name: str | None, volume_gib: int) -> Values:
    """Return the claim by which the operator gives each replica its volume."""
    spec: Values = {
        **storage_class(storage_class_name),
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": f"{volume_gib}Gi"}},
    }
    return {"volumeClaimTemplate": {"spec": spec}}


def storage_class(name: str | None) -> Values:
    """Return the class of a claim; a claim that names none gets the cluster's default."""
    return {} if name is None else {"storageClassName": name}
