"""The one command line: every command, its options and variables, the launcher, and how it ends."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from config.core.errors import UsageError
from config.paths import ROOT
from operations.cli import app as command_line
from operations.commands import apply as applying
from operations.commands import plan as planning
from operations.ending import ended
from operations.interruption import Interrupted
from operations.selection.selection import Selection
from tests import programs

if TYPE_CHECKING:
    from collections.abc import Iterator

    import typer

COMMANDS = (
    "synth", "list", "plan", "diff", "deploy", "destroy", "drift", "output", "graph", "unlock", "kubeconfig", "open",
    "new", "doctor", "upgrade", "check cluster", "check charts", "check series", "check alerts", "check policy",
    "check versions", "adopt", "cloud setup", "state bucket", "state move", "providers lock",
    "import dashboard", "import rules", "import values",
)  # fmt: skip
runner = CliRunner()


def invoke(*arguments: str, **variables: str) -> Any:
    """Run the command line in this process, without the caller's variables."""
    without = dict.fromkeys(("STACKS", "STACK", "ENV", "AUTO_APPROVE", "ALLOW_DESTROY", "PARALLEL", "AT_ONCE"))
    return runner.invoke(command_line.app, list(arguments), env={**without, **variables})


def launcher(*arguments: str, program: Path = ROOT / "eks", cwd: Path = ROOT, **variables: str) -> Any:
    programs.declare(program)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [program, *arguments], cwd=cwd, env={**environment, **variables}, capture_output=True, text=True, check=False
    )


def test_files_of_a_command_are_for_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    monkeypatch.setattr(command_line, "app", lambda **_: found.append(os.umask(0)))
    monkeypatch.setattr(command_line, "raise_interrupted", lambda: None)
    before = os.umask(0)
    try:
        with pytest.raises(SystemExit, match=r"^0$"):
            command_line.main()
    finally:
        os.umask(before)
    assert found == [0o077]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    result = invoke(*command.split(), "--help")
    assert result.exit_code == 0, result.output
    assert "Usage: " in result.output


def test_no_command_is_missing_in_this_file() -> None:
    assert sorted(_names(command_line.app)) == sorted(COMMANDS)


def _names(app: typer.Typer, prefix: str = "") -> Iterator[str]:
    for command in app.registered_commands:
        assert command.callback is not None
        yield prefix + (command.name or command.callback.__name__)
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from _names(group.typer_instance, f"{prefix}{group.name} ")


def test_every_make_target_of_the_section_is_a_command() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    called = {line.split("@./eks ")[1].strip() for line in makefile.splitlines() if "@./eks " in line}
    assert {name.replace("$(@:open-%=%)", "grafana").split(" grafana")[0] for name in called} <= set(COMMANDS)
    assert re.search(r"-m operations(?!\.)", makefile) is None


@pytest.fixture
def consents(monkeypatch: pytest.MonkeyPatch) -> list[applying.Consent]:
    """Note with which consent and for which stacks something would be applied, instead of doing it."""
    noted: list[applying.Consent] = []

    def apply(selection: Selection, consent: applying.Consent, *_: object, **__: object) -> int:
        assert selection == Selection("dev")
        noted.append(consent)
        return 0

    monkeypatch.setattr(applying, "apply", apply)
    return noted


@pytest.mark.parametrize("command", ["deploy", "destroy"])
@pytest.mark.parametrize(
    ("value", "is_approved"),
    [
        ("1", True),
        ("true", True),
        ("yes", True),
        ("on", True),
        ("0", False),
        ("off", False),
        ("no", False),
        ("", False),
    ],
)
def test_one_parser_reads_the_approval(
    command: str, value: str, consents: list[applying.Consent], *, is_approved: bool
) -> None:
    result = invoke(command, "--env", "dev", AUTO_APPROVE=value)
    assert result.exit_code == 0, result.output
    assert [consent.auto_approve for consent in consents] == [is_approved]


@pytest.mark.parametrize("command", ["deploy", "destroy"])
def test_an_approval_that_is_neither_is_refused(command: str, consents: list[applying.Consent]) -> None:
    result = invoke(command, "--env", "dev", AUTO_APPROVE="maybe")
    assert result.exit_code == 2
    assert consents == []


def test_what_may_be_lost_is_a_list_of_names(consents: list[applying.Consent]) -> None:
    invoke("destroy", ENV="dev", ALLOW_DESTROY="dev-network/aws_vpc.a  dev-cluster/aws_eks_cluster.b")
    assert consents[0].allowed == {"dev-network/aws_vpc.a", "dev-cluster/aws_eks_cluster.b"}


