"""Policy documents of Terraform as the policies that IAM gets."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

# What stands for references, by what Terraform makes or looks up.
REFERENCES = {
    "aws_cloudwatch_log_group": "arn:aws:logs:us-east-2:123456789012:log-group:a",
    "aws_iam_role": "arn:aws:iam::123456789012:role/a",
    "aws_kms_key": "arn:aws:kms:us-east-2:123456789012:key/0a1b2c3d",
    "aws_prometheus_workspace": "arn:aws:aps:us-east-2:123456789012:workspace/ws-0a1b2c3d",
    "aws_s3_bucket": "arn:aws:s3:::a",
    "aws_sns_topic": "arn:aws:sns:us-east-2:123456789012:a",
    "aws_sqs_queue": "arn:aws:sqs:us-east-2:123456789012:a",
    "data.aws_caller_identity": "123456789012",
    "data.aws_eks_cluster": "vpc-0a1b2c3d",
    "data.aws_route53_zone": "Z0123456789ABCDEFGHIJ",
    "data.terraform_remote_state": "vpc-0a1b2c3d",
}


def as_policy(statements: Iterable[dict[str, Any]]) -> str:
    """Return the text of a policy, without white space, and with values of their shape for references."""
    policy = {"Version": "2012-10-17", "Statement": [_as_iam(statement) for statement in statements]}
    return _filled_in(json.dumps(policy, separators=(",", ":")))


def _as_iam(statement: dict[str, Any]) -> dict[str, Any]:
    """Return a statement of a policy document as IAM has it."""
    conditions: dict[str, dict[str, Any]] = {}
    for condition in statement.get("condition", []):
        values = condition["values"]
        conditions.setdefault(condition["test"], {})[condition["variable"]] = values if len(values) > 1 else values[0]
    return {
        "Effect": statement.get("effect", "Allow"),
        "Action": statement["actions"],
        "Resource": statement["resources"],
        **({"Condition": conditions} if conditions else {}),
    }


def _filled_in(text: str) -> str:
    """Replace references to what Terraform makes or looks up."""

    def value(match: re.Match[str]) -> str:
        type_ = re.match(r"(?:data\.)?[a-z0-9_]+", match[1])
        assert type_, match[0]
        return REFERENCES[type_[0]]

    return re.sub(r"\$\{([^}]+)}", value, text)
