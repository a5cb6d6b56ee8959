"""Synthesize the realistic program by several processes: `python run_parallel.py OUTDIR PROCESSES ENVIRONMENT…`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
import faststart


def main() -> None:
    """Read the command line and synthesize."""
    faststart.install()
    from faststart.parallel import synthesize
    from tests.faststart.program import add_environment

    synthesize(add_environment, sys.argv[3:], processes=int(sys.argv[2]), outdir=Path(sys.argv[1]))


if __name__ == "__main__":
    main()
