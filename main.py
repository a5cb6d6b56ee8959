"""Synthesize every stack of every environment into `cdktf.out`: `python main.py`, or through `cdktf`."""

from __future__ import annotations

import os
import sys

from faststart.processes import processes_that_pay

import faststart
from config import engine
from config.paths import ENVIRONMENTS

# Here, as the processes that share the work import this module and do not call `main`.
engine.install_aliases()


def main() -> None:
    """Write the stacks, or say every problem of every environment and write nothing."""
    engine.select()
    # cdktf 0.21 calls util.isArray, of which Node 22 warns at every synthesis.
    os.environ["NODE_OPTIONS"] = f"{os.environ.get('NODE_OPTIONS', '')} --disable-warning=DEP0044".lstrip()
    # Nothing here is a plugin of pydantic, which would look for some among all packages.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    faststart.install()

    # The stacks first: Node then loads their classes while Python imports the settings.
    from cdktf import App

    from stacks.build import build_stacks  # isort: split

    from config.loading import ConfigurationError, load_environments

    try:
        environments = load_environments(ENVIRONMENTS)
        processes = processes_that_pay(len(environments))
        if processes > 1:
            from faststart.parallel import synthesize

            synthesize(build_stacks, environments, processes=processes)
            return
        app = App()
        for environment in environments:
            build_stacks(app, environment)
    except ConfigurationError as error:
        sys.exit(str(error))
    app.synth()


if __name__ == "__main__":
    main()
    faststart.leave()
