"""Matchers of routes: Alertmanager's own grammar and its regular expressions."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from pydantic import TypeAdapter, ValidationError

from config.monitoring.alerting.matchers import Matcher
from tests.programs import need

if TYPE_CHECKING:
    from pathlib import Path

TAKEN = (
    'team="sre"', "team=sre", "team = sre", "team!=sre", 'pod=~"api-.*"', "pod!~api-.+", 'pod=~"api-\\d+"',
    'pod=~"api-\\\\d+"', 'a="say \\"yes\\""', 'a=~"(?i)x"', 'a=~"[[:alpha:]]+"', 'a=~"\\\\pL"', 'a=""', "a=",
    'a="x,y={}"',
    'path=~"/a/b|/c"', 'a="🔥"', "a=~(x|y)", '1a="x"',
)  # fmt: skip
REFUSED = (
    "team", '="sre"', 'a=~"(?!x)"', 'a=~"("', 'a=~"x**"', 'a="x', 'a=~"a{1001}"', 'a=~"(?<=x)y"', 'a="x"y"', "a b=x",
    'a=~"\\\\C"',    'a=~"*"', 'a=~"\\\\1"',
)  # fmt: skip


@pytest.mark.parametrize("matcher", TAKEN)
def test_taken(matcher: str) -> None:
    assert TypeAdapter(Matcher).validate_python(matcher) == matcher


@pytest.mark.parametrize("matcher", REFUSED)
def test_refused(matcher: str) -> None:
    with pytest.raises(ValidationError, match=r"is not a matcher like|has no regular expression of RE2"):
        TypeAdapter(Matcher).validate_python(matcher)


@pytest.mark.parametrize("matcher", [*TAKEN, *REFUSED])
def test_alertmanager_is_of_the_same_opinion(matcher: str, tmp_path: Path) -> None:
    need("amtool")
    route = {"receiver": "nobody", "routes": [{"receiver": "nobody", "matchers": [matcher]}]}
    file = tmp_path / "alertmanager.json"
    file.write_text(json.dumps({"route": route, "receivers": [{"name": "nobody"}]}, ensure_ascii=False))
    done = subprocess.run(["amtool", "check-config", str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is (matcher in TAKEN), done.stdout + done.stderr
