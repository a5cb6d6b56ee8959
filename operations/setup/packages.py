"""Installs packages of Python and npm into folders of the project, as the lock files say."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from config.core.files.written_files import write_whole
from config.paths import ROOT
from operations.lock import read_lock, requirements
from operations.setup.step import TOOLS, Log, Step

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VENV = ROOT / ".venv"
UV = TOOLS / "uv"
FASTSTART = ROOT / "faststart"
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


def install_uv() -> None:
    """Install uv with pip, which checks its hash; everything else is installed with uv."""
    wanted, installed = _requirements_file("installer"), UV / "requirements.txt"

    def install(log: Log) -> None:
        log.run(sys.executable, "-m", "venv", "--clear", UV)
        log.run(UV / "bin/pip", "install", "--require-hashes", "--no-deps", "--requirement", wanted)
        write_whole(installed, wanted.read_text(encoding="utf-8"))

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
        lambda log: sync(log, folder, "checkov")
    )


def install_pipenv() -> None:
    """Install pipenv, which only locking needs."""
    folder = TOOLS / "pipenv"
    Step("pipenv, which locks versions", folder, "3 s, 50 MB").run(lambda log: sync(log, folder, "locking"))


def install_docs() -> None:
    """Install what builds the site and checks its text."""
    folder = TOOLS / "docs"
    Step("MkDocs and the linters of text", folder, "3 s, 140 MB").run(lambda log: sync(log, folder, "docs"))


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
    sync(log, environment, *categories)
    # From its folder, by uv itself: nothing is downloaded.
    python = environment / "bin/python"
    log.run(UV / "bin/uv", "pip", "install", "--offline", "--no-deps", "--python", python, "--editable", FASTSTART)


def sync(log: Log, environment: Path, *categories: str) -> None:
    """Make a virtual environment hold what these categories of Pipfile.lock name, and nothing else."""
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
    write_whole(file, "".join(requirements(lock, category) for category in categories))
    return file


def _is_of_this_python(environment: Path) -> bool:
    """Return whether a virtual environment is there, works, and is of the Python that runs this."""
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
