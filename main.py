"""Synthesize every stack of every environment into `cdktf.out`: `python main.py`, or through `cdktf`."""

from __future__ import annotations

import sys
from pathlib import Path

import faststart
from config.loading import ConfigurationError, load_environments

ENVIRONMENTS = Path(__file__).parent / "values" / "environments"


def main() -> None:
    """Write the stacks, or say every problem of every environment and write nothing."""
    faststart.install()
    try:
        environments = load_environments(ENVIRONMENTS)
    except ConfigurationError as error:
        sys.exit(str(error))

    from cdktf import App

    from stacks.build import build_stacks

    app = App()
    try:
        for environment in environments:
            build_stacks(app, environment)
    except ConfigurationError as error:
        sys.exit(str(error))
    app.synth()


if __name__ == "__main__":
    main()
