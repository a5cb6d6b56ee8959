"""Reading and cleaning Pipfile.lock."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from operations.lock import main, requirements, without_sources

LOCK: dict[str, Any] = {
    "_meta": {"hash": {"sha256": "1"}, "sources": [{"name": "index", "url": "anything"}]},
    "default": {
        "one": {"version": "==1.0", "hashes": ["sha256:a", "sha256:b"], "markers": "python_version >= '3.9'"},
        "two": {"version": "==2.0", "hashes": ["sha256:c"], "index": "index"},
    },
}


def test_requirements_carry_markers_and_every_hash() -> None:
    assert requirements(LOCK, "default") == (
        "one==1.0; python_version >= '3.9' --hash=sha256:a --hash=sha256:b\ntwo==2.0 --hash=sha256:c\n"
    )


def test_cleaning_takes_out_the_sources_and_nothing_else() -> None:
    expected = copy.deepcopy(LOCK)
    expected["_meta"]["sources"] = []
    del expected["default"]["two"]["index"]
    assert without_sources(LOCK) == expected


@pytest.mark.parametrize("arguments", [[], ["requirements"], ["requirements", "no-such-category"], ["other"]])
def test_fails_on_other_arguments(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err == "usage: lock.py requirements CATEGORY | clean\n"


def test_prints_the_bootstrap_category(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["requirements", "bootstrap"]) == 0
    assert "\npipenv==" in capsys.readouterr().out
