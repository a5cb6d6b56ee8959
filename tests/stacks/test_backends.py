"""Where states are kept, by whom they are reached there, and where other stacks read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from operations.selection.synthesized import Synthesized as Loaded

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary

ROLE = "arn:aws:iam::210987654321:role/states"
S3 = {"type": "s3", "bucket": "some-state", "profile": "states", "dynamodb_table": "terraform-locks"}
CLOUD = {"type": "cloud", "organization": "acme", "workspace_prefix": "eks-", "project": "platform"}


def test_the_state_in_s3_has_a_login_of_its_own(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    backend = {**S3, "assume_role": {"role_arn": ROLE, "external_id": "eks-1"}}
    stacks = synthesize_one(vary({"backend": backend}))
    expected = {
        "bucket": "some-state",
        "region": "us-east-2",
        "encrypt": True,
        "profile": "states",
        "assume_role": {"role_arn": ROLE, "external_id": "eks-1"},
        "dynamodb_table": "terraform-locks",
    }
    own: dict[str, Any] = stacks["dev-network"].json["terraform"]["backend"]["s3"]
    assert own == {**expected, "key": "dev-network.tfstate", "use_lockfile": True}
    read = stacks["dev-cluster"].data("terraform_remote_state")["state-network"]
    assert read["backend"] == "s3"
    assert {key: read["config"].get(key) for key in ("profile", "assume_role")} == {
        key: expected[key] for key in ("profile", "assume_role")
    }


@pytest.mark.parametrize("prefix", ["eks-", ""])
def test_workspaces_have_the_prefix_where_they_are_read_too(
    prefix: str, vary: Vary, synthesize_one: SynthesizeOne
) -> None:
    stacks = synthesize_one(vary({"backend": {**CLOUD, "workspace_prefix": prefix}}))
    own = stacks["dev-network"].json["terraform"]["cloud"]
    assert own["workspaces"] == {"name": f"{prefix}dev-network", "project": "platform"}
    read = stacks["dev-cluster"].data("terraform_remote_state")["state-network"]
    assert read["config"]["workspaces"]["name"] == f"{prefix}dev-network"
    loaded = Loaded.load(stacks.outdir)
    assert loaded.producer_of(loaded.stacks["dev-cluster"], "state-network").name == "dev-network"
