"""A Node process that runs jsii's kernel directly and is started before anything of jsii is imported.

jsii starts Node twice: `bin/jsii-runtime.js` starts `lib/program.js` and passes every message on. Here the second is
started at once, with the socket that it expects as file descriptor 3: 45 ms and two context switches a message less.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import socket
import sys
import threading
from typing import IO, TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Mapping

_CHANNEL = 3
# Node leaves at once when asked to, except after the first run with a new provider: then it finishes the index of the
# provider's types, without which every later run would take seconds (4 s for AWS on a slow machine).
_EXIT_TIMEOUT_SECONDS = 60
_READ_BUFFER_BYTES = 1 << 16
_SOCKET_BUFFER_BYTES = 1 << 20


class NodeProcess:
    """What `subprocess.Popen` would be for this process, as far as jsii uses it."""

    def __init__(self, command: list[str], environment: Mapping[str, str]) -> None:
        ours, theirs = socket.socketpair()
        self.buffer_bytes = min(_enlarge_buffer(ours), _enlarge_buffer(theirs))
        output_reader, output_writer = os.pipe()
        error_reader, error_writer = os.pipe()
        # Away from the numbers that the child's own descriptors get.
        channel = fcntl.fcntl(theirs.fileno(), fcntl.F_DUPFD_CLOEXEC, 16)
        try:
            self.pid = os.posix_spawnp(
                command[0],
                command,
                environment,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, output_writer, 1),
                    (os.POSIX_SPAWN_DUP2, error_writer, 2),
                    (os.POSIX_SPAWN_DUP2, channel, _CHANNEL),
                ],
            )
        finally:
            theirs.close()
            for descriptor in (channel, output_writer, error_writer):
                os.close(descriptor)
        self.args = command
        self.returncode: int | None = None
        self.stdin: BinaryIO = open(os.dup(ours.fileno()), "wb")  # noqa: PTH123, SIM115 - closed by jsii
        self.stdout: BinaryIO = open(ours.detach(), "rb", _READ_BUFFER_BYTES)  # noqa: PTH123, SIM115 - closed by jsii
        self.stderr: BinaryIO = open(error_reader, "rb", 0)  # noqa: PTH123, SIM115 - closed by jsii
        self._output: BinaryIO = open(output_reader, "rb", 0)  # noqa: PTH123, SIM115 - closed by its thread
        self._threads: list[threading.Thread] = []

    def pass_output_on(self) -> threading.Thread:
        """Copy what Node prints to this program's streams; return the thread that copies the errors."""
        for name, source in (("stdout", self._output), ("stderr", self.stderr)):
            thread = threading.Thread(target=_copy, args=(source, name), name=f"node.{name}", daemon=True)
            thread.start()
            self._threads.append(thread)
        return self._threads[-1]

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end of Node and of its output.

        Raises: subprocess.TimeoutExpired, after a longer time than jsii asks for (see `_EXIT_TIMEOUT_SECONDS`).
        """
        seconds = max(timeout or 0, _EXIT_TIMEOUT_SECONDS)
        if self.returncode is None and not self._closes_channel_within(seconds):
            import subprocess  # noqa: PLC0415 - not needed before Node has started

            raise subprocess.TimeoutExpired(self.args, seconds)
        if self.returncode is None:
            self.returncode = self._reap()
        for thread in self._threads:
            thread.join(timeout=5)
        if self._threads:
            self._output.close()
        return self.returncode

    def terminate(self) -> None:
        """Ask Node to end now."""
        if self.returncode is None:
            os.kill(self.pid, signal.SIGTERM)

    def discard(self) -> None:
        """End a process that nobody has used, and wait for its end."""
        # The reader has the same socket, so closing the writer would not tell Node that nothing more comes.
        with contextlib.suppress(OSError):
            self._shut_down()
        self.stdin.close()
        self.wait()
        for stream in (self.stdout, self.stderr, self._output):
            stream.close()

    def forget(self) -> None:
        """Close this process's copies of the descriptors; for a fork, which must leave Node to its parent."""
        for stream in (self.stdin, self.stdout, self.stderr, self._output):
            stream.close()

    def _closes_channel_within(self, seconds: float) -> bool:
        """Read answers that nobody wants any more until there is nothing more to come."""
        while select.select([self.stdout], [], [], seconds)[0]:
            if not os.read(self.stdout.fileno(), _READ_BUFFER_BYTES):
                return True
        return False

    def _shut_down(self) -> None:
        with socket.socket(fileno=os.dup(self.stdout.fileno())) as channel:
            channel.shutdown(socket.SHUT_WR)

    def _reap(self) -> int:
        """Collect the exit code if there is one; Node has nothing left to do but to free its memory."""
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            # Somebody else has waited for it; its exit code is lost.
            return 0
        return os.waitstatus_to_exitcode(status) if pid else 0


def _enlarge_buffer(channel: socket.socket) -> int:
    """Ask for a large buffer, of which systems give less, and return its size."""
    with contextlib.suppress(OSError):
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BUFFER_BYTES)
    return channel.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)


def _copy(source: BinaryIO, stream_name: str) -> None:
    """Write everything from `source` to the stream that is `sys.<stream_name>` at that moment."""
    while chunk := source.read(_READ_BUFFER_BYTES):
        stream: IO[str] = getattr(sys, stream_name)
        binary = getattr(stream, "buffer", None)
        if binary is None:
            stream.write(chunk.decode(errors="replace"))
        else:
            stream.flush()
            binary.write(chunk)
            binary.flush()
