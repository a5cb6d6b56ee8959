"""Installs what the project needs, as the lock files say: `python -m operations.setup STEP`, which `make` calls.

Only the standard library is imported, as this runs before anything is installed. A step that was interrupted continues
where it stopped, and one that fails prints its log.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from operations.lock import read_lock, requirements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).parents[1]
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
PROGRAMS = TOOLS / "bin"
UV = TOOLS / "uv"
# Only for the time of the build: the Go toolchain, the sources and the compiled packages, 4 GB in all.
GO = TOOLS / "go"
GO_MODULES = ROOT / "tools"
FASTSTART = ROOT / "faststart"
# Prometheus discovers targets in Kubernetes and in files here; the clients of all clouds would triple its build.
GO_TAGS = "remove_all_sd,enable_kubernetes_sd,enable_dns_sd"
# Settings of pip, and the variables by which uv knows the same.
PIP_SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
}


class SetupError(Exception):
    """A step failed; the text is what to print."""


@dataclass(frozen=True)
class Step:
    """One step: what it installs and where, and what it takes on two cores with a fast network.

    Attributes:
        result: What is there afterwards, whose size is printed.
        expected: Time and size, for whoever decides whether to wait.

    """

    what: str
    result: Path
    expected: str

    def run(self, install: Callable[[Log], object]) -> None:
        """Install, and print what it took; raises SetupError with the log of what failed."""
        where = self.result.relative_to(ROOT)
        sys.stdout.write(f"Set-up: {self.what}, into {where} (about {self.expected}) ... ")
        sys.stdout.flush()
        started = time.monotonic()
        log = Log(TOOLS / f"{self.result.name.lstrip('.')}.log")
        try:
            install(log)
        except BaseException:
            sys.stdout.write("\n")
            raise
        sys.stdout.write(f"{time.monotonic() - started:.0f} s, {megabytes(self.result)} MB\n")


class Log:
    """What the commands of a step print, in a file that is shown when one of them fails."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        self.path = path

    def run(self, *command: str | Path, environment: Mapping[str, str] | None = None, cwd: Path = ROOT) -> None:
        """Run a command; raises SetupError where it fails."""
        with self.path.open("ab") as output:
            done = subprocess.run(  # noqa: S603 - commands of this module
                [str(part) for part in command],
                cwd=cwd,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            text = self.path.read_text(encoding="utf-8", errors="replace").rstrip()
            name = Path(command[0]).name
            raise SetupError(f"{text}\n{name} failed with exit status {done.returncode}; 'make' again continues here")


def megabytes(path: Path) -> int:
    """Return the size of a file or folder in units of a million bytes; what is linked twice counts once."""
    sizes = {(found.st_dev, found.st_ino): found.st_blocks * 512 for found in _stat_all(path)}
    return round(sum(sizes.values()) / 1e6)


def _stat_all(path: Path) -> Iterator[os.stat_result]:
    yield path.lstat()
    if path.is_dir() and not path.is_symlink():
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _stat_all(Path(entry.path))
                else:
                    yield entry.stat(follow_symlinks=False)


def install_uv() -> None:
    """Install uv with pip, which checks its hash; everything else is installed with uv."""
    wanted, installed = _requirements_file("installer"), UV / "requirements.txt"

    def install(log: Log) -> None:
        log.run(sys.executable, "-m", "venv", "--clear", UV)
        log.run(UV / "bin/pip", "install", "--require-hashes", "--no-deps", "--requirement", wanted)
        shutil.copy(wanted, installed)

    if not installed.exists() or installed.read_bytes() != wanted.read_bytes():
        Step("uv, which installs the Python packages", UV, "5 s, 65 MB").run(install)


def install_packages(*categories: str) -> None:
    """Make `.venv` hold the packages of these categories of Pipfile.lock, and no others."""
    development = "develop" in categories
    what = f"the Python packages{', also those for development,' if development else ''} and Node.js"
    expected = "10 s, 820 MB" if development else "10 s, 570 MB"
    Step(what, VENV, expected).run(lambda log: _sync_with_faststart(log, VENV, *categories))


def install_terrain() -> None:
    """Install CDK Terrain apart, as a program has one engine."""
    folder = TOOLS / "terrain"
    Step("CDK Terrain", folder, "10 s, 540 MB").run(lambda log: _sync_with_faststart(log, folder, "terrain"))


def install_checkov() -> None:
    """Install checkov apart, as it pins older versions of packages that the project uses, and the linter parliament."""
    folder = TOOLS / "checkov"
    Step("checkov and parliament, which check policies", folder, "10 s, 250 MB").run(
        lambda log: _sync(log, folder, "checkov")
    )


def install_pipenv() -> None:
    """Install pipenv, which only locking needs."""
    folder = TOOLS / "pipenv"
    Step("pipenv, which locks versions", folder, "3 s, 50 MB").run(lambda log: _sync(log, folder, "locking"))


def install_cdktf() -> None:
    """Install the command `cdktf` with npm."""
    environment = {
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}",
        # Certificates that the machine trusts, as Python and Go do.
        "NODE_USE_SYSTEM_CA": "1",
    }
    Step("cdktf-cli", ROOT / "node_modules", "60 s, 430 MB").run(
        lambda log: log.run(VENV / "bin/npm", "ci", "--no-progress", environment=environment)
    )


