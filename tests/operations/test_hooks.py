"""Hooks: what is run around a command, with which identity, for how long, and what a failure does."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from config.commands import Hook, Hooks, HooksByCommand
from operations.commands.hooks import EnvironmentHooks, When
from tests.environments import DATA, read_environment
from tests.synthesis import synthesize
from tests.waiting import pass_time


def python(code: str, *arguments: str, **settings: object) -> Hook:
    """Return a hook that runs Python."""
    return Hook(command=(sys.executable, "-I", "-c", code, *arguments), **settings)  # type: ignore[arg-type]


def hooks(tmp_path: Path, *before: Hook, **variables: str) -> EnvironmentHooks:
    """Return an environment that runs hooks before a deploy."""
    by_command = HooksByCommand(deploy=Hooks(before=before))
    return EnvironmentHooks("dev", by_command, {**os.environ, **variables}, tmp_path / "hooks.log")


def test_arguments_arrive_as_they_are_written_and_no_shell_reads_them(tmp_path: Path) -> None:
    texts = ("$HOME", "`id`", "a b", "*", "'", "; echo x", "-v")
    code = "import json, sys; json.dump(sys.argv[1:], open(sys.argv[1], 'w'))"
    file = str(tmp_path / "arguments")
    assert hooks(tmp_path, python(code, file, *texts)).run("deploy", "before", print)
    assert Path(file).read_text(encoding="utf-8") == json.dumps([file, *texts])


def test_a_hook_knows_what_it_is_run_for_and_works_as_the_command(tmp_path: Path) -> None:
    code = (
        "import os; open(os.environ['FILE'], 'w').write("
        "' '.join(os.environ[n] for n in ('EKS_ENVIRONMENT', 'EKS_COMMAND', 'EKS_HOOK', 'AWS_PROFILE')))"
    )
    file = tmp_path / "known"
    hooks(tmp_path, python(code), FILE=str(file), AWS_PROFILE="shop").run("deploy", "before", print)
    assert file.read_text(encoding="utf-8") == "dev deploy before shop"


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        (python("print('why'); raise SystemExit(3)"), "failed with exit status 3\nwhy ("),
        (python("import time; time.sleep(600)", timeout_seconds=1), "ended after 1 s, its timeout_seconds ("),
        (Hook(command=("no-such-program",)), "cannot be run: No such file or directory ("),
    ],
)
def test_a_failure_stops_the_command_and_says_why(hook: Hook, said: str, tmp_path: Path) -> None:
    lines: list[str] = []
    never = tmp_path / "never"
    after = python(f"open({str(never)!r}, 'w')")
    assert not hooks(tmp_path, hook, after).run("deploy", "before", lines.append)
    assert f": {said}" in lines[0]
    assert not never.exists()


def test_a_failure_that_does_not_matter_is_only_said(tmp_path: Path) -> None:
    lines: list[str] = []
    failing = python("raise SystemExit(1)", on_failure="continue")
    assert hooks(tmp_path, failing, python("")).run("deploy", "before", lines.append)
    assert "failed with exit status 1" in lines[0]
    assert ": done (" in lines[1]


def test_what_a_hook_started_ends_with_its_timeout(tmp_path: Path) -> None:
    file = tmp_path / "child"
    code = (
        "import subprocess, sys, time;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        f"open({str(file)!r}, 'w').write(str(child.pid)); time.sleep(600)"
    )
    assert not hooks(tmp_path, python(code, timeout_seconds=2)).run("deploy", "before", print)
    process = int(file.read_text(encoding="utf-8"))
    for _ in range(2000):
        try:
            status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
        except FileNotFoundError:
            return
        if status.rpartition(")")[2].split()[0] == "Z":
            return
        pass_time()
    os.kill(process, signal.SIGKILL)
    raise AssertionError("what the hook started still runs")


def test_a_hook_of_another_command_or_moment_is_not_run(tmp_path: Path) -> None:
    found = hooks(tmp_path, python("raise SystemExit(1)"))
    others: tuple[tuple[str, When], ...] = (
        ("destroy", "before"),
        ("plan", "before"),
        ("deploy", "after"),
        ("deploy", "on_error"),
        ("drift", "before"),
    )
    assert all(found.run(command, when, print) for command, when in others)


def test_what_is_run_is_described_on_one_line(tmp_path: Path) -> None:
    (line,) = hooks(tmp_path, Hook(command=("notify", "two\nlines", "```"))).described("deploy")
    assert line == r"before deploy of dev: notify 'two\nlines' '\x60\x60\x60'"


def test_nothing_of_it_reaches_the_json(tmp_path: Path) -> None:
    environment = read_environment(DATA / "everything.yaml")
    assert environment.commands.hooks.deploy.after
    stacks = synthesize([environment], tmp_path / "with")
    without = environment.model_copy(update={"commands": type(environment.commands)()})
    assert {name: stack.json for name, stack in stacks.stacks.items()} == {
        name: stack.json for name, stack in synthesize([without], tmp_path / "without").stacks.items()
    }
