"""Reads a file that a person or another program gives: a regular one of limited size, and its text UTF-8.

Every reader of such files goes through here, so that a pipe, a device, a dangling link or a file of gigabytes is a
problem with the file's name, never a wait or a traceback.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, Final, NamedTuple

from config.core.problems import WHOLE_FILE

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES: Final = 1024 * 1024

_REFUSED_CHARACTER: Final = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_NO_REGULAR_FILE: Final = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class UnreadableError(Exception):
    """Reports why a file cannot be read: the line, the path of the setting or `file`, and the message."""

    def __init__(self, line: int, message: str, path: str = WHOLE_FILE) -> None:
        super().__init__(message)
        self.line, self.path, self.message = line, path, message


class Complaint(NamedTuple):
    """What is wrong with a text, and at which character."""

    position: int
    message: str


def exists(path: Path) -> bool:
    """Return whether there is something of that name, a link to nothing included: that one is a problem to report."""
    return os.path.lexists(path)


def read_bytes(path: Path, *, most_bytes: int = MOST_BYTES) -> bytes:
    """Return the content of a regular file.

    Raises:
        UnreadableError: It does not exist, is something else, is larger, or the system refuses it.

    """
    try:
        # Opening a pipe would wait for its other end.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(_regular(descriptor), "rb") as stream:
            data = stream.read(most_bytes + 1)
    except FileNotFoundError as error:
        message = "is a link to a file that does not exist" if path.is_symlink() else "does not exist"
        raise UnreadableError(1, message) from error
    except (OSError, ValueError) as error:
        raise UnreadableError(1, f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(data) > most_bytes:
        raise UnreadableError(1, f"is larger than {most_bytes // 1024} KiB, the most that is read")
    return data


def _regular(descriptor: int) -> int:
    kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
    if kind != stat.S_IFREG:
        os.close(descriptor)
        raise UnreadableError(1, f"is {_NO_REGULAR_FILE.get(kind, 'something else')}, not a file")
    return descriptor


def read_text(path: Path, *, most_bytes: int = MOST_BYTES) -> str:
    """Return the text of a regular file.

    Raises:
        UnreadableError: As `read_bytes`, or it is not UTF-8, or holds control characters.

    """
    data = read_bytes(path, most_bytes=most_bytes)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError(line, "is not UTF-8 text; save it in that encoding") from error
    complaint = complaint_about_text(text)
    if complaint is not None:
        raise UnreadableError(text.count("\n", 0, complaint.position) + 1, complaint.message)
    return text


def complaint_about_text(text: str) -> Complaint | None:
    """Return the first character that no text of a file should hold."""
    refused = _REFUSED_CHARACTER.search(text)
    if refused is None:
        return None
    return Complaint(refused.start(), f"holds the control character U+{ord(refused.group()):04X}; remove it")
