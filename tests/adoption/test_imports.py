"""The files of `values/imports/`: what they become, and how their problems are reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from config import imports
from config.core.problems import ConfigurationError
from config.imports import imports_of, problems_of_imports

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SynthesizeOne, Vary


@pytest.fixture
def values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder `values` with imports of its own, which stacks read."""
    folder = tmp_path / "values"
    (folder / "imports").mkdir(parents=True)
    for function in (imports_of, imports.problem_of_import):
        monkeypatch.setattr(function, "__defaults__", (folder,))
    return folder


def write(values: Path, text: str, name: str = "dev.yaml") -> None:
    (values / "imports" / name).write_text(text)


def problems(values: Path) -> list[str]:
    return [str(problem) for problem in problems_of_imports(["dev", "prod"], values)]


def test_becomes_import_blocks(values: Path, vary: Vary, synthesize_one: SynthesizeOne) -> None:
    write(values, "imports:\n  network:\n    vpc/this: vpc-1\n  cluster:\n    eks/this: dev-gd9\n")
    stacks = synthesize_one(vary({}))
    (vpc,) = stacks["dev-network"].resources("aws_vpc")
    assert stacks["dev-network"].json["import"] == [{"to": f"aws_vpc.{vpc}", "id": "vpc-1"}]
    assert [block["id"] for block in stacks["dev-cluster"].json["import"]] == ["dev-gd9"]
    assert "import" not in stacks["dev-csi-addon"].json


def test_an_id_is_no_template(values: Path, vary: Vary, synthesize_one: SynthesizeOne) -> None:
    write(values, "imports: {network: {vpc/this: '${x}'}}\n")
    assert synthesize_one(vary({}))["dev-network"].json["import"][0]["id"] == "$${x}"


def test_without_a_file_there_is_nothing(values: Path) -> None:
    assert (imports_of("dev", values).imports, problems(values)) == ({}, [])


def test_fails_on_a_construct_that_is_not_there(values: Path, vary: Vary, synthesize_one: SynthesizeOne) -> None:
    write(values, "imports:\n  network:\n    vpc/those: vpc-1\n    vpc/this: vpc-2\n")
    with pytest.raises(ConfigurationError) as refused:
        synthesize_one(vary({}))
    assert str(refused.value) == (
        'values/imports/dev.yaml:3: imports.network."vpc/those": the stack has no such resource; '
        "did you mean `vpc/this`? remove the line once nothing needs it"
    )


PROBLEMS = {
    "imports: {NET: {vpc/this: a}}": "1: imports.NET: 'NET' is not a stack without its environment, like network",
    "imports:\n  network:\n    vpc/this: 12": (
        '3: imports.network."vpc/this": 12 is a number, text is needed; put it in quotes: "12"'
    ),
    "import: {}": "1: import: unknown key; did you mean `imports`? allowed: imports, outputs",
    "imports: [a": "1: file: a list in [ ] that opens here is not closed, or lacks a comma",
}


@pytest.mark.parametrize("text", PROBLEMS)
def test_fails_with_file_and_line(text: str, values: Path) -> None:
    write(values, text)
    assert problems(values) == [f"values/imports/dev.yaml:{PROBLEMS[text]}"]


def test_fails_on_a_stack_that_is_not_there(values: Path, vary: Vary, synthesize_one: SynthesizeOne) -> None:
    write(values, "imports:\n  netwrk:\n    vpc/this: vpc-1\n")
    with pytest.raises(ConfigurationError) as refused:
        synthesize_one(vary({}))
    assert str(refused.value).startswith(
        "values/imports/dev.yaml:2: imports.netwrk: there is no such stack; did you mean `network`? there are: "
    )


def test_fails_on_an_object_that_two_would_import(values: Path, vary: Vary, synthesize_one: SynthesizeOne) -> None:
    tables = "    routing/table-private: rtb-1\n    routing/table-public: rtb-1\n"
    write(values, f"imports:\n  network:\n{tables}")
    with pytest.raises(ConfigurationError) as refused:
        synthesize_one(vary({}))
    assert str(refused.value) == (
        'values/imports/dev.yaml:4: imports.network."routing/table-public": '
        "'rtb-1' is imported by routing/table-private already"
    )


def test_fails_on_a_file_of_no_environment(values: Path) -> None:
    write(values, "imports: {}\n", name="staging.yaml")
    assert problems(values) == ["values/imports/staging.yaml:1: file: belongs to no environment; there are: dev, prod"]


def test_the_whole_values_of_a_release_are_the_files(
    vary: Vary, synthesize_one: SynthesizeOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    from constructs.monitoring.values import kube_prometheus_values

    read = {"adopted/dev.yaml": {"grafana": {"title": "${x}"}}}
    monkeypatch.setattr(kube_prometheus_values, "read_release_values", read.__getitem__)
    stack = synthesize_one(vary({"kube_prom_stack.release_values_file": "adopted/dev.yaml"}))["dev-kube-prom-stack"]
    releases = stack.resources("helm_release").values()
    (values,) = (release["values"] for release in releases if release["name"] == "kube-prometheus-stack")
    assert values == ['{"grafana": {"title": "$${x}"}}']


def test_secrets_of_a_release_come_from_secrets_manager(
    vary: Vary, synthesize_one: SynthesizeOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    from constructs.monitoring.values import kube_prometheus_values

    monkeypatch.setattr(kube_prometheus_values, "read_release_values", {"adopted/dev.yaml": {}}.__getitem__)
    settings = {"release_values_file": "adopted/dev.yaml", "release_secrets": "dev-gd9/kube-prometheus-stack"}
    stack = synthesize_one(vary({"kube_prom_stack": settings}))["dev-kube-prom-stack"]
    releases = stack.resources("helm_release").values()
    (values,) = (release["values"] for release in releases if release["name"] == "kube-prometheus-stack")
    (name, secret), *_ = stack.json["data"]["aws_secretsmanager_secret_version"].items()
    assert secret["secret_id"] == "dev-gd9/kube-prometheus-stack"  # noqa: S105 - its name
    assert values[1:] == [f"${{data.aws_secretsmanager_secret_version.{name}.secret_string}}"]


def test_fails_on_secrets_of_no_release(vary: Vary) -> None:
    with pytest.raises(ValidationError, match="has no effect without release_values_file"):
        vary({"kube_prom_stack.release_secrets": "x"})
