"""Programs of Prometheus that tests run; `.ci/monitoring-tools` installs them."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache

import pytest

# Webhooks with a secret URL need 0.26 (`url_file`): https://github.com/prometheus/alertmanager/releases/tag/v0.26.0
LEAST: dict[str, tuple[int, int]] = {
    "alertmanager": (0, 26),
    "amtool": (0, 26),
    "prometheus": (2, 40),
    "promtool": (2, 40),
}


def need(*names: str) -> None:
    """Skip a test, and say why, where a program is missing or too old."""
    for name in names:
        found = _version(name)
        wanted = ".".join(map(str, LEAST[name]))
        if found is None:
            pytest.skip(f"needs {name} on the path")
        if found < LEAST[name]:
            pytest.skip(f"needs {name} {wanted} or newer, and there is {found[0]}.{found[1]}")


@cache
def _version(name: str) -> tuple[int, int] | None:
    if shutil.which(name) is None:
        return None
    done = subprocess.run([name, "--version"], capture_output=True, text=True, check=True)
    match = re.search(r"version v?(\d+)\.(\d+)", f"{done.stdout}{done.stderr}")
    # `go install` leaves the version out; what it installs here is new enough.
    return LEAST[name] if match is None else (int(match[1]), int(match[2]))
