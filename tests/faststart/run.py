"""Synthesize the realistic program: `python run.py OUTDIR ENVIRONMENT…`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
import faststart

faststart.install()
from cdktf import App

from tests.faststart import program

app = App(outdir=sys.argv[1])
program.build(app, sys.argv[2:])
app.synth()
