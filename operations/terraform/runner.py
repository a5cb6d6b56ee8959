"""Runs terraform (or tofu) for one stack. Its output goes to a file, so that it outlives its caller."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from config.core.errors import ExpectedError
from config.core.files.written_files import write_whole
from operations.selection.synthesized import read_configuration
from operations.terraform import events
from operations.terraform.plugin_cache import PluginCache
from operations.terraform.processes import PID_FILE, Processes, follow
from operations.terraform.provider_locks import READ_ONLY, locks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from operations.selection.synthesized import Place
    from operations.terraform.events import Diagnostic

LOCK_TIMEOUT = "-lock-timeout=10s"
# Two plans of one stack at the same time wait for each other; nothing is lost where a plan waits longer.
PLAN_LOCK_TIMEOUT = "-lock-timeout=60s"
NO_CHANGES, FAILED, CHANGES = 0, 1, 2
QUIET = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
LOCK_FILE = ".terraform.lock.hcl"
DATA = ".terraform"
STAMP = f"{DATA}/initialized-for"
# Where terraform keeps which backend a folder was initialized for.
BACKEND_RECORD = f"{DATA}/terraform.tfstate"
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


@dataclass(frozen=True)
class Terraform:
    """The program, its environment, and the processes that it was started as."""

    binary: str
    environment: dict[str, str]
    cache: PluginCache
    processes: Processes = field(default_factory=Processes)
    _logins: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def create(cls, binary: str, environment: dict[str, str], *, cache_folder: Path) -> Terraform:
        """Add to the caller's environment what keeps the program quiet, and one cache of providers for all stacks."""
        cache = PluginCache.choose(environment, cache_folder)
        return cls(binary, {**environment, **QUIET, **cache.settings}, cache)

    def log_in(self, environment: str, variables: Mapping[str, str]) -> None:
        """From now on work with these variables for the stacks of an environment."""
        self._logins[environment] = {**variables, **QUIET, **self.cache.settings}

    def variables(self, place: Place) -> dict[str, str]:
        """Return the variables that it works with in a place."""
        return self._logins.get(place.environment, self.environment)

    def is_initialized(self, place: Place) -> bool:
        """Whether `init` ran for this configuration, and its plugins are still there."""
        stamp = place.home / STAMP
        known = stamp.read_text(encoding="utf-8") if stamp.is_file() else None
        return known == self._fingerprint(place) and _has_plugins(place)

    def initialize(self, place: Place, run: Callable[[], Outcome]) -> Outcome | None:
        """Run `init` where that is needed; None where it is not. What it makes stays for the next command."""
        place.home.mkdir(parents=True, exist_ok=True)
        with FileLock(place.home / ".init.lock"):
            self._take_locked_providers(place)
            if self.is_initialized(place):
                return None
            with self.cache.guarded(_required_providers(place.folder)):
                outcome = run()
            if outcome.code == 0:
                self._keep_locked_providers(place)
                write_whole(place.home / STAMP, self._fingerprint(place))
            return outcome

    def options_of_init(self, place: Place) -> tuple[str, ...]:
        """Report what `init` may do about checksums: where some are committed, only check them."""
        return () if locks_of(_required_providers(place.folder)) is None else (READ_ONLY,)

    def _take_locked_providers(self, place: Place) -> None:
        committed = locks_of(_required_providers(place.folder))
        if committed is not None:
            write_whole(place.folder / LOCK_FILE, committed)
        elif place.home != place.folder and (place.home / LOCK_FILE).is_file():
            _copy_lock(place.home, place.folder)

    def _keep_locked_providers(self, place: Place) -> None:
        if place.home != place.folder and (place.folder / LOCK_FILE).is_file():
            _copy_lock(place.folder, place.home)

    def show(self, place: Place, plan: str) -> dict[str, Any]:
        """Read a saved plan as JSON."""
        shown: dict[str, Any] = json.loads(self.capture(place, "show", "-json", plan))
        return shown

    def state(self, place: Place) -> dict[str, Any]:
        """Read the state; empty where nothing has been applied.

        `output -json` would fail for a workspace of HCP Terraform that has no state yet.
        """
        state: dict[str, Any] = json.loads(self.capture(place, "state", "pull") or "{}")
        return state

    def release(self, place: Place, lock_id: str) -> None:
        """Release a lock of the state."""
        self.capture(place, "force-unlock", "-force", lock_id)

    def capture(self, place: Place, *arguments: str) -> str:
        """Run a command that prints one document.

        Raises:
            TerraformError: It fails.
        """
        process = subprocess.Popen(  # noqa: S603 - the caller's own choice of program
            [self.binary, *arguments],
            cwd=place.folder,
            env=self._environment(place),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        with self.processes.running(arguments[0], process):
            printed, complaint = process.communicate()
        if process.returncode != 0:
            said = COLOUR.sub("", complaint.decode()).strip()
            raise TerraformError(f"'{self.binary} {' '.join(arguments)}' in {place.folder}:\n{said}")
        return printed.decode()

    def run(self, place: Place, watch: Callable[[str], None], command: str, *arguments: str) -> Outcome:
        """Run a command that prints events, and hand each step to the watcher as it happens."""
        log = place.folder / f"{command}.log"
        started = time.monotonic()
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - the caller's own choice of program
                [self.binary, command, *arguments],
                cwd=place.folder,
                env=self._environment(place),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C and a closed terminal reach only this program, which then ends terraform in order.
                start_new_session=True,
            )
        note = place.home / PID_FILE
        if command == "apply":
            write_whole(note, str(process.pid))
        with self.processes.running(command, process), log.open("rb") as written:
            lines = list(follow(process, written, watch))
        if command == "apply":
            note.unlink(missing_ok=True)
        parsed = tuple(filter(None, map(events.parse, lines)))
        return Outcome(process.returncode, parsed, "\n".join(lines), time.monotonic() - started)

    def _environment(self, place: Place) -> dict[str, str]:
        return {**self.variables(place), "TF_DATA_DIR": str(place.home / DATA)}

    def _fingerprint(self, place: Place) -> str:
        """Hash what `init` depends on: the program, the backend, the providers, and the lock file."""
        settings = read_configuration(place.folder)["terraform"]
        lock = place.folder / LOCK_FILE
        parts = [self.binary, json.dumps(settings, sort_keys=True), self.environment.get("TF_CLI_CONFIG_FILE", "")]
        parts.append(lock.read_text(encoding="utf-8") if lock.is_file() else "")
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class TerraformError(ExpectedError):
    """A command that should not fail did; the message has what it said."""


def _copy_lock(source: Path, target: Path) -> None:
    write_whole(target / LOCK_FILE, (source / LOCK_FILE).read_text(encoding="utf-8"))


def _required_providers(folder: Path) -> dict[str, str]:
    settings = read_configuration(folder)["terraform"]
    return {provider["source"]: provider["version"] for provider in settings.get("required_providers", {}).values()}


def _has_plugins(place: Place) -> bool:
    """Whether the links to the plugins still lead somewhere: the cache may have been cleaned."""
    links = (place.home / DATA / "providers").glob("*/*/*/*/*")
    return all(link.exists() for link in links)
