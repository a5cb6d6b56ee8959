"""What a workload's role may do: exactly what the settings name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from config.workloads.workload_access import AwsAccess
from tests.monitoring.small_stack import synthesize_stack
from tests.workloads.examples import KEY

if TYPE_CHECKING:
    from cdktf import TerraformStack

    from constructs.aws.account import Account

ACCOUNT = "${data.aws_caller_identity.account_caller_1C5BE04F.account_id}"
READ_TABLE = [
    "dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:DescribeTable", "dynamodb:GetItem",
    "dynamodb:Query", "dynamodb:Scan",
]  # fmt: skip
WRITE_TABLE = [
    "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:DescribeTable", "dynamodb:PutItem",
    "dynamodb:UpdateItem",
]  # fmt: skip
WRITE_BUCKET = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"]
SEND = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"]
RECEIVE = [
    "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
]  # fmt: skip
QUEUE = f"arn:aws:sqs:us-east-2:{ACCOUNT}:jobs"
TABLE = f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:table/orders"
OTHER_TOPIC = "arn:aws:sns:eu-west-1:210987654321:events.fifo"
OF_ANOTHER_ACCOUNT = "arn:aws:secretsmanager:us-east-2:210987654321:secret:app/token-0a1b2c"


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """The statements of each policy of each case, by one synthesis."""
    from constructs.aws.iam_role import IamRole, IamRoleProps, trust_service
    from constructs.workloads.workload_policies import workload_policies

    def build(stack: TerraformStack, account: Account) -> None:
        for name, (access, _) in CASES.items():
            wanted = workload_policies(AwsAccess.model_validate_json(json.dumps(access)), account)
            props = IamRoleProps(name=name, description=name, trust=trust_service("x"), policies=wanted)
            IamRole(stack, name.replace(" ", "-"), props)

    stack = synthesize_stack(tmp_path_factory.mktemp("policies") / "out", build)
    cases = {id_: role["description"] for id_, role in stack.resources("aws_iam_role").items()}
    found: dict[str, dict[str, list[dict[str, Any]]]] = {name: {} for name in CASES}
    for policy in stack.resources("aws_iam_role_policy").values():
        case = cases[policy["role"].removeprefix("${aws_iam_role.").removesuffix(".name}")]
        found[case][policy["name"]] = stack.policy_document(policy["policy"])["statement"]
    return found


def allow(actions: list[str], *resources: str) -> dict[str, Any]:
    return {"actions": actions, "resources": list(resources)}


def key(actions: list[str], service: str) -> dict[str, Any]:
    through = {"test": "StringEquals", "variable": "kms:ViaService", "values": [f"{service}.us-east-2.amazonaws.com"]}
    return {"actions": actions, "resources": [KEY], "condition": [through]}


LIST_PREFIX = {
    **allow(["s3:ListBucket"], "arn:aws:s3:::uploads"),
    "condition": [{"test": "StringLike", "variable": "s3:prefix", "values": ["app/*"]}],
}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "s3 read": (
        {"s3": [{"bucket": "uploads", "access": "read"}]},
        {
            "s3": [
                allow(["s3:GetObject"], "arn:aws:s3:::uploads/*"),
                allow(["s3:ListBucket"], "arn:aws:s3:::uploads"),
            ]
        },
    ),
    "s3 write": (
        {"s3": [{"bucket": "uploads", "access": "write"}]},
        {"s3": [allow(WRITE_BUCKET, "arn:aws:s3:::uploads/*")]},
    ),
    "s3 with prefix and key": (
        {"s3": [{"bucket": "uploads", "access": "read-write", "prefix": "app/", "kms_key_arn": KEY}]},
        {
            "s3": [
                allow(sorted([*WRITE_BUCKET, "s3:GetObject"]), "arn:aws:s3:::uploads/app/*"),
                LIST_PREFIX,
                key(["kms:Decrypt", "kms:GenerateDataKey"], "s3"),
            ]
        },
    ),
    "sqs send": (
        {"sqs": [{"queue": "jobs", "access": "send", "kms_key_arn": KEY}]},
        {"sqs": [allow(SEND, QUEUE), key(["kms:Decrypt", "kms:GenerateDataKey"], "sqs")]},
    ),
    "sqs receive": (
        {"sqs": [{"queue": "jobs", "access": "receive", "kms_key_arn": KEY}]},
        {"sqs": [allow(RECEIVE, QUEUE), key(["kms:Decrypt"], "sqs")]},
    ),
    "sqs both": (
        {"sqs": [{"queue": "jobs", "access": "send-receive"}]},
        {"sqs": [allow(sorted({*SEND, *RECEIVE}), QUEUE)]},
    ),
    "sns of another account": (
        {"sns": [{"topic": OTHER_TOPIC, "kms_key_arn": KEY}]},
        {"sns": [allow(["sns:Publish"], OTHER_TOPIC), key(["kms:Decrypt", "kms:GenerateDataKey"], "sns")]},
    ),
    "dynamodb read": (
        {"dynamodb": [{"table": "orders", "access": "read", "kms_key_arn": KEY}]},
        {"dynamodb": [allow(READ_TABLE, TABLE, f"{TABLE}/index/*"), key(["kms:Decrypt"], "dynamodb")]},
    ),
    "dynamodb write": (
        {"dynamodb": [{"table": "orders", "access": "write"}]},
        {"dynamodb": [allow(WRITE_TABLE, TABLE, f"{TABLE}/index/*")]},
    ),
    "secrets": (
        {"secrets_manager": [{"secret": "app/token", "kms_key_arn": KEY}, {"secret": OF_ANOTHER_ACCOUNT}]},
        {
            "secrets-manager": [
                allow(
                    ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
                    f"arn:aws:secretsmanager:us-east-2:{ACCOUNT}:secret:app/token-??????",
                ),
                key(["kms:Decrypt"], "secretsmanager"),
                allow(["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"], OF_ANOTHER_ACCOUNT),
            ]
        },
    ),
    "nothing": ({}, {}),
}


@pytest.mark.parametrize("name", CASES)
def test_policies(name: str, policies: dict[str, dict[str, list[dict[str, Any]]]]) -> None:
    assert policies[name] == CASES[name][1]


def test_no_policy_allows_everything_of_a_kind(policies: dict[str, dict[str, list[dict[str, Any]]]]) -> None:
    statements = [one for case in policies.values() for policy in case.values() for one in policy]
    assert len(statements) > len(CASES)
    for statement in statements:
        assert "*" not in statement["resources"]
        assert not any("*" in action for action in statement["actions"])
