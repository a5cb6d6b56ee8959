"""Packs of the project's own: what is read, and what is wrong with them, file, line and path."""

# ruff: noqa: E501 (a message is on one line here, as it is printed)

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from config.core.problems import ConfigurationError
from config.paths import ROOT
from config.policy import definitions
from config.policy.packs import read_packs
from tests.core.project import Project, environment_text
from tests.programs import need

if TYPE_CHECKING:
    from pathlib import Path

RULE = """\
rules:
  large-vpc:
    title: The VPC is a /16
    severity: low
    why: subnets cannot grow
    remedy: set network.vpc_cidr
    definition: {cond_type: attribute, resource_types: [aws_vpc], attribute: cidr_block, operator: ending_with, value: /16}
"""
ANOTHER = RULE.replace("large-vpc", "small-vpc")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Give a project with one sound environment."""
    made = Project(tmp_path)
    made.write("environments/dev.yaml", environment_text())
    return made


def with_definition(definition: str) -> str:
    return RULE.partition("    definition:")[0] + f"    definition: {definition}\n"


def test_a_pack_is_read(project: Project) -> None:
    project.write("policies/team.yaml", RULE + "includes: [imdsv2]\n")
    assert project.problems() == []
    pack = read_packs(project.values)["team"]
    assert (pack.includes, pack.rules["large-vpc"].enforcement) == (("imdsv2",), "advisory")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (RULE + "include: [x]\n", "8: include: unknown key; did you mean `includes`? allowed: includes, rules"),
        (RULE + "includes: [imdsv]\n", "8: includes[0]: there is no rule imdsv; did you mean `imdsv2`?"),
        (RULE.replace("large-vpc", "imdsv2"), "2: rules.imdsv2: imdsv2 is the name of a rule of a shipped pack; choose another"),
        (RULE.replace("low", "lowest"), "4: rules.large-vpc.severity: 'lowest' is not allowed; did you mean `low`? allowed: low, medium, high, critical"),
        (RULE + "    check: CKV_AWS_58\n", "2: rules.large-vpc: needs one of check and definition"),
        (RULE.partition("    definition:")[0], "2: rules.large-vpc: needs one of check and definition"),
        (RULE.partition("    definition:")[0] + "    check: CKV_58\n", "7: rules.large-vpc.check: 'CKV_58' is not a check of checkov like CKV_AWS_58"),
        (RULE.replace("ending_with", "ends_with"), "7: rules.large-vpc.definition.operator: 'ends_with' is not allowed;"),
        (RULE.replace(", value: /16", ""), "7: rules.large-vpc.definition: has no value, which a condition of type attribute needs"),
        (RULE.replace("resource_types: [aws_vpc]", "resource_types: aws_vpc"), "7: rules.large-vpc.definition.resource_types: is not a list of types of resources, like [aws_eks_cluster]"),
        (RULE.replace("cond_type: attribute", "cond_type: attributes"), "7: rules.large-vpc.definition.cond_type: has cond_type 'attributes'; did you mean `attribute`? allowed: attribute, connection, filter, resource"),
        (RULE.replace("attribute: cidr_block", "attribute: cidr_block, regex: x"), "7: rules.large-vpc.definition.regex: unknown key; allowed: attribute, cond_type, operator, resource_types, value"),
        (RULE.replace("ending_with, value: /16", "regex_match, value: '('"), "7: rules.large-vpc.definition.value: is not a regular expression of Python: missing ), unterminated subpattern at position 0"),
        (with_definition("{or: []}"), "7: rules.large-vpc.definition.or: is empty; write the conditions that it combines as a list"),
        (with_definition("{or: [x]}"), "7: rules.large-vpc.definition.or[0]: is not a condition: a mapping with cond_type, or with one of and, or, not"),
        (with_definition("{not: {cond_type: resource, resource_types: [aws_vpc], operator: exist}, value: 1}"), "7: rules.large-vpc.definition: has not, value; not stands alone"),
        (with_definition("{not: {cond_type: resource, resource_types: [aws_vpc], operator: exist}}"), "7: rules.large-vpc.definition.not.operator: 'exist' is not allowed; did you mean `exists`? allowed: exists, not_exists"),
    ],
    ids=range(17),
)  # fmt: skip
def test_fails_for_a_pack_with_a_mistake(project: Project, content: str, problem: str) -> None:
    project.write("policies/team.yaml", content)
    (found,) = project.problems()
    assert found.startswith(f"values/policies/team.yaml:{problem}")
    with pytest.raises(ConfigurationError, match=r"team\.yaml"):
        read_packs(project.values)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("cost.yaml", "file: cost is the name of a shipped pack; rename the file"),
        ("Team.yaml", "file: is not read: the name of a pack has lower-case letters, digits and inner dashes; rename it"),
        ("team.yml", "file: is not read; name it team.yaml, or move it elsewhere"),
        ("sub/team.yaml", "file: is not read: files belong in policies/ itself; move it there"),
    ],
)  # fmt: skip
def test_fails_for_a_file_that_is_no_pack(project: Project, name: str, problem: str) -> None:
    project.write(f"policies/{name}", RULE)
    assert f"values/policies/{name}:1: {problem}" in project.problems()


def test_fails_for_two_rules_of_one_name(project: Project) -> None:
    project.write("policies/one.yaml", RULE)
    project.write("policies/two.yaml", RULE)
    assert project.problems() == [
        "values/policies/two.yaml:2: rules.large-vpc: large-vpc is the name of a rule of values/policies/one.yaml; choose another"
    ]


def test_fails_for_names_that_do_not_exist(project: Project) -> None:
    project.write("policies/team.yaml", RULE)
    policy = "packs: [team, cis]\nrules: {large-vpc: mandatory, imdsv1: advisory}\nexceptions:\n- {rule: gp4-nodes, reason: there are none, expires: never}"
    found = project.problems_of(environment_text(policy=policy))
    assert [one.partition("policy.")[2] for one in found] == [
        "packs[1]: there is no pack 'cis'; there are: baseline, cis-eks, cost, team",
        "rules.imdsv1: there is no rule 'imdsv1'; did you mean `imdsv2`? ./eks check policy --rules lists them",
        "exceptions[0].rule: there is no rule 'gp4-nodes'; did you mean `gp3-nodes`? ./eks check policy --rules lists them",
    ]


@pytest.mark.parametrize(
    ("exception", "problem"),
    [
        ("{rule: imdsv2, reason: because of reasons}", "exceptions[0].expires: is missing"),
        ("{rule: imdsv2, expires: never}", "exceptions[0].reason: is missing"),
        ("{rule: imdsv2, reason: why, expires: never}", "exceptions[0].reason: 'why' has 3 characters; at least 10 are allowed"),
        ("{rule: imdsv2, reason: because of reasons, expires: 2027-02-30}", "exceptions[0].expires: '2027-02-30' is not a date like 2027-03-31, or never"),
        ("{rule: imdsv2, reason: because of reasons, expires: never, resource: a b}", "exceptions[0].resource: 'a b' is not the path of a resource"),
    ],
)  # fmt: skip
def test_fails_for_an_exception_without_reason_or_end(project: Project, exception: str, problem: str) -> None:
    (found,) = project.problems_of(environment_text(policy=f"exceptions:\n- {exception}"))
    assert problem in found


def test_operators_are_those_of_checkov() -> None:
    need("checkov")
    code = (
        "import json\nfrom checkov.common.checks_infra import checks_parser as parser\n"
        "print(json.dumps([sorted(getattr(parser, name)) for name in (\n"
        "    'operators_to_attributes_solver_classes', 'operator_to_connection_solver_classes',\n"
        "    'operator_to_resource_solver_classes', 'operator_to_filter_solver_classes',\n"
        "    'operators_to_complex_solver_classes')]))\n"
    )
    done = subprocess.run([ROOT / ".tools/checkov/bin/python", "-c", code], capture_output=True, text=True, check=True)
    attributes, connections, resources, filters, complex_ = json.loads(done.stdout)
    assert attributes == sorted([*definitions.COMPARISONS, *definitions.TESTS, "any"])
    assert connections == sorted(definitions.CONNECTIONS)
    assert resources == sorted(definitions.EXISTENCE)
    assert filters == ["within"]
    assert complex_ == sorted(definitions.BLOCKS)