@pytest.mark.parametrize("found", [0, 1, 2])
@pytest.mark.parametrize(("arguments", "detailed"), [((), False), (("--detailed-exitcode",), True)])
@pytest.mark.parametrize("command", [("plan", "dev"), ("drift", "dev"), ("diff", "dev-network")])
def test_success_is_zero_unless_details_are_asked_for(
    command: tuple[str, ...], arguments: tuple[str, ...], found: int, monkeypatch: pytest.MonkeyPatch, *, detailed: bool
) -> None:
    monkeypatch.setattr(planning, "plan", lambda *_, **__: found)
    expected = found if detailed or found == 1 else 0
    assert invoke(*command, *arguments).exit_code == expected


@pytest.mark.parametrize("arguments", [("plan", "--retry-on", "("), ("plan", "--parallel", "0"), ("nonsense",)])
def test_what_cannot_be_read_ends_with_two(arguments: tuple[str, ...]) -> None:
    assert invoke(*arguments).exit_code == 2


class TestEnding:
    """Whatever goes wrong is a message and an exit code, and no traceback."""

    @pytest.mark.parametrize(
        ("problem", "said"),
        [
            (UsageError("no stack is named x"), "no stack is named x\n"),
            (
                OSError(28, "No space left on device", "/x/plan.tfplan"),
                "/x/plan.tfplan: No space left on device. The disk",
            ),
            (OSError(30, "Read-only file system", "/x"), "/x: Read-only file system. The folder cannot be written"),
            (PermissionError(13, "Permission denied", "/x"), "/x: Permission denied"),
            (MemoryError(), "There is not enough memory"),
            (ValueError("of a kind"), "A bug, please report it with "),
        ],
    )
    def test_with_a_message(self, problem: Exception, said: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert ended(_raising(problem)) == 1
        printed = capsys.readouterr().err
        assert printed.startswith(said)
        assert "Traceback" not in printed
        assert printed.count("\n") == 1
        for log in map(Path, re.findall(r"report it with (\S+):", printed)):
            assert "ValueError: of a kind" in log.read_text(encoding="utf-8")
            log.unlink()

    @pytest.mark.parametrize("code", [0, 1, 2])
    def test_with_the_code_of_the_command(self, code: int) -> None:
        assert ended(_raising(SystemExit(code))) == code

    def test_with_130_when_interrupted(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert ended(_raising(KeyboardInterrupt())) == 130
        assert capsys.readouterr().err == "Stopped. Nothing was changed.\n"

    def test_with_0_when_nothing_went_wrong(self) -> None:
        assert ended(lambda: None) == 0

    @pytest.mark.parametrize("number", [2, 15, 1])
    def test_with_the_signal(
        self, number: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "_exit", lambda code: (_ for _ in ()).throw(SystemExit(code)))
        with pytest.raises(SystemExit) as end:
            ended(_raising(Interrupted(number)))
        assert end.value.code == 128 + number
        assert capsys.readouterr().err == "Stopped. Nothing was changed.\n"


def _raising(problem: BaseException) -> Any:
    def run() -> None:
        raise problem

    return run


class TestLauncher:
    def test_runs_from_any_folder(self, tmp_path: Path) -> None:
        elsewhere = tmp_path / "a folder with spaces"
        elsewhere.mkdir()
        # Neither modules of that folder nor the caller's settings for Python get in the way.
        (elsewhere / "typer.py").write_text("raise SystemExit('the wrong typer')")
        result = launcher("--version", cwd=elsewhere, PYTHONPATH=str(elsewhere), PYTHONHOME="/nowhere")
        assert result.returncode == 0, result.stderr
        assert result.stdout.startswith("eks ")

    def test_runs_from_a_folder_with_spaces_and_through_a_link(self, tmp_path: Path) -> None:
        project = tmp_path / "my project"
        project.mkdir()
        for name in ("config", "operations", "stacks", ".venv"):
            (project / name).symlink_to(ROOT / name)
        shutil.copy2(ROOT / "Pipfile.lock", project)
        shutil.copy2(ROOT / "eks", project)
        link = tmp_path / "eks"
        link.symlink_to("my project/eks")
        assert launcher("--help", program=link, cwd=tmp_path).returncode == 0

    def test_sets_the_project_up_where_that_is_missing(self, tmp_path: Path) -> None:
        programs.need("make")
        shutil.copy2(ROOT / "eks", tmp_path)
        shutil.copy2(ROOT / "Pipfile.lock", tmp_path)
        (tmp_path / "Makefile").write_text(".venv/.complete:\n\t@echo setting up; exit 1\n")
        result = launcher("list", program=tmp_path / "eks", cwd=tmp_path)
        assert result.returncode == 1
        assert "setting up" in result.stderr
        assert result.stdout == ""

    def test_is_shell_that_every_system_has(self) -> None:
        programs.need("dash")
        subprocess.run(["dash", "-n", ROOT / "eks"], check=True)
        assert os.access(ROOT / "eks", os.X_OK)
