"""The checksums of the providers, for every platform, in one file that is committed: `providers.lock.hcl`.

Terraform keeps checksums a folder, in `.terraform.lock.hcl`; the folders of the stacks are generated and hold none that
anybody has reviewed. Where the committed file is there, each `init` gets the part of it that its stack needs, and may
only check it: a provider of another checksum, or of a version that is not in the file, is refused.
https://developer.hashicorp.com/terraform/language/files/dependency-lock
"""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any, Final

from config.core.errors import UsageError
from config.core.files.written_files import TRACKED, write_whole
from config.paths import ROOT
from operations.own_folder import own_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

LOCKS: Final = ROOT / "providers.lock.hcl"
PLATFORMS: Final = ("linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64")
READ_ONLY: Final = "-lockfile=readonly"

_LOCK_FILE: Final = ".terraform.lock.hcl"
_BLOCK: Final = re.compile(r'^provider "([^"]+)" \{\n.*?^\}\n', re.DOTALL | re.MULTILINE)
_HEADING: Final = "# Checksums of the providers, written by './eks providers lock'.\n\n"


def locks_of(sources: Iterable[str], locks: Path | None = None) -> str | None:
    """Return the lock file of a stack that requires these providers; None where no checksums are committed."""
    locks = locks or LOCKS
    if not locks.exists():
        return None
    wanted = set(map(_name, sources))
    found = [block[0] for block in _BLOCK.finditer(locks.read_text(encoding="utf-8")) if _name(block[1]) in wanted]
    return "\n".join(found)


def _name(source: str) -> str:
    """Return namespace and name of a provider, whose registry is another one to OpenTofu."""
    *namespace, name = source.split("/")[-2:]
    return f"{namespace[0] if namespace else 'hashicorp'}/{name}"


def write_locks(
    binary: str,
    environment: Mapping[str, str],
    stacks: Iterable[Mapping[str, Any]],
    *,
    platforms: Sequence[str] = PLATFORMS,
    mirror: Path | None = None,
) -> str:
    """Ask for the checksums of every provider that a stack's configuration requires, and write them to be committed.

    Raises:
        UsageError: The registry or the mirror does not have a provider for a platform.

    """
    required: dict[str, Any] = {}
    for stack in stacks:
        required |= stack["terraform"]["required_providers"]
    options = [f"-platform={platform}" for platform in platforms]
    options += [] if mirror is None else [f"-fs-mirror={mirror.resolve()}"]
    with own_folder("providers") as folder:
        content = json.dumps({"terraform": {"required_providers": required}})
        write_whole(folder / "main.tf.json", content)
        done = subprocess.run(  # noqa: S603 - the caller's own choice of program
            [binary, "providers", "lock", "-no-color", *options],
            cwd=folder,
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise UsageError(f"'{binary} providers lock': {done.stderr.strip()}")
        text = _HEADING + "\n".join(
            block[0] for block in _BLOCK.finditer((folder / _LOCK_FILE).read_text(encoding="utf-8"))
        )
        write_whole(LOCKS, text, mode=TRACKED)
    return f"wrote {LOCKS.relative_to(ROOT)}: {', '.join(sorted(required))} for {', '.join(platforms)}; commit it"
