"""Synthesize the realistic program: `python run.py OUTDIR ENVIRONMENT…`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
import faststart

faststart.install()
from cdktf import App  # noqa: E402 - a program that uses providers imports them after install()

from tests.faststart import program  # noqa: E402 - as above

app = App(outdir=sys.argv[1])
program.build(app, sys.argv[2:])
app.synth()
