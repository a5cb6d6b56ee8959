"""Texts of the grafana-content stack arrive as they are.

Its providers have no stand-in: Terraform evaluates the same JSON with the arguments of the resources as outputs, and
with local values in the place of what the providers would answer.
"""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from config.paths import ROOT
from tests.integration.test_text_arrives import EMOJI, LARGE, FreePlaces, strings_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import NewProject

# What cdktf and Terraform read of a resource, and the provider does not.
META = ("depends_on", "lifecycle", "provider", "//")
REFERENCE = re.compile(r"\b(data\.\w+|grafana_\w+)\.[\w-]+((?:\.\w+)+)")
TEXTS = [f"p{number}p{LARGE[0]}" for number in range(3)]
# A name of a data source has at most 128 characters.
SOURCE = f"{EMOJI} ${{x}} %{{x}} {{{{ .x }}}} $1 $${{a}} \\ ' \""
FREE = {".grafana_content.grafana_com_dashboards.*.inputs.*"}
DOWNLOADED = {"title": "downloaded", "panels": [{"datasource": "${DS_LOGS}", "text": "${HOME} %{ if }"}]}


def test_the_places_are_those_of_the_schema() -> None:
    from config.environment import Environment

    assert {path for path in FreePlaces(Environment).found if path.startswith(".grafana_content.")} == FREE


@pytest.fixture(scope="module")
def arguments(new_project: NewProject, terraform: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the arguments of each resource, by its address, as the provider would be given them."""
    project = new_project()
    values = project.folder / "values"
    for path in (*values.glob("environments/*"), *values.glob("overlays/*")):
        path.unlink()
    settings = yaml.safe_load((ROOT / "tests/data/another.yaml").read_text("utf-8"))
    settings |= {"name": "texts"}
    content = settings["grafana_content"]
    content["dashboards"] = ["texts/texts"]
    content["grafana_com_dashboards"] = {"logs": {"id": 1, "revision": 1, "inputs": {"DS_LOGS": SOURCE}}}
    dashboard = {"uid": "texts", "title": TEXTS[0], "panels": [{TEXTS[1]: [TEXTS[2]]}]}
    (values / "environments/texts.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    (values / "dashboards/texts").mkdir(parents=True)
    (values / "dashboards/texts/texts.json").write_text(json.dumps(dashboard), encoding="utf-8")
    project.main().succeeded()
    stack = json.loads((project.stacks / "texts-grafana-content/cdk.tf.json").read_text(encoding="utf-8"))
    return evaluated(stack, terraform, tmp_path_factory.mktemp("grafana"))


def evaluated(stack: dict[str, Any], terraform: str, folder: Path) -> dict[str, Any]:
    """Return what Terraform makes of the arguments."""
    bodies = {
        f"{type_}.{name}": {key: value for key, value in body.items() if key not in META}
        for type_, resources in stack["resource"].items()
        for name, body in resources.items()
        if type_.startswith("grafana_")
    }
    answers = {"response_body": json.dumps(DOWNLOADED, ensure_ascii=False)}
    for match in REFERENCE.finditer(json.dumps(bodies)):
        answers.setdefault(match[2].rpartition(".")[2], "answered")
    text = REFERENCE.sub(lambda match: f"local.answers.{match[2].rpartition('.')[2]}", json.dumps(bodies))
    # As a file: a template in it would be evaluated.
    (folder / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
    configuration = {
        "locals": {**stack["locals"], "answers": '${jsondecode(file("answers.json"))}'},
        "output": {"arguments": {"value": json.loads(text)}},
    }
    (folder / "main.tf.json").write_text(json.dumps(configuration), encoding="utf-8")
    for command in (("init",), ("apply", "-auto-approve")):
        done = subprocess.run([terraform, *command], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    shown = subprocess.run([terraform, "output", "-json", "arguments"], cwd=folder, check=True, capture_output=True)
    found: dict[str, Any] = json.loads(shown.stdout)
    return found


def test_every_text_arrives_as_it_is(arguments: dict[str, Any]) -> None:
    found = {text for _, text in strings_in(arguments)}
    assert [text for text in (*TEXTS, SOURCE) if text not in found] == []


def test_the_rest_of_a_downloaded_dashboard_stays(arguments: dict[str, Any]) -> None:
    (text,) = (one["config_json"] for one in arguments.values() if "downloaded" in one.get("config_json", ""))
    assert json.loads(text)["panels"][0]["text"] == DOWNLOADED["panels"][0]["text"]  # type: ignore[index]
