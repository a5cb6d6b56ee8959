"""Reports the versions in use."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import version as version_of_package

from config.core.errors import UsageError
from config.engine import of_this_python
from config.paths import ROOT
from operations.terraform import binary


def version() -> str:
    """Name the commit of the project, and the versions of the programs that matter."""
    library = of_this_python().library
    made_with = f"{library} {version_of_package(library)}"
    return f"eks {_commit()} ({made_with}, {_terraform()}, Python {platform.python_version()})"


def _commit() -> str:
    if shutil.which("git") is None:
        return "without git"
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 - git of the path
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or "without git"


def _terraform() -> str:
    environment = dict(os.environ)
    try:
        name = binary.terraform_binary(environment)
        return f"{name} {binary.version_of(name, environment)}"
    except UsageError:
        return "no terraform"
