"""The rules on real stacks: shipped environments pass, and settings that a rule is about fail it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from config.policy.packs import all_rules, read_packs
from operations.policies.findings import PolicyVerdict, judge_outcomes, rules_of
from operations.policies.scan import PolicyError, scan
from operations.policies.subject import Subject
from tests.programs import need
from tests.synthesis import synthesize

if TYPE_CHECKING:
    from pathlib import Path

    from config.environment import Environment
    from tests.conftest import Vary
    from tests.synthesis import Synthesized

PACKS = read_packs()
RULES = all_rules(PACKS)
# Of what nothing in the shipped environments has: queues, topics, and lists of policies that only a plan knows.
ABSENT = {"queues-encrypted", "topics-encrypted"}
VIOLATIONS = {
    "cluster.endpoint_public_access": True,
    "cluster.endpoint_public_access_from_anywhere": True,
    "cluster.encrypt_secrets": False,
    "cluster.enabled_log_types": ["api"],
    "cluster.support_type": "EXTENDED",
    "cluster.log_retention_days": 30,
    "cluster.node_groups.general.launch_template": False,
    "cluster.node_groups.general.instance_types": ["m4.large"],
    "network.flow_logs.enabled": False,
    "network.empty_default_security_group": False,
    "network.nat_gateways": "per_zone",
    "network.interface_endpoints": ["sts"],
    "kube_prom_stack.managed_prometheus": {"enabled": True, "drop_metrics": []},
    "policy": {},
}
VIOLATED = {
    "api-not-open-to-all", "api-private", "audit-logs", "audit-logs-kept", "control-plane-logs",
    "current-instance-types", "default-security-group", "deletion-protection", "endpoints-beside-nat",
    "extended-support", "few-cluster-admins", "filtered-managed-metrics", "flow-logs", "nat-gateway-per-zone",
    "network-policies", "node-launch-template", "pod-security", "secrets-encrypted",
}  # fmt: skip


def subject(environment: Environment, synthesized: Synthesized) -> Subject:
    stacks = {name: stack.json for name, stack in synthesized.stacks.items() if name.startswith(f"{environment.name}-")}
    return Subject(environment.name, environment.model_dump(mode="json"), stacks)


def judge(environment: Environment, synthesized: Synthesized) -> PolicyVerdict:
    rules = rules_of(environment.policy, PACKS)
    outcomes = scan([subject(environment, synthesized)], rules)
    return judge_outcomes(environment.name, environment.policy, rules, outcomes, date(2026, 11, 27))


@pytest.fixture(scope="module")
def shipped(environments: tuple[Environment, ...], synthesized: Synthesized) -> dict[str, PolicyVerdict]:
    """Give what was found in the shipped environments."""
    need("checkov")
    return {environment.name: judge(environment, synthesized) for environment in environments}


def test_shipped_environments_pass_without_a_remark_for_security(shipped: dict[str, PolicyVerdict]) -> None:
    costs = PACKS["cost"].rules
    found = [
        (one.rule, one.path)
        for verdict in shipped.values()
        for one in verdict.findings
        if not one.excepted and one.rule not in costs
    ]
    assert found == []


def test_no_exception_is_left_that_nothing_needs(shipped: dict[str, PolicyVerdict]) -> None:
    assert [(verdict.environment, one) for verdict in shipped.values() for one in verdict.unused] == []


def test_every_rule_is_about_something_that_is_shipped(shipped: dict[str, PolicyVerdict]) -> None:
    assert set(shipped["prod"].absent) == ABSENT


def test_settings_that_a_rule_is_about_fail_it(vary: Vary, tmp_path: Path) -> None:
    need("checkov")
    environment = vary(VIOLATIONS)
    failing = {one.rule for one in judge(environment, synthesize([environment], tmp_path / "cdktf.out")).findings}
    assert failing == VIOLATED


def test_fails_where_checkov_would_leave_a_rule_out() -> None:
    need("checkov")
    rule = RULES["gp3-volumes"].model_copy(update={"definition": {"cond_type": "attribute", "operator": "equal"}})
    rules = {"gp3-volumes": rule, "gp3-nodes": RULES["gp3-nodes"]}
    with pytest.raises(PolicyError, match="Failed to parse check id 'gp3-volumes'"):
        scan(
            [Subject("dev", {}, {"dev-csi-addon": {"resource": {"aws_launch_template": {"t": {"name": "t"}}}}})], rules
        )