def _sync_with_faststart(log: Log, environment: Path, *categories: str) -> None:
    _sync(log, environment, *categories)
    # From its folder, by uv itself: nothing is downloaded.
    python = environment / "bin/python"
    log.run(UV / "bin/uv", "pip", "install", "--offline", "--no-deps", "--python", python, "--editable", FASTSTART)


def _sync(log: Log, environment: Path, *categories: str) -> None:
    file = _requirements_file(*categories)
    uv = UV / "bin/uv"
    settings = uv_settings(os.environ, _pip_configuration(log))
    if not _is_of_this_python(environment):
        # Relocatable, so that the project's folder can be moved, and its path can hold spaces.
        log.run(uv, "venv", "--relocatable", "--clear", "--python", sys.executable, environment, environment=settings)
    log.run(
        uv, "pip", "sync", "--require-hashes", "--no-progress", "--python", environment / "bin/python", file,
        environment=settings,
    )  # fmt: skip


def _requirements_file(*categories: str) -> Path:
    lock = read_lock()
    file = TOOLS / f"requirements-{'-'.join(categories)}.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(requirements(lock, category) for category in categories), encoding="utf-8")
    return file


def _is_of_this_python(environment: Path) -> bool:
    """Tell whether a virtual environment is there, works, and is of the Python that runs this."""
    python = environment / "bin/python"
    if not python.exists():
        return False
    code = "import sys; print(sys.version)"
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 - as above
    return done.stdout.strip() == sys.version


def _pip_configuration(log: Log) -> dict[str, str]:
    """Return the settings that pip reads from its files and variables, by their name."""
    done = subprocess.run(  # noqa: S603 - the pip that this module installed
        [UV / "bin/pip", "config", "list"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        with log.path.open("a") as file:
            file.write(f"pip's configuration cannot be read: {done.stderr}")
    found: dict[str, str] = {}
    # Later ones win in pip: what holds everywhere, then for one command, then variables.
    for section in ("global", "install", ":env:"):
        for line in done.stdout.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(f"{section}."):
                found[name.removeprefix(f"{section}.").removeprefix("default-")] = value.strip("'\"")
    return found


def uv_settings(environment: Mapping[str, str], pip: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with which uv asks the same index in the same way as pip, where they are not set already."""
    settings = {"UV_SYSTEM_CERTS": "1"}
    for name, variable in PIP_SETTINGS.items():
        if name in pip:
            settings[variable] = pip[name].replace("\\n", " ")
    if "PIPENV_PYPI_MIRROR" in environment:
        settings["UV_DEFAULT_INDEX"] = environment["PIPENV_PYPI_MIRROR"]
    if "UV_FIND_LINKS" in settings:
        settings["UV_FIND_LINKS"] = ",".join(settings["UV_FIND_LINKS"].split())
    if "UV_INDEX" in settings:
        # As pip does; the hashes of the lock say which files are accepted.
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return {name: value for name, value in settings.items() if name not in environment}


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
        """Tell whether the programs are there, and built from this lock."""
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
    Step("Go, until the programs are built", toolchain, "5 s, 260 MB").run(lambda log: _sync(log, toolchain, "go"))
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
    tool.stamp.write_text(tool.lock())


STEPS: dict[str, Callable[[], None]] = {
    "uv": install_uv,
    "packages": lambda: install_packages("default"),
    "development": lambda: install_packages("default", "develop"),
    "terrain": install_terrain,
    "checkov": install_checkov,
    "pipenv": install_pipenv,
    "cdktf": install_cdktf,
    "programs": install_programs,
}


def main(arguments: list[str]) -> int:
    """Run the steps that are named."""
    if not arguments or set(arguments) - set(STEPS):
        sys.stderr.write(f"usage: python -m operations.setup {'|'.join(STEPS)} ...\n")
        return 2
    try:
        for name in arguments:
            STEPS[name]()
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
