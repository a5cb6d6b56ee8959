"""What is printed while something runs: where there is no terminal, a line a stage and one a while."""

from __future__ import annotations

import io

from rich.console import Console

from operations.planning.progress import Progress
from tests.waiting import wait_until

BEAT_SECONDS = 0.01


def progress(heartbeat_seconds: float = BEAT_SECONDS) -> tuple[Progress, io.StringIO]:
    """Return a progress that writes to a file, and the file."""
    written = io.StringIO()
    return Progress(Console(file=written, width=200), heartbeat_seconds), written


def test_the_heart_beats_for_each_stack_and_says_what_is_made_since_when() -> None:
    shown, written = progress()
    with shown:
        shown.start("dev-cluster")("create aws_eks_cluster.this, 600 s so far")
        shown.start("dev-addons")("plan")
        wait_until(lambda: written.getvalue().count("dev-cluster: create aws_eks_cluster.this, 600 s so far, ") > 2)
        wait_until(lambda: written.getvalue().count("dev-addons: plan, ") > 1)
        shown.finish("dev-cluster", "applied")
    assert "dev-cluster: applied (" in written.getvalue()
    after = written.getvalue().partition("dev-cluster: applied (")[2]
    assert "create aws_eks_cluster" not in after


def test_steps_between_the_beats_are_no_lines() -> None:
    shown, written = progress(heartbeat_seconds=3600)
    with shown:
        watch = shown.start("dev-cluster")
        watch("init")
        watch("plan")
        for number in range(100):
            watch(f"reads aws_subnet.{number}")
        watch("tries again in 10 s: AWS throttles")
    assert written.getvalue().splitlines() == [
        "dev-cluster: init",
        "dev-cluster: plan",
        "dev-cluster: tries again in 10 s: AWS throttles",
    ]


def test_what_is_before_the_stacks_is_said_at_once_and_again() -> None:
    shown, written = progress()
    shown.begin("Synthesizing")
    assert written.getvalue() == "Synthesizing\n"
    wait_until(lambda: written.getvalue().count("Synthesizing") > 2)
    shown.end()


def test_the_heart_stops_with_the_work() -> None:
    shown, _ = progress()
    with shown:
        heart = shown._heart
        assert heart.is_alive()
    wait_until(lambda: not heart.is_alive())
