"""Whatever stands where a file should be, readers say it in one line: they never wait, run out of memory or raise."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from config.core.files.json_source import read_json
from config.core.files.text_files import MOST_BYTES, exists
from config.core.files.yaml_source import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def make_socket(path: Path) -> None:
    """Leave a socket that nobody listens at."""
    os.mknod(path, stat.S_IFSOCK | 0o600)


def make_sparse(path: Path) -> None:
    """Make a file of a terabyte that takes no space."""
    with path.open("wb") as stream:
        stream.truncate(2**40)


def link_to_itself(path: Path) -> None:
    """Make a link that leads nowhere."""
    path.symlink_to(path)


NO_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda _: None, "does not exist"),
    "a folder": (lambda path: path.mkdir(), "is a folder, not a file"),
    "a pipe": (os.mkfifo, "is a pipe, not a file"),
    "a socket": (make_socket, "cannot be read: No such device or address"),
    "an endless device": (lambda path: path.symlink_to("/dev/zero"), "is a device, not a file"),
    "a silent device": (lambda path: path.symlink_to("/dev/null"), "is a device, not a file"),
    "a dangling link": (lambda path: path.symlink_to("nothing"), "is a link to a file that does not exist"),
    "a link to itself": (link_to_itself, "cannot be read: Too many levels of symbolic links"),
    "a huge file": (make_sparse, f"is larger than {MOST_BYTES // 1024} KiB, the most that is read"),
    "no text": (lambda path: path.write_bytes(b"a: 1\nb: \xff\n"), "is not UTF-8 text; save it in that encoding"),
    "UTF-16": (lambda path: path.write_bytes("a: 1".encode("utf-16")), "is not UTF-8 text; save it in that encoding"),
    "a control character": (lambda path: path.write_bytes(b"\na\0"), "holds the control character U+0000; remove it"),
}


@pytest.mark.parametrize("kind", NO_FILES)
def test_fails_on_anything_but_a_file_of_text(kind: str, tmp_path: Path) -> None:
    make, message = NO_FILES[kind]
    path = tmp_path / "x"
    make(path)
    for document in (read_yaml(path, "values/x"), read_json(path, "values/x")):
        (problem,) = document.problems
        assert problem.message == message
        assert str(problem).startswith("values/x:")
    assert exists(path) == (kind != "nothing")


def test_a_name_that_the_system_does_not_take_is_a_problem(tmp_path: Path) -> None:
    for name in ("a\0b", "a" * 300):
        (problem,) = read_json(tmp_path / name, "values/x").problems
        assert problem.message.startswith("cannot be read: ")
