"""Grafana's own schema of dashboards, in tests/data/grafana_schema.json: what the shipped ones use, without prose.

`SDK=FOLDER python -m tests.monitoring.grafana_schema` writes the file again from a checkout of
https://github.com/grafana/grafana-foundation-sdk.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # its types are a package of their own

from tests.environments import DATA

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE: Final = DATA / "grafana_schema.json"
PARTS: Final = ("bargauge", "dashboard", "prometheus", "stat", "statetimeline", "table", "timeseries")
NOTICE: Final = (
    "From grafana-foundation-sdk, Copyright Grafana Labs, Apache License 2.0: "
    "https://github.com/grafana/grafana-foundation-sdk/blob/main/LICENSE"
)


def compact(part: Any) -> Any:
    """Return a part of a schema that says which keys and values there are.

    Grafana fills in what is missing, so that nothing is required. A value of any type is an open object there; which of
    several forms a value has follows from constants that the schema has not.
    """
    if isinstance(part, list):
        return [compact(item) for item in part]
    if not isinstance(part, dict):
        return part
    if part.get("type") == "object" and part.get("additionalProperties") == {} and "properties" not in part:
        return {}
    left_out = [key for key in ("$schema", "description", "required") if not isinstance(part.get(key), dict)]
    return {"anyOf" if key == "oneOf" else key: compact(value) for key, value in part.items() if key not in left_out}


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return schema


def violations(part: str, definition: str, value: Any) -> Iterator[str]:
    """Yield where a value differs from a definition of a part of the schema."""
    schema = {**_schema()[part], "$ref": f"#/definitions/{definition}"}
    for error in Draft202012Validator(schema).iter_errors(value):
        yield f"{error.json_path.removeprefix('$.')}: {error.message[:200]}"


def defines(part: str, definition: str) -> bool:
    """Return whether a part of the schema has a definition."""
    return part in _schema() and definition in _schema()[part]["definitions"]


if __name__ == "__main__":
    folder = Path(os.environ["SDK"]) / "jsonschema"
    schemas = {name: compact(json.loads((folder / f"{name}.jsonschema.json").read_text("utf-8"))) for name in PARTS}
    FILE.write_text(json.dumps({"$comment": NOTICE, **schemas}, separators=(",", ":")) + "\n", encoding="utf-8")
