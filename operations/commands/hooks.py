"""Runs the hooks of environments: on this machine, without a shell, each for as long as it may take.

Format: `commands.hooks` in docs/environments.md.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from config.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from config.commands import Hook, HooksByCommand

When = Literal["before", "after", "on_error"]
WHEN: Final[tuple[When, ...]] = ("before", "after", "on_error")
# After this time a hook that was asked to end is killed.
KILL_AFTER_SECONDS: Final = 5
POLL_SECONDS: Final = 0.02
SHOWN_LINES: Final = 20


@dataclass(frozen=True)
class EnvironmentHooks:
    """The hooks of one environment.

    Attributes:
        variables: The environment of what is run.
        log: The file that takes what they print.

    """

    environment: str
    hooks: HooksByCommand
    variables: Mapping[str, str]
    log: Path

    def described(self, command: str) -> Iterator[str]:
        """Report what is run around a command, a line each."""
        for when in WHEN:
            for hook in self._of(command, when):
                yield self._described(hook, command, when)

    def run(self, command: str, when: When, say: Callable[[str], None]) -> bool:
        """Run the hooks of one moment in their order; return whether the command may continue."""
        for hook in self._of(command, when):
            started = time.monotonic()
            failure = self._run(hook, command, when)
            seconds = time.monotonic() - started
            say(f"Hook {self._described(hook, command, when)}: {failure or 'done'} ({seconds:.1f} s)")
            if failure and hook.on_failure == "stop":
                return False
        return True

    def _described(self, hook: Hook, command: str, when: When) -> str:
        """Write it on one line, whatever its arguments hold."""
        typed = shlex.join(hook.command).encode("unicode_escape").decode().replace("`", "\\x60")
        return f"{when.replace('_', ' ')} {command} of {self.environment}: {typed}"

    def _of(self, command: str, when: When) -> tuple[Hook, ...]:
        hooks = getattr(self.hooks, command, None)
        found: tuple[Hook, ...] = getattr(hooks, when) if hooks else ()
        return found

    def _run(self, hook: Hook, command: str, when: When) -> str:
        """Run one; return how it failed, with the end of what it printed, and nothing for a success."""
        known = {"EKS_ENVIRONMENT": self.environment, "EKS_COMMAND": command, "EKS_HOOK": when}
        with self.log.open("ab") as output:
            began = output.tell()
            try:
                process = subprocess.Popen(  # noqa: S603 - what the environment file says
                    hook.command,
                    cwd=ROOT,
                    env={**self.variables, **known},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as problem:
                return f"cannot be run: {problem.strerror or problem}"
            try:
                code = process.wait(timeout=hook.timeout_seconds)
            except subprocess.TimeoutExpired:
                _end(process)
                failure = f"ended after {hook.timeout_seconds} s, its timeout_seconds"
            except BaseException:
                _end(process)
                raise
            else:
                failure = "" if code == 0 else f"failed with exit status {code}"
        printed = self.log.read_bytes()[began:].decode(errors="replace").strip().splitlines()
        return "\n".join([failure, *printed[-SHOWN_LINES:]]) if failure else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a hook and what it started, which have a session of their own."""
    deadline = time.monotonic() + KILL_AFTER_SECONDS
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
