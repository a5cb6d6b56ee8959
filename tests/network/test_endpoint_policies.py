"""Policies of endpoints: whose principals they let through, and to whose resources."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.environments import DATA, read_environment

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.core.project import Project
    from tests.synthesis import Stack

OWN = "${data.aws_caller_identity."
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": ["*"]}
DOCUMENT = "{Version: '2012-10-17', Statement: [{Effect: Allow, Principal: '*', Action: '*', Resource: '*'}]}"


def statements(network: Stack) -> dict[str, list[dict[str, Any]]]:
    """Return the statements of each endpoint that has a policy, by the end of its service's name."""
    found = {}
    for endpoint in network.resources("aws_vpc_endpoint").values():
        text = endpoint.get("policy")
        if text is not None:
            if text.startswith("${data.aws_vpc_endpoint_service."):
                supported, _, rest = text.partition(" ? ")
                assert supported.endswith(".vpc_endpoint_policy_supported")
                text = network.json["locals"][rest.removeprefix("local.").removesuffix(" : null}")]
            found[endpoint["service_name"].split(".", 3)[3]] = json.loads(text)["Statement"]
    return found


def accounts(statement: dict[str, Any]) -> dict[str, list[str]]:
    """Return the accounts of a statement by condition key, `own` for the reference to that of the environment."""
    conditions: dict[str, list[str]] = statement["Condition"]["StringEquals"]
    return {key: ["own" if one.startswith(OWN) else one for one in given] for key, given in conditions.items()}


def test_endpoints_are_left_as_they_are_by_default(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    assert statements(synthesize_one(vary({"network.interface_endpoints": ["sts"]}))["dev-network"]) == {}


def test_everybody_is_said(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    """The provider keeps a policy that is left out."""
    found = statements(synthesize_one(vary({"network.endpoint_accounts": []}))["dev-network"])
    assert found == {"s3": [ALLOW]}


def test_accounts(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    settings = {
        "network.endpoint_accounts": ["own", "210987654321"],
        "network.interface_endpoints": ["ecr.api", "sts", "sqs", "grafana-workspace"],
    }
    found = statements(synthesize_one(vary(settings))["dev-network"])
    both = ["own", "210987654321"]
    principals, data = {"aws:PrincipalAccount": both}, {"aws:PrincipalAccount": both, "aws:ResourceAccount": both}
    # Images of EKS are in repositories of AWS.
    assert [accounts(one) for one in found["ecr.api"]] == [principals]
    assert [accounts(one) for one in found["sqs"]] == [data]
    # Requests with the token of a pod have no principal.
    assert accounts(found["sts"][0]) == principals
    assert found["sts"][1]["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert found["sts"][1]["Resource"][1] == "arn:aws:iam::210987654321:role/*"
    # ECR signs the URLs of layers, in a bucket of its own.
    assert accounts(found["s3"][0]) == data
    assert found["s3"][1]["Resource"][0] == "arn:aws:s3:::prod-us-east-2-starport-layer-bucket/*"
    assert found["grafana-workspace"] == [ALLOW]


def test_a_document_of_ones_own_counts_alone(synthesize_one: SynthesizeOne) -> None:
    network = synthesize_one(read_environment(DATA / "everything.yaml"))["everything-network"]
    (statement,) = statements(network)["logs"]
    assert statement["Action"] == "logs:*"
    assert statement["Condition"]["StringEquals"] == {"aws:PrincipalTag/team": "$${aws:ResourceTag/team}"}


@pytest.mark.parametrize(
    ("network", "told"),
    [
        (
            f"endpoint_policies: {{sts: {DOCUMENT}}}",
            "endpoint_policies.sts: there is no such endpoint; add it to interface_endpoints",
        ),
        (
            f"endpoint_policies: {{dynamodb: {DOCUMENT}}}",
            "endpoint_policies.dynamodb: there is no such endpoint; add it to dynamodb_gateway_endpoint",
        ),
        (
            "endpoint_policies: {s3: {Version: '2012-10-17', Statement: []}}",
            "endpoint_policies.s3.Statement: is not a list of statements",
        ),
        (
            "endpoint_policies: {s3: {Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}}",
            "endpoint_policies.s3.Statement[0]: has no Principal",
        ),
        (
            "endpoint_accounts: [mine]",
            "endpoint_accounts[0]: 'mine' is not `own` or an AWS account id: 12 digits, in quotes",
        ),
    ],
)
def test_what_aws_refuses(network: str, told: str, project: Project) -> None:
    project.refuses(f"network.{told}", network=f"{network} # <-")


def test_accounts_need_an_endpoint(project: Project) -> None:
    project.refuses(
        "network.endpoint_accounts: has no effect without an endpoint",
        network="s3_gateway_endpoint: false\nendpoint_accounts: [own] # <-",
    )
