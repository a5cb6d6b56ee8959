"""Synthesize every stack of every environment into `cdktf.out`: `python main.py`, or through `cdktf`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import faststart
from config import engine, up_to_date
from config.core.problems import show_notice
from config.paths import ENVIRONMENTS
from faststart.processes import processes_that_pay
from operations.ending import ended
from stacks.output_folder import staged

if TYPE_CHECKING:
    from config.environment import Environment

# Here, as the processes that share the work import this module and do not call `main`.
engine.install_aliases()


def synthesize(folder: Path) -> tuple[Environment, ...]:
    """Write the stacks into a folder that is the caller's own; return the environments that they are of.

    Raises:
        ConfigurationError: Something is wrong in any environment; the text has every problem, and nothing is written.

    """
    # cdktf 0.21 calls util.isArray, of which Node 22 warns at every synthesis.
    os.environ["NODE_OPTIONS"] = f"{os.environ.get('NODE_OPTIONS', '')} --disable-warning=DEP0044".lstrip()
    # Nothing here is a plugin of pydantic, which would look for some among all packages.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    faststart.install()

    # The stacks first: Node then loads their classes while Python imports the settings.
    from cdktf import App

    from stacks.build import APP_OPTIONS, build_stacks  # isort: split

    from config.loading import load_environments

    environments = load_environments(ENVIRONMENTS)
    processes = processes_that_pay(len(environments))
    if processes > 1:
        from faststart import parallel

        parallel.synthesize(build_stacks, environments, processes=processes, outdir=folder, app_options=APP_OPTIONS)
        return environments
    app = App(outdir=str(folder), **APP_OPTIONS)
    for environment in environments:
        build_stacks(app, environment)
    app.synth()
    return environments


def write() -> None:
    """Write the stacks to where cdktf looks for them, unless what is there is what would be written."""
    outdir = Path(os.environ.get("CDKTF_OUTDIR", "cdktf.out"))
    made_from = up_to_date.fingerprint()
    unchanged = up_to_date.last_synthesis(outdir, made_from)
    if unchanged is not None:
        for notice in unchanged.notices:
            show_notice(notice)
        return
    with staged(outdir) as folder:
        environments = synthesize(folder)
    up_to_date.keep_record(outdir, made_from, environments)


def main() -> None:
    """Write every stack, or say every problem of every environment and write nothing."""
    engine.select()
    code = ended(write)
    if code:
        sys.exit(code)


if __name__ == "__main__":
    main()
    faststart.leave()
