"""The checks before cdktf is started, and the command line that it gets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from operations.cdktf import UsageError, prepare

if TYPE_CHECKING:
    from pathlib import Path


def program(folder: Path, name: str, answer: str) -> None:
    """Write a program that prints the answer, whatever it is asked."""
    path = folder / name
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{answer}\nEND\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give an environment with a new terraform as its only program beside the shell's."""
    program(tmp_path, "terraform", '{"terraform_version": "1.11.4"}')
    return {"PATH": f"{tmp_path}{os.pathsep}{os.defpath}", "HOME": str(tmp_path)}


@pytest.mark.parametrize("command", ["deploy", "destroy"])
def test_fails_without_stacks(command: str, environment: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=rf"^say which stacks: make {command} STACKS='dev-\*' "):
        prepare(command, environment, has_terminal=True)


@pytest.mark.parametrize("stack", ["", "dev-network dev-cluster"])
def test_fails_on_a_diff_of_anything_but_one_stack(stack: str, environment: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=r"^name one stack: make diff STACK=dev-network "):
        prepare("diff", {**environment, "STACK": stack}, has_terminal=True)


def test_patterns_reach_cdktf_as_they_are(environment: dict[str, str]) -> None:
    line, _ = prepare("deploy", {**environment, "STACKS": "dev-* prod-network"}, has_terminal=True)
    assert line == ["deploy", "dev-*", "prod-network"]


def test_a_diff_takes_its_stack(environment: dict[str, str]) -> None:
    line, _ = prepare("diff", {**environment, "STACK": "dev-network", "STACKS": "prod-*"}, has_terminal=False)
    assert line == ["diff", "dev-network"]


def test_a_list_takes_none(environment: dict[str, str]) -> None:
    line, _ = prepare("list", {**environment, "STACKS": "dev-*"}, has_terminal=False)
    assert line == ["list"]


@pytest.mark.parametrize("command", ["deploy", "destroy"])
@pytest.mark.parametrize("value", ["", "0", "false", "no"])
def test_fails_where_nobody_can_answer(command: str, value: str, environment: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=r"^there is no terminal to confirm at: AUTO_APPROVE=1 "):
        prepare(command, {**environment, "STACKS": "dev-*", "AUTO_APPROVE": value}, has_terminal=False)


def test_approval_is_given_in_advance(environment: dict[str, str]) -> None:
    line, _ = prepare("destroy", {**environment, "STACKS": "dev-*", "AUTO_APPROVE": "1"}, has_terminal=False)
    assert line == ["destroy", "dev-*", "--auto-approve"]


def test_binary_is_terraform_where_both_are_there(environment: dict[str, str], tmp_path: Path) -> None:
    program(tmp_path, "tofu", '{"terraform_version": "1.10.0"}')
    _, result = prepare("list", environment, has_terminal=False)
    assert result["TERRAFORM_BINARY_NAME"] == "terraform"


def test_binary_is_tofu_where_terraform_is_missing(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "terraform").rename(tmp_path / "tofu")
    _, result = prepare("list", environment, has_terminal=False)
    assert result["TERRAFORM_BINARY_NAME"] == "tofu"


def test_binary_is_the_one_that_was_asked_for(environment: dict[str, str], tmp_path: Path) -> None:
    program(tmp_path, "terraform-next", '{"terraform_version": "1.15.0-beta1"}')
    _, result = prepare("list", {**environment, "TERRAFORM_BINARY_NAME": "terraform-next"}, has_terminal=False)
    assert result["TERRAFORM_BINARY_NAME"] == "terraform-next"


def test_fails_where_there_is_none(environment: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^terraform or tofu was not found; install .* 1\.10 or newer$"):
        prepare("list", {**environment, "PATH": str(tmp_path / "empty")}, has_terminal=False)


@pytest.mark.parametrize("version", ["1.9.8", "0.15.5"])
def test_fails_on_an_old_one(version: str, environment: dict[str, str], tmp_path: Path) -> None:
    program(tmp_path, "terraform", f'{{"terraform_version": "{version}"}}')
    with pytest.raises(UsageError, match=rf"^terraform is version {version}; .* 1\.10 or newer is needed$"):
        prepare("list", environment, has_terminal=False)


@pytest.mark.parametrize(
    "answer", ["", "Terraform v0.11", "[]", '{"terraform_version": 1}', '{"terraform_version": "x"}']
)
def test_fails_on_one_that_does_not_answer(answer: str, environment: dict[str, str], tmp_path: Path) -> None:
    program(tmp_path, "terraform", answer)
    with pytest.raises(UsageError, match=r"^'terraform version -json' does not say its version"):
        prepare("list", environment, has_terminal=False)


@pytest.mark.parametrize("kind", ["filesystem_mirror", "network_mirror"])
def test_is_left_out_where_providers_come_from_a_mirror(kind: str, environment: dict[str, str], tmp_path: Path) -> None:
    configuration = tmp_path / "mirror.rc"
    configuration.write_text(f"provider_installation {{\n  {kind} {{\n  }}\n}}\n", encoding="utf-8")
    wanted = {**environment, "STACK": "dev-network", "TF_CLI_CONFIG_FILE": str(configuration)}
    line, _ = prepare("diff", wanted, has_terminal=False)
    assert line == ["diff", "dev-network", "--skip-provider-lock"]


def test_provider_lock_is_left_out_on_request(environment: dict[str, str]) -> None:
    wanted = {**environment, "STACK": "dev-network", "SKIP_PROVIDER_LOCK": "1"}
    line, _ = prepare("diff", wanted, has_terminal=False)
    assert line == ["diff", "dev-network", "--skip-provider-lock"]


@pytest.mark.parametrize("configuration", ["no-such-file", "plain.rc"])
def test_provider_lock_is_kept_otherwise(configuration: str, environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "plain.rc").write_text("disable_checkpoint = true\n", encoding="utf-8")
    wanted = {**environment, "STACK": "dev-network", "TF_CLI_CONFIG_FILE": str(tmp_path / configuration)}
    line, _ = prepare("diff", wanted, has_terminal=False)
    assert line == ["diff", "dev-network"]


def test_environment_switches_telemetry_and_version_checks_off(environment: dict[str, str]) -> None:
    _, result = prepare("list", environment, has_terminal=True)
    assert {"CHECKPOINT_DISABLE": "1", "DISABLE_VERSION_CHECK": "1"}.items() <= result.items()
    assert "CI" not in result


def test_environment_has_no_spinner_without_a_terminal(environment: dict[str, str]) -> None:
    _, result = prepare("list", environment, has_terminal=False)
    assert result["CI"] == "1"
