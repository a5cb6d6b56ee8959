"""Where states are found, and when a unit's state is not certain."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from adoption.own_state import refuse_own_state
from adoption.problems import AdoptionError
from adoption.states import pull_from_s3, read_states

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from adoption.states import UnitState
    from tests.conftest import Vary

STACKS = ("network", "cluster", "csi-addon")
CACHE = ".terragrunt-cache/aa/bb/dev"
S3 = {"bucket": "states", "key": "dev/vpc/terraform.tfstate", "region": "us-east-2"}


def state(id_: str = "vpc-1", *, lineage: str = "a", serial: int = 1, resources: bool = True) -> str:
    """Write a state with one VPC, or none."""
    instance = {"schema_version": 1, "attributes": {"id": id_}}
    vpc = {"mode": "managed", "type": "aws_vpc", "name": "this", "instances": [instance]}
    return json.dumps(
        {
            "version": 4,
            "terraform_version": "1.5.7",
            "lineage": lineage,
            "serial": serial,
            "resources": [vpc] if resources else [],
        }
    )


def unit(live: Path, name: str, files: Mapping[str, str], hcl: str = "") -> Path:
    """Make a unit with files."""
    folder = live / name
    for path, text in {"terragrunt.hcl": hcl, **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def read(live: Path, pulled: str = "") -> list[UnitState]:
    """Read the states; what is pulled is given."""
    return read_states(live, terraform_version="1.11.4", pull=lambda settings: pulled.replace("KEY", settings["key"]))


def ids(states: list[UnitState]) -> dict[str, str]:
    """Return the id of the only object of each unit."""
    return {one.unit: one.objects[0].attributes["id"] for one in states}


def refused(live: Path) -> str:
    """Return what is said."""
    with pytest.raises(AdoptionError) as error:
        read(live)
    return str(error.value).replace(str(live), "LIVE")


def test_in_the_folder_and_in_the_cache(tmp_path: Path) -> None:
    unit(tmp_path, "vpc", {"terraform.tfstate": state("vpc-1")})
    unit(tmp_path, "team/eks", {f"{CACHE}/eks/terraform.tfstate": state("vpc-2")})
    assert ids(read(tmp_path)) == {"vpc": "vpc-1", "team/eks": "vpc-2"}


def test_one_unit_by_itself(tmp_path: Path) -> None:
    assert ids(read(unit(tmp_path, "vpc", {"terraform.tfstate": state()}))) == {"vpc": "vpc-1"}


def test_the_newest_of_a_lineage_counts(tmp_path: Path) -> None:
    files = {f"{CACHE}/old/terraform.tfstate": state("vpc-1", serial=3), "terraform.tfstate": state("vpc-2", serial=12)}
    unit(tmp_path, "vpc", files)
    assert ids(read(tmp_path)) == {"vpc": "vpc-2"}


def test_an_empty_state_of_another_lineage_does_not_count(tmp_path: Path) -> None:
    files = {f"{CACHE}/old/terraform.tfstate": state(lineage="b", resources=False), "terraform.tfstate": state()}
    unit(tmp_path, "vpc", files)
    assert ids(read(tmp_path)) == {"vpc": "vpc-1"}


def test_fails_on_two_states_of_a_unit(tmp_path: Path) -> None:
    files = {f"{CACHE}/old/terraform.tfstate": state(lineage="b"), "terraform.tfstate": state()}
    unit(tmp_path, "vpc", files)
    assert refused(tmp_path) == (
        f"vpc: has two states, LIVE/vpc/{CACHE}/old/terraform.tfstate and LIVE/vpc/terraform.tfstate; "
        "remove the one that no longer counts, or pull the right one"
    )


def test_fails_on_a_unit_without_a_state(tmp_path: Path) -> None:
    unit(tmp_path, "vpc", {})
    assert refused(tmp_path) == ("vpc: has no state here; `terragrunt state pull > vpc.tfstate` gives one by hand")


def test_fails_on_what_is_no_state(tmp_path: Path) -> None:
    unit(tmp_path, "vpc", {"terraform.tfstate": "{"})
    unit(tmp_path, "eks", {"terraform.tfstate": json.dumps({"encrypted_data": "x"})})
    assert "is not JSON" in refused(tmp_path)
    assert "is not a Terraform state, or an encrypted one" in refused(tmp_path)


def test_fails_on_a_folder_without_units(tmp_path: Path) -> None:
    assert "has neither units (terragrunt.hcl) with a state nor state files" in refused(tmp_path)
    assert refused(tmp_path / "nowhere") == "LIVE: is not a folder"


def test_s3_as_terraform_noted_it(tmp_path: Path) -> None:
    noted = {"version": 3, "backend": {"type": "s3", "config": {**S3, "dynamodb_table": "locks", "acl": None}}}
    unit(tmp_path, "vpc", {f"{CACHE}/vpc/.terraform/terraform.tfstate": json.dumps(noted)})
    assert ids(read(tmp_path, state("KEY"))) == {"vpc": S3["key"]}


def test_s3_as_terragrunt_says(tmp_path: Path) -> None:
    hcl = """
