"""checkov finds nothing in the shipped environments, but what a reason next to the resource explains.

checkov knows no skip inside Terraform JSON, so the project has its own:
`add_override("//.checkov.skip.<check>", "<reason>")`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from config.paths import ROOT
from tests.programs import need

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.conftest import NewProject
    from tests.integration.project import Project

CHECKOV = ROOT / ".tools/checkov/bin/checkov"
SHORTEST_REASON = 20


@dataclass(frozen=True)
class Element:
    """A resource or data source: where it stands, and the checks that it answers itself."""

    stack: str
    address: str
    first_line: int
    skips: dict[str, str]


def elements(file: Path) -> Iterator[Element]:
    """Find the resources and data sources of a file with their lines; JSON is YAML, whose parser knows them."""
    text = file.read_text(encoding="utf-8")
    content = json.loads(text)
    for kind, types in _entries(yaml.compose(text, Loader=yaml.CSafeLoader)):
        if kind not in ("resource", "data"):
            continue
        for type_, instances in _entries(types):
            for name, body in _entries(instances):
                skips = content[kind][type_][name].get("//", {}).get("checkov", {}).get("skip", {})
                yield Element(file.parent.name, f"{kind}.{type_}.{name}", body.start_mark.line + 1, skips)


def _entries(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    assert isinstance(node, yaml.MappingNode)
    return ((key.value, value) for key, value in node.value)


@pytest.fixture(scope="module")
def project(new_project: NewProject) -> Project:
    """Give a synthesized copy; checkov 3.3 reads no file with `moved` blocks, in which there is nothing to check."""
    copy = new_project()
    copy.main().succeeded()
    for file in copy.stacks.glob("*/cdk.tf.json"):
        content = json.loads(file.read_text(encoding="utf-8"))
        content.pop("moved", None)
        file.write_text(json.dumps(content, indent=2), encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def report(project: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Scan everything that was synthesized."""
    need("checkov")
    folder = tmp_path_factory.mktemp("checkov")
    options = ["--framework", "terraform_json", "--skip-download", "--compact", "--output", "json"]
    outcome = project.run(
        CHECKOV.with_name("python"), CHECKOV, "--directory", project.synthesized, *options, "--output-file-path", folder
    )
    assert (folder / "results_json.json").exists(), outcome.output
    result: dict[str, Any] = json.loads((folder / "results_json.json").read_text(encoding="utf-8"))
    return result


@pytest.fixture(scope="module")
def answered(project: Project) -> dict[tuple[str, str], str]:
    """Give the reasons, by address and check."""
    found = (element for file in project.stacks.glob("*/cdk.tf.json") for element in elements(file))
    return {
        (f"{element.stack}: {element.address}", check): reason
        for element in found
        for check, reason in element.skips.items()
    }


@pytest.fixture(scope="module")
def failed(project: Project, report: dict[str, Any]) -> set[tuple[str, str]]:
    """Give what checkov found, by address and check; checkov itself leaves the type out of some addresses."""
    by_line = {
        (element.stack, element.first_line): f"{element.stack}: {element.address}"
        for file in project.stacks.glob("*/cdk.tf.json")
        for element in elements(file)
    }
    return {
        (by_line[Path(check["file_path"]).parent.name, check["file_line_range"][0]], check["check_id"])
        for check in report["results"]["failed_checks"]
    }


def test_every_stack_was_scanned(project: Project, report: dict[str, Any]) -> None:
    scanned = {Path(check["file_path"]).parent.name for check in report["results"]["passed_checks"]}
    assert scanned == {folder.name for folder in project.stacks.iterdir()}
    assert report["results"]["parsing_errors"] == []


def test_nothing_fails_without_a_reason(failed: set[tuple[str, str]], answered: dict[tuple[str, str], str]) -> None:
    assert failed - answered.keys() == set()


def test_every_reason_says_something(answered: dict[tuple[str, str], str]) -> None:
    assert {key: reason for key, reason in answered.items() if len(reason) < SHORTEST_REASON} == {}


def test_no_skip_is_left_that_nothing_needs(failed: set[tuple[str, str]], answered: dict[tuple[str, str], str]) -> None:
    assert answered.keys() - failed == set()
