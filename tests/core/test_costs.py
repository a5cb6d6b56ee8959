"""What settings cost: one file, from which the schema, the reference and the page have it."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest

from config import schema
from config.environment import Environment
from config.pages import costs_page
from tests.invariants.test_settings_have_effect import leaves

COSTS = costs_page.settings_with_costs()
# Names of settings that stand for something that AWS takes money for, wherever they are.
COSTLY = re.compile(r"(?:_gib|(?:^|_)iops|throughput_mib|interface_endpoints|\.ingress)$")
# Without a price of their own: sizes that nobody pays for here, and groups whose price their pods decide.
FREE = {"kube_prom_stack.grafana.storage.existing_claim"}


@pytest.mark.parametrize("path", COSTS)
def test_the_description_of_a_setting_says_what_it_costs(path: str) -> None:
    assert "USD" in COSTS[path]
    hint = f"Costs: {COSTS[path]} (list price of us-east-2)."
    field = costs_page._field(json.loads(schema.json_schema()), path)
    assert hint in field["description"]
    rows = [line for line in schema.reference().splitlines() if hint in line]
    assert any(row.startswith(f"| `{path.rpartition('.')[2]}` |") for row in rows)


def test_every_setting_of_the_list_exists() -> None:
    known = {path.replace(".general.", ".<name>.") for path in leaves(Environment)}
    assert COSTS.keys() - known == set()


def test_every_setting_that_looks_costly_is_in_the_list() -> None:
    found = {path.replace(".general.", ".<name>.") for path in leaves(Environment) if COSTLY.search(path)}
    assert found - COSTS.keys() - FREE == set(), "write what they cost into config/costs.json"


def test_the_page_is_current_and_dated() -> None:
    text = costs_page.PAGE_FILE.read_text(encoding="utf-8")
    assert "\n".join(costs_page.rows()) in text, "run: python -m config.schema"
    (found,) = re.findall(r"^### Prices of (.+)$", text, re.MULTILINE)
    assert date.fromisoformat(found) <= date(2026, 11, 27)
