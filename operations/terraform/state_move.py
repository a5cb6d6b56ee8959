"""Moves the states of an environment to where its settings say that they are kept, and compares what arrived.

Terraform's own migration asks at each stack, and refuses some ways; this one reads a state from where it was and
writes it to an empty place, with its lineage and serial.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from config.core.errors import UsageError
from config.core.files.written_files import write_whole
from operations.selection.synthesized import CONFIGURATION, Place
from operations.terraform import states
from operations.terraform.runner import BACKEND_RECORD, FAILED, STAMP
from operations.terraform.state_backup import folder_of_backups

if TYPE_CHECKING:
    from pathlib import Path

    from operations.selection.synthesized import Stack
    from operations.terraform.runner import Terraform

# What two versions of one state may differ in: who wrote it.
NOT_COMPARED = frozenset({"terraform_version", "serial", "check_results"})


@dataclass(frozen=True)
class Backend:
    """Where a state is kept: the type of the backend and its settings."""

    kind: str
    settings: dict[str, Any]

    def __str__(self) -> str:
        """Name the place."""
        match self.kind:
            case "local":
                return str(self.settings["path"])
            case "s3":
                return f"s3://{self.settings['bucket']}/{self.settings['key']}"
            case "cloud":
                return f"{self.settings['organization']}/{self.settings['workspaces']['name']}"
        return self.kind

    @property
    def configuration(self) -> dict[str, Any]:
        """A configuration with nothing but this backend."""
        block = {"cloud": self.settings} if self.kind == "cloud" else {"backend": {self.kind: self.settings}}
        return {"terraform": block}


@dataclass(frozen=True)
class Move:
    """One state that is to be moved.

    Attributes:
        is_first: Whether the new place has no state yet.

    """

    stack: Stack
    source: Backend
    target: Backend
    state: dict[str, Any]
    is_first: bool

    def __str__(self) -> str:
        """Write it on one line."""
        count = len(self.state.get("resources", []))
        serial = states.identity(self.state).serial
        return f"{self.stack.name}: {self.source} -> {self.target} (serial {serial}, {count} resources)"


def source_of(stack: Stack, given: Backend | None) -> Backend | None:
    """Report where a state was: as given, or where the stack was initialized for last; None where that is not known."""
    if given is not None:
        return _of_stack(given, stack.name)
    try:
        record = json.loads((stack.place.home / BACKEND_RECORD).read_text(encoding="utf-8"))["backend"]
    except (OSError, ValueError, KeyError):
        return None
    return Backend(record["type"], _without_nothing(record["config"]))


def parse(text: str) -> Backend:
    """Read `local`, `s3:<bucket>@<region>` or `cloud:<organization>[/<prefix of workspaces>][@<hostname>]`.

    Raises:
        UsageError: It is anything else.
    """
    kind, _, place = text.partition(":")
    bucket, _, region = place.partition("@")
    if kind == "local" and not place:
        return Backend("local", {"path": "../../../.state/{}.tfstate"})
    if kind == "s3" and bucket and region:
        return Backend("s3", {"bucket": bucket, "key": "{}.tfstate", "region": region, "use_lockfile": True})
    if kind == "cloud" and place:
        hostname = {"hostname": region} if region else {}
        organization, _, prefix = bucket.partition("/")
        return Backend("cloud", {"organization": organization, "workspaces": {"name": f"{prefix}{{}}"}, **hostname})
    raise UsageError(f"--from {text}: local, s3:<bucket>@<region> or cloud:<organization>[/<prefix>]")


def find(stack: Stack, source: Backend, terraform: Terraform) -> Move | None:
    """Read a state where it was; None where there is none, or where that is where it is kept.

    Raises:
        UsageError: The new place has a state of another history.
    """
    target = Backend(*stack.backend)
    if _is_same(source, target):
        return None
    state = _pull(stack, source, terraform, "from")
    if states.is_empty(state) and not state.get("outputs"):
        _forget_initialization(stack)
        return None
    there = _pull(stack, target, terraform, "to")
    # Where there is none, the S3 backend gives one without a lineage.
    is_there = bool(states.identity(there).lineage)
    if is_there and states.identity(there).lineage != states.identity(state).lineage:
        raise UsageError(
            f"{stack.name}: {target} has a state of another history ({len(there.get('resources', []))} resources); "
            "nothing was moved"
        )
    if is_there and states.identity(there).serial >= states.identity(state).serial:
        _forget_initialization(stack)
        return None
    return Move(stack, source, target, state, is_first=not is_there)


def carry_out(move: Move, terraform: Terraform) -> str:
    """Write the state to its new place, and compare what is there; return where the old one stays.

    Raises:
        UsageError: It is not the same; then the old one is as it was.
    """
    place = _place(move.stack, "to")
    if move.is_first and move.target.kind == "cloud":
        from operations.hcp import first_state  # noqa: PLC0415 - HashiCorp's client takes time to load

        first_state.upload(move.stack, move.state)
    else:
        _push(move, terraform, place)
    there = terraform.state(place)
    if not _is_copy(there, move.state):
        raise UsageError(f"{move.stack.name}: {move.target} is not what {move.source} was; the old one is as it was")
    _forget_initialization(move.stack)
    return _retire(move)


def _push(move: Move, terraform: Terraform, place: Place) -> None:
    file = place.folder / "moved.tfstate"
    write_whole(file, json.dumps(move.state))
    try:
        terraform.capture(place, "state", "push", str(file))
        if move.is_first and states.identity(terraform.state(place)).lineage != states.identity(move.state).lineage:
            # S3: the first state of a place gets a lineage of its own, whatever is pushed; the next one keeps its own.
            # https://github.com/hashicorp/terraform/blob/v1.11.4/internal/states/remote/state.go (PersistState)
            terraform.capture(place, "state", "push", "-force", str(file))
    finally:
        file.unlink()


def _is_copy(there: dict[str, Any], state: dict[str, Any]) -> bool:
    new, old = states.identity(there), states.identity(state)
    compared = [{key: value for key, value in one.items() if key not in NOT_COMPARED} for one in (there, state)]
    return new.lineage == old.lineage and new.serial >= old.serial and compared[0] == compared[1]


def _retire(move: Move) -> str:
    """Rename a local file, so that it is not used; versions in S3 and HCP Terraform stay where they are."""
    if move.source.kind != "local":
        return f"the old one stays in {move.source}, and is no longer used"
    old: Path = (move.stack.folder / move.source.settings["path"]).resolve()
    folder = folder_of_backups(old.parent, move.stack.name)
    kept = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.tfstate"
    old.rename(kept)
    return f"the old one is now {kept.relative_to(old.parent.parent)}"


def _pull(stack: Stack, backend: Backend, terraform: Terraform, role: str) -> dict[str, Any]:
    place = _place(stack, role)
    place.folder.mkdir(exist_ok=True)
    write_whole(place.folder / CONFIGURATION, json.dumps(backend.configuration))
    outcome = terraform.run(place, lambda _: None, "init", "-input=false", "-json")
    if outcome.code == FAILED:
        problems = "\n".join(str(found) for found in outcome.diagnostics if found.severity == "error")
        raise UsageError(f"{stack.name}: {backend} cannot be read: {problems}")
    return terraform.state(place)


def _place(stack: Stack, role: str) -> Place:
    folder = stack.folder.with_name(f"{stack.name}.{role}")
    return Place(folder, folder, stack.environment)


def _forget_initialization(stack: Stack) -> None:
    for name in (BACKEND_RECORD, STAMP):
        (stack.place.home / name).unlink(missing_ok=True)


def _is_same(source: Backend, target: Backend) -> bool:
    return source.kind == target.kind and str(source) == str(target)


def _of_stack(backend: Backend, name: str) -> Backend:
    settings = json.loads(json.dumps(backend.settings).replace("{}", name))
    return Backend(backend.kind, settings)


def _without_nothing(settings: dict[str, Any]) -> dict[str, Any]:
    cleaned = ((key, _without_nothing(value) if isinstance(value, dict) else value) for key, value in settings.items())
    return {key: value for key, value in cleaned if value not in (None, [], {})}
