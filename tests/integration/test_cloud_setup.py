"""Workspaces of HCP Terraform on a stand-in for it, and a first plan of remote runs in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from pytfe import TFEClient, TFEConfig
from pytfe.models import CategoryType, Workspace

from config.core.errors import UsageError
from operations.hcp import hcp
from operations.hcp.cloud_settings import CloudSettings, Execution, Runs
from operations.hcp.cloud_setup import CloudSetup, check
from tests.integration import cloud_lab
from tests.integration.cloud_lab import CLOUD, HOSTNAME
from tests.operations.stacks import write_stacks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.conftest import NewProject
    from tests.integration.project import Project

ORGANIZATION = "acme"
ROLE = "arn:aws:iam::123456789012:role/hcp-terraform"
REMOTE = CloudSettings(Execution.REMOTE, Runs.CLI, ROLE, "1.11.4")


@pytest.fixture(scope="module")
def lab(tfc_lab: Path, new_sandbox: NewProject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Start a stand-in; give a copy of the project whose `dev` keeps its state there."""
    project, folder = new_sandbox(), tmp_path_factory.mktemp("lab")
    settings = project.folder / "values/environments/dev.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + CLOUD, encoding="utf-8")
    with cloud_lab.running(tfc_lab, project, folder, "remote") as lab:
        yield lab.project


@pytest.fixture
def client(lab: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[TFEClient]:
    """Open the client as the command line does: with the token of the CLI configuration."""
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    opened = hcp.client(HOSTNAME)
    yield opened
    close(opened)


def close(client: TFEClient) -> None:
    """End the connections of a client, which pytfe 1.5 leaves to the end of the program."""
    client._transport._sync.close()


def workspace(client: TFEClient, name: str) -> Workspace:
    """Read a workspace."""
    return client.workspaces.read(name, organization=ORGANIZATION)


def consumers(client: TFEClient, name: str) -> set[str | None]:
    """Name the workspaces that may read a workspace's state."""
    identity = workspace(client, name).id
    return {found.name for found in client.workspaces.list_remote_state_consumers(identity)}


def test_workspaces_come_to_be_as_the_stacks_need_them(lab: Project, client: TFEClient) -> None:
    first = lab.eks("cloud", "setup", "dev", "--role-arn", ROLE).succeeded()
    second = lab.eks("cloud", "setup", "dev", "--role-arn", ROLE).succeeded()

    assert "dev-network: created" in first.output
    assert second.output.endswith("every workspace is as it should be, nothing changed\n")
    cluster = workspace(client, "dev-cluster")
    assert cluster.execution_mode == "remote"
    assert cluster.global_remote_state is False
    assert cluster.working_directory == ""
    assert consumers(client, "dev-network") == {"dev-cluster"}
    assert "dev-network" not in consumers(client, "dev-cluster")
    assert {"dev-csi-addon", "dev-kube-prom-stack"} <= consumers(client, "dev-cluster")
    variables = {found.key: (found.value, found.category) for found in client.variables.list(cluster.id)}
    assert variables == {
        "TFC_AWS_PROVIDER_AUTH": ("true", CategoryType.ENV),
        "TFC_AWS_RUN_ROLE_ARN": (ROLE, CategoryType.ENV),
    }


def test_the_first_plan_of_remote_runs_stands_in_for_what_is_missing(lab: Project) -> None:
    lab.eks("plan", "dev-network", "dev-cluster").succeeded()
    report = json.loads((lab.synthesized / "reports/report.json").read_text(encoding="utf-8"))
    network, cluster = report["stacks"]
    assert cluster["stand_ins"] == {"dev-network": ["private_subnet_ids", "private_subnet_zones"]}
    assert network["counts"]["add"] > 0
    assert cluster["counts"]["add"] > 0


def test_settings_that_differ_are_brought_in_line_and_others_stay(client: TFEClient, tmp_path: Path) -> None:
    stacks = tuple(write_stacks(tmp_path, backend="cloud", environment="test").stacks.values())
    organization = CloudSetup(client, ORGANIZATION, None, REMOTE)
    list(organization.run(stacks))
    by_commits = CloudSettings(Execution.REMOTE, Runs.VCS, f"{ROLE}-2", "1.12.0")

    changes = list(CloudSetup(client, ORGANIZATION, None, by_commits).run(stacks))

    assert [change for change in changes if change.startswith("test-network")] == [
        "test-network: terraform version set to 1.12.0",
        "test-network: working directory set to cdktf.out/stacks/test-network",
        f"test-network: variable TFC_AWS_RUN_ROLE_ARN set to {ROLE}-2",
    ]
    assert workspace(client, "test-network").execution_mode == "remote"
    assert list(organization.run(stacks)), "the settings are ours again"


class TestWithoutTheService:
    """What needs no stand-in, or what it does not offer."""

    def test_a_reader_that_is_none_any_more_is_shut_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        client = TFEClient(TFEConfig(address="http://localhost:9", token="none", ca_bundle=None))  # noqa: S106 - nothing is asked
        removed: list[str] = []
        monkeypatch.setattr(
            client.workspaces, "list_remote_state_consumers", lambda _: iter([Workspace(id="ws-2", name="old")])
        )
        monkeypatch.setattr(
            client.workspaces,
            "remove_remote_state_consumers",
            lambda identity, options: removed.extend([identity, *(found.id for found in options.workspaces)]),
        )
        setup = CloudSetup(client, ORGANIZATION, None, REMOTE)
        shared = setup._share({"dev-network": Workspace(id="ws-1", name="dev-network")}, "dev-network", set())
        assert list(shared) == ["state no longer shared with old"]
        close(client)
        assert removed == ["ws-1", "ws-2"]

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            (CloudSettings(Execution.REMOTE, Runs.CLI, None, "1.11.4"), "remote runs need a role to assume"),
            (CloudSettings(Execution.LOCAL, Runs.VCS, None, "1.11.4"), "runs that commits start are remote"),
        ],
    )
    def test_fails_on_settings_that_do_not_fit(self, settings: CloudSettings, message: str, tmp_path: Path) -> None:
        stacks = tuple(write_stacks(tmp_path, backend="cloud").stacks.values())
        with pytest.raises(UsageError, match=message):
            check(stacks, settings)

    def test_fails_on_another_backend(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="dev-network keeps its state elsewhere"):
            check(tuple(write_stacks(tmp_path).stacks.values()), REMOTE)

    def test_the_token_is_found_where_terraform_login_puts_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("TFE_TOKEN", "TF_CLI_CONFIG_FILE", "TF_TOKEN_h_example"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HOME", str(tmp_path))
        with pytest.raises(UsageError, match=r"^there is no token for h\.example: run 'terraform login h\.example'"):
            hcp.client("h.example")
        (tmp_path / ".terraform.d").mkdir()
        saved = {"credentials": {"h.example": {"token": "saved"}}}
        (tmp_path / ".terraform.d/credentials.tfrc.json").write_text(json.dumps(saved))
        assert hcp.token("h.example") == "saved"
        monkeypatch.setenv("TF_TOKEN_h_example", "exported")
        assert hcp.token("h.example") == "exported"
