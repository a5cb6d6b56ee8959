"""Chooses the program that plans and applies, and checks it before it would fail midway."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

from config.core.errors import UsageError

TERRAFORM_BINARIES = ("terraform", "tofu")
# The S3 backend has locks of its own (use_lockfile) from this version on, in both programs.
OLDEST_TERRAFORM = (1, 10)


def terraform_binary(environment: dict[str, str]) -> str:
    """Choose the program: TERRAFORM_BINARY_NAME, else terraform, else tofu.

    Raises:
        UsageError: It is missing, does not run, or is too old.
    """
    chosen = environment.get("TERRAFORM_BINARY_NAME")
    candidates = (chosen,) if chosen else TERRAFORM_BINARIES
    found = next((name for name in candidates if shutil.which(name, path=environment.get("PATH"))), None)
    oldest = ".".join(map(str, OLDEST_TERRAFORM))
    if found is None:
        raise UsageError(f"{' or '.join(candidates)} was not found; install Terraform or OpenTofu {oldest} or newer")
    version = version_of(found, environment)
    if tuple(map(int, version.split(".")[:2])) < OLDEST_TERRAFORM:
        raise UsageError(f"{found} is version {version}; Terraform or OpenTofu {oldest} or newer is needed")
    return found


def version_of(binary: str, environment: dict[str, str]) -> str:
    """Ask the program; Terraform and OpenTofu answer under the same key."""
    answer = subprocess.run([binary, "version", "-json"], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - the caller's own choice
    try:
        return re.fullmatch(r"(\d+\.\d+\.\d+).*", json.loads(answer.stdout)["terraform_version"])[1]  # type: ignore[index] # no match is a TypeError
    except (ValueError, KeyError, TypeError) as problem:
        raise UsageError(f"'{binary} version -json' does not say its version: {answer.stderr.strip()}") from problem
