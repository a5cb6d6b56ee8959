"""The guard: a test starts what it declares and nothing else of the machine, and reaches no other machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests import programs
from tests.programs import (
    README_HINT,
    TOOLS_HINT,
    NetworkError,
    UndeclaredProgramError,
    need,
    skipped_line,
    write_python,
)

if TYPE_CHECKING:
    from pathlib import Path


def machine_program(name: str) -> str:
    """Return where the machine has a program."""
    found = shutil.which(name, path=programs.MACHINE_PATH)
    assert found is not None
    return found


def test_another_machine_is_refused() -> None:
    # 192.0.2.0/24 is reserved for documentation: nothing answers there.
    with socket.socket() as connection, pytest.raises(NetworkError, match=r"^192\.0\.2\.1 is another machine"):
        connection.connect(("192.0.2.1", 443))


@pytest.fixture
def declares_make() -> None:
    need("make")


def test_an_undeclared_program_is_not_on_the_path() -> None:
    assert machine_program("make")
    with pytest.raises(FileNotFoundError):
        subprocess.run(["make", "--version"], check=False)


def test_an_undeclared_program_is_refused_by_its_path() -> None:
    program = machine_program("make")
    with pytest.raises(UndeclaredProgramError, match=r"declare it: programs\.need\('make'\)$"):
        subprocess.run([program, "--version"], check=False)
    with pytest.raises(UndeclaredProgramError):
        os.posix_spawn(program, [program, "--version"], {})


def test_a_program_of_a_program_is_not_found_either() -> None:
    done = subprocess.run(["sh", "-c", "make --version"], check=False, capture_output=True, text=True)
    assert done.returncode == 127


def test_a_declared_program_runs() -> None:
    need("make")
    assert subprocess.run(["make", "--version"], check=True, capture_output=True).stdout
    assert subprocess.run([machine_program("make"), "--version"], check=True, capture_output=True).stdout


@pytest.mark.usefixtures("declares_make")
def test_a_declaration_of_a_fixture_counts() -> None:
    assert subprocess.run(["make", "--version"], check=True, capture_output=True).stdout


def test_a_declaration_ends_with_its_test() -> None:
    assert shutil.which("make") is None


def test_this_python_and_programs_that_a_test_writes_run(tmp_path: Path) -> None:
    folder = tmp_path / "it's a folder with spaces"
    folder.mkdir()
    write_python(folder / "program", "import sys; print(sys.argv[1:])")
    assert subprocess.run([folder / "program", "a b"], check=True, capture_output=True).stdout == b"['a b']\n"
    assert subprocess.run([sys.executable, "-c", "print(1)"], check=True, capture_output=True).stdout == b"1\n"


def test_a_missing_program_skips_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "find", lambda _: None)
    with pytest.raises(pytest.skip.Exception, match=r"^needs promtool: `make tools` installs it$"):
        need("promtool")
    with pytest.raises(pytest.skip.Exception, match=r"^needs terraform: CONTRIBUTING\.md says how "):
        need("terraform")


def test_an_old_program_skips(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write_python(tmp_path / "amtool", "print('amtool, version 0.25.0 (branch: x)')")
    monkeypatch.setattr(programs, "find", lambda _: tmp_path / "amtool")
    with pytest.raises(pytest.skip.Exception, match=r"^needs amtool 0\.28 or newer, not 0\.25: `make tools`"):
        need("amtool")


@pytest.mark.parametrize(
    ("reasons", "line"),
    [
        ([], ""),
        ([f"needs promtool: {TOOLS_HINT}"] * 2, "2 tests skipped: `make tools` runs them"),
        (
            [f"needs amtool: {TOOLS_HINT}", f"needs tofu: {README_HINT}"],
            "1 tests skipped: `make tools` runs them; 1 need Terraform and provider plugins: CONTRIBUTING.md",
        ),
        ([f"needs tofu: {README_HINT}"], "1 tests skipped: they need Terraform and provider plugins: CONTRIBUTING.md"),
        (["other"], "1 skipped for other reasons: make test PYTEST_ARGS=-rs"),
    ],
)
def test_skipped_tests_are_summed_up_in_one_line(reasons: list[str], line: str) -> None:
    assert skipped_line(reasons) == line
