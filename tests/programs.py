"""The programs that tests start: only those that a test, or a fixture that it uses, declares with `need`.

While tests run, the PATH holds the declared programs and the standard utilities of every system, and nothing else of
the machine. So a test that forgets to declare a program fails everywhere, and not just where the program is missing.
Programs of the machine that are called by their path are refused too, and so is every address but this machine's own.

A declaration counts for the test or the fixture in which it is made; a test has what its fixtures have declared.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from config.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

MACHINE_PATH = os.environ["PATH"]
TOOLS = ROOT / ".tools"
# What `make tools` installs, and where; found there first, then on the machine's PATH.
INSTALLED: dict[str, Path] = {
    **{name: TOOLS / "bin" / name for name in ("alertmanager", "amtool", "helm", "prometheus", "promtool")},
    **{name: TOOLS / "checkov" / "bin" / name for name in ("checkov", "parliament")},
    "mkdocs": TOOLS / "docs" / "bin" / "mkdocs",
    "cdktf": ROOT / "node_modules" / ".bin" / "cdktf",
    "terrain": TOOLS / "terrain" / "bin" / "python",
    "uv": TOOLS / "uv" / "bin" / "uv",
}
# Microsoft Teams needs 0.28 (`msteamsv2_configs`): https://github.com/prometheus/alertmanager/releases/tag/v0.28.0
LEAST: dict[str, tuple[int, int]] = {
    "alertmanager": (0, 28),
    "chromium": (100, 0),
    "amtool": (0, 28),
    "prometheus": (2, 40),
    "promtool": (2, 40),
}
# Every system has them, and scripts take them for granted.
STANDARD = (
    "awk", "basename", "bash", "cat", "chmod", "cp", "cut", "date", "dirname", "env", "expr", "false", "find", "grep",
    "head", "kill", "ln", "ls", "mkdir", "mktemp", "mv", "od", "printf", "ps", "pwd", "readlink", "realpath", "rm",
    "rmdir", "sed", "sh", "sleep", "sort", "tail", "tee", "test", "touch", "tr", "true", "uname", "uniq", "wc", "xargs",
)  # fmt: skip
TOOLS_HINT = "`make tools` installs it"
README_HINT = 'CONTRIBUTING.md says how under "Tests with real tools"'


class UndeclaredProgramError(Exception):
    """A test starts a program of the machine that it does not declare."""


class NetworkError(Exception):
    """A test connects to another machine."""


def need(*names: str) -> None:
    """Declare programs; skip the test, and say why, where one is missing or too old."""
    for name in names:
        path = find(name)
        hint = TOOLS_HINT if name in INSTALLED else README_HINT
        if path is None:
            pytest.skip(f"needs {name}: {hint}")
        wanted, found = LEAST.get(name), _version(path) if name in LEAST else None
        if wanted and found and found < wanted:
            pytest.skip(f"needs {name} {wanted[0]}.{wanted[1]} or newer, not {found[0]}.{found[1]}: {hint}")
        _declared.add(name, path)


def need_semaphores() -> None:
    """Skip the test where processes cannot share semaphores, as in a chroot without /dev/shm."""
    try:
        multiprocessing.get_context("spawn").Lock()
    except OSError as error:
        pytest.skip(f"needs semaphores, for which /dev/shm must be writable: {error}")


def declare(path: Path) -> Path:
    """Declare a program by its path, and return it."""
    _declared.add(path.name, path)
    return path


def write_python(path: Path, code: str) -> None:
    """Write a program in Python; its first line cannot name this Python, whose path may be long or have spaces."""
    source = path.with_name(f".{path.name}.py")
    source.write_text(code, encoding="utf-8")
    path.write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(source))} "$@"\n', encoding="utf-8"
    )
    path.chmod(0o755)


@cache
def find(name: str) -> Path | None:
    """Return where a program is: what `make tools` installed, else the first on the machine's PATH."""
    installed = INSTALLED.get(name)
    if installed and installed.exists():
        return installed
    found = shutil.which(name, path=MACHINE_PATH)
    return Path(found) if found else None


@cache
def _version(path: Path) -> tuple[int, int] | None:
    """Return the version that a program prints; `go build` leaves it out, and what it builds here is new enough."""
    with allowed(path):
        done = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
    match = re.search(r"version v?(\d+)\.(\d+)", f"{done.stdout}{done.stderr}")
    return (int(match[1]), int(match[2])) if match else None


