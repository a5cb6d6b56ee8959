"""A token of Managed Grafana is made for each run of its stack, by the aws command, and is in no file."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from operations.selection.synthesized import Stack
from operations.terraform.grafana_login import log_in
from operations.terraform.runner import Terraform
from tests.programs import write_python

if TYPE_CHECKING:
    from pathlib import Path

ENDPOINT = "g-0a1b2c3d4e.grafana-workspace.us-east-2.amazonaws.com"
OF_THE_STATE = "https://${data.terraform_remote_state.state-kube-prom-stack.outputs.grafana_endpoint}"
OUTPUTS = {"dev-kube-prom-stack": {"namespace": {"value": "m"}, "grafana_endpoint": {"value": ENDPOINT}}}
AWS = """\
import json, pathlib, sys
with (pathlib.Path(__file__).parent / "calls").open("a") as calls:
    print(json.dumps(sys.argv[1:]), file=calls)
if sys.argv[2] == "list-workspace-service-accounts":
    print(json.dumps({"serviceAccounts": ACCOUNTS}))
else:
    print(json.dumps({"serviceAccountToken": {"id": "1", "key": "glsa_made"}}))
"""


@pytest.fixture
def terraform(tmp_path: Path) -> Terraform:
    folder = tmp_path / "bin"
    folder.mkdir()
    accounts = [{"name": "other", "id": "1"}, {"name": "eks-content", "id": "7"}]
    write_python(folder / "aws", AWS.replace("ACCOUNTS", repr(accounts)))
    return Terraform.create("terraform", {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}, cache_folder=tmp_path)


def stack(folder: Path, name: str = "grafana-content", **provider: str) -> Stack:
    configuration = {
        "//": {"metadata": {"environment": "dev", "stack": name}},
        "provider": {"grafana": [{"url": OF_THE_STATE, **provider}]},
    }
    path = folder / f"dev-{name}"
    path.mkdir(exist_ok=True)
    (path / "cdk.tf.json").write_text(json.dumps(configuration))
    return Stack(f"dev-{name}", path, ("dev-kube-prom-stack",))


def token(terraform: Terraform, one: Stack, outputs: Any, said: list[str]) -> str | None:
    log_in(terraform, one, outputs, said.append)
    return terraform.variables(one.place).get("GRAFANA_AUTH")


def test_a_token_for_an_hour(terraform: Terraform, tmp_path: Path) -> None:
    said: list[str] = []
    assert token(terraform, stack(tmp_path), OUTPUTS, said) == "glsa_made"
    assert said == []
    listed, made = map(json.loads, (tmp_path / "bin" / "calls").read_text().splitlines())
    assert listed[:2] == ["grafana", "list-workspace-service-accounts"]
    assert made[made.index("--workspace-id") + 1] == "g-0a1b2c3d4e"
    assert made[made.index("--region") + 1] == "us-east-2"
    assert made[made.index("--service-account-id") + 1] == "7"
    assert made[made.index("--seconds-to-live") + 1] == "3600"
    assert not any("glsa_made" in path.read_text() for path in tmp_path.rglob("*.json"))


def test_it_is_made_once(terraform: Terraform, tmp_path: Path) -> None:
    for _ in range(2):
        token(terraform, stack(tmp_path), OUTPUTS, [])
    assert len((tmp_path / "bin" / "calls").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("name", "provider", "outputs"),
    [
        ("kube-prom-stack", {}, OUTPUTS),
        ("grafana-content", {"auth": "${ephemeral.aws_secretsmanager_secret_version.token.secret_string}"}, OUTPUTS),
        ("grafana-content", {"url": "https://acme.grafana.net"}, OUTPUTS),
        ("grafana-content", {}, {"dev-kube-prom-stack": {}}),
    ],
)
def test_others_need_none(
    name: str, provider: dict[str, str], outputs: Any, terraform: Terraform, tmp_path: Path
) -> None:
    assert token(terraform, stack(tmp_path, name, **provider), outputs, []) is None
    assert not (tmp_path / "bin" / "calls").exists()


def test_what_aws_says_is_told(terraform: Terraform, tmp_path: Path) -> None:
    said: list[str] = []
    write_python(tmp_path / "bin" / "aws", "import sys; sys.exit('first\\nAccessDenied: no')")
    assert token(terraform, stack(tmp_path), OUTPUTS, said) is None
    write_python(tmp_path / "bin" / "aws", AWS.replace("ACCOUNTS", "[]"))
    assert token(terraform, stack(tmp_path), OUTPUTS, said) is None
    (tmp_path / "bin" / "aws").unlink()
    assert token(terraform, stack(tmp_path), OUTPUTS, said) is None
    reasons = ["AccessDenied: no", "there is no service account eks-content", "there is no aws on PATH"]
    for line, reason in zip(said, reasons, strict=True):
        assert line.startswith("dev-grafana-content: no token of Managed Grafana could be made (")
        assert reason in line
