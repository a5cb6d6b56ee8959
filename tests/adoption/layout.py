"""Makes the layout that is taken over: applies modules of its shape on the provider stand-ins, one state a unit."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.integration.project import Project

MODULES = Path(__file__).parent / "layout"
UNITS = ("vpc", "eks", "kubernetes-addons")
# Terragrunt 1.1 keeps a local state of a relative path there.
CACHE = ".terragrunt-cache/Zm9v/YmFy/dev"
PROVIDERS = {
    "vpc": {"aws"},
    "eks": {"aws"},
    "kubernetes-addons": {"aws", "helm", "kubernetes"},
}


def apply_layout(live: Path, project: Project, *, aws: str, cluster_role_name: str) -> Path:
    """Apply every unit below `live`, each in the folder of a cache as Terragrunt does; return `live`."""
    outputs: dict[str, Any] = {}
    for unit in UNITS:
        folder = live / unit / CACHE / unit
        shutil.copytree(MODULES / unit, folder)
        (live / unit / "terragrunt.hcl").write_text('include "root" {\n  path = find_in_parent_folders()\n}\n')
        (folder / "versions.tf.json").write_text(json.dumps(_versions(PROVIDERS[unit], aws)))
        (folder / "terraform.tfvars.json").write_text(json.dumps(_inputs(unit, outputs, cluster_role_name)))
        project.run("terraform", "init", "-input=false", cwd=folder).succeeded()
        project.run("terraform", "apply", "-auto-approve", "-input=false", cwd=folder).succeeded()
        state = json.loads((folder / "terraform.tfstate").read_text())
        outputs[unit] = {name: output["value"] for name, output in state["outputs"].items()}
    return live


def _versions(providers: set[str], aws: str) -> dict[str, Any]:
    version = {"aws": f"= {aws}", "helm": ">= 2.0", "kubernetes": ">= 2.0"}
    required = {name: {"source": f"hashicorp/{name}", "version": version[name]} for name in sorted(providers)}
    return {"terraform": {"required_providers": required}, "provider": {"aws": {"region": "us-east-2"}}}


def _inputs(unit: str, outputs: dict[str, Any], cluster_role_name: str) -> dict[str, Any]:
    if unit == "eks":
        return {"subnet_ids": outputs["vpc"]["private_subnet_ids"], "cluster_role_name": cluster_role_name}
    if unit == "kubernetes-addons":
        return {"eks": outputs["eks"], "thanos_bucket_arn": outputs["vpc"]["thanos_bucket_arn"]}
    return {}


def states_of(live: Path) -> dict[str, Path]:
    """Return the state file of each unit."""
    return {unit: live / unit / CACHE / unit / "terraform.tfstate" for unit in UNITS}


class Store:
    """The account of the provider stand-ins: one JSON file an object."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ids(self) -> dict[str, str]:
        """Return type and id of every object, by file."""
        return {
            str(path.relative_to(self.folder)): json.loads(path.read_text())["id"]
            for path in sorted(self.folder.rglob("*.json"))
        }

    def objects(self, type_: str) -> list[dict[str, Any]]:
        """Return the objects of a type."""
        return [json.loads(path.read_text()) for path in sorted((self.folder / type_).glob("*.json"))]

    def remove(self, type_: str, id_: str) -> None:
        """Remove an object as if it had been deleted outside Terraform."""
        self._path(type_, id_).unlink()

    def put(self, type_: str, id_: str, attributes: dict[str, Any]) -> None:
        """Make an object as if it had been made outside Terraform."""
        path = self._path(type_, id_)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "type": type_,
            "id": id_,
            "region": "us-east-2",
            "account": "123456789012",
            "attributes": {"region": "us-east-2", **attributes},
        }
        path.write_text(json.dumps(content))

    def _path(self, type_: str, id_: str) -> Path:
        digest = hashlib.sha256(id_.encode()).hexdigest()[:8]
        name = re.sub(r"[^A-Za-z0-9._-]+", "_", id_)[:60]
        return self.folder / type_ / f"{name}-{digest}.json"


def forget(state_file: Path, type_: str, attribute: str, value: str) -> str:
    """Take an object out of a state; return its id."""
    state = json.loads(state_file.read_text())
    found = ""
    for resource in state["resources"]:
        for instance in list(resource["instances"]):
            if resource["type"] == type_ and instance["attributes"].get(attribute) == value:
                found = instance["attributes"]["id"]
                resource["instances"].remove(instance)
    assert found, f"the state has no {type_} with {attribute} {value}"
    state_file.write_text(json.dumps(state))
    return found


def answer_imports(store: Store) -> None:
    """Let the stand-ins find objects by the import ids of the real providers, which their store does not know.

    The real ones import a route, an association and an attachment by what they join, a bucket's settings by the bucket.
    """
    for table in store.objects("aws_route_table"):
        for route in table["attributes"]["route"]:
            attributes = {key: value for key, value in route.items() if key not in ("cidr_block", "ipv6_cidr_block")}
            attributes |= {"route_table_id": table["id"], "destination_cidr_block": route["cidr_block"]}
            id_ = f"{table['id']}_{route['cidr_block']}"
            store.put("aws_route", id_, {**attributes, "id": id_, "origin": "CreateRoute", "state": "active"})
    for one in store.objects("aws_route_table_association"):
        id_ = f"{one['attributes']['subnet_id']}/{one['attributes']['route_table_id']}"
        store.put("aws_route_table_association", id_, {**one["attributes"], "id": id_})
    for one in store.objects("aws_iam_role_policy_attachment"):
        id_ = f"{one['attributes']['role']}/{one['attributes']['policy_arn']}"
        store.put("aws_iam_role_policy_attachment", id_, {**one["attributes"], "id": id_})
    for bucket in store.objects("aws_s3_bucket"):
        name = bucket["id"]
        versioning = [{"status": "Enabled", "mfa_delete": ""}]
        store.put(
            "aws_s3_bucket_versioning", name, {"id": name, "bucket": name, "versioning_configuration": versioning}
        )
        rules = [{"id": rule["id"], "status": "Enabled"} for rule in bucket["attributes"]["lifecycle_rule"]]
        store.put("aws_s3_bucket_lifecycle_configuration", name, {"id": name, "bucket": name, "rule": rules})
    for namespace in {release["attributes"]["namespace"] for release in store.objects("helm_release")} - {
        "kube-system"
    }:
        attributes = {"id": namespace, "metadata": [{"name": namespace, "uid": namespace, "generation": 0}]}
        store.put("kubernetes_namespace_v1", namespace, attributes)