class _Declared:
    """The declared programs, by fixture or test, and those of the running test as a folder of links."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="declared-programs-"))
        self._standard = self._folder / "standard"
        self._links = self._folder / "declared"
        for folder in (self._standard, self._links):
            folder.mkdir()
        for name in STANDARD:
            if path := shutil.which(name, path=MACHINE_PATH):
                (self._standard / name).symlink_to(path)
        # Programs by the fixture or the test that declares them; the innermost that is running is the last.
        self._by_owner: dict[object, dict[str, Path]] = defaultdict(dict)
        self._running: list[object] = []
        self.allowed_paths: Counter[Path] = Counter()

    @property
    def path(self) -> str:
        return f"{self._links}{os.pathsep}{self._standard}"

    def add(self, name: str, path: Path) -> None:
        for owner in self._running:
            self._by_owner[owner][name] = path
        self._link(name, path)

    def _link(self, name: str, path: Path) -> None:
        link = self._links / name
        if not link.is_symlink():
            link.symlink_to(path)

    @contextmanager
    def owner(self, owner: object) -> Iterator[None]:
        self._running.append(owner)
        try:
            yield
        finally:
            self._running.remove(owner)

    def begin(self, owners: list[object]) -> None:
        """Leave just the programs that these have declared."""
        for link in self._links.iterdir():
            link.unlink()
        for owner in owners:
            for name, path in self._by_owner[owner].items():
                self._link(name, path)

    def holds(self, path: Path) -> bool:
        own = (*self._links.iterdir(), *self._standard.iterdir(), *self.allowed_paths)
        return path in own or path in {link.resolve() for link in own}

    def remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


_declared = _Declared()


@contextmanager
def allowed(path: Path) -> Iterator[None]:
    """Allow a program by its path."""
    _declared.allowed_paths[path] += 1
    try:
        yield
    finally:
        _declared.allowed_paths[path] -= 1


def _is_made_here(path: Path) -> bool:
    """Return whether a program is of this virtual environment or was written by a test."""
    if path.resolve() == Path(sys.executable).resolve():
        return True
    folders = (Path(sys.prefix), Path(tempfile.gettempdir()))
    return any(path.is_relative_to(folder) or path.is_relative_to(folder.resolve()) for folder in folders)


def _refuse_undeclared(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in ("subprocess.Popen", "os.posix_spawn") or not _guards:
        return
    program = os.fsdecode(arguments[0])
    path = Path(program)
    if os.sep in program and not (_is_made_here(path) or _declared.holds(path)):
        raise UndeclaredProgramError(f"{program} is of this machine; declare it: programs.need({path.name!r})")


def _refuse_other_machines(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect" or not _guards:
        return
    address = arguments[1]
    if isinstance(address, tuple) and address[0] not in ("localhost", "127.0.0.1", "::1"):
        raise NetworkError(f"{address[0]} is another machine; tests have no network")


_guards: list[Guard] = []
sys.addaudithook(_refuse_undeclared)
sys.addaudithook(_refuse_other_machines)


class Guard:
    """The plugin of pytest that hides the machine's programs, and says at the end what installing would add."""

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        # xdist's own process runs no test, and the processes that do are started with its PATH.
        if not session.config.pluginmanager.hasplugin("dsession"):
            os.environ["PATH"] = _declared.path
            _guards.append(self)

    def pytest_sessionfinish(self) -> None:
        os.environ["PATH"] = MACHINE_PATH
        _guards.clear()

    def pytest_unconfigure(self) -> None:
        _declared.remove()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        with _declared.owner(fixturedef):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        fixtures = getattr(item, "_fixtureinfo").name2fixturedefs if hasattr(item, "_fixtureinfo") else {}  # noqa: B009
        _declared.begin([definition for definitions in fixtures.values() for definition in definitions])
        with _declared.owner(item):
            return (yield)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if line := skipped_line([str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]):
            terminalreporter.write_line(line, yellow=True)


def skipped_line(reasons: list[str]) -> str:
    """Say in one line what installing would add to a run in which tests were skipped for these reasons."""
    tools = sum(TOOLS_HINT in reason for reason in reasons)
    readme = sum(README_HINT in reason for reason in reasons)
    parts = []
    if tools:
        parts.append(f"{tools} tests skipped: `make tools` runs them")
    if readme:
        parts.append(
            f"{readme} {'' if tools else 'tests skipped: they '}need Terraform and provider plugins: CONTRIBUTING.md"
        )
    if others := len(reasons) - tools - readme:
        parts.append(f"{others} skipped for other reasons: make test PYTEST_ARGS=-rs")
    return "; ".join(parts)
