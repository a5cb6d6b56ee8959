"""Whether the stacks of an environment have a state already, which adoption would collide with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import botocore.session  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from adoption.errors import AdoptionError
from config.backend import LocalBackend, S3Backend

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from botocore.client import BaseClient  # type: ignore[import-untyped]

    from config.environment import Environment


def refuse_own_state(environment: Environment, stacks: Iterable[str], project: Path, *, is_empty_by_word: bool) -> None:
    """Raise an AdoptionError where a stack of the environment has a state with resources.

    HCP Terraform is not asked, as `terraform init` would make workspaces there: a person's word counts.
    """
    backend = environment.backend
    names = [f"{environment.name}-{stack}" for stack in stacks]
    if isinstance(backend, LocalBackend):
        texts = {name: _read(project / ".state" / f"{name}.tfstate") for name in names}
    elif isinstance(backend, S3Backend):
        client = botocore.session.get_session().create_client(
            "s3", region_name=backend.region or environment.aws_region
        )
        texts = {name: _fetch(client, backend.bucket, f"{backend.key_prefix}{name}.tfstate") for name in names}
    elif is_empty_by_word:
        return
    else:
        raise AdoptionError([
            f"look whether workspaces {', '.join(names)} have a state; if none has, go on with --own-state-is-empty"
        ])  # fmt: skip
    problems = [
        f"{name} has a state already, so that it is not adopted a second time; move that state away first"
        for name, text in texts.items()
        if text and json.loads(text).get("resources")
    ]
    if problems:
        raise AdoptionError(problems)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _fetch(client: BaseClient, bucket: str, key: str) -> str:
    try:
        return str(client.get_object(Bucket=bucket, Key=key)["Body"].read().decode("utf-8"))
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchBucket", "404"):
            return ""
        raise AdoptionError([f"s3://{bucket}/{key} cannot be read: {error}"]) from error
