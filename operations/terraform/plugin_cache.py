"""One folder of providers for all stacks: filled by one process at a time, read by many.

Terraform's plugin cache "is not guaranteed to be concurrency safe":
https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
"""

from __future__ import annotations

import fcntl
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REGISTRIES = ("registry.terraform.io", "registry.opentofu.org")


@dataclass(frozen=True)
class PluginCache:
    """The folder; None where the caller's configuration has its own way."""

    folder: Path | None

    @classmethod
    def choose(cls, environment: dict[str, str], folder: Path) -> PluginCache:
        """Take the folder, unless the caller has a cache already, or a mirror from which plugins are linked."""
        if "TF_PLUGIN_CACHE_DIR" in environment:
            return cls(Path(environment["TF_PLUGIN_CACHE_DIR"]))
        configuration = Path(environment.get("TF_CLI_CONFIG_FILE") or Path.home() / ".terraformrc")
        text = configuration.read_text(encoding="utf-8") if configuration.is_file() else ""
        return cls(None if re.search(r"\b(filesystem_mirror|plugin_cache_dir)\b", text) else folder)

    @property
    def settings(self) -> dict[str, str]:
        """The variables that make terraform use it.

        Without the second one, a folder that has no lock file yet downloads each provider again:
        https://developer.hashicorp.com/terraform/cli/config/config-file#allowing-the-provider-plugin-cache-to-break-the-dependency-lock-file
        """
        if self.folder is None:
            return {}
        self.folder.mkdir(parents=True, exist_ok=True)
        return {
            "TF_PLUGIN_CACHE_DIR": str(self.folder),
            "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "true",
        }

    @contextmanager
    def guarded(self, providers: dict[str, str]) -> Iterator[None]:
        """Hold the cache during an `init`: with others where it has all providers, alone where it will be filled."""
        if self.folder is None:
            yield
            return
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            if not self._has(providers):
                fcntl.flock(lock, fcntl.LOCK_UN)
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _has(self, providers: dict[str, str]) -> bool:
        return all(self._has_one(source, version) for source, version in providers.items())

    def _has_one(self, source: str, version: str) -> bool:
        path = source if "/" in source else f"hashicorp/{source}"
        folder = self.folder
        return folder is not None and any(
            list((folder / registry / path / version).glob("*/*")) for registry in REGISTRIES
        )
