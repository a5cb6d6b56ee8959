"""The AWS identity of commands: the profile and the role of an environment, and which wins."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import botocore.session
import pytest
from botocore.stub import Stubber
from pydantic import ValidationError

from config.commands import CommandsSettings
from config.core.errors import UsageError
from operations import tagged_session
from operations.aws_login import CALLER, PROCESS, ROLE, Login, logged_in

ARN = "arn:aws:iam::123456789012:role/deploy"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
SHOP = CommandsSettings(aws_profile="shop")
NO_OPTIONS = Login()
ASSUMING = CommandsSettings(assume_role_arn=ARN)


def variables(
    tmp_path: Path, settings: CommandsSettings, login: Login = NO_OPTIONS, /, **caller: str
) -> dict[str, str]:
    """Return what is started with, for a caller with some variables and a configuration of AWS."""
    known = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials")}
    return login.variables(settings, {**known, **caller}, tmp_path / "login")


def profiles(file: str) -> dict[str, dict[str, str]]:
    """Read the profiles of a configuration as AWS' programs do."""
    session = botocore.session.Session()
    session.set_config_variable("config_file", file)
    session.set_config_variable("credentials_file", "/nonexistent")
    found: dict[str, dict[str, str]] = session.full_config["profiles"]
    return found


def test_without_settings_the_caller_stays(tmp_path: Path) -> None:
    found = variables(tmp_path, CommandsSettings(), **KEYS, AWS_PROFILE="mine")
    assert found["AWS_PROFILE"] == "mine"
    assert found["AWS_ACCESS_KEY_ID"] == "AKIAEXAMPLE"


@pytest.mark.parametrize(
    "caller",
    [
        {"AWS_PROFILE": "mine"},
        KEYS,
        {"AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": ARN},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1"},
    ],
)
def test_what_the_caller_is_wins_over_the_profile_of_the_environment(caller: dict[str, str], tmp_path: Path) -> None:
    assert variables(tmp_path, SHOP, **caller).get("AWS_PROFILE") == caller.get("AWS_PROFILE")
    assert variables(tmp_path, SHOP)["AWS_PROFILE"] == "shop"


def test_the_option_wins_over_everything(tmp_path: Path) -> None:
    found = variables(tmp_path, SHOP, Login(profile="other"), **KEYS, AWS_PROFILE="mine")
    assert found["AWS_PROFILE"] == "other"
    assert "AWS_ACCESS_KEY_ID" not in found


def test_a_role_is_assumed_from_the_profile(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile shop]\nregion = eu-west-1\nsso_account_id = 1\n", encoding="utf-8")
    settings = CommandsSettings(aws_profile="shop", assume_role_arn=ARN)
    found = variables(tmp_path, settings)
    known = profiles(found["AWS_CONFIG_FILE"])
    assert found["AWS_PROFILE"] == ROLE
    assert known[ROLE] == {
        "role_arn": ARN,
        "role_session_name": "eks",
        "source_profile": "shop",
        "region": "eu-west-1",
    }
    assert known["shop"]["sso_account_id"] == "1"


def test_a_role_is_assumed_with_the_keys_of_the_caller_which_only_they_can_read(tmp_path: Path) -> None:
    found = variables(tmp_path, ASSUMING, **KEYS, AWS_SESSION_TOKEN="token")  # noqa: S106 (no token)
    known = profiles(found["AWS_CONFIG_FILE"])
    assert known[ROLE]["source_profile"] == CALLER
    assert known[CALLER] == {
        "aws_access_key_id": "AKIAEXAMPLE",
        "aws_secret_access_key": "secret",
        "aws_session_token": "token",
    }
    assert "AWS_ACCESS_KEY_ID" not in found
    file = tmp_path / "login/aws-config"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_role_is_assumed_with_the_token_of_a_workflow(tmp_path: Path) -> None:
    caller = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/ci"}
    found = variables(tmp_path, ASSUMING, **caller)
    assert profiles(found["AWS_CONFIG_FILE"])[CALLER] == {
        "role_arn": "arn:aws:iam::123456789012:role/ci",
        "web_identity_token_file": "/token",
    }
    assert "AWS_ROLE_ARN" not in found


