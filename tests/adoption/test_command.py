"""The command line: what it writes, says and ends with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import typer

from adoption import __main__ as command
from adoption.errors import AdoptionError
from adoption.judging.how import How
from adoption.reading.state_programs import Programs

if TYPE_CHECKING:
    from pathlib import Path

    from tests.adoption.conftest import Layout


def run(
    layout: Layout,
    monkeypatch: pytest.MonkeyPatch,
    plan: How = How.NONE,
    *,
    dry_run: bool = False,
    without_plan: bool = False,
) -> int:
    """Run the command on the project of a test; return how it ends."""
    monkeypatch.setattr(command, "ROOT", layout.project)
    monkeypatch.setattr(command, "VALUES", layout.project / "values")
    layout.write()
    with pytest.raises(typer.Exit) as ended:
        command.main(
            "dev", layout.folder, layout.project / "report", plan=plan, dry_run=dry_run, without_plan=without_plan
        )
    return ended.value.exit_code


def files(folder: Path) -> dict[Path, bytes]:
    """Return every file and its content."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_writes_values_and_report(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(layout, monkeypatch) == 0
    report = json.loads((layout.project / "report/dev.json").read_text())
    adopted, created, left = (len(report[part]) for part in ("adopted", "created", "left"))
    overrides = len(report["overrides"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"read eks: {layout.folder}/eks.tfstate, workspace default, serial ")
    assert lines[3:] == [
        "not planned: network, cluster, csi-addon, kube-prom-stack: left out",
        "wrote values/environments/dev.yaml",
        "wrote values/adopted/dev.yaml",
        "wrote values/imports/dev.yaml",
        f"{adopted} to import, {created} new, {left} left in the old states, {overrides} overrides; read report/dev.md",
        "next: git diff values/, then make plan ENV=dev",
    ]


def test_a_secret_is_in_one_private_file_with_the_command_that_takes_it(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    release = layout.attributes("helm_release", "this")
    values = json.loads(release["metadata"]["values"])
    release["metadata"]["values"] = json.dumps({**values, "grafana": {"adminPassword": "hunter2"}})
    assert run(layout, monkeypatch) == 0
    private = layout.project / "adoption-report/dev-secrets.json"
    assert (json.loads(private.read_text()), private.stat().st_mode & 0o777) == (
        {"grafana": {"adminPassword": "hunter2"}},
        0o600,
    )
    holders = [path for path, content in files(layout.project).items() if b"hunter2" in content]
    assert holders == [private]
    said = capsys.readouterr().out
    assert "--not-secret 'grafana.adminPassword'" in said
    assert (
        "  aws secretsmanager create-secret --region us-east-2 --name 'dev-gd9/kube-prometheus-stack' "
        "--secret-string file://adoption-report/dev-secrets.json\n"
    ) in said


def test_a_dry_run_writes_the_report_only(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files(layout.values)
    assert run(layout, monkeypatch, dry_run=True) == 0
    assert files(layout.values) == before
    assert (layout.project / "report/dev.md").exists()


def test_ends_with_2_when_something_is_to_decide(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    layout.attributes("helm_release", "this")["set_sensitive"] = [{"name": "a", "value": "b", "type": "string"}]
    assert run(layout, monkeypatch) == 2
    assert "to decide: the state hides values of module.prometheus.helm_release.this[0]" in capsys.readouterr().out


def test_ends_with_1_and_writes_nothing_when_the_stacks_have_a_state(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(layout.values)
    (layout.project / ".state").mkdir()
    (layout.project / ".state/dev-network.tfstate").write_text('{"version": 4, "resources": [{}]}')
    assert run(layout, monkeypatch) == 1
    assert capsys.readouterr().err.endswith("move that state away first\nNothing was written.\n")
    assert files(layout.values) == before
    assert not (layout.project / "report").exists()


def test_ends_with_1_on_an_invalid_environment(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    layout.set("region: us-east-2", "region: us-east-9")
    assert run(layout, monkeypatch) == 1
    assert "values/environments/dev.yaml:4: region: 'us-east-9' is not a region" in capsys.readouterr().err


class WithoutProviders(Programs):
    """A Terraform that can install no provider."""

    @classmethod
    def on_path(cls) -> Programs:
        """Return it."""
        return cls("terraform")

    def run_terraform(self, folder: Path, *arguments: str) -> bytes:
        """Fail as Terraform does."""
        assert folder.is_dir()
        raise AdoptionError([f"terraform {arguments[0]}: Failed to query available provider packages"])


class TestWithoutAPlan:
    """Nothing judged what would be destroyed, replaced or changed."""

    NOT_JUDGED = (
        "network, cluster, csi-addon, kube-prom-stack: no plan could be made: terraform init: Failed to query "
        "available provider packages; nothing judged what it would destroy, replace or change. --without-plan writes "
        "anyway\nNothing was written.\n"
    )

    def test_nothing_is_written(
        self, layout: Layout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(command, "Programs", WithoutProviders)
        before = files(layout.project)
        assert run(layout, monkeypatch, How.AUTO) == 1
        assert capsys.readouterr().err.endswith(self.NOT_JUDGED)
        assert files(layout.project) == before

    def test_a_word_writes_all_the_same_and_the_report_says_so(
        self, layout: Layout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(command, "Programs", WithoutProviders)
        assert run(layout, monkeypatch, How.AUTO, without_plan=True) == 0
        said = capsys.readouterr().out
        assert "not planned: network, cluster, csi-addon, kube-prom-stack: terraform init: Failed to query" in said
        assert "wrote values/imports/dev.yaml" in said
        assert "- network: not planned: terraform init:" in (layout.project / "report/dev.md").read_text()
