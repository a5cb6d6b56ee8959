"""Layouts of other makers, as states of their modules: terraform-aws-modules/vpc 3 to 6, /eks 18 to 21, `for_each`.

The states were made by applying these modules on the provider stand-ins, with versions 4.67, 5.100 and 6.25 of aws.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from adoption.adopt import adopt
from adoption.comparing import matching
from adoption.comparing.in_place import WANTED, table
from adoption.comparing.stack_resources import at
from adoption.reading.state_programs import Programs
from adoption.reporting.advice import left_with_advice
from config.paths import ROOT

LAYOUTS = Path(__file__).parent / "layouts"
ENVIRONMENT = """\
name: dev
region: us-east-2
network:
  zones: [us-east-2a, us-east-2b]
cluster:
  name: gd9
  version: "1.33"
  enable_cluster_creator_admin_permissions: true
  node_groups:
    general:
      min_size: 1
"""
# How many objects are adopted and left.
COUNTS = {
    "blueprints-addons": (36, 66),
    "cloudposse": (32, 16),
    "eks-module-18": (26, 18),
    "eks-module-18-without-launch-template": (30, 17),
    "eks-module-19-spot-and-gpu": (31, 29),
    "eks-module-19-two-in-one-state": (26, 56),
    "eks-module-20": (36, 26),
    "eks-module-20-auto-mode": (27, 28),
    "eks-module-20-boundary-and-private": (27, 27),
    "eks-module-20-database-and-intra-subnets": (39, 38),
    "eks-module-20-untagged-subnets": (39, 24),
    "eks-module-20-without-nat": (24, 29),
    "eks-module-21": (33, 21),
    "eks-module-21-default-tags": (27, 22),
    "eks-module-21-everything": (45, 64),
    "eks-module-21-three-zones": (30, 19),
    "nat-by-an-instance": (20, 4),
    "nat-in-each-zone": (32, 0),
    "nat-in-two-of-three-zones": (20, 7),
    "nat-none": (20, 3),
    "nat-single-in-the-third-zone": (22, 3),
    "nat-twice-in-one-zone": (20, 7),
    "nat-without-internet": (20, 4),
    "for-each-two-clusters-aws-4": (40, 10),
    "for-each-two-clusters-aws-5": (40, 10),
    "for-each-two-clusters-aws-6": (40, 10),
}
# What a layout needs to say besides: clusters of other names.
SETTINGS = {"cloudposse": ("  name: gd9\n", "  full_name: eg-dev-gd9-cluster\n")}


def test_every_recorded_layout_is_tried() -> None:
    assert {path.stem for path in LAYOUTS.glob("*.json")} == set(COUNTS)


@pytest.mark.parametrize("name", COUNTS)
def test_nothing_is_replaced_lost_or_changed_without_a_reason(name: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "values", tmp_path / "values")
    (tmp_path / "values/environments/dev.yaml").write_text(ENVIRONMENT.replace(*SETTINGS.get(name, ("", ""))))
    found = adopt("dev", LAYOUTS / f"{name}.json", project=tmp_path, programs=Programs(None))
    assert [change for changes in found.changes.values() for change in changes if not change.is_wanted] == []
    assert found.undecided() == []
    adopted = {one.resource.type for one in found.matches.found}
    assert adopted >= {"aws_vpc", "aws_subnet", "aws_eks_cluster", "aws_iam_role"}
    assert ("aws_eks_node_group" in adopted) != ("auto-mode" in name)
    assert (len(found.matches.found), len(found.left)) == COUNTS[name]
    ids = [(one.resource.type, one.import_id) for one in found.matches.found]
    assert len(set(ids)) == len(ids)


def test_a_release_of_an_addon_is_left_with_the_setting_that_replaces_it(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "values", tmp_path / "values")
    (tmp_path / "values/environments/dev.yaml").write_text(ENVIRONMENT)
    found = adopt("dev", LAYOUTS / "blueprints-addons.json", project=tmp_path, programs=Programs(None))
    advised = {one.attributes["chart"]: text for one, text in left_with_advice(found) if one.type == "helm_release"}
    assert "cluster_addons.metrics_server.enabled" in advised["metrics-server"]
    assert "cluster_addons" not in advised["argo-cd"]


def test_a_state_of_thousands_of_objects_is_not_searched_for_each_resource(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "values", tmp_path / "values")
    (tmp_path / "values/environments/dev.yaml").write_text(ENVIRONMENT)
    content = json.loads((LAYOUTS / "eks-module-20.json").read_text())
    (subnet,) = (one for one in content["resources"] if (one["type"], one["name"]) == ("aws_subnet", "private"))
    other = subnet["instances"][0]["attributes"] | {"vpc_id": "vpc-other", "tags": {}, "tags_all": {}}
    many = [{"index_key": n, "attributes": other | {"id": f"subnet-{n}", "arn": ""}} for n in range(2000)]
    content["resources"].append({**subnet, "module": "module.other", "instances": many})
    (tmp_path / "state.json").write_text(json.dumps(content))
    looks = 0

    def counted(value: object, path: str) -> object:
        nonlocal looks
        looks += 1
        return at(value, path)

    monkeypatch.setattr(matching, "at", counted)
    found = adopt("dev", tmp_path / "state.json", project=tmp_path, programs=Programs(None))
    assert len(found.matches.found) == COUNTS["eks-module-20"][0]
    assert looks < 10 * len(many)


def test_the_documentation_has_every_change_in_place() -> None:
    assert table() in (ROOT / "docs/adoption.md").read_text(encoding="utf-8")
    assert len(table().splitlines()) == len(WANTED) + 2
