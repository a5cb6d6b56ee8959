"""The page of a report, in a real browser without a network: what it shows, searches, filters and hides."""

from __future__ import annotations

import html
import json
import re
import struct
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from operations.drawing.drawing import draw
from operations.drawing.graph import stacks_graph
from operations.judging.judge import judge
from operations.planning.changes import from_plan
from operations.planning.stack_plan import StackPlan
from operations.reports.page import page
from operations.reports.report import Report
from operations.terraform.events import Diagnostic
from tests import programs
from tests.operations.plans import VPC, change, plan
from tests.operations.stacks import write_stacks
from tools.docs import picture

if TYPE_CHECKING:
    from pathlib import Path

ATTACK = "</script><script>document.title='attacked'</script><img src=x onerror=\"document.title='attacked'\">"
PLAN = plan(
    change("delete create", address=VPC, before={"cidr_block": "10.0.0.0/16"}, after={"cidr_block": "10.9.0.0/16"},
           replace_paths=[["cidr_block"]]),
    change("create", address="aws_subnet.a", after={"tags": {"Name": ATTACK}, "password": "hunter2"},
           after_sensitive={"password": True}),
    change("update", address="helm_release.x", before={"values": ["a: 1\nb: 2"]}, after={"values": ["a: 1\nb: 9"]}),
)  # fmt: skip
NETWORK = StackPlan("dev-network", "changes", changes=from_plan(PLAN), verdicts=judge(PLAN))
CLUSTER = StackPlan("dev-cluster", "failed", diagnostics=(Diagnostic("error", "No such thing", "Because", "a.b"),))
COSTS = {
    "currency": "USD",
    "projects": [
        {
            "name": "dev-network",
            "pastBreakdown": {"totalMonthlyCost": "32.85"},
            "breakdown": {"totalMonthlyCost": "65.7"},
            "diff": {"totalMonthlyCost": "32.85"},
        }
    ],
}


@pytest.fixture
def written(tmp_path: Path) -> str:
    """Give the page of a plan of two stacks."""
    drawing = draw(stacks_graph(write_stacks(tmp_path / "cdktf.out", read=("vpc_id",)), "dev"))
    return page(Report("plan", (NETWORK, CLUSTER), {"plan": [1.0, 2.0]}, 2.5), drawing, COSTS)


def browse(content: str, folder: Path, script: str = "") -> str:
    """Open a page, run a script in it, and return what is there then."""
    programs.need("chromium")
    file = folder / "index.html"
    file.write_text(f"{content}<script>{script}</script>" if script else content, encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"]
    own = [f"--user-data-dir={folder / 'browser'}", "--virtual-time-budget=2000", "--dump-dom"]
    done = subprocess.run(
        ["chromium", *options, *own, file.as_uri()], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


def visible(document: str) -> list[str]:
    """Name the changes that are not hidden."""
    changes = document.split('<div id="changes">')[1].split('<p class="muted" id="nothing"', maxsplit=1)[0]
    return [
        html.unescape(found[1]).split(" (")[0]
        for found in re.finditer(r'<details(?![^>]*(?:hidden|class="stack"))[^>]*><summary[^>]*>([^<]*)', changes)
    ]


def test_it_shows_everything_that_was_found(written: str, tmp_path: Path) -> None:
    document = browse(written, tmp_path)
    assert "<title>Plan: dev-network, dev-cluster</title>" in document
    assert NETWORK.verdicts
    for verdict in NETWORK.verdicts:
        assert f"dev-network/{verdict}" in html.unescape(document)
    assert "dev-cluster: No such thing (a.b)\nBecause" in document
    assert "32.85 USD" in document
    assert visible(document) == ["-/+ aws_vpc.main", "~ helm_release.x", "+ aws_subnet.a"]
    text = html.unescape(re.sub(r"<[^>]+>", "", document.split('<div id="changes">')[1]))
    assert '~ cidr_block "10.0.0.0/16" -&gt; "10.9.0.0/16" # forces replacement'.replace("-&gt;", "->") in text
    assert "-b: 2" in text
    assert "+b: 9" in text
    assert "+ password = (sensitive)" in text
    assert "hunter2" not in document


def test_what_is_in_a_value_is_text(written: str, tmp_path: Path) -> None:
    document = browse(written, tmp_path)
    assert "<title>Plan:" in document
    assert "<img" not in document


@pytest.mark.parametrize(
    ("typed", "found"),
    [("cidr", ["-/+ aws_vpc.main"]), ("SUBNET", ["+ aws_subnet.a"]), ("b: 9", ["~ helm_release.x"]), ("nowhere", [])],
)
def test_search(typed: str, found: list[str], written: str, tmp_path: Path) -> None:
    find = "const s = document.getElementById('search')"
    script = f"{find}; s.value = {json.dumps(typed)}; s.dispatchEvent(new Event('input'));"
    document = browse(written, tmp_path, script)
    assert visible(document) == found
    assert (re.search(r'id="nothing"[^>]*hidden', document) is None) == (found == [])


def test_filters(written: str, tmp_path: Path) -> None:
    document = browse(written, tmp_path, "document.querySelector('button[data-kind=add]').click();")
    assert visible(document) == ["-/+ aws_vpc.main", "~ helm_release.x"]


def test_the_drawing_leads_to_a_stack(written: str, tmp_path: Path) -> None:
    script = (
        "document.querySelector('g[data-box=dev-network]').dispatchEvent(new MouseEvent('click', {bubbles: true}));"
        "document.title = location.hash;"
    )
    assert "<title>#stack-dev-network</title>" in browse(written, tmp_path, script)


def test_it_needs_nothing_but_itself(written: str) -> None:
    assert re.findall(r'(?:src|href)="(?!#)', written.split('<script type="application/json"', maxsplit=1)[0]) == []
    assert "@import" not in written
    assert "connect-src" not in written
    assert "default-src 'none'" in written


def test_it_fits_a_phone(written: str, tmp_path: Path) -> None:
    script = "document.title = `${document.documentElement.scrollWidth <= innerWidth}`;"
    small = written.replace("<head>", "<head><style>html{width:360px}</style>", 1)
    assert "<title>true</title>" in browse(small, tmp_path, script)


def test_many_stacks_are_counted_in_the_title() -> None:
    plans = tuple(replace(CLUSTER, stack=f"dev-{number}") for number in range(5))
    content: Any = page(Report("destroy", plans, {}, 1), "")
    assert "Destroy: dev-0, dev-1, dev-2 and 2 more" in content


def test_the_picture_of_a_report_has_the_size_of_that_in_the_readme(tmp_path: Path) -> None:
    programs.need("chromium")
    (tmp_path / "index.html").write_text("<!doctype html><title>x</title>", encoding="utf-8")
    picture.take(tmp_path / "index.html", tmp_path / "report.png")
    for file in (tmp_path / "report.png", picture.PICTURE):
        header = file.read_bytes()[:24]
        assert header[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", header[16:]) == picture.SIZE
