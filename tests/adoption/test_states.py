"""Where states are found, and when a unit's state is not certain."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from adoption.errors import AdoptionError
from adoption.reading.layout_states import read_states
from adoption.reading.own_state import refuse_own_state
from adoption.reading.state_programs import Programs
from adoption.reading.unit import Choice
from adoption.terragrunt.remote_state import Backend

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from adoption.reading.state_model import UnitState
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


class Pulled(Programs):
    """Gives a state for whatever backend; its VPC has the key, or the path, as its id."""

    def pull(self, backend: Backend, workspace: str | None) -> bytes:
        """Return the state."""
        place = backend.config.get("key") or backend.config.get("prefix") or backend.type
        return state(f"{place} {workspace or 'default'}").encode()


def read(live: Path, *workspaces: str) -> list[UnitState]:
    """Read the states; what is pulled is given."""
    return read_states(live, programs=Pulled(None), choice=Choice.parse(workspaces))


def ids(states: list[UnitState]) -> dict[str, str]:
    """Return the id of the only object of each unit."""
    return {one.unit: one.objects[0].attributes["id"] for one in states}


def refused(live: Path, *workspaces: str) -> str:
    """Return the message."""
    with pytest.raises(AdoptionError) as error:
        read(live, *workspaces)
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
    assert "is encrypted by OpenTofu, and tofu is not on the path" in refused(tmp_path)


def test_fails_on_a_folder_without_units(tmp_path: Path) -> None:
    assert "has neither units (terragrunt.hcl) with a state nor state files" in refused(tmp_path)
    assert refused(tmp_path / "nowhere") == "LIVE: is not a folder"


def test_s3_as_terraform_noted_it(tmp_path: Path) -> None:
    noted = {"version": 3, "backend": {"type": "s3", "config": {**S3, "dynamodb_table": "locks", "acl": None}}}
    unit(tmp_path, "vpc", {f"{CACHE}/vpc/.terraform/terraform.tfstate": json.dumps(noted)})
    assert ids(read(tmp_path)) == {"vpc": f"{S3['key']} default"}


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
    unit(tmp_path / "dev", "vpc", {}, "include {\n  path = find_in_parent_folders()\n}\n")
    assert ids(read(tmp_path / "dev")) == {"vpc": "dev/vpc/terraform.tfstate default"}


def test_fails_where_terragrunt_computes_the_bucket(tmp_path: Path) -> None:
    hcl = 'remote_state {\n  backend = "s3"\n  config = {\n    bucket = "${local.bucket}"\n  }\n}\n'
    unit(tmp_path, "vpc", {}, hcl)
    assert "its backend is not known (local.bucket)" in refused(tmp_path)


def test_a_state_is_pulled_by_terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = '#!/bin/sh\nif [ "$1" = init ]; then cp backend.tf.json "$SEEN"; else echo pulled; fi\n'
    (tmp_path / "terraform").write_text(script)
    (tmp_path / "terraform").chmod(0o755)
    monkeypatch.setenv("SEEN", str(tmp_path / "seen.json"))
    programs = Programs(str(tmp_path / "terraform"))
    assert programs.pull(Backend("s3", {**S3, "s3_bucket_tags": {"a": "b"}}), None) == b"pulled\n"
    assert json.loads((tmp_path / "seen.json").read_text()) == {"terraform": {"backend": {"s3": S3}}}


def test_fails_where_the_state_cannot_be_pulled(tmp_path: Path) -> None:
    (tmp_path / "terraform").write_text("#!/bin/sh\necho 'Error: no\n  access' >&2\nexit 1\n")
    (tmp_path / "terraform").chmod(0o755)
    with pytest.raises(AdoptionError, match=r"^terraform init failed: Error: no access$"):
        Programs(str(tmp_path / "terraform")).pull(Backend("s3", S3), None)


WORKSPACES = {f"terraform.tfstate.d/{name}/terraform.tfstate": state(f"vpc-{name}", lineage=name) for name in "ab"}


class TestWorkspaces:
    def test_of_which_there_are_several_are_chosen_by_option(self, tmp_path: Path) -> None:
        unit(tmp_path, "vpc", WORKSPACES)
        unit(tmp_path, "eks", {"terraform.tfstate": state("vpc-eks")})
        assert "vpc: has states of workspaces a, b; choose with --workspace NAME" in refused(tmp_path)
        assert ids(read(tmp_path, "vpc=b")) == {"vpc": "vpc-b", "eks": "vpc-eks"}
        assert refused(tmp_path, "b") == "eks: has no state of workspace b; there are: default"
        assert refused(tmp_path, "c", "eks=default") == "vpc: has no state of workspace c; there are: a, b"
        assert refused(tmp_path, "b", "a").startswith("--workspace: b and a were given for all units")
        assert "--workspace: there is no unit nat" in refused(tmp_path, "b", "eks=default", "nat=a")

    def test_the_one_that_the_unit_is_in_counts_not_the_default_one(self, tmp_path: Path) -> None:
        files = {**WORKSPACES, "terraform.tfstate": state("vpc-default"), ".terraform/environment": "b"}
        unit(tmp_path, "vpc", files)
        (found,) = read(tmp_path)
        assert (found.workspace, found.objects[0].attributes["id"]) == ("b", "vpc-b")
        assert ids(read(tmp_path, "default")) == {"vpc": "vpc-default"}

    def test_the_default_one_beside_others_is_no_choice(self, tmp_path: Path) -> None:
        unit(tmp_path, "vpc", {**WORKSPACES, "terraform.tfstate": state("vpc-default")})
        assert refused(tmp_path) == "vpc: has states of workspaces a, b, default; choose with --workspace NAME"

    def test_the_only_one_with_objects_is_taken(self, tmp_path: Path) -> None:
        empty = {"terraform.tfstate": state(resources=False, lineage="d")}
        unit(tmp_path, "vpc", {**empty, "terraform.tfstate.d/a/terraform.tfstate": state("vpc-a")})
        assert read(tmp_path)[0].workspace == "a"

    def test_of_a_backend(self, tmp_path: Path) -> None:
        noted = json.dumps({"version": 3, "backend": {"type": "s3", "config": S3}})
        unit(tmp_path, "vpc", {".terraform/terraform.tfstate": noted, ".terraform/environment": "blue"})
        assert ids(read(tmp_path)) == {"vpc": f"{S3['key']} blue"}


def test_a_state_that_no_backend_took_is_pushed_first(tmp_path: Path) -> None:
    unit(tmp_path, "vpc", {"terraform.tfstate": state(), "errored.tfstate": state()})
    assert "errored.tfstate was never pushed to the backend" in refused(tmp_path)


def test_one_file(tmp_path: Path) -> None:
    (tmp_path / "all.tfstate").write_text(state())
    assert ids(read(tmp_path / "all.tfstate")) == {"all": "vpc-1"}


def test_root_modules_of_terraform(tmp_path: Path) -> None:
    for name, files in {
        "network": {"terraform.tfstate": state("vpc-1"), "main.tf": ""},
        "eks": {"main.tf": 'terraform {\n  backend "gcs" {\n    bucket = "b"\n    prefix = "eks"\n  }\n}\n'},
    }.items():
        for path, text in files.items():
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / path).write_text(text)
    assert ids(read(tmp_path)) == {"network": "vpc-1", "eks": "eks default"}


def test_a_local_backend_elsewhere(tmp_path: Path) -> None:
    hcl = """
