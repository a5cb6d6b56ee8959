"""What `python main.py` says of imports that fit no stack."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from config.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PARTS = ("config", "constructs", "operations", "stacks", "values")


def test_fails_on_an_import_of_nothing_and_writes_nothing(tmp_path: Path) -> None:
    for part in PARTS:
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("main.py", "cdktf.json"):
        shutil.copy(ROOT / file, tmp_path)
    imports = tmp_path / "values" / "imports" / "dev.yaml"
    imports.parent.mkdir(exist_ok=True)
    imports.write_text("imports:\n  network:\n    nothing/here: vpc-1\n", encoding="utf-8")

    run = subprocess.run([sys.executable, "main.py"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].startswith('values/imports/dev.yaml:3: imports.network."nothing/here": ')
    assert "Traceback" not in run.stderr
    assert not list((tmp_path / "cdktf.out").rglob("*.json"))
