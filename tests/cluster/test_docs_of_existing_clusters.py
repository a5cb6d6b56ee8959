"""The environments of docs/existing-clusters.md are what they say they are."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from config.loading import load_environments
from config.paths import ROOT, SLACK_TEMPLATE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SynthesizeOne

PAGE = ROOT / "docs" / "existing-clusters.md"
EXAMPLES = {
    match["name"]: match[0].removeprefix("```yaml\n").removesuffix("```")
    for match in re.finditer(r"```yaml\nname: (?P<name>\w+)\n.*?```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
}


def test_every_example_is_an_environment() -> None:
    assert len(EXAMPLES) == PAGE.read_text(encoding="utf-8").count("```yaml")


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_makes_the_monitoring_and_nothing_else(
    name: str, tmp_path: Path, synthesize_one: SynthesizeOne
) -> None:
    folder = tmp_path / "values" / "environments"
    folder.mkdir(parents=True)
    (folder / f"{name}.yaml").write_text(EXAMPLES[name], encoding="utf-8")
    (folder.parent / "kube-prometheus-stack.yaml").write_text("{}", encoding="utf-8")
    shutil.copytree(SLACK_TEMPLATE.parent, folder.parent / SLACK_TEMPLATE.parent.name)
    (environment,) = load_environments(folder)
    assert set(synthesize_one(environment).stacks) == {f"{name}-kube-prom-stack"}
