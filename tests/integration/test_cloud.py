"""The `cloud` backend against a stand-in for HCP Terraform, with runs there (remote) and runs here (local)."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import programs
from tests.integration.sandbox import log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.conftest import NewProject
    from tests.integration.project import Project

HOSTNAME = "tfc.lab.test"
CLOUD = f"backend: {{type: cloud, organization: acme, hostname: {HOSTNAME}, project: platform}}\n"


@dataclass(frozen=True)
class Lab:
    """A running stand-in, and a copy of the project whose `dev` keeps its state there."""

    scripts: Path
    folder: Path
    project: Project
    mode: str

    def workspace(self, *arguments: str) -> str:
        """Call the API as the lab's `ws.sh` does, and return what it answers."""
        command = '. "$1/env.sh" && shift && "$@"'
        called: list[str | Path] = ["sh", "-c", command, "sh", self.folder, self.scripts / "ws.sh", *arguments]
        environment = {**os.environ, "PATH": programs.MACHINE_PATH}
        answer: str = subprocess.run(called, env=environment, check=True, capture_output=True, text=True).stdout
        return answer


def free_port() -> int:
    """Find a port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="module", params=["remote", "local"])
def lab(
    request: pytest.FixtureRequest, tfc_lab: Path, new_sandbox: NewProject, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """Start a stand-in for each execution mode; stop it at the end."""
    project, folder = new_sandbox(), tmp_path_factory.mktemp("lab")
    settings = project.folder / "values/environments/dev.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + CLOUD, encoding="utf-8")
    providers = project.environment["TF_CLI_CONFIG_FILE"]
    sandbox = [name for name in project.environment if name.startswith("SANDBOX_")]
    options = ["--mode", request.param, "--worker-cli-config", providers, *(f"--worker-env={name}" for name in sandbox)]
    subprocess.run(
        [tfc_lab / "start.sh", folder, "--", *options],
        env={
            **os.environ,
            **project.environment,
            "TFC_LAB_PORT": str(free_port()),
            "TFC_LAB_HOST": HOSTNAME,
            "PATH": programs.MACHINE_PATH,
        },
        check=True,
        stdout=subprocess.DEVNULL,
    )
    configuration = folder / "with-providers.rc"
    parts = (folder / "terraformrc", Path(providers))
    configuration.write_text("\n".join(part.read_text(encoding="utf-8") for part in parts), encoding="utf-8")
    certificates = str(folder / "tls/bundle.pem")
    here = project.with_environment(TF_CLI_CONFIG_FILE=str(configuration), SSL_CERT_FILE=certificates)
    yield Lab(tfc_lab, folder, here, request.param)
    subprocess.run([tfc_lab / "stop.sh", folder], check=True, stdout=subprocess.DEVNULL)


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
