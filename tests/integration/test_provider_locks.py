"""Checksums are written by a command, checked by every init, and a provider of another one is refused."""

from __future__ import annotations

import platform
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import NewProject

HERE = f"linux_{'arm64' if platform.machine() in ('aarch64', 'arm64') else 'amd64'}"


def test_checksums_are_written_and_checked(new_sandbox: NewProject, mirror: Path) -> None:
    project = new_sandbox()
    locks = project.folder / "providers.lock.hcl"

    project.eks("providers", "lock", "--fs-mirror", str(mirror), "--platform", HERE).succeeded()
    text = locks.read_text(encoding="utf-8")
    assert re.findall(r'^provider "[^"]*/(\w+)"', text, re.MULTILINE) == ["aws", "helm", "kubernetes"]
    project.eks("plan", "dev-network").succeeded()

    locks.write_text(re.sub(r'"(h1|zh):[^"]{8}', r'"\1:00000000', text), encoding="utf-8")
    refused = project.eks("plan", "dev-network")
    assert refused.code == 1
    assert "'./eks providers lock'" in refused.output
    assert locks.read_text(encoding="utf-8") != text
