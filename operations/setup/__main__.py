"""Runs the steps that are named: `python -m operations.setup STEP ...`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from operations.setup.packages import (
    install_cdktf,
    install_checkov,
    install_docs,
    install_packages,
    install_pipenv,
    install_terrain,
    install_uv,
)
from operations.setup.programs import install_programs
from operations.setup.step import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS: dict[str, Callable[[], None]] = {
    "uv": install_uv,
    "packages": lambda: install_packages("default"),
    "development": lambda: install_packages("default", "develop"),
    "terrain": install_terrain,
    "checkov": install_checkov,
    "docs": install_docs,
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
