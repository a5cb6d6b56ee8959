"""The policy of an endpoint of the VPC: whose principals it lets through, and to whose resources.

A policy that is left out stays as it is, so that the one that lets everything through is written as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from config.core.files.json_text import json_for_yaml
from config.network.endpoint_policies import OWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import JsonValue

    from constructs.aws.account import Account

# Services whose resources somebody could be made to write to; those of others are AWS' own as well, such as images in
# ECR and EC2. https://github.com/aws-samples/data-perimeter-policy-examples/tree/main/vpc_endpoint_policies
WITH_DATA: Final = frozenset({"dynamodb", "kms", "logs", "s3", "secretsmanager", "sns", "sqs"})
# Browsers, whose requests no principal of IAM signs.
UNSIGNED: Final = frozenset({"grafana-workspace"})

Statement = dict[str, "JsonValue"]


def policy_of_accounts(endpoint: str, names: Sequence[str], account: Account) -> str:
    """Return the policy that limits an endpoint to accounts, as JSON; no names are everybody."""
    accounts = [account.account_id if name == OWN else name for name in names]
    if not accounts or endpoint in UNSIGNED:
        return _document([_allow()])
    return _document(_statements(endpoint, accounts, account))


def _document(statements: Sequence[Statement]) -> str:
    return json_for_yaml({"Version": "2012-10-17", "Statement": list(statements)})


def _statements(endpoint: str, accounts: list[str], account: Account) -> list[Statement]:
    keys = ["aws:PrincipalAccount", *(["aws:ResourceAccount"] if endpoint in WITH_DATA else [])]
    statements = [_allow(condition=dict.fromkeys(keys, accounts))]
    if endpoint == "s3":
        statements.append(_allow("s3:GetObject", resources=_buckets_of_aws(account)))
    if endpoint == "sts":
        # Pods with roles by IRSA sign no request: it has no principal, and a role as its resource.
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sts_vpc_endpoint_policies.html
        roles = [f"arn:{account.partition}:iam::{one}:role/*" for one in accounts]
        statements.append(_allow("sts:AssumeRoleWithWebIdentity", resources=roles))
    return statements


def _buckets_of_aws(account: Account) -> list[str]:
    """Return what nodes fetch from AWS: layers of images, by URLs that ECR signs, and packages of AL2023.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms
    https://docs.aws.amazon.com/linux/al2023/ug/managing-repos-os-updates.html
    """
    region = account.region
    return [
        f"arn:{account.partition}:s3:::{bucket}/*"
        for bucket in (f"prod-{region}-starport-layer-bucket", f"al2023-repos-{region}-de612dc2")
    ]


def _allow(
    action: str = "*", *, resources: Sequence[str] = ("*",), condition: Mapping[str, Sequence[str]] | None = None
) -> Statement:
    statement: Statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": list(resources)}
    if condition is not None:
        statement["Condition"] = {"StringEquals": {key: list(values) for key, values in condition.items()}}
    return statement
