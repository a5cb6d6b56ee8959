"""Further rules of the security group of nodes and control plane."""

# ruff: noqa: E501 (a message is on one line here, as it is printed)

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from tests.environments import DATA, read_environment

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne
    from tests.core.project import Project

RULE = "description: a, from_port: 1"


def test_a_rule_for_each_source(synthesize_one: SynthesizeOne) -> None:
    stack = synthesize_one(read_environment(DATA / "everything.yaml"))["everything-cluster"]
    found: defaultdict[tuple[object, ...], set[object]] = defaultdict(set)
    for id_, one in stack.resources("aws_vpc_security_group_ingress_rule").items():
        if id_.startswith("ingress-rules_"):
            key = (one["description"], one["ip_protocol"], one["from_port"], one["to_port"])
            found[key].add(one.get("cidr_ipv4") or one["referenced_security_group_id"])
            assert one["security_group_id"].endswith(".vpc_config[0].cluster_security_group_id}")
    assert found == {
        ("node-exporter for the old Prometheus", "tcp", 9100, 9101): {"192.168.0.0/20", "sg-0a1b2c3d4e5f60718"},
        ("ping", "icmp", -1, -1): {"192.168.0.0/20"},
    }


def test_all_has_no_ports(project: Project) -> None:
    environment = project.environment(
        cluster="ingress_rules: {all: {description: all, protocol: all, cidrs: [10.8.0.0/16]}}"
    )
    assert environment.cluster.ingress_rules["all"].traffic == ("all", None, None)


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (f"{{a: {{{RULE}}}}}", "a: admits nobody; give cidrs or security_group_ids"),
        ("{a: {description: a, cidrs: [10.8.0.0/16]}}", "a.from_port: is needed with protocol tcp"),
        ("{a: {description: a, protocol: icmp, from_port: 1, cidrs: [10.8.0.0/16]}}", "a.from_port: cannot be used with protocol icmp, which has no ports"),
        (f"{{a: {{{RULE}, to_port: 0, cidrs: [10.8.0.0/16]}}}}", "a.to_port: 0 is below from_port 1"),
        (f"{{a: {{{RULE}, cidrs: [0.0.0.0/0]}}}}", "a.cidrs[0]: 0.0.0.0/0 admits everybody; name your own blocks, /8 or smaller"),
        (f"{{a: {{{RULE}, cidrs: [10.8.0.0/16, 10.8.0.0/16]}}}}", "a.cidrs[1]: 10.8.0.0/16 is listed twice"),
        (f"{{a: {{{RULE}, cidrs: [10.8.0.0/16]}}, b: {{{RULE}, to_port: 1, cidrs: [10.8.0.0/16]}}}}", "b: admits 10.8.0.0/16 as a does; AWS refuses the same rule twice"),
        ("{'A b': {description: a, from_port: 1, cidrs: [10.8.0.0/16]}}", "\"A b\": 'A b' is not the name of a rule (lower-case letters, digits, inner dashes)"),
        ("{a: {description: 'é', from_port: 1, cidrs: [10.8.0.0/16]}}", "a.description: 'é' is not the description of a rule (letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*)"),
    ],
)  # fmt: skip
def test_what_aws_refuses(rules: str, told: str, project: Project) -> None:
    project.refuses(f"cluster.ingress_rules.{told}", cluster=f"ingress_rules: {rules} # <-")


def test_a_rule_of_the_api_is_not_said_twice(project: Project) -> None:
    project.refuses(
        "cluster.ingress_rules.api: admits 10.8.0.0/16 as endpoint_private_access_cidrs or endpoint_private_access_security_group_ids does; AWS refuses the same rule twice",
        cluster="endpoint_private_access_cidrs: [10.8.0.0/16]\ningress_rules: {api: {description: a, from_port: 443, cidrs: [10.8.0.0/16]}} # <-",
    )
