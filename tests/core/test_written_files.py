"""A file that is written is the old one or the new one, whatever happens meanwhile."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from config.core.files.written_files import TRACKED, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def private() -> Iterator[None]:
    """Let new files be for their owner only."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    """Return who may do what with a file."""
    return path.stat().st_mode & 0o777


@pytest.mark.usefixtures("private")
def test_a_new_file_is_private_unless_it_is_tracked(tmp_path: Path) -> None:
    write_whole(tmp_path / "state", "a")
    write_whole(tmp_path / "dev.yaml", "a", mode=TRACKED)
    assert (mode(tmp_path / "state"), mode(tmp_path / "dev.yaml")) == (0o600, 0o644)


@pytest.mark.usefixtures("private")
def test_a_file_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "dev.yaml"
    path.write_text("a", encoding="utf-8")
    path.chmod(0o640)
    write_whole(path, "b", mode=TRACKED)
    assert (path.read_text(encoding="utf-8"), mode(path)) == ("b", 0o640)


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a", encoding="utf-8")
    (tmp_path / "link").symlink_to("file")
    write_whole(tmp_path / "link", "b")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text(encoding="utf-8") == "b"


def test_fails_and_leaves_the_old_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "dev.yaml"
    path.write_text("old", encoding="utf-8")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "replace", refuse)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")
    assert {one.name: one.read_text(encoding="utf-8") for one in tmp_path.iterdir()} == {"dev.yaml": "old"}
