"""Overrides of single arguments: what they write, and how their problems are reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from config.core.problems import ConfigurationError

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary

GROUP = "node-group-general/this"


def overrides(stack: str, path: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the setting."""
    return {"overrides": {stack: {path: arguments}}}


def test_an_argument_wins_over_settings(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    remote_access = {"ec2_ssh_key": "ops", "source_security_group_ids": ["sg-1"]}
    given = {"version": "1.34", "remote_access": remote_access, "scaling_config.max_size": 7}
    group = synthesize_one(vary(overrides("cluster", GROUP, given)))["dev-cluster"].resource("aws_eks_node_group")
    assert (group["version"], group["scaling_config"]["max_size"]) == ("1.34", 7)
    assert group["remote_access"] == remote_access
    assert group["//"]["overrides"] == sorted(given)


def test_a_list_takes_the_place_of_another_one(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    given: dict[str, dict[str, Any]] = {
        "cluster": {
            GROUP: {"subnet_ids": ["subnet-1"], "instance_types": ["m5.large"], "labels": {"a": "b"}},
            "eks/this": {"vpc_config.subnet_ids": ["subnet-2"], "vpc_config.security_group_ids": ["sg-1"]},
        }
    }
    stack = synthesize_one(vary({"overrides": given}))["dev-cluster"]
    group, cluster = stack.resource("aws_eks_node_group"), stack.resource("aws_eks_cluster")
    assert {key: group[key] for key in given["cluster"][GROUP]} == given["cluster"][GROUP]
    assert cluster["vpc_config"]["subnet_ids"] == ["subnet-2"]
    assert cluster["vpc_config"]["security_group_ids"] == ["sg-1"]


def test_null_leaves_an_argument_out(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    stacks = synthesize_one(vary(overrides("cluster", GROUP, {"version": None})))
    assert "version" not in stacks["dev-cluster"].resource("aws_eks_node_group")


@pytest.mark.parametrize(
    ("stack", "path", "arguments", "message"),
    [
        ("clustr", GROUP, {"version": "1"}, "overrides.clustr: there is no such stack; did you mean `cluster`?"),
        ("cluster", "node-group-genral/this", {"version": "1"}, "has no such resource; did you mean `node-group-gen"),
        ("cluster", GROUP, {"versoin": "1"}, "EksNodeGroup has no argument versoin; did you mean `version`?"),
        ("cluster", GROUP, {"lifecycle": {}}, "EksNodeGroup has no argument lifecycle; "),
        ("cluster", GROUP, {"disk_size": "50"}, "disk_size: '50' is not a number"),
        ("cluster", GROUP, {"disk_size": True}, "disk_size: true is not a number"),
        ("cluster", GROUP, {"labels": {"a": 1}}, "labels.a: 1 is not text"),
        ("cluster", GROUP, {"instance_types": "t3.large"}, "instance_types: 't3.large' is not a list"),
        ("cluster", GROUP, {"remote_access": {"key": "a"}}, "remote_access.key: is no argument there; "),
        ("cluster", GROUP, {"taint": [{"key": "a", "effect": 1}]}, "taint[0].effect: 1 is not text"),
        ("cluster", GROUP, {"scaling_config.max": 1}, "EksNodeGroup.scaling_config has no argument max; "),
    ],
)
def test_fails_on_what_the_schema_lacks(
    stack: str, path: str, arguments: dict[str, Any], message: str, vary: Vary, synthesize_one: SynthesizeOne
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        synthesize_one(vary(overrides(stack, path, arguments)))
    assert str(refused.value).startswith("values/environments/dev.yaml:")
    assert message in str(refused.value)


def test_fails_on_what_is_no_argument(vary: Vary) -> None:
    with pytest.raises(ValidationError, match="is not an argument as in the provider's schema"):
        vary(overrides("cluster", GROUP, {"Version": "1"}))
