"""Takes the picture of a report: `./eks plan dev`, then `python -m tools.docs.picture`; needs chromium."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

from config.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

REPORT: Final = ROOT / "cdktf.out" / "reports" / "index.html"
PICTURE: Final = ROOT / "docs" / "report.png"
SIZE: Final = (1180, 1000)


def take(report: Path = REPORT, picture: Path = PICTURE) -> None:
    """Write the first screen of a report as a picture."""
    width, height = SIZE
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={width},{height}"]
    command = ["chromium", *options, f"--screenshot={picture}", report.as_uri()]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - a fixed program, with paths of the project


if __name__ == "__main__":
    if not REPORT.is_file():
        sys.exit("there is no report: ./eks plan dev")
    take()
