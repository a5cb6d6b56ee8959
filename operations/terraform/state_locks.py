"""Finds out who holds the lock of a stack's state, and releases a stale one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from config.core.errors import ExpectedError, UsageError
from operations.terraform.events import Diagnostic
from operations.terraform.processes import is_running

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from botocore.session import Session

    from operations.selection.synthesized import Stack
    from operations.terraform.runner import Terraform

# The clients of S3 and of HCP Terraform are loaded where a lock is looked for: together they take a second.
# ruff: noqa: PLC0415
LOCKED = "Error acquiring the state lock"


class LockError(ExpectedError):
    """Who holds a lock could not be found out; the message is one line."""


@dataclass(frozen=True)
class Lock:
    """A held lock: its id, who took it for what, and when."""

    lock_id: str
    who: str
    operation: str
    created: datetime | None = None

    def __str__(self) -> str:
        """Write it on one line."""
        if self.created is None:
            return f"{self.operation} by {self.who}"
        minutes = (datetime.now(UTC) - self.created).total_seconds() / 60
        return f"{self.operation} by {self.who}, since {self.created:%Y-%m-%d %H:%M} UTC ({minutes:.0f} minutes ago)"


def held(stack: Stack, variables: Mapping[str, str] | None = None) -> Lock | None:
    """Ask the backend who holds the lock, with the AWS identity of these variables; None where it is free."""
    kind, settings = stack.backend
    if kind == "cloud":
        return _held_workspace(stack)
    text = _local_lock(stack.folder / settings["path"]) if kind == "local" else _s3_lock(settings, variables or {})
    return _parse(text) if text else None


def explained(
    stack: Stack, diagnostics: tuple[Diagnostic, ...], variables: Mapping[str, str] | None = None
) -> tuple[Diagnostic, ...]:
    """Add to a failure on the state lock who holds it and what to do."""
    if not any(diagnostic.summary == LOCKED for diagnostic in diagnostics):
        return diagnostics
    return (*diagnostics, Diagnostic("note", _advice(stack, variables)))


def _advice(stack: Stack, variables: Mapping[str, str] | None) -> str:
    try:
        lock = held(stack, variables)
    except LockError as problem:
        return f"who holds the lock of {stack.name} could not be found out: {problem}"
    holder = f"{stack.name} is locked: {lock or 'but the lock is free by now, so try again'}."
    process = is_running(stack.place.home)
    if process:
        return f"{holder} Terraform of an earlier command still runs here (process {process}): wait until it has ended."
    return f"{holder} Where that run is over, or died: ./eks unlock {stack.name}"


def _local_lock(state: Path) -> str | None:
    """Read the note next to a local state; it may be left over, as the lock itself ends with its process."""
    note = state.with_name(f".{state.name}.lock.info")
    return note.read_text(encoding="utf-8") if note.is_file() else None


def _s3_lock(settings: dict[str, Any], variables: Mapping[str, str]) -> str | None:
    """Read what Terraform's S3 backend locks with: an object, and for earlier layouts an item of a table.

    https://developer.hashicorp.com/terraform/language/backend/s3
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from operations.aws_session import session_of_state

    region = settings["region"]
    try:
        session = session_of_state(settings, variables, region)
        s3 = session.create_client("s3", region_name=region)
        try:
            content: bytes = s3.get_object(Bucket=settings["bucket"], Key=f"{settings['key']}.tflock")["Body"].read()
        except s3.exceptions.NoSuchKey:
            return _table_lock(session, settings) if settings.get("dynamodb_table") else None
    except (BotoCoreError, ClientError) as problem:
        raise LockError(str(problem)) from problem
    return content.decode()


def _table_lock(session: Session, settings: dict[str, Any]) -> str | None:
    """Read the item by which somebody locks in the table alone; what else is noted there is a checksum."""
    table = session.create_client("dynamodb", region_name=settings["region"])
    key = {"LockID": {"S": f"{settings['bucket']}/{settings['key']}"}}
    item = table.get_item(TableName=settings["dynamodb_table"], Key=key, ConsistentRead=True).get("Item", {})
    note: str | None = item.get("Info", {}).get("S")
    return note


def _held_workspace(stack: Stack) -> Lock | None:
    from pytfe.errors import TFEError

    from operations.hcp import hcp

    try:
        workspace = hcp.workspace_of(stack)
    except (TFEError, UsageError) as problem:
        raise LockError(str(problem)) from problem
    if not workspace.locked:
        return None
    return Lock(str(workspace.id), "a run or a user of HCP Terraform", "the workspace's lock")


def _parse(text: str) -> Lock:
    """Read a lock as Terraform writes it. Raises a LockError for anything else, as of a write that was cut off."""
    try:
        content = json.loads(text)
        # Terraform writes nanoseconds, Python reads microseconds.
        created = datetime.fromisoformat(content["Created"][:19]).replace(tzinfo=UTC)
        return Lock(content["ID"], content["Who"], content["Operation"], created)
    except (ValueError, KeyError, TypeError) as problem:
        raise LockError(f"what is noted of the lock is damaged, {len(text)} characters: {text[:40]!r}") from problem


def release(stack: Stack, lock: Lock, terraform: Terraform) -> None:
    """Release a lock.

    Raises:
        UsageError: The state is local, whose lock ends with the process that holds it.
    """
    kind, settings = stack.backend
    if kind == "local":
        process = is_running(stack.place.home)
        holder = f"process {process}" if process else "nobody, if no other terraform runs on this machine"
        raise UsageError(f"the lock of a local state ends with its process, and cannot be released: held by {holder}")
    if kind == "cloud":
        from operations.hcp import hcp

        hcp.client(settings["hostname"]).workspaces.force_unlock(lock.lock_id)
        return
    terraform.release(stack.place, lock.lock_id)
