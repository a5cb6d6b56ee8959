"""Runs a command in a real pseudo-terminal, as a person does: reads what it prints, types, sends Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from typing import TYPE_CHECKING

from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Colours, movements of the cursor, and modes: https://ecma-international.org/publications-and-standards/standards/ecma-48/
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")


class Terminal:
    """One command in a terminal of some width. Use as a context manager, so that it ends with the test."""

    def __init__(
        self, command: Sequence[str | Path], *, cwd: Path, environment: dict[str, str], columns: int = 80
    ) -> None:
        self.started = time.monotonic()
        self.raw = ""
        self.columns = columns
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))

        def take_terminal() -> None:
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env={**environment, "TERM": "xterm-256color"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            preexec_fn=take_terminal,  # noqa: PLW1509 - the test has no threads here
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)

    @property
    def text(self) -> str:
        """Everything that was printed, without colours and movements."""
        return CONTROL.sub("", self.raw)

    @property
    def seconds_to_first_output(self) -> float:
        """How long it took until anything was shown."""
        wait_until(lambda: self._read() or self.raw)
        return time.monotonic() - self.started

    def expect(self, text: str) -> None:
        """Read until a text has been printed."""
        wait_until(
            lambda: text in self.text or not (self._read() or self.process.poll() is None),
            lambda: f"waited for {text!r}:\n{self.text}",
        )
        assert text in self.text, f"ended without {text!r}:\n{self.text}"

    def type(self, line: str) -> None:
        """Type a line and press Enter."""
        os.write(self._master, f"{line}\n".encode())

    def press_control_c(self) -> None:
        """Press Ctrl-C: the terminal signals everything in its foreground."""
        os.write(self._master, b"\x03")

    def end(self) -> int:
        """Read to the end; return the exit code."""
        wait_until(lambda: not (self._read() or self.process.poll() is None), lambda: f"does not end:\n{self.text}")
        while self._read():
            pass
        return self.process.returncode

    def _read(self) -> bool:
        """Read what is there, waiting a moment for it; whether there was something."""
        if not select.select([self._master], [], [], 0.1)[0]:
            return False
        try:
            found = os.read(self._master, 65536)
        except OSError:
            return False
        self.raw += found.decode(errors="replace")
        return bool(found)
