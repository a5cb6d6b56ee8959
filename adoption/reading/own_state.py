"""Whether the stacks of an environment have a state already, which adoption would collide with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from adoption.errors import AdoptionError
from config.backend import LocalBackend, S3Backend
from config.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from botocore.client import BaseClient

    from config.backend import CloudBackend
    from config.environment import Environment


def refuse_own_state(environment: Environment, stacks: Iterable[str], project: Path, *, is_empty_by_word: bool) -> None:
    """Raise an AdoptionError where a stack of the environment has a state with resources, or where that is not known.

    `is_empty_by_word` is a person's word for a backend that cannot be asked.
    """
    names = [f"{environment.name}-{stack}" for stack in stacks]
    try:
        problems = [
            f"{name} has a state already, so that it is not adopted a second time; move that state away first"
            for name, content in _states(environment, names, project)
            if content.strip() and _has_resources(name, content)
        ]
    except _NotToldError as error:
        if is_empty_by_word:
            return
        message = (
            f"whether {', '.join(names)} have a state is not known: {error}; look yourself, and if none has, continue "
            "with --own-state-is-empty"
        )
        raise AdoptionError([message]) from error
    if problems:
        raise AdoptionError(problems)


class _NotToldError(Exception):
    """Raised where a backend does not say what states it has."""


def _states(environment: Environment, names: Sequence[str], project: Path) -> list[tuple[str, bytes]]:
    backend = environment.backend
    if isinstance(backend, LocalBackend):
        return [(name, _read(project / ".state" / f"{name}.tfstate")) for name in names]
    if isinstance(backend, S3Backend):
        region = backend.region or environment.region
        try:
            client = botocore.session.get_session().create_client("s3", region_name=region)
            return [(name, _fetch(client, backend.bucket, f"{backend.key_prefix}{name}.tfstate")) for name in names]
        except (BotoCoreError, ClientError) as error:
            raise _NotToldError(f"s3://{backend.bucket} cannot be read: {error}") from error
    return _of_workspaces(backend, names)


def _has_resources(name: str, content: bytes) -> bool:
    try:
        return bool(json.loads(content).get("resources"))
    except (ValueError, AttributeError) as error:
        raise _NotToldError(f"the state of {name} is not JSON") from error


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _fetch(client: BaseClient, bucket: str, key: str) -> bytes:
    try:
        content: bytes = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchBucket", "404"):
            return b""
        raise
    return content


def _of_workspaces(backend: CloudBackend, names: Sequence[str]) -> list[tuple[str, bytes]]:
    """Read the states of workspaces of HCP Terraform; unlike `terraform init`, this makes no workspace."""
    from httpx import HTTPError  # noqa: PLC0415 - the client takes half a second, and few environments need it
    from pytfe.errors import NotFound, TFEError  # noqa: PLC0415 - as above

    from operations.hcp.hcp import client  # noqa: PLC0415 - as above

    found = []
    try:
        with client(backend.hostname) as service:
            for name in names:
                try:
                    workspace = service.workspaces.read(name, organization=backend.organization)
                    version = service.state_versions.read_current(str(workspace.id))
                except NotFound:
                    continue
                found.append((name, service.state_versions.download(str(version.id))))
    except (TFEError, UsageError, HTTPError, OSError) as error:
        raise _NotToldError(f"{backend.hostname} cannot be asked: {error}") from error
    return found
