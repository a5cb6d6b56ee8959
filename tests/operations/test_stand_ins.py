"""Example values for outputs that do not exist yet, and where they are written."""

from __future__ import annotations

import base64
import json
import ssl
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from config.core.errors import UsageError
from config.paths import ROOT
from operations.planning.stand_ins import examples_of, upstreams, write_copy
from tests.operations.stacks import BACKENDS, empty_stack, write_stacks

if TYPE_CHECKING:
    from pathlib import Path

    from operations.selection.synthesized import Synthesized

REAL = {"value": "vpc-1", "type": "string", "sensitive": True}


@pytest.fixture(params=sorted(BACKENDS))
def stacks(request: pytest.FixtureRequest, tmp_path: Path) -> Synthesized:
    """Give two stacks, of which dev-cluster reads vpc_id and private_subnet_ids of dev-network."""
    return write_stacks(tmp_path, backend=request.param)


def test_what_is_missing_is_stood_in_for_and_the_rest_is_real(stacks: Synthesized, tmp_path: Path) -> None:
    cluster = stacks.stacks["dev-cluster"]
    (found,) = upstreams(cluster, stacks, {"dev-network": {"vpc_id": REAL}})
    write_copy(cluster, (found,), tmp_path / "copy")

    assert set(found.examples) == {"private_subnet_ids"}
    data = json.loads((tmp_path / "copy/cdk.tf.json").read_text())["data"]["terraform_remote_state"]["state-network"]
    assert data == {"backend": "local", "config": {"path": "stand-in-state-network.tfstate"}}
    outputs = json.loads((tmp_path / "copy/stand-in-state-network.tfstate").read_text())["outputs"]
    assert outputs["vpc_id"] == REAL
    assert outputs["private_subnet_ids"]["type"] == ["list", "string"]
    assert outputs["private_subnet_ids"]["value"] == examples_of(stacks.stacks["dev-network"])["private_subnet_ids"]


def test_nothing_is_stood_in_for_where_everything_is_there(stacks: Synthesized) -> None:
    everything: dict[str, Any] = {"vpc_id": REAL, "private_subnet_ids": REAL}
    (found,) = upstreams(stacks.stacks["dev-cluster"], stacks, {"dev-network": everything})
    assert found.examples == {}


def test_the_folder_of_the_stack_itself_is_never_written(stacks: Synthesized, tmp_path: Path) -> None:
    cluster = stacks.stacks["dev-cluster"]
    before = (cluster.folder / "cdk.tf.json").read_bytes()
    write_copy(cluster, upstreams(cluster, stacks, {"dev-network": {}}), tmp_path / "copy")
    assert [path.name for path in cluster.folder.iterdir()] == ["cdk.tf.json"]
    assert (cluster.folder / "cdk.tf.json").read_bytes() == before


def test_the_locked_providers_come_along(stacks: Synthesized, tmp_path: Path) -> None:
    cluster = stacks.stacks["dev-cluster"]
    (cluster.folder / ".terraform.lock.hcl").write_text("locked")
    write_copy(cluster, upstreams(cluster, stacks, {"dev-network": {}}), tmp_path / "copy")
    assert (tmp_path / "copy/.terraform.lock.hcl").read_text() == "locked"


def test_the_files_that_resources_name_come_along(stacks: Synthesized, tmp_path: Path) -> None:
    cluster = stacks.stacks["dev-cluster"]
    chart = cluster.folder / "assets/chart/0a1b/Chart.yaml"
    chart.parent.mkdir(parents=True)
    chart.write_text("name: chart")
    for _ in range(2):
        write_copy(cluster, upstreams(cluster, stacks, {"dev-network": {}}), tmp_path / "copy")
    assert (tmp_path / "copy/assets/chart/0a1b/Chart.yaml").read_text() == "name: chart"


def test_fails_where_the_contract_has_no_example(tmp_path: Path) -> None:
    stacks = write_stacks(tmp_path, read=("no_such_output",))
    with pytest.raises(
        UsageError, match=r"^dev-cluster reads no_such_output of dev-network, which has not been applied"
    ):
        upstreams(stacks.stacks["dev-cluster"], stacks, {"dev-network": {}})


def test_a_stack_without_outputs_has_no_examples(tmp_path: Path) -> None:
    examples = examples_of(empty_stack(tmp_path, "dev", "kube-prom-stack"))
    assert {"namespace", "grafana_endpoint"} <= set(examples)
    assert examples_of(empty_stack(tmp_path, "dev", "workloads")) == {}


def test_the_example_of_the_cluster_certificate_is_one(tmp_path: Path) -> None:
    cluster = empty_stack(tmp_path, "dev", "cluster")
    pem = base64.b64decode(examples_of(cluster)["cluster_certificate_authority"]).decode()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=pem)
    assert len(context.get_ca_certs()) == 1


def test_what_is_taken_over_is_known_before_it_is_applied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    taken_over = {"vpc_id": "vpc-0fedcba9876543210"}
    monkeypatch.setattr(
        "config.imports.known_outputs",
        lambda _environment, stack: taken_over if stack == "network" else {},
    )
    network = empty_stack(tmp_path, "dev", "network")
    assert examples_of(network)["vpc_id"] == "vpc-0fedcba9876543210"
    assert examples_of(network)["private_subnet_ids"]
    assert "vpc_id" in examples_of(empty_stack(tmp_path, "dev", "cluster"))


def test_the_contract_is_read_without_cdktf() -> None:
    """A command that copies the last synthesis starts no Node, which may not even be on its PATH."""
    code = """
import sys
from types import SimpleNamespace
from operations.planning.stand_ins import examples_of
assert examples_of(SimpleNamespace(kind="cluster", environment="dev"))
print([name for name in sys.modules if name.startswith(("cdktf", "cdktn", "jsii"))])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
