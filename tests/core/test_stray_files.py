"""Every file under `values/` is read or complained about."""

# ruff: noqa: E501 (a message is on one line here, as it is printed)

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.core.project import environment_text

if TYPE_CHECKING:
    from tests.core.project import Project

NAMED_NOWHERE = (
    "is not read: no environment names it (kube_prom_stack.values_files); name it there, or move it elsewhere"
)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("rules/critical.yml", "is not read; name it critical.yaml, or move it elsewhere"),
        ("rules/critical.YAML", "is not read; name it critical.yaml, or move it elsewhere"),
        ("rules/notes.txt", "is not read; name it notes.yaml, or move it elsewhere"),
        ("rules/team/own.yaml", "is not read: files belong in rules/ itself; move it there"),
        ("rules/Node Rules.yaml", "is not read: its name becomes a Kubernetes name, of at most 36 lower-case letters, digits, - and _; rename it to node-rules.yaml"),
        ("rules/-a.yaml", "is not read: its name becomes a Kubernetes name, of at most 36 lower-case letters, digits, - and _; rename it to a.yaml"),
        (f"rules/{'a' * 37}.yaml", f"is not read: its name becomes a Kubernetes name, of at most 36 lower-case letters, digits, - and _; rename it to {'a' * 36}.yaml"),
        ("rules/한국.yaml", "is not read: its name becomes a Kubernetes name, of at most 36 lower-case letters, digits, - and _; rename it to rules.yaml"),
        ("dashboards/team/one.JSON", "is not read; name it one.json, or move it elsewhere"),
        ("dashboards/one.yaml", "is not read; name it one.json, or move it elsewhere"),
        ("alertmanager/mail.tpl", "is not read; name it mail.tmpl, or move it elsewhere"),
        ("alertmanager/deep/mail.tmpl", "is not read: files belong in alertmanager/ itself; move it there"),
        ("environments/old/dev.yaml", "is not read: files belong in environments/ itself; move it there"),
        ("workloads/My Shop.yaml", "is not read: a workload has lower-case letters, digits and inner dashes, a letter first; rename it"),
        ("workloads/shop.yml", "is not read; name it shop.yaml, or move it elsewhere"),
        ("overlays/mine.yaml", NAMED_NOWHERE),
        ("kube-prometheus-stack.yml", NAMED_NOWHERE),
        ("managed-prometheus/other.yaml", NAMED_NOWHERE),
    ],
)  # fmt: skip
def test_what_is_not_read_is_complained_about(path: str, message: str, project: Project) -> None:
    project.write(path, "{}\n")
    assert project.problems_of(environment_text()) == [f"values/{path}:1: file: {message}"]


@pytest.mark.parametrize(
    "path", ["README.md", "rules/README", "overlays/notes.md", ".DS_Store", "rules/.critical.yaml.swp", ".git/x"]
)
def test_what_is_for_people_or_hidden_is_left_alone(path: str, project: Project) -> None:
    project.write(path, "x")
    assert project.problems_of(environment_text()) == []
