"""Runs programs that use faststart."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PATH = os.pathsep.join([str(PROJECT), str(PROJECT / "faststart" / "src")])
PROVIDER_ROOT = "cdktf_cdktf_provider_helm"


def run_python(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a few lines of Python that can import this project."""
    with tempfile.TemporaryDirectory() as outdir:
        return subprocess.run(
            [sys.executable, "-c", f"PROVIDER_ROOT = {PROVIDER_ROOT!r}\n{textwrap.dedent(code)}", outdir],
            check=False, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": PATH, "PYTHONWARNINGS": "error", **variables},
        )  # fmt: skip
