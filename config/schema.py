"""Writes what is generated from the settings: JSON Schemas below `values/`, and references below `docs/`.

Run `python -m config.schema` after a change of the settings; editors complete and check the YAML by the schema.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pydantic.json_schema import GenerateJsonSchema

from config import changes_page
from config.addons.addon import Addon
from config.addons.cluster_addons import ClusterAddonsSettings
from config.core.files.written_files import TRACKED, write_whole
from config.environment import Environment
from config.network.reach import GATEWAYS, USES, WITHOUT_ENDPOINT
from config.paths import ROOT, VALUES
from config.workloads.workloads import Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import core_schema

    from config.core.settings import Settings

Schema = dict[str, Any]

SCHEMA_FILE: Final = VALUES / "environment.schema.json"
REFERENCE_FILE: Final = ROOT / "docs" / "environments.md"
WORKLOAD_SCHEMA_FILE: Final = VALUES / "workload.schema.json"
WORKLOAD_REFERENCE_FILE: Final = ROOT / "docs" / "workload-settings.md"
ADDONS_FILE: Final = ROOT / "docs" / "addons.md"
MOST_LISTED_VALUES: Final = 24

_INTRODUCTION: Final = """\
# Settings of an environment

<!-- Generated from the models in `config/` by `python -m config.schema`; a test reports when it is out of date. -->

An environment is one file, `values/environments/<name>.yaml`. Everything that it may say stands below; an unknown key,
a missing one or a value that AWS, Kubernetes or the chart would refuse is a problem, reported with its file and line
before anything is written. Text that could be read as something else is quoted: `version: "1.30"`, `"no"`,
`"012"`. Anchors and aliases work; merge keys (`<<`), tags and several documents in a file do not.
"""

_ADDONS_BEGIN: Final = "<!-- Generated from the classes in `config/addons/` by `python -m config.schema`. -->"
_ADDONS_END: Final = "<!-- End of what is generated. -->"

_WORKLOAD_INTRODUCTION: Final = """\
# Settings of a workload

<!-- Generated from the models in `config/` by `python -m config.schema`; a test reports when it is out of date. -->

A workload is a file, `values/workloads/<name>.yaml`, a section `workloads.<name>` of an environment, or both: what
is in the environment file wins, mappings key by key, lists as a whole. [How to](workloads.md) has the examples.
"""


def json_schema() -> str:
    """Return the JSON Schema of an environment, as the text of its file."""
    return _text_of(_schema_of(Environment))


def workload_json_schema() -> str:
    """Return the JSON Schema of a workload's file: the environment may have what is required."""
    schema = _schema_of(Workload)
    del schema["required"]
    return _text_of(schema)


def _schema_of(model: type[Settings]) -> Schema:
    schema = model.model_json_schema(schema_generator=_Untitled)
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema}


def _text_of(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


class _Untitled(GenerateJsonSchema):
    """Leaves out titles, which would only repeat the names of the keys."""

    def field_title_should_be_set(self, schema: core_schema.CoreSchema) -> bool:  # noqa: ARG002 (of the base)
        """Return that no field has a title."""
        return False


def reference() -> str:
    """Return the reference of all settings, as the text of its file."""
    return _INTRODUCTION + "".join(_Reference(_schema_of(Environment)).sections())


def workload_reference() -> str:
    """Return the reference of a workload's settings, as the text of its file."""
    return _WORKLOAD_INTRODUCTION + "".join(_Reference(_schema_of(Workload)).sections())


def addons_page() -> str:
    """Return the page of the add-ons with the table of them, made from the classes of their settings."""
    before, _, rest = ADDONS_FILE.read_text(encoding="utf-8").partition(_ADDONS_BEGIN)
    _, _, after = rest.partition(_ADDONS_END)
    rows = [
        "| add-on | what it does | IAM role | without a NAT gateway | outside EKS | page |",
        "| --- | --- | --- | --- | --- | --- |",
        *(_addon_row(name, type(addon)) for name, addon in ClusterAddonsSettings() if isinstance(addon, Addon)),
    ]
    return f"{before}{_ADDONS_BEGIN}\n\n{chr(10).join(rows)}\n\n{_ADDONS_END}{after}"


def _addon_row(name: str, addon: type[Addon]) -> str:
    used = dict.fromkeys(
        service
        for setting, services in USES.items()
        if setting in (f"cluster_addons.{name}.enabled", f"cluster_addons.{name}.dns01_zones")
        for service in services
    )
    unreached = ", ".join(WITHOUT_ENDPOINT[service] for service in used if service in WITHOUT_ENDPOINT)
    endpoints = ", ".join(f"`{service}`" for service in used if service not in GATEWAYS) or "nothing else"
    without_nat = f"cannot reach {unreached}" if unreached else f"needs {endpoints}"
    cells = (
        f"`{name}`",
        _sentence(addon.__doc__ or ""),
        "none" if addon.ROLE is None else f"`<cluster>-{addon.ROLE}`",
        without_nat,
        "no" if addon.ONLY_ON_EKS else "yes",
        f"[{addon.TITLE}]({addon.PAGE})",
    )
    return f"| {' | '.join(cells)} |"


class _Reference:
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
        yield f"\n## {heading}\n\n{_sentence(schema['description'])}\n\n{table}\n"
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
        return _sentence(description)

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


def _sentence(description: str) -> str:
    return " ".join(description.split())


def _anchor(path: str) -> str:
    """Return the anchor that GitHub makes of a heading."""
    return "".join(
        character for character in path.lower().replace(" ", "-") if character.isalnum() or character in "-_"
    )


def main() -> None:
    """Write the files."""
    for file, text in (
        (SCHEMA_FILE, json_schema()),
        (REFERENCE_FILE, reference()),
        (WORKLOAD_SCHEMA_FILE, workload_json_schema()),
        (WORKLOAD_REFERENCE_FILE, workload_reference()),
        (ADDONS_FILE, addons_page()),
        (changes_page.PAGE_FILE, changes_page.page()),
    ):
        file.parent.mkdir(exist_ok=True)
        write_whole(file, text, mode=TRACKED)


if __name__ == "__main__":
    main()
