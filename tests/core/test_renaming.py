"""Settings that were renamed: the earlier name works, and a notice says the current one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from config.core.files.yaml_source import read_yaml
from config.core.renaming import rename_settings
from config.core.settings import Settings
from tests.core.project import Project, environment_text
from tests.core.test_schema import models

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ROUTES = """\
alertmanager:
  receivers: {pager: {pagerduty: {routing_key: {secret: pager, key: routing-key}}}}
  routes:
    - receiver: pager
      severities: [critical]
      %s: true
"""


class Inner(Settings):
    """A section with a renamed setting."""

    RENAMED: ClassVar[dict[str, str]] = {"old": "new"}

    new: int


class Outer(Settings):
    """Sections in every form that a setting may have."""

    one: Inner | None = None
    many: tuple[Inner, ...] = ()
    named: dict[str, Inner] = Field(default={})


def test_the_earlier_name_is_read_everywhere_and_noticed_once_each(tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text("one: {old: 1}\nmany:\n  - new: 2\n  - old: 3\nnamed:\n  x:\n    old: 4\n")
    document = read_yaml(file, "file.yaml")
    rename_settings(document, Outer)
    assert document.root is not None
    assert document.root.plain() == {"one": {"new": 1}, "many": [{"new": 2}, {"new": 3}], "named": {"x": {"new": 4}}}
    assert document.problems == []
    assert [str(notice) for notice in document.notices] == [
        "file.yaml:1: one.old: is called new now; rename it",
        "file.yaml:4: many[1].old: is called new now; rename it",
        "file.yaml:7: named.x.old: is called new now; rename it",
    ]


def test_an_environment_with_an_earlier_name_loads_with_a_notice(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write("environments/dev.yaml", environment_text(kube_prom_stack=ROUTES % "go_on"))
    (environment,) = project.load()
    assert project.load() == (environment,), "a command may load the environments twice, and says the notice once"
    assert environment.kube_prom_stack.alertmanager.routes[0].continue_
    error = capsys.readouterr().err
    assert "routes[0].go_on: is called continue now; rename it\n" in error
    assert error.count("rename it") == 1


def test_fails_when_both_names_are_given(project: Project) -> None:
    both = (ROUTES % "go_on") + "      continue: false\n"
    (problem,) = project.problems_of(environment_text(kube_prom_stack=both))
    assert problem.endswith("routes[0].go_on: is the earlier name of continue, which is given too; remove one")


def test_the_current_name_gives_no_notice(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert project.problems_of(environment_text(kube_prom_stack=ROUTES % "continue")) == []
    assert "rename it" not in capsys.readouterr().err


def test_earlier_names_are_no_settings_and_current_ones_are() -> None:
    renaming = [model for model in models() if model.RENAMED]
    assert renaming
    for model in renaming:
        names = {field.alias or name for name, field in model.model_fields.items()}
        assert not names & model.RENAMED.keys()
        assert set(model.RENAMED.values()) <= names
