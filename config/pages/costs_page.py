"""What settings cost: the hints in the schema and in the reference, and the tables of docs/costs.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from config.paths import ROOT

if TYPE_CHECKING:
    from config.pages.settings_reference import Schema

DATA_FILE: Final = ROOT / "config" / "costs.json"
PAGE_FILE: Final = ROOT / "docs" / "costs.md"
OF_EACH: Final = "<name>"


class Price(NamedTuple):
    """A price of AWS in us-east-2, in USD: for what, where it stands, and whether it was confirmed at the date."""

    usd: str
    unit: str
    page: str
    confirmed: bool


def settings_with_costs() -> dict[str, str]:
    """Return what each setting that costs something costs, by its path."""
    found: dict[str, str] = _data()["settings"]
    return found


def add_hints(schema: Schema) -> None:
    """Write into the descriptions of an environment's schema what the settings cost."""
    for path, cost in settings_with_costs().items():
        field = _field(schema, path)
        before, mark, default = field.get("description", "").partition("Default: ")
        field["description"] = f"{before}Costs: {cost} (list price of us-east-2). {mark}{default}".strip()


def rows() -> list[str]:
    """Return the tables of prices and of settings, by line."""
    data = _data()
    prices = [_price_row(name, Price(**entry)) for name, entry in data["prices"].items()]
    settings = [f"| `{path}` | {cost} |" for path, cost in data["settings"].items()]
    return [
        f"### Prices of {data['price_list']}",
        "",
        "| price | USD | page of AWS |",
        "| --- | ---: | --- |",
        *prices,
        "",
        "### Settings that cost",
        "",
        "| setting | costs |",
        "| --- | --- |",
        *settings,
    ]


def _price_row(name: str, price: Price) -> str:
    state = "confirmed" if price.confirmed else "to be checked"
    return f"| {name} | {price.usd} {price.unit} | [{state}]({price.page}) |"


def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(DATA_FILE.read_text(encoding="utf-8"))
    return data


def _field(schema: Schema, path: str) -> Schema:
    """Return the schema of a setting."""
    section, field = schema, schema
    for name in path.split("."):
        field = (
            section.get("additionalProperties") or next(iter(section["patternProperties"].values()))
            if name == OF_EACH
            else section["properties"][name]
        )
        section = _section(schema, field)
    return field


def _section(schema: Schema, field: Schema) -> Schema:
    """Return what a field holds: the definition that it refers to, past the choice of none."""
    members = [one for key in ("anyOf", "oneOf") for one in field.get(key, ()) if one != {"type": "null"}]
    if members:
        return _section(schema, members[0])
    if "$ref" in field:
        found: Schema = schema["$defs"][field["$ref"].rpartition("/")[2]]
        return found
    return field
