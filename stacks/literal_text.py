"""The border between this program and cdktf: what is no token of cdktf's is text, which Terraform must not evaluate.

Every text that Python hands to cdktf passes here, keys of mappings among them. A reference of ours is a token at that
point (`${TfToken[…]}`), and no file can bring one (`config/core/files/tokens.py`); any other `${` or `%{` is therefore
data, and is written so that Terraform gives it back as it is. Nothing else escapes anything for Terraform.

Why here: docs/adr/0002-text-becomes-literal-where-cdktf-takes-it.md.
"""

from __future__ import annotations

from typing import Any, Final

import attr
import jsii

from config.core.files.tokens import literal

_REQUESTS: Final = ("begin", "complete", "create", "invoke", "sbegin", "set", "sinvoke", "sset", "sync_complete")
_PARTS: Final = ("args", "value", "result")


def install() -> None:
    """Make everything literal that jsii sends to cdktf from now on."""
    provider: Any = jsii.kernel.provider
    if getattr(provider, "is_literal", False):
        return
    for name in _REQUESTS:
        setattr(provider, name, _with_literals(getattr(provider, name)))
    provider.is_literal = True


def _with_literals(send: Any) -> Any:  # noqa: ANN401 (a method of jsii's, which has no types)
    def send_literals(request: Any, *rest: Any, **named: Any) -> Any:  # noqa: ANN401 (as above)
        changed = {
            part: _literals(given)
            for part in _PARTS
            if (given := getattr(request, part, None)) is not None and _holds_template(given)
        }
        return send(attr.evolve(request, **changed) if changed else request, *rest, **named)

    return send_literals


def _holds_template(value: Any) -> bool:  # noqa: ANN401 (what jsii made of an argument: JSON and references to objects)
    if isinstance(value, str):
        return "${" in value or "%{" in value
    if isinstance(value, list):
        return any(map(_holds_template, value))
    if isinstance(value, dict):
        return any(map(_holds_template, value)) or any(map(_holds_template, value.values()))
    return False


def _literals(value: Any) -> Any:  # noqa: ANN401 (as above)
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, list):
        return [_literals(item) for item in value]
    if isinstance(value, dict):
        return {literal(key): _literals(item) for key, item in value.items()}
    return value
