"""The guard: tests run in a home, time zone, language and umask that are not the machine's."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.surroundings import JSII_CACHE, UMASK, Surroundings

if TYPE_CHECKING:
    import pytest

SHOW = "import os, pathlib, time; print(pathlib.Path.home(), time.tzname[0], os.environ['LC_ALL'])"


def test_the_home_is_of_this_session() -> None:
    assert Path.home().is_relative_to(tempfile.gettempdir())
    assert Path.home().name.startswith("home-of-tests-")


def test_the_day_is_another_than_in_utc_for_most_of_the_day() -> None:
    now = datetime.now(UTC)
    assert now.astimezone().utcoffset() == timedelta(hours=14)


def test_files_are_not_for_everybody(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o666 & ~UMASK


def test_programs_that_tests_start_find_the_same() -> None:
    done = subprocess.run([sys.executable, "-c", SHOW], check=True, capture_output=True, text=True)
    assert done.stdout.split() == [str(Path.home()), "+14", "C"]


def test_the_surroundings_of_the_machine_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    monkeypatch.delenv(JSII_CACHE)
    before = dict(os.environ)
    other = Surroundings()
    assert dict(os.environ) != before
    other.pytest_unconfigure()
    assert dict(os.environ) == before