@pytest.mark.parametrize(
    ("caller", "config", "expected"),
    [
        ({}, "[default]\nregion = eu-west-1\n", {"source_profile": "default", "region": "eu-west-1"}),
        ({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v1"}, "", {"credential_source": "EcsContainer"}),
        ({}, "", {"credential_source": "Ec2InstanceMetadata"}),
        ({}, "no configuration at all", {"credential_source": "Ec2InstanceMetadata"}),
    ],
)
def test_a_role_is_assumed_from_what_the_machine_is(
    caller: dict[str, str], config: str, expected: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "config").write_text(config, encoding="utf-8")
    found = variables(tmp_path, ASSUMING, **caller)
    text = (tmp_path / "login/aws-config").read_text(encoding="utf-8")
    section = text.partition(f"[profile {ROLE}]\n")[2].splitlines()
    assert dict(line.split(" = ") for line in section) == {"role_arn": ARN, "role_session_name": "eks", **expected}
    assert found["AWS_PROFILE"] == ROLE


def test_an_external_id_goes_with_the_role_of_the_environment_alone(tmp_path: Path) -> None:
    settings = CommandsSettings(aws_profile="shop", assume_role_arn=ARN, assume_role_external_id="eks-1")
    known = profiles(variables(tmp_path, settings)["AWS_CONFIG_FILE"])
    assert known[ROLE]["external_id"] == "eks-1"
    other = variables(tmp_path, settings, Login(role_arn=f"{ARN}-2"))
    assert "external_id" not in profiles(other["AWS_CONFIG_FILE"])[ROLE]


class TestSessionTags:
    """AWS' configuration has none, so that a process assumes the role."""

    SETTINGS = CommandsSettings(
        aws_profile="shop",
        assume_role_arn=ARN,
        assume_role_external_id="eks-1",
        assume_role_session_tags={"cost center": "47 11", "Team": "Zürich"},
    )

    def command(self, tmp_path: Path, settings: CommandsSettings = SETTINGS, **caller: str) -> list[str]:
        """Return the command of the role's profile, as AWS' programs split it."""
        profile = profiles(variables(tmp_path, settings, **caller)["AWS_CONFIG_FILE"])[ROLE]
        assert set(profile) <= {"credential_process", "region"}
        return shlex.split(profile["credential_process"])

    def test_a_process_assumes_the_role_from_the_profile(self, tmp_path: Path) -> None:
        interpreter, isolated, file, *arguments = self.command(tmp_path)
        assert (interpreter, isolated) == (sys.executable, "-I")
        assert Path(file).is_file()
        assert arguments == [
            "--role-arn", ARN, "--external-id", "eks-1", "--profile", "shop",
            "--tag", "cost center", "47 11", "--tag", "Team", "Zürich",
        ]  # fmt: skip

    def test_without_a_profile_what_the_machine_is_assumes_it(self, tmp_path: Path) -> None:
        settings = self.SETTINGS.model_copy(update={"aws_profile": None, "assume_role_external_id": None})
        assert "--profile" not in self.command(tmp_path, settings)

    def test_the_process_asks_for_the_tags(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for key, value in KEYS.items():
            monkeypatch.setenv(key, value)
        sts = botocore.session.get_session().create_client("sts", region_name="us-east-2")
        monkeypatch.setenv("AWS_PROFILE", ROLE)
        monkeypatch.setattr(botocore.session.Session, "create_client", lambda *_: sts)
        given = {
            "AccessKeyId": "ASIAEXAMPLEEXAMPLE", "SecretAccessKey": "s", "SessionToken": "t",
            "Expiration": datetime(2026, 1, 2, tzinfo=UTC),
        }  # fmt: skip
        asked = {
            "RoleArn": ARN, "RoleSessionName": "eks", "ExternalId": "eks-1",
            "Tags": [{"Key": "team", "Value": "sre"}],
        }  # fmt: skip
        with Stubber(sts) as stubber:
            stubber.add_response("assume_role", {"Credentials": given}, asked)
            found = tagged_session.credentials(["--role-arn", ARN, "--external-id", "eks-1", "--tag", "team", "sre"])
        assert found["Version"] == 1
        assert found["SessionToken"] == "t"
        assert found["Expiration"] == "2026-01-02T00:00:00+00:00"
        assert "AWS_PROFILE" not in os.environ

    def test_the_process_starts_and_says_why_there_are_none(self, tmp_path: Path) -> None:
        command = [sys.executable, "-I", str(PROCESS), "--role-arn", ARN, "--profile", "missing"]
        environment = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "PATH": ""}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert done.stderr == "The config profile (missing) could not be found\n"


@pytest.mark.parametrize("field", ["assume_role_external_id", "assume_role_session_tags"])
def test_what_belongs_to_a_role_needs_one(field: str) -> None:
    value = {"team": "sre"} if field.endswith("tags") else "eks-1"
    with pytest.raises(ValidationError, match=f"{field}: has no effect without assume_role_arn"):
        CommandsSettings.model_validate({field: value})


@pytest.mark.parametrize(
    ("profile", "role", "option"),
    [("a b", None, "--profile"), ("x\ny", None, "--profile"), (None, "role/x", "--assume-role")],
)
def test_an_option_that_is_neither_is_refused(profile: str | None, role: str | None, option: str) -> None:
    with pytest.raises(UsageError, match=option):
        Login(profile, role)


def test_a_command_about_one_environment_works_as_it_says_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in (*KEYS, "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    before = dict(os.environ)
    with logged_in(CommandsSettings(aws_profile="shop", assume_role_arn=ARN)):
        assert os.environ["AWS_PROFILE"] == ROLE
        file = Path(os.environ["AWS_CONFIG_FILE"])
        assert ARN in file.read_text(encoding="utf-8")
    assert dict(os.environ) == before
    assert not file.exists()
