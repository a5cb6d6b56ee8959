"""The attack table of files: whatever replaces any file of `values/`, loading says which file it is.

It never waits, never runs out of memory, never raises anything else, and never continues as if there were no file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, strategies

from config.paths import SLACK_TEMPLATE
from tests.core.project import Project, environment_text
from tests.core.test_text_files import NO_FILES
from tests.fuzzing import fuzzed

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = environment_text(
    kube_prom_stack="""\
values_files: [overlays/extra.yaml]
alert_rules: {files: [own]}
grafana: {dashboards: [cluster/own], home_dashboard: cluster/own}
managed_prometheus: {enabled: true, rule_files: [own], alert_manager: {definition_file: managed-prometheus/own.yaml}}
""",
    workloads="shop:",
)
# Every file that an environment can name, and a right content of it.
FILES: dict[str, Any] = {
    "environments/dev.yaml": ENVIRONMENT,
    "alertmanager/slack.tmpl": SLACK_TEMPLATE.read_text(encoding="utf-8"),
    "kube-prometheus-stack.yaml": {"crds": {"enabled": True}},
    "overlays/extra.yaml": {"prometheusOperator": {"logLevel": "info"}},
    "rules/own.yaml": {"groups": [{"name": "a", "rules": [{"record": "a:b", "expr": "sum(up)"}]}]},
    "dashboards/cluster/own.json": {"uid": "own", "title": "Own", "panels": []},
    "workloads/shop.yaml": {"image": "registry.example.com/shop:1.0.0"},
    "imports/dev.yaml": {"imports": {"network": {"vpc/this": "vpc-0a1b2c3d"}}},
    "managed-prometheus/own.yaml": {
        "alertmanager_config": "route: {receiver: a}\nreceivers:\n- name: a\n  sns_configs:\n"
        "  - topic_arn: ${topic_arn}\n    sigv4: {region: '${region}'}\n"
    },
}
# Content of a text file that no reader accepts.
CONTENTS = {
    "nothing": "",
    "a list": "[]",
    "a number": "1",
    "an open bracket": "{",
    "a key twice": '{"a": 1, "a": 2}',
    "a number without end": '{"a": 1e999}',
    "no number": '{"a": .nan}',
    "a token of cdktf": '{"a": "${TfToken[TOKEN.0]}"}',
    "nesting without end": "[" * 100_000,
    "an anchor of itself": "&a [*a]",
    "a tag": "!!python/object/apply:os.system ['true']",
    "two documents": "--- {}\n--- {}\n",
    "aliases that multiply": "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ),
    "half a surrogate": '{"a": "\\ud800"}',
}


@pytest.fixture
def whole(tmp_path: Path) -> Project:
    """Return a project with one of every file, all of them right."""
    return write_all(Project(tmp_path))


def write_all(project: Project) -> Project:
    """Write one of every file."""
    for name, content in FILES.items():
        if isinstance(content, str):
            text = content
        else:
            text = json.dumps(content) if name.endswith(".json") else yaml.safe_dump(content)
        project.write(name, text)
    return project


def test_the_files_are_right(whole: Project) -> None:
    assert whole.problems() == []


@pytest.mark.parametrize("kind", [kind for kind in NO_FILES if kind != "nothing"])
@pytest.mark.parametrize("name", FILES)
def test_fails_on_what_is_no_file_of_text(name: str, kind: str, whole: Project) -> None:
    path = whole.values / name
    path.unlink()
    NO_FILES[kind][0](path)
    assert_told(whole, name)


@pytest.mark.parametrize("kind", CONTENTS)
@pytest.mark.parametrize("name", FILES)
def test_fails_on_what_no_reader_takes(name: str, kind: str, whole: Project) -> None:
    whole.write(name, CONTENTS[kind])
    assert_told(whole, name)


@given(strategies.sampled_from(sorted(FILES)), strategies.binary(max_size=200))
@fuzzed
def test_arbitrary_bytes_are_taken_or_told(tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes) -> None:
    project = write_all(Project(tmp_path_factory.mktemp("arbitrary")))
    project.write(name, content)
    assert [line for line in project.problems() if not line.startswith("values/")] == []


def assert_told(project: Project, name: str) -> None:
    """Assert that loading fails, and that every line names a file; the file itself is among them."""
    problems = project.problems()
    assert [line for line in problems if line.startswith(f"values/{name}:")], problems
    assert [line for line in problems if not line.startswith("values/")] == []
