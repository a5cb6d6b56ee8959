"""Turns the JSON Schema of settings into the tables of a page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

Schema = dict[str, Any]

MOST_LISTED_VALUES: Final = 24


class Reference:
    """Turns the schema into one table a section; a section that is used in several places is described at the first."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.described: dict[str, str] = {}

    def sections(self) -> Iterator[str]:
        """Yield the sections, each followed by those below it."""
        yield from self._section("", self.schema)

    def _section(self, path: str, schema: Schema) -> Iterator[str]:
        heading = f"`{path}`" if path else "The whole file"
        below: list[tuple[str, str]] = []
        rows = [self._row(path, name, schema, below) for name in schema["properties"]]
        table = "\n".join(["| setting | type | default | meaning |", "| --- | --- | --- | --- |", *rows])
        yield f"\n## {heading}\n\n{sentence(schema['description'])}\n\n{table}\n"
        for name, definition in below:
            yield from self._section(name, self.schema["$defs"][definition])

    def _row(self, path: str, name: str, section: Schema, below: list[tuple[str, str]]) -> str:
        field = section["properties"][name]
        full_path = f"{path}.{name}".removeprefix(".")
        meaning, _, told_default = self._description(field).partition("Default: ")
        type_ = self._type(full_path, field, below)
        default = _default(field, told_default) if name not in section.get("required", ()) else "**required**"
        return f"| `{name}` | {type_} | {default} | {meaning.strip().replace('|', chr(92) + '|')} |"

    def _description(self, field: Schema) -> str:
        """Return a field's description; pydantic leaves out one that repeats its section's."""
        section = self.schema["$defs"].get(field.get("$ref", "").rpartition("/")[2], {})
        description: str = field.get("description") or section.get("description", "")
        return sentence(description)

    def _type(self, path: str, schema: Schema, below: list[tuple[str, str]]) -> str:
        if "$ref" in schema:
            return self._link(path, schema["$ref"].rpartition("/")[2], below)
        members = [member for key in ("anyOf", "oneOf") for member in schema.get(key, ()) if member != {"type": "null"}]
        if len(members) == 1:
            return self._type(path, members[0], below)
        if members:
            kinds = {reference: kind for kind, reference in schema["discriminator"]["mapping"].items()}
            references = [member["$ref"] for member in members]
            links = [self._link(f"{path} ({kinds[ref]})", ref.rpartition("/")[2], below) for ref in references]
            return " or ".join(links)
        if "const" in schema or "enum" in schema:
            return _one_of(schema.get("enum", [schema.get("const")]))
        if schema.get("type") == "array":
            return f"list of {self._type(f'{path}[]', schema['items'], below)}"
        if schema.get("type") == "object":
            of_patterns: Schema = schema.get("patternProperties", {})
            values: Schema = schema.get("additionalProperties") or next(iter(of_patterns.values()), {})
            return f"mapping of names to {self._type(f'{path}.<name>', values, below)}"
        return _scalar(schema)

    def _link(self, path: str, definition: str, below: list[tuple[str, str]]) -> str:
        if definition == "JsonValue":
            return "anything"
        if definition not in self.described:
            self.described[definition] = path
            below.append((path, definition))
        described = self.described[definition]
        return f"{'' if described == path else 'as '}[`{described}`](#{_anchor(described)})"


def _one_of(values: list[object]) -> str:
    if len(values) > MOST_LISTED_VALUES:
        return f"one of {len(values)} values"
    return ", ".join(f"`{json.dumps(value).strip(chr(34))}`" for value in values)


def _scalar(schema: Schema) -> str:
    names = {"string": "text", "integer": "whole number", "boolean": "`true` or `false`", "number": "number"}
    name = names.get(str(schema.get("type")), "anything")
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f"{name}, {least} to {most}"
    return f"{name}, {least} or more" if least is not None else name


def _default(field: Schema, told: str) -> str:
    """Return what the description tells, else the value; a section's default is in its own table."""
    if told:
        return told.strip().removesuffix(".").replace("|", "\\|")
    value = field.get("default")
    return "each setting's own" if isinstance(value, dict) and value else f"`{json.dumps(value)}`"


def sentence(description: str) -> str:
    """Return a text on one line."""
    return " ".join(description.split())


def _anchor(path: str) -> str:
    """Return the anchor that GitHub makes of a heading."""
    return "".join(
        character for character in path.lower().replace(" ", "-") if character.isalnum() or character in "-_"
    )
