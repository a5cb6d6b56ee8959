"""The `cloud` backend against a stand-in for HCP Terraform, with runs there (remote) and runs here (local)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.integration import cloud_lab
from tests.integration.cloud_lab import CLOUD
from tests.integration.sandbox import log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.cloud_lab import Lab
    from tests.integration.conftest import NewProject


@pytest.fixture(scope="module", params=["remote", "local"])
def lab(
    request: pytest.FixtureRequest, tfc_lab: Path, new_sandbox: NewProject, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """Start a stand-in for each execution mode; stop it at the end."""
    project, folder = new_sandbox(), tmp_path_factory.mktemp("lab")
    settings = project.folder / "values/environments/dev.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + CLOUD, encoding="utf-8")
    with cloud_lab.running(tfc_lab, project, folder, request.param) as lab:
        yield lab


def test_the_consumer_reads_the_outputs_of_the_producer(lab: Lab) -> None:
    lab.project.eks("deploy", "dev-network").succeeded()
    if lab.mode == "remote":
        # A remote run reads only what is shared with it; a user's own token reads everything.
        lab.workspace("set", "dev-network", '{"global-remote-state": true}')
    lab.project.eks("deploy", "dev-network", "dev-cluster").succeeded()

    (cluster,) = (entry for entry in log(lab.project, "create") if entry["type"] == "aws_eks_cluster")
    published = lab.project.outputs("dev-network")["private_subnet_ids"]
    assert published
    assert sorted(cluster["values"]["vpc_config"][0]["subnet_ids"]) == sorted(published)


def test_runs_are_where_the_workspace_says(lab: Lab) -> None:
    runs = lab.workspace("runs", "dev-cluster").splitlines()
    assert [run.split()[1] for run in runs] == (["applied"] if lab.mode == "remote" else [])


def test_no_state_is_kept_here(lab: Lab) -> None:
    assert lab.project.outputs("dev-cluster")["cluster_name"] == "dev-gd9"
    assert not (lab.project.folder / ".state").exists()
    assert not list(lab.project.stacks.glob("*/terraform.tfstate"))


def test_states_move_to_local_files_and_back(lab: Lab) -> None:
    project = lab.project
    before = project.eks("output", "dev-network", "--json").succeeded().output
    settings = project.folder / "values/environments/dev.yaml"
    text = settings.read_text(encoding="utf-8")

    settings.write_text(text.replace(CLOUD, ""), encoding="utf-8")
    away = project.eks("state", "move", "dev").succeeded().output
    assert "dev-network: acme/dev-network -> ../../../.state/dev-network.tfstate (serial " in away
    assert (project.folder / ".state/dev-network.tfstate").is_file()
    assert project.eks("output", "dev-network", "--json").succeeded().output == before
    assert "no changes" in project.eks("plan", "dev-network").succeeded().output
    local = json.loads((project.folder / ".state/dev-network.tfstate").read_text(encoding="utf-8"))

    settings.write_text(text, encoding="utf-8")
    refused = project.with_environment(AUTO_APPROVE="").run(project.folder / "eks", "state", "move", "dev")
    # What was left in the workspaces is of the same history, and not older: there is nothing to move.
    assert refused.code == 0, refused.output
    assert "Nothing to move" in refused.output
    assert project.eks("output", "dev-network", "--json").succeeded().output == before
    assert local["lineage"]
