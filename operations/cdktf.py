"""Runs the pinned cdktf, after checking what it would stumble over half-way: `python -m operations.cdktf deploy`."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from config.paths import ROOT

CDKTF = ROOT / "node_modules/.bin/cdktf"
TERRAFORM_BINARIES = ("terraform", "tofu")
# The S3 backend locks by itself (use_lockfile) from this version on, in both programs.
OLDEST_TERRAFORM = (1, 10)
COMMANDS_THAT_ASK = ("deploy", "destroy")
STACKS_VARIABLE = {"deploy": "STACKS", "destroy": "STACKS", "diff": "STACK"}


class UsageError(Exception):
    """Something that the caller has to mend before cdktf is started; the message is one line."""


@dataclass(frozen=True)
class Request:
    """What was asked for, by the variables of the Makefile."""

    command: str
    stacks: tuple[str, ...]
    auto_approve: bool
    skip_provider_lock: bool

    @classmethod
    def from_environment(cls, command: str, environment: dict[str, str]) -> Request:
        """Read STACKS (STACK for diff, nothing for list), AUTO_APPROVE and SKIP_PROVIDER_LOCK."""
        return cls(
            command=command,
            stacks=tuple(shlex.split(environment.get(STACKS_VARIABLE.get(command, ""), ""))),
            auto_approve=_is_on(environment, "AUTO_APPROVE"),
            skip_provider_lock=_is_on(environment, "SKIP_PROVIDER_LOCK") or _has_provider_mirror(environment),
        )


def _is_on(environment: dict[str, str], variable: str) -> bool:
    return environment.get(variable, "").lower() not in ("", "0", "false", "no")


def _has_provider_mirror(environment: dict[str, str]) -> bool:
    """Whether providers come from a mirror: `terraform providers lock` would ask their registry all the same."""
    configuration = Path(environment.get("TF_CLI_CONFIG_FILE") or Path.home() / ".terraformrc")
    if not configuration.is_file():
        return False
    return re.search(r"\b(filesystem|network)_mirror\b", configuration.read_text(encoding="utf-8")) is not None


def check_stacks(request: Request) -> None:
    """Raise a UsageError where no stack is named, or more than one for a diff."""
    if request.command == "diff" and len(request.stacks) != 1:
        raise UsageError("name one stack: make diff STACK=dev-network ('make list' prints the names)")
    if request.command in COMMANDS_THAT_ASK and not request.stacks:
        raise UsageError(f"say which stacks: make {request.command} STACKS='dev-*' ('make list' prints the names)")


def check_approval(request: Request, *, has_terminal: bool) -> None:
    """Raise a UsageError where nobody could answer: cdktf would fail at its question, and could leave a lock."""
    if request.command in COMMANDS_THAT_ASK and not request.auto_approve and not has_terminal:
        raise UsageError(f"there is no terminal to confirm at: AUTO_APPROVE=1 lets 'make {request.command}' go ahead")


def terraform_binary(environment: dict[str, str]) -> str:
    """Choose the program that cdktf shall run: TERRAFORM_BINARY_NAME, else terraform, else tofu.

    Raises a UsageError where it is missing, does not run, or is too old.
    """
    chosen = environment.get("TERRAFORM_BINARY_NAME")
    candidates = (chosen,) if chosen else TERRAFORM_BINARIES
    found = next((name for name in candidates if shutil.which(name, path=environment.get("PATH"))), None)
    oldest = ".".join(map(str, OLDEST_TERRAFORM))
    if found is None:
        raise UsageError(f"{' or '.join(candidates)} was not found; install Terraform or OpenTofu {oldest} or newer")
    version = version_of(found, environment)
    if tuple(map(int, version.split(".")[:2])) < OLDEST_TERRAFORM:
        raise UsageError(f"{found} is version {version}; Terraform or OpenTofu {oldest} or newer is needed")
    return found


def version_of(binary: str, environment: dict[str, str]) -> str:
    """Ask the program; Terraform and OpenTofu answer under the same key."""
    answer = subprocess.run([binary, "version", "-json"], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - the caller's own choice
    try:
        return re.fullmatch(r"(\d+\.\d+\.\d+).*", json.loads(answer.stdout)["terraform_version"])[1]  # type: ignore[index]
    except (ValueError, KeyError, TypeError) as problem:
        raise UsageError(f"'{binary} version -json' does not say its version: {answer.stderr.strip()}") from problem


def arguments(request: Request) -> list[str]:
    """Write the command line of cdktf."""
    line = [request.command, *request.stacks]
    if request.command in COMMANDS_THAT_ASK and request.auto_approve:
        line.append("--auto-approve")
    if request.command != "list" and request.skip_provider_lock:
        line.append("--skip-provider-lock")
    return line


def cdktf_environment(environment: dict[str, str], *, has_terminal: bool) -> dict[str, str]:
    """Add to the caller's environment what turns cdktf's telemetry and version checks off."""
    quiet = {"CHECKPOINT_DISABLE": "1", "DISABLE_VERSION_CHECK": "1"}
    # Without a terminal cdktf's spinner fills the log. With one, CI would hide its question.
    return {**environment, **quiet} if has_terminal else {**environment, **quiet, "CI": "1"}


def prepare(command: str, environment: dict[str, str], *, has_terminal: bool) -> tuple[list[str], dict[str, str]]:
    """Check the request; give cdktf's command line and environment."""
    request = Request.from_environment(command, environment)
    check_stacks(request)
    check_approval(request, has_terminal=has_terminal)
    chosen = {"TERRAFORM_BINARY_NAME": terraform_binary(environment)}
    return arguments(request), cdktf_environment({**environment, **chosen}, has_terminal=has_terminal)


def main() -> None:
    """Check, then become cdktf."""
    try:
        line, environment = prepare(
            sys.argv[1], dict(os.environ), has_terminal=sys.stdin.isatty() and sys.stdout.isatty()
        )
    except UsageError as problem:
        sys.exit(str(problem))
    os.chdir(ROOT)
    os.execve(CDKTF, [str(CDKTF), *line], environment)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
