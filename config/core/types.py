"""Types that several settings share; each states in its message what is allowed."""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator, PlainValidator, WithJsonSchema

from config.core import aws, naming
from config.core.problems import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterable


def _matching(pattern: str, meaning: str, *, max_length: int) -> AfterValidator:
    def check(value: str) -> str:
        if len(value) > max_length:
            raise ValueError(f"{shown(value)} has {len(value)} characters; at most {max_length} are allowed")
        if not re.fullmatch(pattern, value, re.ASCII):  # compiled once it is needed: 7 ms less at start-up
            raise ValueError(f"{shown(value)} is not {meaning}")
        return value

    return AfterValidator(check)


def text(pattern: str, meaning: str, *, max_length: int = 1024) -> tuple[AfterValidator, WithJsonSchema]:
    """Return the metadata of a text type: the check of its whole value, and its JSON Schema.

    The pattern's classes of characters hold ASCII only, as they do in a JSON Schema.
    """
    schema = {"type": "string", "pattern": f"^(?:{pattern})$", "maxLength": max_length}
    return _matching(pattern, meaning, max_length=max_length), WithJsonSchema(schema)


_CIDR: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}/[0-9]{1,2}")


def _parse_cidr(value: object) -> IPv4Network:
    if isinstance(value, str) and _CIDR.fullmatch(value):
        try:
            network = IPv4Network(value, strict=False)
        except ValueError as error:
            raise ValueError(f"{shown(value)} is not a CIDR block: {error}") from error
        if str(network) != value:
            raise ValueError(f"{value} is not the first address of a block that large; write {network}")
        return network
    if value is None:
        raise ValueError("has no value; write a CIDR block like 10.0.0.0/16")
    raise ValueError(f"{shown(value)} is not a CIDR block like 10.0.0.0/16")


Cidr = Annotated[
    IPv4Network, PlainValidator(_parse_cidr), WithJsonSchema({"type": "string", "pattern": r"^[0-9.]+/\d+$"})
]

_LABEL: Final = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"

# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
KubernetesName = Annotated[
    str, *text(_LABEL, "a Kubernetes name (lower-case letters, digits, inner dashes)", max_length=63)
]
# Names of services start with a letter; the longest names that are made of it end with a hash, or with -headless.
# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#rfc-1035-label-names
WorkloadName = Annotated[
    str,
    *text(
        r"[a-z](?:[-a-z0-9]*[a-z0-9])?",
        "a workload name (lower-case letters, digits, inner dashes, a letter first)",
        max_length=40,
    ),
]
_LABEL_VALUE: Final = r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?"
LabelValue = Annotated[
    str,
    *text(
        _LABEL_VALUE,
        "a Kubernetes label value (letters, digits, inner -_.)",
        max_length=63,
    ),
]
_LABEL_KEY: Final = rf"(?:{_LABEL}(?:\.{_LABEL})*/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{{0,61}}[A-Za-z0-9])?"
LabelKey = Annotated[
    str,
    *text(
        _LABEL_KEY,
        "a Kubernetes label key (an optional DNS prefix and /, then at most 63 letters, digits, inner -_.)",
        max_length=317,
    ),
]


def is_label(key: str, value: str) -> bool:
    """Return whether a tag is fit for a Kubernetes label."""
    fits = re.fullmatch(_LABEL_KEY, key, re.ASCII) and re.fullmatch(_LABEL_VALUE, value, re.ASCII)
    return bool(fits) and len(value) <= 63


# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
Quantity = Annotated[
    str, *text(r"\d+(?:\.\d+)?(?:m|k|Ki|M|Mi|G|Gi|T|Ti)?", "a Kubernetes quantity like 500m, 2 or 512Mi")
]
# https://prometheus.io/docs/prometheus/latest/configuration/configuration/#duration
DURATION_PATTERN: Final = r"(?!$)(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?"
Duration = Annotated[
    str,
    *text(
        DURATION_PATTERN,
        "a Prometheus duration like 15s, 10d or 1h30m",
    ),
]


_REGIONS: Final = sorted(region for regions in aws.REGIONS.values() for region in regions)


def _one_of_regions(value: str) -> str:
    if value not in _REGIONS:
        raise ValueError(
            f"{shown(value)} is not a region with EKS; {nearest(value, _REGIONS)}allowed: {', '.join(_REGIONS)}"
        )
    return value


