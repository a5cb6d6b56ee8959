"""The contract between the stacks: names of outputs, who reads them, and the order of deployment."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

from stacks.outputs import (
    ClusterAddonsOutputs,
    ClusterOutputs,
    CsiAddonOutputs,
    KubePromStackOutputs,
    ManagedMonitoringOutputs,
    NetworkOutputs,
    StackOutputs,
)

if TYPE_CHECKING:
    from tests.synthesis import Synthesized

CONTRACT: dict[str, list[str]] = {
    "network": ["private_subnet_ids", "private_subnet_zones", "public_subnet_ids", "vpc_id"],
    "cluster": [
        "cluster_certificate_authority",
        "cluster_endpoint",
        "cluster_name",
        "cluster_security_group_id",
        "oidc_issuer_url",
        "oidc_provider_arn",
        "vpc_id",
    ],
    "csi-addon": ["ebs_csi_driver_role_arn", "storage_class_name"],
    "cluster-addons": ["addons"],
    "kube-prom-stack": ["namespace"],
}
READS = {
    "network": {},
    "cluster": {"network": {"private_subnet_ids", "private_subnet_zones"}},
    "csi-addon": {
        "cluster": {
            "cluster_certificate_authority",
            "cluster_endpoint",
            "cluster_name",
            "oidc_issuer_url",
            "oidc_provider_arn",
        }
    },
    "cluster-addons": {
        "cluster": {
            "cluster_certificate_authority",
            "cluster_endpoint",
            "cluster_name",
            "oidc_issuer_url",
            "oidc_provider_arn",
        }
    },
    "kube-prom-stack": {
        "cluster": {
            "cluster_certificate_authority",
            "cluster_endpoint",
            "cluster_name",
            "oidc_issuer_url",
            "oidc_provider_arn",
        },
        "csi-addon": {"storage_class_name"},
    },
}
# Stacks that read nothing of the one that they are deployed after.
COME_AFTER = {"kube-prom-stack": {"cluster-addons"}}
CLASSES: list[type[StackOutputs]] = [
    NetworkOutputs,
    ClusterOutputs,
    CsiAddonOutputs,
    ClusterAddonsOutputs,
    KubePromStackOutputs,
    ManagedMonitoringOutputs,
]


@pytest.mark.parametrize("environment", ["dev", "prod"])
@pytest.mark.parametrize("stack", CONTRACT)
def test_outputs_have_the_names_of_the_contract(environment: str, stack: str, synthesized: Synthesized) -> None:
    outputs = synthesized[f"{environment}-{stack}"].json["output"]
    assert sorted(outputs) == CONTRACT[stack]
    assert all(set(output) == {"description", "value"} for output in outputs.values()), "described, and not sensitive"


@pytest.mark.parametrize("environment", ["dev", "prod"])
@pytest.mark.parametrize("stack", READS)
def test_consumers_read_declared_outputs_of_their_own_environment(
    environment: str, stack: str, synthesized: Synthesized
) -> None:
    json = synthesized[f"{environment}-{stack}"].json
    used: dict[str, set[str]] = {}
    for producer, output in re.findall(r"data\.terraform_remote_state\.state-([a-z-]+)\.outputs\.(\w+)", str(json)):
        used.setdefault(producer, set()).add(output)
    assert used == READS[stack]
    states = json.get("data", {}).get("terraform_remote_state", {})
    assert {id_.removeprefix("state-") for id_ in states} == set(READS[stack])
    for id_, state in states.items():
        assert f"{environment}-{id_.removeprefix('state-')}.tfstate" in str(state["config"])


def test_stacks_deploy_after_what_they_read(synthesized: Synthesized) -> None:
    for environment in ("dev", "prod"):
        for stack, reads in READS.items():
            entry = synthesized.manifest["stacks"][f"{environment}-{stack}"]
            assert sorted(entry["dependencies"]) == sorted(
                f"{environment}-{producer}" for producer in {*reads, *COME_AFTER.get(stack, ())}
            )


@pytest.mark.parametrize("outputs", CLASSES)
def test_every_output_has_a_description_and_an_example_of_its_type(outputs: type[StackOutputs]) -> None:
    for declared in fields(outputs):
        assert declared.metadata["description"].endswith(".")
        expected = {"str": str, "list[str]": list}[str(declared.type)]
        assert isinstance(declared.metadata["example"], expected)


def test_fails_when_a_producer_misses_an_output() -> None:
    incomplete: dict[str, Any] = {"vpc_id": "vpc-1", "private_subnet_ids": []}
    with pytest.raises(TypeError, match="public_subnet_ids"):
        NetworkOutputs(**incomplete)


def test_fails_when_a_consumer_reads_an_undeclared_output() -> None:
    outputs: Any = NetworkOutputs(vpc_id="vpc-1", private_subnet_ids=[], private_subnet_zones=[], public_subnet_ids=[])
    with pytest.raises(AttributeError, match="database_subnet_ids"):
        outputs.database_subnet_ids  # noqa: B018


def test_every_stack_says_which_one_it_is(synthesized: Synthesized) -> None:
    for name, stack in synthesized.stacks.items():
        metadata = stack.json["//"]["metadata"]
        assert name == f"{metadata['environment']}-{metadata['stack']}"
