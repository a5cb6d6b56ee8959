"""The measurements compare with a program that makes the same resources."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from bench.javascript import javascript_program
from tests.integration.project import Project
from tests.surroundings import JSII_CACHE


def made(stack: Path) -> dict[str, set[str]]:
    """Name what a stack makes and reads, by type."""
    content = json.loads((stack / "cdk.tf.json").read_text("utf-8"))
    return {type_: set(found) for kind in ("resource", "data") for type_, found in content.get(kind, {}).items()}


def test_javascript_makes_the_same(tmp_path: Path) -> None:
    project = Project.copy_to(tmp_path / "project")
    project.main().succeeded()
    program = javascript_program(
        tmp_path / "javascript",
        cache=Path(os.environ[JSII_CACHE]),
        synthesized=project.synthesized,
        environment="dev",
        copies=2,
    )
    variables = {name: value for name, value in os.environ.items() if name != "NODE_OPTIONS"}
    done = subprocess.run(
        program.arguments, cwd=program.folder, env=variables, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    ours = {stack.name: made(stack) for stack in project.stacks.glob("dev-*")}
    assert len(ours) > 1
    for copy in ("copy0", "copy1"):
        folders = (tmp_path / "javascript" / "cdktf.out" / "stacks").glob(f"{copy}-*")
        assert {stack.name.removeprefix(f"{copy}-"): made(stack) for stack in folders} == ours
