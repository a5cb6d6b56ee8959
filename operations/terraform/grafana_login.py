"""Logs in to Amazon Managed Grafana for the stack grafana-content: a new token for each run, valid for an hour.

It is handed to the provider as GRAFANA_AUTH, in the environment of the process, and so in no file and no state.
https://docs.aws.amazon.com/grafana/latest/userguide/service-accounts.html
"""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from operations.selection.synthesized import Stack
    from operations.terraform.runner import Terraform

KIND: Final = "grafana-content"
VARIABLE: Final = "GRAFANA_AUTH"
SECONDS_TO_LIVE: Final = 3600
# The output of the kube-prom-stack stack that names the workspace: ID.grafana-workspace.REGION.amazonaws.com.
ENDPOINT: Final = "grafana_endpoint"


class _AwsError(Exception):
    """The aws command failed; the text is its last line."""


def log_in(
    terraform: Terraform, stack: Stack, outputs: Mapping[str, Mapping[str, Any]], say: Callable[[str], None]
) -> None:
    """Give the stack a token, unless its settings or the caller's environment have one, or no workspace exists yet."""
    if stack.kind != KIND or _has_login(stack):
        return
    variables = terraform.variables(stack.place)
    endpoint = next((one[ENDPOINT]["value"] for one in outputs.values() if ENDPOINT in one), "")
    if VARIABLE in variables or not endpoint:
        return
    workspace, _, place = endpoint.partition(".")
    region = place.removeprefix("grafana-workspace.").partition(".")[0]
    try:
        token = _token(workspace, region, variables)
    except _AwsError as error:
        say(f"{stack.name}: no token of Managed Grafana could be made ({error}); set {VARIABLE}")
        return
    terraform.log_in(stack.environment, {**variables, VARIABLE: token})


def _has_login(stack: Stack) -> bool:
    """Return whether the provider has a token, or logs in to another Grafana."""
    (provider,) = stack.content["provider"]["grafana"]
    return "auth" in provider or ENDPOINT not in provider["url"]


def _token(workspace: str, region: str, variables: Mapping[str, str]) -> str:
    from config.monitoring.managed.managed_grafana import CONTENT_WRITER  # noqa: PLC0415 (few environments log in)

    place = ("--workspace-id", workspace, "--region", region)
    accounts = _aws(variables, "list-workspace-service-accounts", *place)["serviceAccounts"]
    ids = [account["id"] for account in accounts if account["name"] == CONTENT_WRITER]
    if not ids:
        raise _AwsError(f"there is no service account {CONTENT_WRITER}: deploy the kube-prom-stack stack")
    of_account = ("--service-account-id", ids[0], "--name", f"eks-{time.time_ns()}")
    limit = ("--seconds-to-live", str(SECONDS_TO_LIVE))
    made = _aws(variables, "create-workspace-service-account-token", *place, *of_account, *limit)
    token: str = made["serviceAccountToken"]["key"]
    return token


def _aws(variables: Mapping[str, str], *arguments: str) -> dict[str, Any]:
    command = ["aws", "grafana", *arguments, "--output", "json"]
    try:
        done = subprocess.run(command, env=dict(variables), capture_output=True, text=True, check=False)  # noqa: S603 - aws, with names from a state
    except FileNotFoundError as error:
        raise _AwsError("there is no aws on PATH") from error
    if done.returncode != 0:
        raise _AwsError((done.stderr.strip().splitlines() or ["no message"])[-1])
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
