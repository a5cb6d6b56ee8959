"""Synthesize with the engine of this Python: `python -m tests.engines.synthesize OUTDIR < environments.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import faststart
from config import engine

engine.install_aliases()
faststart.install()

from config.environment import Environment  # noqa: E402 (after the lazy loading is on)
from tests.synthesis import synthesize  # noqa: E402 (as above)

synthesize([Environment.model_validate_json(json.dumps(data)) for data in json.load(sys.stdin)], Path(sys.argv[1]))
