"""What `./eks doctor` finds on a machine whose programs are given, and what it advises."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from operations.environments import doctor
from operations.environments.doctor import Finding, findings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Vary

IDENTITY = json.dumps({"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/ann"})
VERSION = json.dumps({"terraform_version": "1.11.4"})
ANSWERS = {
    "node": "echo v22.20.0",
    "terraform": f"echo '{VERSION}'",
    "kubectl": "echo Server Version: v1.35.1",
    "helm": "echo v4.0.0",
    "aws": f"""
case "$*" in
  *--version*) echo aws-cli/2 ;;
  *get-caller-identity*) echo '{IDENTITY}' ;;
esac""",
}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a machine that has every program, and nothing else; return the folder of the programs."""
    for name, script in ANSWERS.items():
        answer(tmp_path, name, script)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(doctor, "_registry", lambda: Finding("providers", "ok", "reached"))
    return tmp_path


def answer(folder: Path, name: str, script: str) -> None:
    """Let a program do something else."""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


@pytest.fixture(autouse=True)
def environment(vary: Vary, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be one environment, with its state in S3 and an account of its own."""
    backend = {"type": "s3", "bucket": "some-state"}
    chosen = vary({"backend": backend, "account_id": "123456789012"})
    monkeypatch.setattr(doctor, "load_environments", lambda _: (chosen,))


def problems() -> dict[str, str]:
    """Return what is a problem, with what was found and what to do."""
    return {one.what: f"{one.said}; {one.cure}" for one in findings() if one.is_problem}


@pytest.mark.usefixtures("machine")
def test_a_machine_that_has_everything_has_no_problem() -> None:
    assert problems() == {}
    found = {one.what: one.said for one in findings()}
    assert found["terraform"] == "terraform 1.11.4"
    assert found["dev: credentials"] == "arn:aws:iam::123456789012:user/ann"
    assert found["dev: state"] == "s3://some-state"
    assert found["dev: cluster"] == "Server Version: v1.35.1"


@pytest.mark.parametrize(
    ("program", "script", "what", "said", "cure"),
    [
        ("node", "echo v20.1.0", "Node.js", "is v20.1.0, cdktf needs 22", "./eks"),
        ("terraform", "echo '{\"terraform_version\": \"1.5.7\"}'", "terraform", "1.5.7", "install"),
        ("aws", "echo 'token has expired' >&2; exit 1", "dev: credentials", "token has expired", "aws sso login"),
        ("aws", f"echo '{IDENTITY.replace('123456789012', '999999999999')}'", "dev: credentials",
         "is of account 999999999999, the environment names 123456789012", "AWS_PROFILE"),
        ("aws", f"case \"$*\" in *head-bucket*) echo 'Not Found' >&2; exit 1;; *) echo '{IDENTITY}';; esac",
         "dev: state", "s3://some-state: Not Found", "./eks state bucket dev"),
        ("kubectl", "case \"$*\" in *--client*) ;; *) echo 'i/o timeout' >&2; exit 1;; esac", "dev: cluster",
         "i/o timeout", "endpoint_public_access_cidrs"),
    ],
)  # fmt: skip
def test_what_is_wrong_comes_with_what_to_do(
    program: str, script: str, what: str, said: str, cure: str, machine: Path
) -> None:
    answer(machine, program, script)
    assert said in problems()[what]
    assert cure in problems()[what]


@pytest.mark.parametrize(
    ("program", "is_problem"), [("node", True), ("terraform", True), ("aws", True), ("kubectl", True), ("helm", False)]
)
def test_what_is_missing_is_named(program: str, machine: Path, *, is_problem: bool) -> None:
    (machine / program).unlink()
    found = {one.what: one for one in findings()}
    missing = found["Node.js" if program == "node" else program]
    assert missing.is_problem == is_problem
    assert missing.status == ("missing" if is_problem else "optional")
    assert missing.cure


def test_the_line_of_a_finding_says_how_it_is_and_what_to_do() -> None:
    assert str(Finding("disk", "wrong", "0.1 GiB free", "make room")) == "wrong     disk: 0.1 GiB free; make room"