StackName = Annotated[str, *text(r"[a-z]+(?:-[a-z]+)*", "a stack without its environment, like network")]
_ResourceAddress = Annotated[
    str, *text(r"[a-z][a-z0-9_]*\.[A-Za-z_][\w-]*", "the address of a resource as a plan shows it: TYPE.NAME")
]
MovedResources = dict[StackName, dict[_ResourceAddress, _ResourceAddress]]
Region = Annotated[str, AfterValidator(_one_of_regions), WithJsonSchema({"enum": _REGIONS})]
Zone = Annotated[str, *text(r"[a-z]{2}(?:-[a-z]+)+-\d[a-z]", "an availability zone like us-east-2a")]
AccountId = Annotated[str, *text(r"\d{12}", "an AWS account id: 12 digits, in quotes")]
_ARN: Final = r"arn:aws[a-z-]*:{service}:{region}:\d{{12}}:{resource}"
KMS_KEY_ARN_PATTERN: Final = _ARN.format(service="kms", region="[a-z0-9-]+", resource="key/[A-Za-z0-9-]+")
KmsKeyArn = Annotated[
    str, *text(KMS_KEY_ARN_PATTERN, "the ARN of a KMS key (arn:aws:kms:REGION:ACCOUNT:key/ID)", max_length=2048)
]
PolicyArn = Annotated[
    str,
    *text(r"arn:aws[a-z-]*:iam::(?:aws|\d{12}):policy/[\w+=,.@/-]*[\w+=,.@-]", "the ARN of an IAM managed policy"),
]
ManagedPolicy = Annotated[
    str,
    *text(
        r"arn:aws[a-z-]*:iam::(?:aws|\d{12}):policy/[\w+=,.@/-]*[\w+=,.@-]|[\w+=,.@-]+(?:/[\w+=,.@-]+)*",
        "the name of a managed policy of AWS, or the ARN of a managed policy",
    ),
]
SecurityGroupId = Annotated[str, *text(r"sg-[0-9a-f]{8,17}", "the id of a security group (sg-…)")]
# A principal of the environment's own account may be named without the account: role/NAME or user/NAME.
# https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
Principal = Annotated[
    str,
    *text(
        rf"(?:{_ARN.format(service='iam', region='', resource='')})?(?:role|user)/[\w+=,.@/-]*[\w+=,.@-]",
        "a principal: role/NAME, user/NAME, or the ARN of an IAM role or user",
    ),
]

# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
RoleName = Annotated[
    str,
    *text(
        r"[\w+=,.@-]+",
        "the name of an IAM role (letters, digits and _+=,.@-)",
        max_length=naming.IAM_ROLE.max_length,
    ),
]

# An identity in AWS. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
PROFILE_PATTERN: Final = r"[\w+=,.@:/-]+"
ROLE_PATTERN: Final = rf"{_ARN.format(service='iam', region='', resource='role/')}[\w+=,.@/-]*[\w+=,.@-]"
AwsProfile = Annotated[str, *text(PROFILE_PATTERN, "the name of a profile of AWS", max_length=128)]
RoleArn = Annotated[str, *text(ROLE_PATTERN, "the ARN of an IAM role", max_length=2048)]
ExternalId = Annotated[
    str, *text(r"[\w+=,.@:/-]{2,}", "an external id: 2 or more letters, digits and _+=,.@:/-", max_length=1224)
]

# Letters and digits of every script; IAM allows the fewest others.
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html
_TAG: Final = re.compile(r"[\w .:/=+@-]*")


def _tag_key(value: str) -> str:
    if not value or value.lower().startswith("aws:") or len(value) > 128 or not _TAG.fullmatch(value):
        raise ValueError(
            f"{shown(value)} is not a tag key: 1 to 128 letters, digits, spaces and _.:/=+-@, not starting with aws:"
        )
    return value


def _tag_value(value: str) -> str:
    if len(value) > 256 or not _TAG.fullmatch(value):
        raise ValueError(f"{shown(value)} is not a tag value: at most 256 letters, digits, spaces and _.:/=+-@")
    return value


TagKey = Annotated[str, AfterValidator(_tag_key), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 128})]
TagValue = Annotated[str, AfterValidator(_tag_value), WithJsonSchema({"type": "string", "maxLength": 256})]


def _supported_retention(value: int) -> int:
    if value not in aws.LOG_RETENTION_DAYS:
        allowed = ", ".join(map(str, aws.LOG_RETENTION_DAYS))
        raise ValueError(f"{value} days cannot be set in CloudWatch Logs; allowed: {allowed}")
    return value


LogRetentionDays = Annotated[
    int, AfterValidator(_supported_retention), WithJsonSchema({"enum": list(aws.LOG_RETENTION_DAYS)})
]


def find_duplicates(values: Iterable[str]) -> list[int]:
    """Return the positions at which a value stands that stood before."""
    seen: set[str] = set()
    duplicates = []
    for position, value in enumerate(values):
        if value in seen:
            duplicates.append(position)
        seen.add(value)
    return duplicates
