"""Types that several settings share; each says in its message what is allowed."""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from config import aws


def _matching(pattern: str, meaning: str, *, max_length: int | None = None) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(f"{value!r} is not {meaning}")
        if max_length is not None and len(value) > max_length:
            raise ValueError(f"{value!r} has {len(value)} characters; at most {max_length} are allowed")
        return value

    return AfterValidator(check)


def text(pattern: str, meaning: str, *, max_length: int | None = None) -> tuple[AfterValidator, WithJsonSchema]:
    """Return the metadata of a text type: the check of its whole value, and its JSON Schema."""
    schema: dict[str, object] = {"type": "string", "pattern": f"^(?:{pattern})$"}
    if max_length is not None:
        schema["maxLength"] = max_length
    return _matching(pattern, meaning, max_length=max_length), WithJsonSchema(schema)


def _parse_cidr(value: object) -> IPv4Network:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text; write a CIDR block like 10.0.0.0/16")  # noqa: TRY004 (pydantic)
    try:
        return IPv4Network(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is not a CIDR block like 10.0.0.0/16 ({error})") from error


Cidr = Annotated[
    IPv4Network, BeforeValidator(_parse_cidr), WithJsonSchema({"type": "string", "pattern": r"^[0-9.]+/\d+$"})
]

_LABEL: Final = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"

# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
KubernetesName = Annotated[
    str, *text(_LABEL, "a Kubernetes name (lower-case letters, digits, inner dashes)", max_length=63)
]
LabelValue = Annotated[
    str,
    *text(
        r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?",
        "a Kubernetes label value (letters, digits, inner -_.)",
        max_length=63,
    ),
]
LabelKey = Annotated[
    str,
    *text(
        rf"(?:{_LABEL}(?:\.{_LABEL})*/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{{0,61}}[A-Za-z0-9])?",
        "a Kubernetes label key (an optional DNS prefix and /, then at most 63 letters, digits, inner -_.)",
        max_length=317,
    ),
]
# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
Quantity = Annotated[
    str, *text(r"\d+(?:\.\d+)?(?:m|k|Ki|M|Mi|G|Gi|T|Ti)?", "a Kubernetes quantity like 500m, 2 or 512Mi")
]
# https://prometheus.io/docs/prometheus/latest/configuration/configuration/#duration
Duration = Annotated[
    str,
    *text(
        r"(?!$)(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?",
        "a Prometheus duration like 15s, 10d or 1h30m",
    ),
]


def _all_regions() -> list[str]:
    return sorted(region for regions in aws.REGIONS.values() for region in regions)


def _one_of_regions(value: str) -> str:
    if value not in _all_regions():
        raise ValueError(f"{value!r} is not a region with EKS; allowed: {', '.join(_all_regions())}")
    return value


Region = Annotated[str, AfterValidator(_one_of_regions), WithJsonSchema({"enum": _all_regions()})]
AccountId = Annotated[str, *text(r"\d{12}", "an AWS account id: 12 digits, in quotes")]
_ARN: Final = r"arn:aws[a-z-]*:{service}:{region}:\d{{12}}:{resource}"
KmsKeyArn = Annotated[
    str,
    *text(
        _ARN.format(service="kms", region="[a-z0-9-]+", resource=r"key/[A-Za-z0-9-]+"),
        "the ARN of a KMS key (arn:aws:kms:REGION:ACCOUNT:key/ID)",
    ),
]
# A principal of the environment's own account may be named without the account: role/NAME or user/NAME.
# https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
Principal = Annotated[
    str,
    *text(
        rf"(?:{_ARN.format(service='iam', region='', resource='')})?(?:role|user)/[\w+=,.@/-]*[\w+=,.@-]",
        "a principal: role/NAME, user/NAME, or the ARN of an IAM role or user",
    ),
]

# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
TagKey = Annotated[
    str,
    *text(
        r"(?!aws:)[\w .:/=+@-]+",
        "a tag key (letters, digits, spaces, _.:/=+-@; not starting with aws:)",
        max_length=128,
    ),
]
TagValue = Annotated[str, *text(r"[\w .:/=+@-]*", "a tag value (letters, digits, spaces, _.:/=+-@)", max_length=256)]


def _supported_retention(value: int) -> int:
    if value not in aws.LOG_RETENTION_DAYS:
        allowed = ", ".join(map(str, aws.LOG_RETENTION_DAYS))
        raise ValueError(f"{value} days cannot be set in CloudWatch Logs; allowed: {allowed}")
    return value


LogRetentionDays = Annotated[
    int, AfterValidator(_supported_retention), WithJsonSchema({"enum": list(aws.LOG_RETENTION_DAYS)})
]


def find_duplicates(values: tuple[str, ...]) -> list[int]:
    """Return the positions at which a value stands that stood before."""
    return [position for position, value in enumerate(values) if value in values[:position]]


__all__ = [
    "AccountId", "Cidr", "Duration", "KmsKeyArn", "KubernetesName", "LabelKey", "LabelValue", "LogRetentionDays",
    "Principal", "Quantity", "Region", "TagKey", "TagValue", "find_duplicates", "text",
]  # fmt: skip
