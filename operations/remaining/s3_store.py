"""Finds the states with resources in a bucket."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from config.core.errors import UsageError
from config.core.files.local_states import SUFFIX, providers_in
from operations.aws_session import session_of_state
from operations.remaining.store import EVERYWHERE
from operations.terraform.cures import cure

if TYPE_CHECKING:
    from botocore.client import BaseClient

# Seconds that a plan may wait for the answer.
QUICK: Final = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 2})


@dataclass(frozen=True)
class S3Store:
    """A bucket, by the settings of Terraform's backend, and what the keys in it begin with."""

    settings: dict[str, Any]
    prefix: str

    @cached_property
    def _s3(self) -> BaseClient:
        region = self.settings["region"]
        return session_of_state(self.settings, os.environ, region).create_client("s3", region_name=region, config=QUICK)

    def environments(self) -> set[str]:
        """List the bucket."""
        end = f"-{EVERYWHERE}{SUFFIX}"
        wanted = {"Bucket": self.settings["bucket"], "Prefix": self.prefix}
        try:
            pages = self._s3.get_paginator("list_objects_v2").paginate(**wanted)
            keys = [entry["Key"].removeprefix(self.prefix) for page in pages for entry in page.get("Contents", ())]
        except (BotoCoreError, ClientError) as problem:
            raise self._refused(problem) from problem
        return {key.removesuffix(end) for key in keys if key.endswith(end) and "/" not in key}

    def providers(self, stack: str) -> list[str]:
        """Read the state."""
        wanted = {"Bucket": self.settings["bucket"], "Key": f"{self.prefix}{stack}{SUFFIX}"}
        try:
            found = self._s3.get_object(**wanted)["Body"].read()
        except (BotoCoreError, ClientError) as problem:
            if isinstance(problem, ClientError) and problem.response["Error"]["Code"] == "NoSuchKey":
                return []
            raise self._refused(problem) from problem
        return sorted(providers_in(json.loads(found)))

    def _refused(self, problem: Exception) -> UsageError:
        advice = cure(str(problem))
        return UsageError(f"s3://{self.settings['bucket']}: {problem}" + (f". {advice}" if advice else ""))
