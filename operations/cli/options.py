"""The options that several commands have; each is declared once, with the variable by which make hands it over."""

from __future__ import annotations

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from operations.commands.work import Pace

CORES: Final = os.cpu_count() or 2
RETRIES: Final = 4
RETRY_WAIT: Final = 10.0


class LogLevel(StrEnum):
    """The levels of Terraform's own log: https://developer.hashicorp.com/terraform/internals/debugging."""

    TRACE = "trace"
    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"


def _environments(incomplete: str) -> list[str]:
    from config.paths import ENVIRONMENTS

    return sorted(path.stem for path in ENVIRONMENTS.glob("*.yaml") if path.stem.startswith(incomplete))


def _stacks(incomplete: str) -> list[str]:
    from operations.runs.folders import last_stacks

    return [name for name in last_stacks() if name.startswith(incomplete)]


Patterns = Annotated[
    list[str] | None,
    typer.Argument(
        envvar="STACKS",
        help="Stacks: names, 'dev-*', an environment, '!dev-workloads' to leave out, 'dev-cluster...' with what it "
        "reads, '...dev-cluster' with what reads it.",
        autocompletion=_stacks,
    ),
]
Stack = Annotated[
    str, typer.Argument(envvar="STACK", help="Name of one stack, e.g. dev-cluster.", autocompletion=_stacks)
]
Environment = Annotated[
    str | None,
    typer.Option("--env", envvar="ENV", help="Only the stacks of this environment.", autocompletion=_environments),
]
OneEnvironment = Annotated[
    str, typer.Argument(envvar="ENV", help="Name of an environment, e.g. dev.", autocompletion=_environments)
]
Since = Annotated[
    str | None,
    typer.Option(envvar="SINCE", help="Only stacks that differ from this commit's, and those that read their outputs."),
]
RemoteStateOnly = Annotated[
    bool,
    typer.Option(
        "--remote-state-only",
        envvar="REMOTE_STATE_ONLY",
        help="Leave out stacks whose state is a file of a checkout: on another machine, as in CI, it is not there.",
    ),
]
AtOnce = Annotated[
    int,
    typer.Option(
        "--parallel", envvar=["PARALLEL", "AT_ONCE"], min=1, help="How many stacks to work on at the same time."
    ),
]
Retries = Annotated[
    int, typer.Option(envvar="RETRIES", min=0, help="How often to retry transient errors, e.g. throttling.")
]
RetryWait = Annotated[
    float,
    typer.Option(envvar="RETRY_WAIT", min=0, help="Seconds before the first such try; each wait is twice the last."),
]
RetryOn = Annotated[
    list[str] | None,
    typer.Option(envvar="RETRY_ON", help="A regular expression: errors with such a text are retried as well."),
]
FailFast = Annotated[
    bool, typer.Option("--fail-fast", envvar="FAIL_FAST", help="After the first failure begin nothing else.")
]
TerraformLog = Annotated[
    LogLevel | None,
    typer.Option("--log-level", envvar="LOG_LEVEL", help="Terraform's own log, into the logs of the run in cdktf.out."),
]
Profile = Annotated[
    str | None,
    typer.Option(help="Profile of AWS to work with. Default: AWS_PROFILE, or commands.aws_profile of the environment."),
]
AssumeRole = Annotated[
    str | None,
    typer.Option(
        envvar="ASSUME_ROLE", help="ARN of an IAM role to assume. Default: commands.assume_role_arn of the environment."
    ),
]
AutoApprove = Annotated[bool, typer.Option("--auto-approve", envvar="AUTO_APPROVE", help="Ask nothing.")]
AdoptExisting = Annotated[
    bool,
    typer.Option(
        "--adopt-existing",
        envvar="ADOPT_EXISTING",
        help="Where an object exists already that the plan creates, as after a deploy that was killed, import it.",
    ),
]
AllowDestroy = Annotated[
    str,
    typer.Option(
        envvar="ALLOW_DESTROY",
        help="What may be destroyed or replaced although it is guarded: '<stack>/<address> …'; for a destroy also the "
        "name of a stack or of the environment.",
    ),
]
Full = Annotated[bool, typer.Option("--full", envvar="FULL", help="Show every attribute of every change.")]
DetailedExitCode = Annotated[
    bool,
    typer.Option(
        "--detailed-exitcode",
        envvar="DETAILED_EXITCODE",
        help="End with 2 where something would change, as terraform does.",
    ),
]
Policy = Annotated[
    bool,
    typer.Option(
        "--policy",
        envvar="POLICY",
        help="Check what was planned by the policies of the environments; where a mandatory rule fails, stop.",
    ),
]
Infracost = Annotated[
    Path | None,
    typer.Option(
        envvar="INFRACOST",
        metavar="FILE",
        help="What 'infracost breakdown --format json' wrote: reports show its costs, until another file is given.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def pace(
    at_once: int,
    retries: int,
    retry_wait: float,
    retry_on: list[str] | None,
    log_level: LogLevel | None,
    login: tuple[str | None, str | None],
    *,
    fail_fast: bool,
    is_policy_wanted: bool = False,
) -> Pace:
    """Combine the options that control how the work is done."""
    from operations.aws_login import Login
    from operations.commands.work import Pace
    from operations.terraform.retry import Retry

    retry = Retry(retries, retry_wait, tuple(_expression(text) for text in retry_on or ()))
    return Pace(at_once, retry, fail_fast, log_level, Login(*login), is_policy_wanted)


def _expression(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as problem:
        raise typer.BadParameter(f"'{text}' is no regular expression: {problem}") from problem
