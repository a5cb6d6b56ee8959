"""Which program plans and applies, and the message where there is none that can."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from config.core.errors import UsageError
from operations.terraform.binary import terraform_binary

if TYPE_CHECKING:
    from pathlib import Path


def program(folder: Path, name: str, answer: str) -> None:
    """Write a program that prints the answer, whatever it is asked."""
    path = folder / name
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{answer}\nEND\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give an environment with a new terraform as its only program in addition to the shell's."""
    program(tmp_path, "terraform", '{"terraform_version": "1.11.4"}')
    return {"PATH": f"{tmp_path}{os.pathsep}{os.defpath}", "HOME": str(tmp_path)}


def test_terraform_where_both_are_there(environment: dict[str, str], tmp_path: Path) -> None:
    program(tmp_path, "tofu", '{"terraform_version": "1.10.0"}')
    assert terraform_binary(environment) == "terraform"


def test_tofu_where_terraform_is_missing(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "terraform").rename(tmp_path / "tofu")
    assert terraform_binary(environment) == "tofu"


def test_the_one_that_was_asked_for(environment: dict[str, str], tmp_path: Path) -> None:
    program(tmp_path, "terraform-next", '{"terraform_version": "1.15.0-beta1"}')
    assert terraform_binary({**environment, "TERRAFORM_BINARY_NAME": "terraform-next"}) == "terraform-next"


def test_fails_where_there_is_none(environment: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^terraform or tofu was not found; install .* 1\.10 or newer$"):
        terraform_binary({**environment, "PATH": str(tmp_path / "empty")})


@pytest.mark.parametrize("version", ["1.9.8", "0.15.5"])
def test_fails_on_an_old_one(version: str, environment: dict[str, str], tmp_path: Path) -> None:
    program(tmp_path, "terraform", f'{{"terraform_version": "{version}"}}')
    with pytest.raises(UsageError, match=rf"^terraform is version {version}; .* 1\.10 or newer is needed$"):
        terraform_binary(environment)


@pytest.mark.parametrize(
    "answer", ["", "Terraform v0.11", "[]", '{"terraform_version": 1}', '{"terraform_version": "x"}']
)
def test_fails_on_one_that_does_not_answer(answer: str, environment: dict[str, str], tmp_path: Path) -> None:
    program(tmp_path, "terraform", answer)
    with pytest.raises(UsageError, match=r"^'terraform version -json' does not say its version"):
        terraform_binary(environment)
