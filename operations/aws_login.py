"""The AWS identity of the programs that a command starts: a profile, and a role that is assumed.

A role is a profile of its own in a configuration that the command writes for itself, so that every program fetches its
credentials, and fetches them again before they end.
https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from configparser import ConfigParser, RawConfigParser
from configparser import Error as ConfigurationError
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from config.core.errors import UsageError
from config.core.files.written_files import write_whole
from config.core.types import PROFILE_PATTERN, ROLE_PATTERN
from config.paths import ROOT
from operations.own_folder import own_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.commands import CommandsSettings

KEYS: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
WEB_IDENTITY: Final = ("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_SESSION_NAME")
CONTAINER: Final = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
PROFILE: Final = "AWS_PROFILE"
CONFIGURATION: Final = "AWS_CONFIG_FILE"
CALLER: Final = "eks-caller"
ROLE: Final = "eks-role"
PROCESS: Final = ROOT / "operations" / "tagged_session.py"


@dataclass(frozen=True)
class _Role:
    """A role that is assumed, and what its trust policy and policies ask of a session."""

    arn: str
    external_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: CommandsSettings) -> _Role | None:
        """Return the role of an environment."""
        if settings.assume_role_arn is None:
            return None
        return cls(settings.assume_role_arn, settings.assume_role_external_id, settings.assume_role_session_tags)

    def profile(self, source: Mapping[str, str]) -> dict[str, str]:
        """Return the profile that assumes it: AWS' configuration has no session tags, a process has."""
        if not self.tags:
            external_id = {} if self.external_id is None else {"external_id": self.external_id}
            return {"role_arn": self.arn, "role_session_name": "eks", **external_id, **source}
        command = [sys.executable, "-I", str(PROCESS), "--role-arn", self.arn]
        if self.external_id is not None:
            command += ["--external-id", self.external_id]
        if "source_profile" in source:
            command += ["--profile", source["source_profile"]]
        for key, value in self.tags.items():
            command += ["--tag", key, value]
        return {"credential_process": shlex.join(command)}


@dataclass(frozen=True)
class Login:
    """What the command line says about it; it wins over the environment's settings and the caller's variables."""

    profile: str | None = None
    role_arn: str | None = None

    def __post_init__(self) -> None:
        for option, value, pattern, meaning in (
            ("--profile", self.profile, PROFILE_PATTERN, "the name of a profile"),
            ("--assume-role", self.role_arn, ROLE_PATTERN, "the ARN of an IAM role"),
        ):
            if value is not None and not re.fullmatch(pattern, value, re.ASCII):
                raise UsageError(f"{option}: '{value}' is not {meaning}")

    def variables(self, settings: CommandsSettings, caller: Mapping[str, str], folder: Path) -> dict[str, str]:
        """Return the whole environment of what is started for an environment.

        Args:
            settings: What the environment says.
            caller: The variables of the command.
            folder: Where the configuration of a role is written, which has the caller's keys in it: a private folder.

        """
        environment = dict(caller)
        profile = self.profile or (None if _has_credentials(caller) else settings.aws_profile)
        if profile:
            # Keys and tokens of the caller would win over a profile.
            environment = _without_credentials(environment) | {PROFILE: profile}
        role = _Role.of(settings) if self.role_arn is None else _Role(self.role_arn)
        if role is None:
            return environment
        folder.mkdir(mode=0o700, exist_ok=True)
        file = folder / "aws-config"
        write_whole(file, _configuration(role, environment), mode=0o600)
        return _without_credentials(environment) | {PROFILE: ROLE, CONFIGURATION: str(file)}


@contextmanager
def logged_in(settings: CommandsSettings, login: Login | None = None, *, with_role: bool = True) -> Iterator[None]:
    """Use the AWS identity of an environment, or of the command line, in this process and in what it starts."""
    before = dict(os.environ)
    settings = settings if with_role else settings.model_copy(update={"assume_role_arn": None})
    with own_folder("login") as folder:
        wanted = (login or Login()).variables(settings, before, folder)
        for name in before.keys() - wanted.keys():
            del os.environ[name]
        os.environ.update(wanted)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _has_credentials(caller: Mapping[str, str]) -> bool:
    return any(caller.get(name) for name in (PROFILE, KEYS[0], WEB_IDENTITY[1], *CONTAINER))


def _without_credentials(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in (*KEYS, *WEB_IDENTITY)}


def _configuration(role: _Role, environment: Mapping[str, str]) -> str:
    """Write the caller's configuration, with a profile that assumes the role from what the caller is."""
    path = Path(environment.get(CONFIGURATION) or "~/.aws/config").expanduser()
    callers = path.read_text(encoding="utf-8") if path.is_file() else ""
    profile = environment.get(PROFILE) or "default"
    own: dict[str, str] = {}
    if environment.get(PROFILE) is None and environment.get(KEYS[0]):
        own = {name.lower(): environment[name] for name in KEYS if environment.get(name)}
    elif environment.get(PROFILE) is None and environment.get(WEB_IDENTITY[1]):
        own = {name.removeprefix("AWS_").lower(): environment[name] for name in WEB_IDENTITY if environment.get(name)}
    if own:
        source = {"source_profile": CALLER}
    elif environment.get(PROFILE) or _is_configured(callers, environment):
        source = {"source_profile": profile}
    elif any(environment.get(name) for name in CONTAINER):
        source = {"credential_source": "EcsContainer"}
    else:
        source = {"credential_source": "Ec2InstanceMetadata"}
    region = _region(callers, profile)
    assumed = role.profile(source) | ({"region": region} if region else {})
    sections = {f"profile {CALLER}": own, f"profile {ROLE}": assumed}
    written = "".join(
        f"\n[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())
        for name, values in sections.items()
        if values
    )
    return f"{callers}\n{written}"


def _is_configured(callers: str, environment: Mapping[str, str]) -> bool:
    """Whether there is a default profile, in the configuration or among the shared credentials."""
    shared = Path(environment.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials").expanduser()
    texts = (callers, shared.read_text(encoding="utf-8") if shared.is_file() else "")
    return any(_parsed(text).has_section("default") for text in texts)


def _region(callers: str, profile: str) -> str | None:
    section = "default" if profile == "default" else f"profile {profile}"
    return _parsed(callers).get(section, "region", fallback=None)


def _parsed(text: str) -> RawConfigParser:
    parser = ConfigParser(interpolation=None, strict=False, default_section="")
    try:
        parser.read_string(text)
    except ConfigurationError:
        # The programs that read it say what is wrong with it.
        return RawConfigParser()
    return parser
