"""The commands that the pages name exist, with these options, targets and variables; the scripts are shell."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import typer

from config.paths import ROOT
from operations.cli.app import app
from tests.pages import PAGES, Block, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Programs of others that the pages use.
OTHERS = {
    "amtool", "aws", "cdktf", "curl", "export", "git", "kubectl", "minikube", "npm", "pip", "python", "sudo",
    "terraform", "terragrunt", "helm", "cd", ".", "for", "done", "cp", "rm",
}  # fmt: skip
MAKE_VARIABLES = {"CDK", "DRY_RUN", "PYTHON"}
INLINE = re.compile(r"`(?:CDK=\w+ )?((?:\./eks|make) [^`\n]+)`")
each_script = pytest.mark.parametrize("script", blocks("sh"), ids=str)


def commands(script: str) -> Iterator[list[str]]:
    """Yield the commands of a script, one a line, without variables before them; output is in blocks of its own."""
    for line in script.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if words:
            yield words


def check_eks(arguments: list[str]) -> None:
    """Parse the arguments of `./eks` as it does; raises typer's error for what it does not know."""
    if arguments[:1] == ["--cdk"]:
        arguments = arguments[2:]
    command: Any = typer.main.get_command(app)
    while arguments and (inner := getattr(command, "commands", {}).get(arguments[0])):
        command, arguments = inner, arguments[1:]
    assert not hasattr(command, "commands") or {*arguments} <= {"--help", "--version", "--install-completion"}
    if "--help" not in arguments and not hasattr(command, "commands"):
        command.make_context(command.name, list(arguments))


def check_make(arguments: list[str]) -> None:
    """Check that the targets and variables are those of the Makefile."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = {name for rule in re.findall(r"^[a-z -]+(?=:)", makefile, re.MULTILINE) for name in rule.split()}
    settings = re.search(r"^SETTINGS := ((?:.*\\\n)*.*)", makefile, re.MULTILINE)
    assert settings is not None
    variables = {*settings[1].replace("\\\n", " ").split(), *MAKE_VARIABLES}
    for argument in arguments:
        name, is_variable, _ = argument.partition("=")
        assert name in (variables if is_variable else targets), argument


@each_script
def test_a_script_is_shell(script: Block) -> None:
    subprocess.run(["bash", "-n"], input=script.text, text=True, check=True)


@each_script
def test_a_script_runs_commands_that_exist(script: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STACKS", raising=False)
    for program, *arguments in commands(script.text):
        if program == "./eks":
            check_eks(arguments)
        elif program == "make":
            check_make(arguments)
        else:
            assert program in OTHERS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_the_text_exist(page: Path) -> None:
    for command in INLINE.findall(page.read_text("utf-8")):
        words = [word for word in command.split() if "…" not in word]
        if words[0] == "make":
            check_make([word for word in words[1:] if re.fullmatch(r"[a-z-]+", word)])
        else:
            names = re.findall(r"(?:^| )(--[a-z-]+)", command)
            options = _options_of(words[1:])
            assert options is not None, command
            assert {*names} - {"--help", "--version", "--cdk", "--install-completion"} <= options, command


def _options_of(words: list[str]) -> set[str] | None:
    """Return the options of the command that these words begin with; None where there is no such command."""
    command: Any = typer.main.get_command(app)
    if words[:1] == ["--cdk"]:
        words = words[2:]
    if not words or words[0].startswith("-"):
        return set()
    for word in words:
        if not hasattr(command, "commands"):
            break
        command = command.commands.get(word)
        if command is None:
            return None
    return {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
