"""What is found in the states, what is kept by settings, and what is refused; on states recorded from the layout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from adoption.adopt import write
from adoption.errors import AdoptionError
from adoption.keeping.keep_release import divided
from adoption.keeping.secrets import secrets_in
from adoption.reporting.machines import as_json
from adoption.reporting.people import as_markdown
from config.loading import load_environments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adoption.adopt import Adoption
    from tests.adoption.conftest import Layout

OBJECTS = 35


def imports(adoption: Adoption) -> dict[str, str]:
    """Return the import ids by stack and path."""
    return {f"{found.resource.stack} {found.resource.path}": found.import_id for found in adoption.matches.found}


def settings(adoption: Adoption) -> dict[str, Any]:
    """Return the settings that are written."""
    return {".".join(setting.path): setting.value for setting in adoption.kept.settings}


def changes(adoption: Adoption, resource: str) -> dict[str, Any]:
    """Return what would change of an object, by attribute."""
    return {change.attribute: (change.before, change.after) for change in adoption.changes[resource]}


def test_everything_that_has_a_place_is_taken_over(layout: Layout) -> None:
    adoption = layout.adopt()
    found = imports(adoption)
    assert len(found) == OBJECTS
    assert adoption.undecided() == []
    assert found["network vpc/this"] == layout.attributes("aws_vpc")["id"]
    assert found["network routing/nat-address"] == layout.attributes("aws_eip")["id"]
    table = layout.attributes("aws_route_table", "private")["id"]
    assert found["network routing/nat-route"] == f"{table}_0.0.0.0/0"
    subnet = layout.attributes("aws_subnet", "private", 1)
    assert found["network routing/private-us-east-2b"] == f"{subnet['id']}/{table}"
    assert found["cluster eks/this"] == "dev-gd9"
    assert found["cluster node-group-general/this"] == "dev-gd9:general"
    assert found["cluster oidc-provider/this"] == layout.attributes("aws_iam_openid_connect_provider")["arn"]
    assert found["csi-addon ebs-csi-driver/role/role/this"] == "eks-ebs-csi-driver"
    assert found["kube-prom-stack kube-prometheus-stack/this"] == "monitoring/kube-prometheus-stack"
    assert found["kube-prom-stack namespace/this"] == "monitoring"
    assert found["kube-prom-stack thanos-bucket/lifecycle"] == "gd9-thanos"


def test_what_is_written_is_valid_and_keeps_every_other_line(layout: Layout) -> None:
    before = (layout.values / "environments/dev.yaml").read_text().splitlines()
    adoption = layout.adopt()
    written = write(adoption, layout.values)
    after = (layout.values / "environments/dev.yaml").read_text().splitlines()
    assert sorted(path.name for path in written) == ["dev.yaml", "dev.yaml", "dev.yaml"]
    gone = [line.partition("#")[0].strip() for line in before if line not in after]
    assert gone == [
        'version: "1.36"',
        "endpoint_private_access_cidrs: [10.0.0.0/16]",
        "enable_cluster_creator_admin_permissions: true",
        "support_type: STANDARD",
        "instance_types: [t3.medium, t3a.medium]",
        "one_group_per_zone: true",
        "desired_size: 2",
        "max_size: 5",
        "enabled: true",
    ]
    dev = next(one for one in load_environments(layout.values / "environments") if one.name == "dev")
    assert (dev.cluster.version, dev.cluster.node_groups["general"].launch_template) == ("1.26", False)
    for setting in adoption.kept.settings:
        assert setting.is_removed or setting.comment[:40] in "\n".join(after)


def test_a_second_run_changes_nothing(layout: Layout) -> None:
    write(layout.adopt(), layout.values)
    again = layout.adopt()
    assert (settings(again), write(again, layout.values)) == ({}, [])


def test_what_cannot_change_is_kept_by_settings(layout: Layout) -> None:
    assert settings(layout.adopt()) == {
        "account_id": "123456789012",
        "network.empty_default_security_group": False,
        "cluster.allow_unlisted_version": True,
        "cluster.version": "1.26",
        "cluster.endpoint_private_access": False,
        "cluster.endpoint_private_access_cidrs": None,
        "cluster.endpoint_public_access": True,
        "cluster.endpoint_public_access_from_anywhere": True,
        "cluster.encrypt_secrets": False,
        "cluster.support_type": "EXTENDED",
        "cluster.authentication_mode": "CONFIG_MAP",
        "cluster.enable_cluster_creator_admin_permissions": False,
        "cluster.node_groups.general.instance_types": ["t3.medium"],
        "cluster.node_groups.general.one_group_per_zone": None,
        "cluster.node_groups.general.desired_size": 3,
        "cluster.node_groups.general.max_size": 10,
        "cluster.node_groups.general.ami_type": "AL2_x86_64",
        "cluster.node_groups.general.launch_template": False,
        "cluster.node_groups.general.disk_size_gib": 20,
        "cluster.addons.vpc_cni.enabled": False,
        "cluster.addons.kube_proxy.enabled": False,
        "cluster.addons.coredns.enabled": False,
        "cluster.addons.eks_pod_identity_agent.enabled": False,
        "cluster_addons.cluster_autoscaler.enabled": False,
        "csi_addon.addon.version": "v1.18.0-eksbuild.1",
        "csi_addon.role_name": "eks-ebs-csi-driver",
        "csi_addon.managed_policy": "AmazonEBSCSIDriverPolicy",
        "csi_addon.storage_class.is_default": False,
        "kube_prom_stack.chart_version": "45.10.1",
        "kube_prom_stack.release_values_file": "adopted/dev.yaml",
        "kube_prom_stack.prometheus.role_name": "prometheus",
        "kube_prom_stack.thanos.bucket_name": "gd9-thanos",
        "kube_prom_stack.thanos.read_path": False,
    }


def test_states_without_newer_attributes_give_the_same(layout: Layout) -> None:
    expected = layout.adopt()
    cluster = layout.attributes("aws_eks_cluster")
    for newer in ("access_config", "bootstrap_self_managed_addons", "upgrade_policy", "deletion_protection", "region"):
        del cluster[newer]
    again = layout.adopt()
    assert (imports(again), settings(again)) == (imports(expected), settings(expected))


def test_addresses_do_not_matter(layout: Layout) -> None:
    expected = imports(layout.adopt())
    for number, resource in enumerate(one for state in layout.states.values() for one in state["resources"]):
        resource["name"] = f"r{number}"
        resource["module"] = "module.everything"
    assert imports(layout.adopt()) == expected


def test_everything_in_one_state_gives_the_same(layout: Layout) -> None:
    expected = imports(layout.adopt())
    whole = layout.states["vpc"]
    for unit in ("eks", "kubernetes-addons"):
        whole["resources"] += layout.states[unit]["resources"]
        layout.states[unit]["resources"] = []
    assert imports(layout.adopt()) == expected


def test_what_is_missing_is_made(layout: Layout) -> None:
    layout.forget("aws_iam_openid_connect_provider")
    adoption = layout.adopt()
    assert "cluster oidc-provider/this" not in imports(adoption)
    assert "cluster oidc-provider/this" in map(str, adoption.created)


def test_what_was_made_outside_is_found_by_what_uses_it(layout: Layout) -> None:
    address = layout.attributes("aws_eip")["id"]
    layout.forget("aws_eip")
    adoption = layout.adopt()
    assert imports(adoption)["network routing/nat-address"] == address
    assert f"aws_eip {address} of no state" in as_markdown(adoption)


def test_an_id_that_a_person_wrote_counts(layout: Layout) -> None:
    layout.forget("helm_release", "this")
    (layout.values / "imports").mkdir()
    (layout.values / "imports/dev.yaml").write_text("imports:\n  kube-prom-stack:\n    namespace/this: monitoring\n")
    adoption = layout.adopt()
    written = yaml.safe_load(adoption.texts["imports/dev.yaml"])["imports"]["kube-prom-stack"]
    assert written["namespace/this"] == "monitoring"
    assert "kube-prometheus-stack/this" not in written


@pytest.mark.parametrize(
    ("old", "new", "setting"),
    [
        ("dev-gd9-eks-cluster", "eks-master", "cluster.role_name"),
        ("dev-gd9-eks-nodes", "workers", "cluster.node_role_name"),
        ("eks-ebs-csi-driver", "ebs", "csi_addon.role_name"),
    ],
)
def test_another_name_of_a_role_is_kept(old: str, new: str, setting: str, layout: Layout) -> None:
    layout.replace_text(old, new)
    adoption = layout.adopt()
    assert settings(adoption)[setting] == new
    assert new in imports(adoption).values()
    assert len(imports(adoption)) == OBJECTS


def test_the_role_in_use_counts_not_the_one_of_our_name(layout: Layout) -> None:
    roles = layout.resource("aws_iam_role", "eks")
    layout.replace_text("dev-gd9-eks-cluster", "in-use")
    layout.states["eks"]["resources"].append(roles)
    assert imports(layout.adopt())["cluster eks/role/this"] == "in-use"


def test_other_blocks_and_zones_are_kept(layout: Layout) -> None:
    layout.set("zones: [us-east-2a, us-east-2b]", "zones: [us-east-2b, us-east-2c]")
    layout.set("  private_subnet_cidrs: [10.0.0.0/19, 10.0.32.0/19]\n", "")
    layout.set("  public_subnet_cidrs: [10.0.64.0/19, 10.0.96.0/19]\n", "")
    layout.set("vpc_cidr: 10.0.0.0/16", "vpc_cidr: 10.9.0.0/16")
    kept = settings(layout.adopt())
    assert kept["network.vpc_cidr"] == "10.0.0.0/16"
    assert kept["network.zones"] == ["us-east-2b", "us-east-2a"]
    assert kept["network.private_subnet_cidrs"] == ["10.0.32.0/19", "10.0.0.0/19"]
    assert kept["network.nat_gateway_zone"] == "us-east-2a"


def test_a_node_group_that_the_settings_lack_is_kept(layout: Layout) -> None:
    layout.replace_text('"general"', '"workers"')
    adoption = layout.adopt()
    assert imports(adoption)["cluster node-group-workers/this"] == "dev-gd9:workers"
    assert settings(adoption)["cluster.node_groups.workers.max_size"] == 10


def test_encryption_is_kept(layout: Layout) -> None:
    key = "arn:aws:kms:us-east-2:123456789012:key/1"
    encryption = [{"provider": [{"key_arn": key}], "resources": ["secrets"]}]
    layout.attributes("aws_eks_cluster")["encryption_config"] = encryption
    adoption = layout.adopt()
    assert settings(adoption)["cluster.kms_key_arn"] == key
    assert "encryption_config" not in changes(adoption, "cluster eks/this")


def test_parts_of_a_role_are_taken_over(layout: Layout) -> None:
    layout.forget("aws_iam_role_policy_attachment", "eks")
    policy = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    layout.attributes("aws_iam_role", "eks")["managed_policy_arns"] = [policy]
    assert imports(layout.adopt())["cluster eks/role/managed-cluster"] == f"dev-gd9-eks-cluster/{policy}"


def test_two_candidates_are_said(layout: Layout) -> None:
    bucket = json.loads(json.dumps(layout.resource("aws_s3_bucket")))
    bucket["name"] = "second"
    bucket["instances"][0]["attributes"] |= {
        "bucket": "old-thanos",
        "id": "old-thanos",
        "arn": "arn:aws:s3:::old-thanos",
    }
    layout.states["vpc"]["resources"].append(bucket)
    adoption = layout.adopt()
    assert adoption.undecided() == [
        "2 buckets may be that of Thanos (gd9-thanos, old-thanos); set kube_prom_stack.thanos.bucket_name"
    ]
    assert "kube-prom-stack thanos-bucket/this" in map(str, adoption.created)


def test_two_of_one_identity_are_said(layout: Layout) -> None:
    gateway = json.loads(json.dumps(layout.resource("aws_internet_gateway")))
    gateway["name"] = "second"
    gateway["instances"][0]["attributes"]["id"] = "igw-2"
    layout.states["vpc"]["resources"].append(gateway)
    for route in layout.attributes("aws_route_table", "public")["route"]:
        route["gateway_id"] = None
    (problem,) = layout.adopt().undecided()
    assert problem.startswith("network vpc/internet-gateway: 2 candidates, igw-")
    assert problem.endswith("write the right one into values/imports/dev.yaml and run again")


def test_changes_in_place_are_told(layout: Layout) -> None:
    adoption = layout.adopt()
    before, after = changes(adoption, "cluster eks/this")["enabled_cluster_log_types"]
    assert (before, len(after)) == (None, 5)
    assert changes(adoption, "network vpc/this") == {
        "tags.environment": (None, "dev"),
        "tags.managed-by": (None, "cdktf"),
        "tags.project": (None, "gd9"),
    }
    assert changes(adoption, "kube-prom-stack kube-prometheus-stack/this")["values"] == ("(hidden)", "(hidden)")


def test_the_report_says_what_stays_and_what_is_next(layout: Layout) -> None:
    adoption = layout.adopt()
    report = json.loads(as_json(adoption))
    assert len(report["adopted"]) == OBJECTS
    assert "helm_release.cluster_autoscaler[0]" in [one["address"] for one in report["left"]]
    text = as_markdown(adoption)
    assert f"`make plan ENV=dev`: {OBJECTS} to import, 0 to destroy, 0 to replace" in text
    assert "removed {\n  from = module.prometheus.helm_release.this\n  lifecycle {\n    destroy = false" in text
    assert "  'aws_subnet.private[0]' \\\n" in text


def test_what_looks_like_a_secret_is_told(layout: Layout) -> None:
    release = layout.attributes("helm_release", "this")
    values = json.loads(release["metadata"]["values"])
    release["metadata"]["values"] = json.dumps({**values, "grafana": {"adminPassword": "hunter2"}})
    adoption = layout.adopt()
    assert adoption.secrets() == ["grafana.adminPassword"]
    assert adoption.kept.secret_values == {"grafana": {"adminPassword": "hunter2"}}
    assert settings(adoption)["kube_prom_stack.release_secrets"] == "dev-gd9/kube-prometheus-stack"
    assert "hunter2" not in as_markdown(adoption) + as_json(adoption) + "".join(adoption.texts.values())
    write(adoption, layout.values)
    assert write(layout.adopt(), layout.values) == []


def test_values_and_secrets_merge_to_what_they_were() -> None:
    values = {"a": {"b": "c", "password": "x"}, "list": [{"token": "y"}, {"z": 1}], "other": [1]}
    clear, hidden = divided(values, secrets_in(values))
    assert clear == {"a": {"b": "c"}, "other": [1]}
    assert hidden == {"a": {"password": "x"}, "list": [{"token": "y"}, {"z": 1}]}


def test_hidden_values_are_not_guessed(layout: Layout) -> None:
    layout.attributes("helm_release", "this")["set_sensitive"] = [{"name": "a", "value": "b", "type": "string"}]
    adoption = layout.adopt()
    assert "adopted/dev.yaml" not in adoption.texts
    assert "hides values" in adoption.undecided()[0]


def refusal(layout: Layout) -> str:
    """Return the message when nothing is written."""
    before = {path: path.read_bytes() for path in layout.values.rglob("*") if path.is_file()}
    with pytest.raises(AdoptionError) as refused:
        layout.adopt()
    assert {path: path.read_bytes() for path in layout.values.rglob("*") if path.is_file()} == before
    return str(refused.value)


def overrides(adoption: Adoption) -> dict[str, Any]:
    """Return the overrides that are written, but those of tags."""
    found = {f"{one.stack} {one.path} {one.argument}": one.value for one in adoption.overrides}
    return {key: value for key, value in found.items() if not key.endswith(" tags")}


def replaced(adoption: Adoption) -> list[str]:
    """Return what would be replaced, or change in place without being on the short list."""
    return [
        f"{resource} {change.attribute}"
        for resource, found in adoption.changes.items()
        for change in found
        if not change.is_wanted
    ]


class TestOverrides:
    """What has no setting is kept anyway."""

    def kept(self, layout: Layout) -> dict[str, Any]:
        adoption = layout.adopt()
        assert replaced(adoption) == []
        assert len(imports(adoption)) == OBJECTS
        write(adoption, layout.values)
        assert write(layout.adopt(), layout.values) == []
        return overrides(adoption)

    def test_a_node_group_with_a_launch_template(self, layout: Layout) -> None:
        group = layout.attributes("aws_eks_node_group")
        group["launch_template"] = [{"id": "lt-1", "name": "nodes", "version": "3"}]
        group |= {"disk_size": 0, "ami_type": "CUSTOM", "instance_types": []}
        assert self.kept(layout) == {
            "cluster node-group-general/this launch_template": {"id": "lt-1", "version": "3"},
            "cluster node-group-general/this disk_size": None,
            "cluster node-group-general/this ami_type": "CUSTOM",
            "cluster node-group-general/this instance_types": None,
            "csi-addon ebs-csi-driver/addon/this configuration_values": None,
        }

    def test_nodes_that_somebody_reaches_and_that_are_older_than_the_cluster(self, layout: Layout) -> None:
        group = layout.attributes("aws_eks_node_group")
        remote = {"ec2_ssh_key": "ops", "source_security_group_ids": ["sg-1"]}
        group |= {"remote_access": [remote], "version": "1.25"}
        found = self.kept(layout)
        assert found["cluster node-group-general/this remote_access"] == remote
        assert found["cluster node-group-general/this version"] == "1.25"

    def test_roles_with_a_path_a_boundary_and_longer_sessions(self, layout: Layout) -> None:
        boundary = "arn:aws:iam::123456789012:policy/boundary"
        nodes = {"path": "/eks/", "permissions_boundary": boundary, "max_session_duration": 7200}
        layout.attributes("aws_iam_role", "nodes").update(nodes)
        found = self.kept(layout)
        assert {key: found[f"cluster nodes/role/this {key}"] for key in nodes} == nodes

    def test_further_security_groups_of_a_cluster(self, layout: Layout) -> None:
        groups = ["sg-0ff16198f15556264", "sg-1ff16198f15556264"]
        layout.attributes("aws_eks_cluster")["vpc_config"][0]["security_group_ids"] = groups
        assert settings(layout.adopt())["cluster.security_group_ids"] == groups

    def test_the_trust_of_more_than_the_service(self, layout: Layout) -> None:
        policy = json.loads(layout.attributes("aws_iam_role", "nodes")["assume_role_policy"])
        policy["Statement"][0]["Principal"]["AWS"] = "arn:aws:iam::123456789012:role/ops"
        layout.attributes("aws_iam_role", "nodes")["assume_role_policy"] = json.dumps(policy)
        assert json.loads(self.kept(layout)["cluster nodes/role/this assume_role_policy"]) == policy

    def test_tags_that_others_read(self, layout: Layout) -> None:
        theirs = {"karpenter.sh/discovery": "dev-gd9", "cost-center": "42", "environment": "production", "Name": "old"}
        layout.attributes("aws_subnet", "private")["tags"] |= theirs
        adoption = layout.adopt()
        (kept,) = [one.value for one in adoption.overrides if one.path == "subnets/private-us-east-2a"]
        assert kept.items() >= theirs.items()
        assert replaced(adoption) == []

    def test_node_groups_with_roles_of_their_own(self, layout: Layout) -> None:
        group = json.loads(json.dumps(layout.resource("aws_eks_node_group")["instances"][0]))
        group["index_key"] = "spare"
        group["attributes"] |= {"node_group_name": "spare", "node_role_arn": "arn:aws:iam::123456789012:role/spare"}
        group["attributes"]["id"] = "dev-gd9:spare"
        layout.resource("aws_eks_node_group")["instances"].append(group)
        adoption = layout.adopt()
        assert (
            overrides(adoption)["cluster node-group-spare/this node_role_arn"] == group["attributes"]["node_role_arn"]
        )
        assert replaced(adoption) == []


def test_what_cannot_be_kept_is_lost_by_name_only(layout: Layout) -> None:
    from adoption.adopt import adopt
    from adoption.reading.state_programs import Programs

    layout.attributes("aws_iam_role", "nodes")["description"] = "x"
    layout.resource("aws_iam_role", "nodes")["instances"][0]["status"] = "tainted"
    said = refusal(layout)
    assert said.startswith("aws_iam_role.nodes of eks is tainted: the old layout would replace it.")
    name = said.rpartition("--accept ")[2]
    found = adopt("dev", layout.folder, project=layout.project, programs=Programs(None), accepted=[name])
    assert (found.accepted, len(imports(found))) == ([name], OBJECTS)
    with pytest.raises(AdoptionError, match=r"--accept cluster/nothing: nothing of that name is taken over"):
        adopt("dev", layout.folder, project=layout.project, programs=Programs(None), accepted=[name, "cluster/nothing"])


def test_deposed_objects_are_left(layout: Layout) -> None:
    resource = layout.resource("aws_eip")
    deposed = json.loads(json.dumps(resource["instances"][0]))
    deposed["attributes"]["id"] = "eipalloc-old"
    resource["instances"].append({**deposed, "deposed": "byebye01"})
    adoption = layout.adopt()
    assert len(imports(adoption)) == OBJECTS
    assert [one.address for one in adoption.left if one.is_deposed] == ['aws_eip.this (deposed "byebye01")']


def test_nothing_empty_is_taken_for_a_fact(layout: Layout) -> None:
    cluster = layout.attributes("aws_eks_cluster")
    config = cluster["vpc_config"][0]
    config |= {"vpc_id": "", "public_access_cidrs": [], "cluster_security_group_id": ""}
    del cluster["access_config"]
    adoption = layout.adopt()
    assert len(imports(adoption)) == OBJECTS
    assert "" not in [value for outputs in adoption.outputs.values() for value in outputs.values()]
    assert settings(adoption)["cluster.endpoint_public_access_from_anywhere"] is True
    assert settings(adoption)["cluster.authentication_mode"] == "CONFIG_MAP"


def test_keepers_respect_what_a_person_pinned(layout: Layout) -> None:
    vpc = layout.attributes("aws_vpc")["id"]
    layout.forget("aws_vpc")
    layout.attributes("aws_eks_cluster")["vpc_config"][0]["vpc_id"] = ""
    (layout.values / "imports").mkdir()
    (layout.values / "imports/dev.yaml").write_text(f"imports:\n  network:\n    vpc/this: {vpc}\n")
    assert settings(layout.adopt())["network.empty_default_security_group"] is False


def test_a_cluster_of_another_name_is_taken_over_by_its_whole_name(layout: Layout) -> None:
    expected = layout.adopt()
    layout.replace_text("dev-gd9", "acme-dev_eks")
    layout.set("  name: gd9\n", "  full_name: acme-dev_eks\n")
    adoption = layout.adopt()
    found = {path: id_.replace("acme-dev_eks", "dev-gd9") for path, id_ in imports(adoption).items()}
    assert (found, adoption.undecided()) == (imports(expected), [])


def test_attributes_of_terraform_0_11_are_read(layout: Layout) -> None:
    expected = layout.adopt()
    for resource in (layout.resource("aws_eks_cluster"), layout.resource("aws_eks_node_group")):
        for instance in resource["instances"]:
            instance["attributes_flat"] = dict(flat(instance.pop("attributes")))
    again = layout.adopt()
    assert (imports(again), settings(again)) == (imports(expected), settings(expected))


def flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield attributes as Terraform 0.11 had them."""
    if isinstance(value, dict):
        is_map = path.rpartition(".")[2] in ("tags", "tags_all", "labels")
        if is_map:
            yield f"{path}.%", str(len(value))
        for key, item in value.items():
            yield from flat(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        yield f"{path}.#", str(len(value))
        for position, item in enumerate(value):
            yield from flat(item, f"{path}.{position}")
    elif value is not None:
        yield path, json.dumps(value) if isinstance(value, bool) else str(value)


class TestRefuses:
    def test_a_newer_format(self, layout: Layout) -> None:
        layout.states["vpc"]["version"] = 5
        assert refusal(layout).endswith("vpc.tfstate: has format version 5; only 4 is understood")

    def test_another_region(self, layout: Layout) -> None:
        layout.replace_text("arn:aws:eks:us-east-2", "arn:aws:eks:eu-west-1")
        assert "aws_eks_cluster.this of eks: is in region eu-west-1, the environment in us-east-2" in refusal(layout)

    def test_another_account(self, layout: Layout) -> None:
        layout.set("region: us-east-2\n", 'region: us-east-2\naccount_id: "210987654321"\n')
        assert "is of account 123456789012, not 210987654321" in refusal(layout)

    def test_two_accounts(self, layout: Layout) -> None:
        layout.attributes("aws_iam_role", "eks")["arn"] = "arn:aws:iam::210987654321:role/dev-gd9-eks-cluster"
        assert "aws_iam_role.eks of eks: is of account 210987654321, not 123456789012" in refusal(layout)

    def test_an_object_in_two_states(self, layout: Layout) -> None:
        layout.states["eks"]["resources"].append(layout.resource("aws_vpc"))
        assert refusal(layout).endswith(" are the same object; remove it from one of the states")

    def test_states_of_something_else(self, layout: Layout) -> None:
        for state in layout.states.values():
            state["resources"] = []
        assert "nothing in" in refusal(layout)

    def test_a_cluster_of_another_name(self, layout: Layout) -> None:
        layout.replace_text("dev-gd9", "acme-dev_eks")
        assert refusal(layout) == (
            "there is no cluster dev-gd9, which environment dev has by its settings, but acme-dev_eks; to take it over "
            "write cluster.full_name: acme-dev_eks into values/environments/dev.yaml, or give the states of dev"
        )

    def test_an_unknown_environment(self, layout: Layout) -> None:
        from adoption.adopt import adopt
        from adoption.reading.state_programs import Programs

        with pytest.raises(AdoptionError, match=r"^staging is no environment; there are: dev, "):
            adopt("staging", layout.folder, project=layout.project, programs=Programs(None))
