"""Synthesize the project and then the realistic program, whose aspect Node calls: `python run.py OUTDIR`."""

from __future__ import annotations

import sys

import main

main.main()

from cdktf import App  # noqa: E402 - providers are imported after faststart.install(), which main() calls

from tests.faststart import program  # noqa: E402 - as above

app = App(outdir=sys.argv[1])
program.build(app, ["dev"])
app.synth()
