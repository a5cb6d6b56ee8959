"""The table of what a change of each setting does: it has every setting, and its page is current."""

from __future__ import annotations

from config.environment import Environment
from config.pages.changes_page import PAGE_FILE, changes, page
from operations.judging.verdict import Effect
from tests.invariants.test_settings_have_effect import leaves


def test_every_setting_has_an_entry() -> None:
    missing = set(leaves(Environment)) - set(changes())
    assert missing == set(), (
        "say what a change of these does in config/changes.json (tests/integration/test_every_setting.py tries it), "
        "then run python -m config.schema"
    )


def test_no_entry_is_of_a_setting_that_is_gone() -> None:
    assert set(changes()) - set(leaves(Environment)) == set()


def test_every_entry_has_an_effect_of_the_judge() -> None:
    assert {change.effect for change in changes().values()} <= set(Effect)


def test_the_page_is_current() -> None:
    assert PAGE_FILE.read_text(encoding="utf-8") == page()
