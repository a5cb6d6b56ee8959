"""Writes several files, all of them or none."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from adoption.errors import AdoptionError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def write_all(texts: Mapping[Path, str], *, private: Collection[Path] = ()) -> None:
    """Write each text to a temporary file, then rename all of them; a failure leaves every file unchanged.

    Files that are `private` are readable by the user only.

    Raises:
        AdoptionError: A file cannot be written.

    """
    before = {path: path.read_bytes() if path.exists() else None for path in texts}
    aside: dict[Path, Path] = {}
    placed: list[Path] = []
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            aside[path] = _written_aside(path, text, is_private=path in private)
        for path, other in aside.items():
            placed.append(path)
            other.replace(path)
    except BaseException as error:
        for path in placed:
            _put_back(path, before[path])
        for other in aside.values():
            other.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise AdoptionError([f"{error.filename}: cannot be written: {error.strerror}"]) from error
        raise


def _written_aside(path: Path, text: str, *, is_private: bool) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        if not is_private:
            Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _put_back(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(content)
