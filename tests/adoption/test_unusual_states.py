"""Fourteen kinds of states and layouts that adoption once got wrong, each from the state to what is written.

The numbers are the order in which they were found; the modules of the steps have the finer tests.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
import typer
import yaml

from adoption import __main__ as command
from adoption.adopt import adopt, write
from adoption.errors import AdoptionError
from adoption.judging.how import How
from adoption.reading.layout_states import read_states
from adoption.reading.state_programs import Programs
from adoption.reporting.people import as_markdown
from tests.adoption.test_layouts import ENVIRONMENT, LAYOUTS
from tests.adoption.test_states import Pulled, ids, state, unit

if TYPE_CHECKING:
    from pathlib import Path

    from adoption.adopt import Adoption
    from tests.adoption.conftest import Layout


def written(layout: Layout) -> dict[str, Any]:
    """Adopt and write; return the environment file, after which another run writes nothing."""
    write(layout.adopt(), layout.values)
    found: dict[str, Any] = yaml.safe_load((layout.values / "environments/dev.yaml").read_text(encoding="utf-8"))
    return found


def adopted(layout: Layout, name: str) -> Adoption:
    """Adopt a recorded layout."""
    (layout.values / "environments/dev.yaml").write_text(ENVIRONMENT)
    return adopt("dev", LAYOUTS / f"{name}.json", project=layout.project, programs=Programs(None))


def test_1_empty_values_are_no_facts(layout: Layout) -> None:
    cluster = layout.attributes("aws_eks_cluster")
    cluster["vpc_config"][0] |= {"vpc_id": "", "public_access_cidrs": []}
    cluster.pop("access_config", None)
    adoption = layout.adopt()
    assert len(adoption.matches.found) == 35
    assert adoption.outputs["network"]["vpc_id"] == layout.attributes("aws_vpc")["id"]
    assert written(layout)["cluster"]["endpoint_public_access_from_anywhere"] is True


def test_2_what_a_person_pinned_counts_for_settings_too(layout: Layout) -> None:
    vpc = layout.attributes("aws_vpc")["id"]
    layout.forget("aws_vpc")
    (layout.values / "imports").mkdir()
    (layout.values / "imports/dev.yaml").write_text(f"imports: {{network: {{vpc/this: {vpc}}}}}\n")
    assert written(layout)["network"]["empty_default_security_group"] is False


def test_3_the_workspace_that_the_unit_is_in_is_read(tmp_path: Path) -> None:
    files = {f"terraform.tfstate.d/{name}/terraform.tfstate": state(name, lineage=name) for name in ("blue", "green")}
    unit(tmp_path, "vpc", {"terraform.tfstate": state("default"), ".terraform/environment": "blue", **files})
    (found,) = read_states(tmp_path, programs=Programs(None))
    assert (found.objects[0].attributes["id"], found.workspace) == ("blue", "blue")


def test_4_a_node_group_stays_as_it_is(layout: Layout) -> None:
    group = layout.attributes("aws_eks_node_group")
    taint = {"key": "dedicated", "value": "x", "effect": "NO_SCHEDULE"}
    group |= {
        "scaling_config": [{"desired_size": 7, "max_size": 9, "min_size": 5}],
        "taint": [taint],
        "labels": {"team": "core"},
        "update_config": [{"max_unavailable": None, "max_unavailable_percentage": 25}],
        "remote_access": [{"ec2_ssh_key": "ops", "source_security_group_ids": []}],
        "version": "1.25",
    }
    dev = written(layout)
    general = dev["cluster"]["node_groups"]["general"]
    assert [general[f"{one}_size"] for one in ("min", "desired", "max")] == [5, 7, 9]
    assert (general["taints"], general["labels"]) == ([taint], {"team": "core"})
    assert general["update_config"] == {"max_unavailable_percentage": 25}
    kept = dev["overrides"]["cluster"]["node-group-general/this"]
    assert (kept["remote_access"]["ec2_ssh_key"], kept["version"]) == ("ops", "1.25")


def test_5_roles_groups_and_tags_stay_as_they_are(layout: Layout) -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    layout.attributes("aws_iam_role", "nodes").update(permissions_boundary=boundary, max_session_duration=7200)
    layout.attributes("aws_eks_cluster")["vpc_config"][0]["security_group_ids"] = ["sg-0ff16198f15556264"]
    subnet = layout.attributes("aws_subnet", "private")
    tags = {"karpenter.sh/discovery": "dev-gd9", "kubernetes.io/cluster/other": "shared", "CostCenter": "4711"}
    for key in ("tags", "tags_all"):
        subnet[key] |= tags
    dev = written(layout)
    role = dev["overrides"]["cluster"]["nodes/role/this"]
    assert (role["permissions_boundary"], role["max_session_duration"]) == (boundary, 7200)
    assert dev["cluster"]["security_group_ids"] == ["sg-0ff16198f15556264"]
    assert dev["overrides"]["network"]["subnets/private-us-east-2a"]["tags"].items() >= tags.items()


@pytest.mark.parametrize("name", ["eks-module-20", "eks-module-20-database-and-intra-subnets"])
def test_6_launch_templates_and_further_subnets_are_no_obstacle(name: str, layout: Layout) -> None:
    adoption = adopted(layout, name)
    group = next(one for one in adoption.matches.found if one.resource.type == "aws_eks_node_group")
    kept = {one.argument for one in adoption.overrides if one.path == group.resource.path}
    assert "launch_template" in kept
    notes = [note for note in adoption.kept.notes if "stays in the old state" in note]
    assert bool(notes) == ("database" in name)


def test_7_nobody_is_told_to_delete_what_is_in_use(layout: Layout) -> None:
    adoption = adopted(layout, "eks-module-20")
    advice = {
        line.split("|")[2].strip(" `"): line.split("|")[3].strip()
        for line in as_markdown(adoption).splitlines()
        if line.startswith("| eks-module-20 |")
    }
    assert "do not delete it" in advice["module.eks.module.kms.aws_kms_key.this[0]"]
    assert "do not delete it" in advice["module.eks.aws_security_group.cluster[0]"]
    template = 'module.eks.module.eks_managed_node_group["general"].aws_launch_template.this[0]'
    assert "do not delete it" in advice[template]


def test_8_no_secret_gets_into_a_tracked_file(layout: Layout) -> None:
    release = layout.attributes("helm_release", "this")
    values = json.loads(release["metadata"]["values"])
    hook = "https://hooks.slack.com/services/T0AAAAAAA/B0BBBBBBB/abcdefghijklmnopqrstuvwx"
    receivers = [{"name": "a", "slack_configs": [{"api_url": hook}]}]
    values |= {
        "alertmanager": {"config": {"receivers": receivers}},
        "grafana": {"adminPassword": "hunter2-x", "extraArgs": ["--token QWxhZGRpbjpvcGVu"]},
    }
    release["metadata"]["values"] = json.dumps(values)
    adoption = layout.adopt()
    write(adoption, layout.values)
    text = "".join(path.read_text(encoding="utf-8") for path in layout.values.rglob("*.yaml"))
    assert [one for one in (hook, "hunter2-x", "QWxhZGRpbjpvcGVu") if one in text] == []
    assert adoption.secrets() == [
        "alertmanager.config.receivers[0].slack_configs[0].api_url",
        "grafana.adminPassword",
        "grafana.extraArgs[0]",
    ]


def test_9_the_backend_is_found_as_terragrunt_finds_it(tmp_path: Path) -> None:
    (tmp_path / "root.hcl").write_text(
        'locals {\n  env = read_terragrunt_config(find_in_parent_folders("env.hcl"))\n'
        "  names = [for part in [local.env.locals.team, local.env.locals.env] : lower(part)]\n}\n"
        'remote_state {\n  backend = "s3"\n  config = {\n    bucket = join("-", concat(local.names, ["states"]))\n'
        '    key    = "${path_relative_to_include()}/terraform.tfstate"\n    region = local.env.locals.region\n  }\n}\n'
    )
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/env.hcl").write_text('locals {\n  env = "DEV"\n  team = "Shop"\n  region = "us-east-2"\n}\n')
    unit(tmp_path / "dev", "vpc", {}, 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n')
    (found,) = read_states(tmp_path / "dev", programs=Pulled(None))
    assert found.source == "s3://shop-dev-states/dev/vpc/terraform.tfstate"
    assert ids([found]) == {"vpc": "dev/vpc/terraform.tfstate default"}


def test_10_a_state_of_opentofu_is_one_like_others(layout: Layout) -> None:
    expected = layout.adopt()
    layout.replace_text("registry.terraform.io", "registry.opentofu.org")
    for one in layout.states.values():
        one["terraform_version"] = "1.12.0"
    again = layout.adopt()
    assert {one.program for one in again.states} == {"OpenTofu"}
    assert again.texts == expected.texts


def test_11_an_environment_in_hcp_terraform_is_adopted_on_its_answer_or_a_persons_word(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "ROOT", layout.project)
    monkeypatch.setattr(command, "VALUES", layout.values)
    monkeypatch.setenv("HOME", str(layout.project))
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", os.devnull)
    layout.set("region: us-east-2\n", "region: us-east-2\nbackend: {type: cloud, organization: acme}\n")
    layout.write()
    codes = []
    for is_empty in (False, True):
        with pytest.raises(typer.Exit) as ended:
            command.main("dev", layout.folder, layout.project / "report", plan=How.NONE, own_state_is_empty=is_empty)
        codes.append(ended.value.exit_code)
    assert codes == [1, 0]
    assert "there is no token for app.terraform.io" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("resources", 0, "instances", 0, "attributes", "id"), "vpc-\x00", "which is no id; the state is damaged"),
        (("resources", 0, "module"), "module.a\nb", "module is missing or not what a state has there"),
        (("resources", 0, "type"), None, "type is missing or not what a state has there"),
        (("version",), 3, "of Terraform 0.11 or older"),
        (("resources",), "none", "resources is text, not a list"),
    ],
)
def test_12_a_damaged_state_is_said(path: tuple[Any, ...], value: Any, said: str, layout: Layout) -> None:
    vpc = layout.states["vpc"]
    vpc["resources"] = [layout.resource("aws_vpc")]
    *parents, key = path
    place: Any = vpc
    for one in parents:
        place = place[one]
    place[key] = value
    with pytest.raises(AdoptionError) as error:
        layout.adopt()
    assert said in str(error.value)
    assert all(line.isprintable() for line in str(error.value).splitlines())


def test_13_only_what_is_added_changes_in_the_persons_file(layout: Layout) -> None:
    layout.set("name: dev\n", "name: dev # ours\nx-tags: &tags {project: gd9}\n")
    path = layout.values / "environments/dev.yaml"
    text = path.read_text(encoding="utf-8").replace("x-tags: &tags {project: gd9}\n", "").replace("\n", "\r\n")
    path.write_bytes(text.encode())
    write(layout.adopt(), layout.values)
    after = path.read_bytes().decode()
    assert after.count("\n") == after.count("\r\n")
    assert "name: dev # ours\r\n" in after
    kept = [line for line in text.split("\r\n") if line.strip().startswith("#")]
    assert [line for line in kept if line not in after] == []


def test_14_ctrl_c_leaves_everything_as_it_was(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "ROOT", layout.project)
    monkeypatch.setattr(command, "VALUES", layout.values)
    layout.write()
    before = {path: path.read_bytes() for path in layout.project.rglob("*") if path.is_file()}
    for step in ("adopt", "judge", "as_markdown", "write_all"):
        with monkeypatch.context() as patched:
            patched.setattr(command, step, interrupted)
            with pytest.raises(typer.Exit) as ended:
                command.main("dev", layout.folder, layout.project / "report", plan=How.NONE)
        assert (step, ended.value.exit_code) == (step, 130)
        assert capsys.readouterr().err.endswith("\nInterrupted. Nothing was written.\n")
    assert {path: path.read_bytes() for path in layout.project.rglob("*") if path.is_file()} == before
