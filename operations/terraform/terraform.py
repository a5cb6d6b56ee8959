"""Runs terraform (or tofu) in one folder. What it prints goes to a file, so that it outlives whoever started it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from operations.planning.synthesized import CONFIGURATION
from operations.terraform import events
from operations.terraform.plugin_cache import PluginCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from operations.terraform.events import Diagnostic

LOCK_TIMEOUT = "-lock-timeout=10s"
POLL_SECONDS = 0.02
NO_CHANGES, FAILED, CHANGES = 0, 1, 2
QUIET = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
PID_FILE = "terraform.pid"
STAMP = ".terraform/initialized-for"
# Where terraform keeps which backend a folder was initialized for.
BACKEND_RECORD = ".terraform/terraform.tfstate"
# Terraform colours what it says between the JSON objects, even with -json.
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Outcome:
    """How one terraform process ended, and what it said."""

    code: int
    events: tuple[dict[str, Any], ...]
    text: str
    seconds: float

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The errors and warnings; where it failed without one, the end of what it printed."""
        found = events.diagnostics(self.events)
        if self.code not in (NO_CHANGES, CHANGES) and not any(diagnostic.severity == "error" for diagnostic in found):
            last = "\n".join(COLOUR.sub("", self.text).strip().splitlines()[-20:])
            return (*found, events.Diagnostic("error", "terraform failed and gave no diagnostic", last))
        return found


@dataclass
class Processes:
    """The terraform processes of one command: those that run, and what each kind took."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    stopping: bool = False
    _running: set[subprocess.Popen[bytes]] = field(default_factory=set)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def running(self, name: str, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Count a process while it runs."""
        started = time.monotonic()
        with self._guard:
            self._running.add(process)
        try:
            yield
        finally:
            with self._guard:
                self._running.discard(process)
                self.seconds.setdefault(name, []).append(time.monotonic() - started)

    def stop(self) -> None:
        """Ask each running process to end in order: an apply finishes what it began and writes its state."""
        self.stopping = True
        with self._guard:
            for process in self._running:
                process.send_signal(signal.SIGINT)


@dataclass(frozen=True)
class Terraform:
    """The program, its environment, and the processes that it was started as."""

    binary: str
    environment: dict[str, str]
    cache: PluginCache
    processes: Processes = field(default_factory=Processes)

    @classmethod
    def create(cls, binary: str, environment: dict[str, str], *, cache_folder: Path) -> Terraform:
        """Add to the caller's environment what keeps the program quiet, and one cache of providers for all stacks."""
        cache = PluginCache.choose(environment, cache_folder)
        return cls(binary, {**environment, **QUIET, **cache.settings}, cache)

    def is_initialized(self, folder: Path) -> bool:
        """Whether `init` ran here for this configuration, and its plugins are still there."""
        stamp = folder / STAMP
        known = stamp.read_text(encoding="utf-8") if stamp.is_file() else None
        return known == self._fingerprint(folder) and _has_plugins(folder)

    def initialize(self, folder: Path, watch: Callable[[str], None], *, disposable: bool) -> Outcome:
        """Run `init`. A disposable folder forgets an earlier backend; in any other terraform asks for a decision."""
        if disposable:
            (folder / BACKEND_RECORD).unlink(missing_ok=True)
        with self.cache.guarded(_required_providers(folder)):
            outcome = self.run(folder, watch, "init", "-input=false", "-json")
        if outcome.code == 0:
            (folder / STAMP).write_text(self._fingerprint(folder), encoding="utf-8")
        return outcome

    def show(self, folder: Path, plan: str) -> dict[str, Any]:
        """Read a saved plan as JSON."""
        shown: dict[str, Any] = json.loads(self._capture(folder, "show", "-json", plan))
        return shown

    def outputs(self, folder: Path) -> dict[str, Any]:
        """Read the outputs in the state, each with its value, its type and whether it is sensitive.

        `output -json` would fail for a workspace of HCP Terraform that has no state yet.
        """
        state: dict[str, Any] = json.loads(self._capture(folder, "state", "pull") or "{}")
        outputs: dict[str, Any] = state.get("outputs", {})
        return outputs

    def release(self, folder: Path, lock_id: str) -> None:
        """Release a lock of the state."""
        self._capture(folder, "force-unlock", "-force", lock_id)

    def _capture(self, folder: Path, *arguments: str) -> str:
        """Run a command that prints one JSON document."""
        process = subprocess.Popen(  # noqa: S603 - the caller's own choice of program
            [self.binary, *arguments],
            cwd=folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        with self.processes.running(arguments[0], process):
            printed, complaint = process.communicate()
        if process.returncode != 0:
            said = COLOUR.sub("", complaint.decode()).strip()
            raise TerraformError(f"'{self.binary} {' '.join(arguments)}' in {folder}:\n{said}")
        return printed.decode()

    def run(self, folder: Path, watch: Callable[[str], None], command: str, *arguments: str) -> Outcome:
        """Run a command that prints events, and hand each step to the watcher as it happens."""
        log = folder / f"{command}.log"
        started = time.monotonic()
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - the caller's own choice of program
                [self.binary, command, *arguments],
                cwd=folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C and a closed terminal reach only this program, which then ends terraform in order.
                start_new_session=True,
            )
        (folder / PID_FILE).write_text(str(process.pid), encoding="utf-8")
        with self.processes.running(command, process), log.open("rb") as written:
            lines = list(_follow(process, written, watch))
        (folder / PID_FILE).unlink(missing_ok=True)
        parsed = tuple(filter(None, map(events.parse, lines)))
        return Outcome(process.returncode, parsed, "\n".join(lines), time.monotonic() - started)

    def _fingerprint(self, folder: Path) -> str:
        """Hash what `init` depends on: the program, the backend, the providers, and the lock file."""
        settings = json.loads((folder / CONFIGURATION).read_text(encoding="utf-8"))["terraform"]
        lock = folder / ".terraform.lock.hcl"
        parts = [self.binary, json.dumps(settings, sort_keys=True), self.environment.get("TF_CLI_CONFIG_FILE", "")]
        parts.append(lock.read_text(encoding="utf-8") if lock.is_file() else "")
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class TerraformError(Exception):
    """A command that should not fail did; the message has what it said."""


def is_running(folder: Path) -> int | None:
    """Return the id of the terraform process that an earlier, killed command left running in a folder."""
    try:
        process = int((folder / PID_FILE).read_text(encoding="utf-8"))
        os.kill(process, 0)
    except (OSError, ValueError):
        return None
    return process


def _follow(process: subprocess.Popen[bytes], written: IO[bytes], watch: Callable[[str], None]) -> Iterator[str]:
    """Yield the lines of a log until the process has ended, and tell the watcher of each step."""
    rest = b""
    while True:
        ended = process.poll() is not None
        *lines, rest = (rest + written.read()).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace")
            event = events.parse(text)
            said = events.step(event) if event else None
            if said:
                watch(said)
            yield text
        if ended:
            yield rest.decode(errors="replace")
            return
        time.sleep(POLL_SECONDS)


def _required_providers(folder: Path) -> dict[str, str]:
    settings = json.loads((folder / CONFIGURATION).read_text(encoding="utf-8"))["terraform"]
    return {provider["source"]: provider["version"] for provider in settings.get("required_providers", {}).values()}


def _has_plugins(folder: Path) -> bool:
    """Whether the links to the plugins still lead somewhere: the cache may have been cleaned."""
    links = (folder / ".terraform" / "providers").glob("*/*/*/*/*")
    return all(link.exists() for link in links)