remote_state {
  backend = "local"
  config  = { path = "${get_parent_terragrunt_dir()}/.state/${path_relative_to_include()}/terraform.tfstate" }
}
"""
    (tmp_path / "root.hcl").write_text(hcl)
    unit(tmp_path, "vpc", {}, 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n')
    (tmp_path / ".state/vpc").mkdir(parents=True)
    (tmp_path / ".state/vpc/terraform.tfstate").write_text(state())
    assert ids(read(tmp_path)) == {"vpc": "vpc-1"}


def test_a_cloud_backend_is_pulled_by_terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = '#!/bin/sh\nif [ "$1" = init ]; then cp backend.tf.json "$SEEN"; else echo "$TF_WORKSPACE"; fi\n'
    (tmp_path / "terraform").write_text(script)
    (tmp_path / "terraform").chmod(0o755)
    monkeypatch.setenv("SEEN", str(tmp_path / "seen.json"))
    programs = Programs(str(tmp_path / "terraform"))
    config = {"organization": "acme", "workspaces": {"tags": ["eks"]}}
    assert programs.pull(Backend("cloud", config), "dev-eks") == b"dev-eks\n"
    assert json.loads((tmp_path / "seen.json").read_text()) == {"terraform": {"cloud": config}}
    named = {"organization": "acme", "workspaces": {"name": "dev-eks"}}
    assert programs.pull(Backend("cloud", named), "dev-eks") == b"\n"


def test_terragrunt_is_asked_first(tmp_path: Path) -> None:
    answer = {"remote_state": {"backend": "s3", "config": {**S3, "key": "asked"}}}
    script = f"#!/bin/sh\ntest \"$1 $2\" = 'render --json' && echo '{json.dumps(answer)}'\n"
    (tmp_path / "terragrunt").write_text(script)
    (tmp_path / "terragrunt").chmod(0o755)
    unit(tmp_path / "live", "vpc", {}, "remote_state {\n  backend = local.unknown\n}\n")
    states = read_states(tmp_path / "live", programs=Pulled(None, terragrunt=str(tmp_path / "terragrunt")))
    assert ids(states) == {"vpc": "asked default"}


def test_an_encrypted_state_is_read_by_tofu(tmp_path: Path) -> None:
    (tmp_path / "plain.json").write_text(state())
    (tmp_path / "tofu").write_text(f"#!/bin/sh\ntest \"$1 $2\" = 'state pull' && cat {tmp_path}/plain.json\n")
    (tmp_path / "tofu").chmod(0o755)
    encrypted = json.dumps({"serial": 1, "lineage": "a", "meta": {}, "encrypted_data": "x", "encryption_version": "v0"})
    unit(tmp_path / "live", "vpc", {"terraform.tfstate": encrypted})
    states = read_states(tmp_path / "live", programs=Programs(None, tofu=str(tmp_path / "tofu")))
    assert (ids(states), states[0].source.endswith("(by tofu)")) == ({"vpc": "vpc-1"}, True)


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
        from adoption.reading import own_state

        there = {"eks/dev-csi-addon.tfstate": state().encode()}
        monkeypatch.setattr(own_state, "_fetch", lambda _client, _bucket, key: there.get(key, b""))
        for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setitem(os.environ, variable, "none")
        backend = {"type": "s3", "bucket": "some-states", "key_prefix": "eks/"}
        assert self.refusal(vary, tmp_path, backend).startswith("dev-csi-addon has a state already")

    def test_a_backend_that_says_nothing_is_a_persons_word(
        self, tmp_path: Path, vary: Vary, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "none"))
        backend = {"type": "cloud", "organization": "acme"}
        assert self.refusal(vary, tmp_path, backend) == (
            "whether dev-network, dev-cluster, dev-csi-addon have a state is not known: app.terraform.io cannot be "
            "asked: there is no token for app.terraform.io: run 'terraform login app.terraform.io', or set "
            "TF_TOKEN_app_terraform_io; look yourself, and if none has, continue with --own-state-is-empty"
        )
        refuse_own_state(vary({"backend": backend}), STACKS, tmp_path, is_empty_by_word=True)