remote_state {
  backend = "s3"
  config = {
    bucket = "states"
    key    = "${path_relative_to_include()}/terraform.tfstate"
    region = "us-east-2"
  }
}
"""
    (tmp_path / "terragrunt.hcl").write_text(hcl)
    unit(tmp_path / "dev", "vpc", {})
    assert ids(read(tmp_path / "dev", state("KEY"))) == {"vpc": S3["key"]}


def test_fails_where_terragrunt_computes_the_bucket(tmp_path: Path) -> None:
    hcl = 'remote_state {\n  backend = "s3"\n  config = {\n    bucket = "${local.bucket}"\n  }\n}\n'
    unit(tmp_path, "vpc", {}, hcl)
    assert "remote_state cannot be followed (bucket = ${local.bucket})" in refused(tmp_path)


def test_a_state_is_pulled_by_terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = '#!/bin/sh\nif [ "$1" = init ]; then cp backend.tf.json "$SEEN"; else echo pulled; fi\n'
    (tmp_path / "terraform").write_text(script)
    (tmp_path / "terraform").chmod(0o755)
    monkeypatch.setenv("SEEN", str(tmp_path / "seen.json"))
    assert pull_from_s3(str(tmp_path / "terraform"))(S3) == "pulled\n"
    assert json.loads((tmp_path / "seen.json").read_text()) == {"terraform": {"backend": {"s3": S3}}}


def test_fails_where_the_state_cannot_be_pulled(tmp_path: Path) -> None:
    (tmp_path / "terraform").write_text("#!/bin/sh\necho 'Error: no\n  access' >&2\nexit 1\n")
    (tmp_path / "terraform").chmod(0o755)
    with pytest.raises(AdoptionError, match=r"^terraform init failed: Error: no access$"):
        pull_from_s3(str(tmp_path / "terraform"))(S3)


class TestOwnState:
    def refusal(self, vary: Vary, project: Path, backend: dict[str, Any]) -> str:
        with pytest.raises(AdoptionError) as error:
            refuse_own_state(vary({"backend": backend}), STACKS, project, is_empty_by_word=False)
        return str(error.value)

    def test_local(self, tmp_path: Path, vary: Vary) -> None:
        (tmp_path / ".state").mkdir()
        (tmp_path / ".state/dev-cluster.tfstate").write_text(state(resources=False))
        refuse_own_state(vary({}), STACKS, tmp_path, is_empty_by_word=False)
        (tmp_path / ".state/dev-network.tfstate").write_text(state())
        assert self.refusal(vary, tmp_path, {"type": "local"}) == (
            "dev-network has a state already, so that it is not adopted a second time; move that state away first"
        )

    def test_s3(self, tmp_path: Path, vary: Vary, monkeypatch: pytest.MonkeyPatch) -> None:
        from adoption import own_state

        there = {"eks/dev-csi-addon.tfstate": state()}
        monkeypatch.setattr(own_state, "_fetch", lambda _client, _bucket, key: there.get(key, ""))
        for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setitem(os.environ, variable, "none")
        backend = {"type": "s3", "bucket": "some-states", "key_prefix": "eks/"}
        assert self.refusal(vary, tmp_path, backend).startswith("dev-csi-addon has a state already")

    def test_a_cloud_workspace_is_a_persons_word(self, tmp_path: Path, vary: Vary) -> None:
        backend = {"type": "cloud", "organization": "acme"}
        assert "go on with --own-state-is-empty" in self.refusal(vary, tmp_path, backend)
        refuse_own_state(vary({"backend": backend}), STACKS, tmp_path, is_empty_by_word=True)
