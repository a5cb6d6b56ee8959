"""Copies of the project, in which the real programs run as a user runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from config.paths import ROOT
from tests.programs import find, need
from tests.waiting import finish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SET_UP = (".venv", "node_modules")
# Tools, caches and results: what `.gitignore` names, and what git keeps for itself.
NO_FILES = (".git", *re.findall(r"^([^#\s].*?)/?$", (ROOT / ".gitignore").read_text("utf-8"), re.MULTILINE))
# Settings of the caller for these programs must not decide what a test does, and credentials must not reach one.
FOREIGN_SETTINGS = ("AWS_", "CDKTF_", "HELM_", "JSII_", "KUBE", "NODE_OPTIONS", "SANDBOX_", "TF_")
NO_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
QUIET = {"CHECKPOINT_DISABLE": "1", "DISABLE_VERSION_CHECK": "1", "CI": "1", "TF_IN_AUTOMATION": "1"}


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and everything that it printed."""

    code: int
    output: str

    def succeeded(self) -> Outcome:
        """Return this outcome; fail the test, with what was printed, where the command failed."""
        assert self.code == 0, self.output
        return self


@dataclass(frozen=True)
class Project:
    """A copy of the project's own files, sharing the set-up of the real project."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def copy_to(cls, folder: Path) -> Project:
        """Make the copy: what a clone holds after the next commit, and nothing that a run has left."""
        for path in project_files():
            copy = folder / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy)
        for name in SET_UP:
            (folder / name).symlink_to(ROOT / name)
        return cls(folder)

    def with_environment(self, **variables: str) -> Project:
        """Return the same copy with more variables for its commands."""
        return replace(self, environment={**self.environment, **variables})

    def run(self, *command: str | Path, cwd: Path | None = None) -> Outcome:
        """Run a command in the copy, without a terminal; `python` is that of the project's environment."""
        process = self.start(*command, cwd=cwd)
        output = finish(process)
        return Outcome(process.returncode, output)

    def start(
        self, *command: str | Path, cwd: Path | None = None, stdin: int = subprocess.DEVNULL
    ) -> subprocess.Popen[str]:
        """Start a command and return while it runs."""
        program = self.folder / ".venv/bin/python" if command[0] == "python" else command[0]
        return subprocess.Popen(
            [str(program), *map(str, command[1:])],
            cwd=cwd or self.folder,
            env=self.whole_environment(),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def main(self) -> Outcome:
        """Run `python main.py`."""
        return self.run("python", "main.py")

    def cdktf(self, *arguments: str) -> Outcome:
        """Run the pinned cdktf in an activated environment, as a user does by hand."""
        need("cdktf")
        activated = f"{self.folder / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"
        return self.with_environment(PATH=activated).run("cdktf", *arguments)

    def eks(self, *arguments: str, **variables: str) -> Outcome:
        """Run the command line of the project, without a terminal and without questions."""
        return self.with_environment(AUTO_APPROVE="1", **variables).run(self.folder / "eks", *arguments)

    def terraform(self, stack: str, *arguments: str) -> Outcome:
        """Run terraform in the folder of a stack."""
        return self.run(terraform_name(), *arguments, "-no-color", cwd=self.stacks / stack)

    def outputs(self, stack: str) -> dict[str, Any]:
        """Return the outputs in a stack's state."""
        printed = self.run(terraform_name(), "output", "-json", cwd=self.stacks / stack).succeeded().output
        return {name: output["value"] for name, output in json.loads(printed).items()}

    def logs(self, stack: str, command: str) -> list[Path]:
        """Find what terraform printed for a stack, in the folders of the runs."""
        return sorted(self.synthesized.glob(f"run-*/{stack}/{command}.log"))

    @property
    def synthesized(self) -> Path:
        """The folder that synthesis writes."""
        return self.folder / "cdktf.out"

    @property
    def stacks(self) -> Path:
        """The folder of the synthesized stacks."""
        return self.synthesized / "stacks"

    def whole_environment(self) -> dict[str, str]:
        """Return the variables of its commands: no settings of the caller for these programs, and no credentials."""
        callers = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN_SETTINGS)}
        own = {"CDKTF_HOME": str(self.folder / ".cdktf"), "PYTHONDONTWRITEBYTECODE": "1"}
        return {**callers, **NO_CREDENTIALS, **QUIET, **own, **self.environment}


def project_files(folder: Path = ROOT) -> Iterator[Path]:
    """Yield the files that git knows or would add; an unpacked archive has the same."""
    for path in sorted(folder.iterdir()):
        if any(path.match(pattern) for pattern in NO_FILES):
            continue
        if path.is_dir():
            yield from project_files(path)
        else:
            yield path


def terraform_name() -> str:
    """Name the program that plans and applies, as `./eks deploy` chooses it."""
    return os.environ.get("TERRAFORM_BINARY_NAME") or ("terraform" if find("terraform") else "tofu")


def files_under(folder: Path) -> dict[str, bytes]:
    """Return the content of every file, by its path in the folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
