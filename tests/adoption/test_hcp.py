"""Row 11: HCP Terraform is asked whether the stacks have states, and gives those of the layout; a stand-in answers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from adoption.errors import AdoptionError
from adoption.reading.layout_states import read_states
from adoption.reading.own_state import refuse_own_state
from adoption.reading.state_programs import Programs
from tests import programs
from tests.integration.conftest import terraform, tfc_lab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Vary

__all__ = ["terraform", "tfc_lab"]

HOSTNAME = "tfc.lab.test"
STACKS = ("network", "cluster")


@pytest.fixture(scope="module")
def lab(tfc_lab: Path, terraform: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Start a stand-in; give the environment in which programs find it."""
    del terraform
    folder = tmp_path_factory.mktemp("lab")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = str(listener.getsockname()[1])
    environment = {**os.environ, "TFC_LAB_PORT": port, "TFC_LAB_HOST": HOSTNAME, "PATH": programs.MACHINE_PATH}
    command: list[str | Path] = [tfc_lab / "start.sh", folder, "--", "--mode", "local"]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    yield {
        "TF_CLI_CONFIG_FILE": str(folder / "terraformrc"),
        "SSL_CERT_FILE": str(folder / "tls/bundle.pem"),
        "TFE_ADDRESS": f"https://localhost:{port}",
        "CHECKPOINT_DISABLE": "1",
    }
    with programs.allowed(tfc_lab / "stop.sh"):
        subprocess.run([tfc_lab / "stop.sh", folder], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(autouse=True)
def _found(lab: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in lab.items():
        monkeypatch.setenv(name, value)


def apply_in_workspace(name: str, folder: Path, resources: dict[str, Any]) -> Path:
    """Apply resources of Terraform itself in a workspace."""
    folder.mkdir(parents=True)
    cloud = {"hostname": HOSTNAME, "organization": "acme", "workspaces": {"name": name}}
    (folder / "main.tf.json").write_text(json.dumps({"terraform": {"cloud": cloud}, **resources}))
    for arguments in (("init", "-input=false"), ("apply", "-auto-approve", "-input=false")):
        subprocess.run(["terraform", *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


def test_a_stack_with_a_state_is_refused_and_no_workspace_is_made(tmp_path: Path, vary: Vary) -> None:
    environment = vary({"backend": {"type": "cloud", "organization": "acme", "hostname": HOSTNAME}})
    refuse_own_state(environment, STACKS, tmp_path, is_empty_by_word=False)
    apply_in_workspace("dev-network", tmp_path / "empty", {"output": {"id": {"value": "none"}}})
    refuse_own_state(environment, STACKS, tmp_path, is_empty_by_word=False)
    apply_in_workspace("dev-cluster", tmp_path / "full", {"resource": {"terraform_data": {"this": {}}}})
    with pytest.raises(AdoptionError) as error:
        refuse_own_state(environment, STACKS, tmp_path, is_empty_by_word=True)
    assert str(error.value) == (
        "dev-cluster has a state already, so that it is not adopted a second time; move that state away first"
    )


def test_the_state_of_a_layout_is_pulled(tmp_path: Path) -> None:
    folder = apply_in_workspace("old-vpc", tmp_path / "live/vpc", {"resource": {"terraform_data": {"this": {}}}})
    (state,) = read_states(folder, programs=Programs("terraform"))
    assert (state.source, len(state.objects)) == (f"{HOSTNAME}/acme/old-vpc", 1)
