"""The short list of changes that adoption makes in place, each with its reason; nothing else may change."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adoption.comparing.policies import adds_only_audience, adds_only_source

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import JsonValue

ARCHIVES: Final = ("GLACIER", "DEEP_ARCHIVE")


@dataclass(frozen=True)
class Wanted:
    """A kind of change; an empty type stands for all of them."""

    type: str
    attribute: str
    holds: Callable[[Any, Any], bool]
    reason: str


def _is_added(before: JsonValue, after: JsonValue) -> bool:
    return before in (None, "") and after is not None


WANTED: Final = (
    Wanted("", "tags.*", _is_added, "The environment's tags are added; no tag changes or goes."),
    Wanted("aws_iam_role", "description", _is_added, "A description where there was none."),
    Wanted(
        "aws_iam_role",
        "assume_role_policy",
        lambda before, after: isinstance(after, str) and adds_only_audience(before, after),
        "The trust of a service account's role also asks for the audience `sts.amazonaws.com`, which was missing.",
    ),
    Wanted(
        "aws_iam_role",
        "assume_role_policy",
        lambda before, after: isinstance(after, str) and adds_only_source(before, after),
        "The trust of a service's role also asks for this account's resource, so that it acts for no other account.",
    ),
    Wanted(
        "aws_eks_cluster",
        "enabled_cluster_log_types",
        lambda before, after: set(before or ()) <= set(after or ()),
        "More control-plane logs go to CloudWatch.",
    ),
    Wanted(
        "aws_eks_cluster",
        "deletion_protection",
        lambda before, after: not before and after is True,
        "EKS refuses to delete the cluster.",
    ),
    Wanted(
        "aws_s3_bucket_lifecycle_configuration",
        "rule",
        lambda before, _: any(archive in json.dumps(before, default=str) for archive in ARCHIVES),
        "No longer a transition to an archive: Thanos cannot read from there.",
    ),
    Wanted(
        "kubernetes_namespace_v1",
        "metadata.labels*",
        lambda before, after: not before and bool(after),
        "Labels are added to the namespace: Prometheus looks for its objects there.",
    ),
    Wanted(
        "helm_release",
        "values",
        lambda *_: True,
        "Helm makes a new revision of the same chart with the same values, as an import brings no values.",
    ),
)


def reason_of(type_: str, attribute: str, before: JsonValue, after: JsonValue) -> str | None:
    """Return why a change is wanted; None for one that is not on the list."""
    for one in WANTED:
        is_named = (
            attribute.startswith(one.attribute.removesuffix("*"))
            if "*" in one.attribute
            else attribute == one.attribute
        )
        if one.type in ("", type_) and is_named and one.holds(before, after):
            return one.reason
    return None


def table() -> str:
    """Return the list as the documentation has it."""
    rows = [f"| {f'`{one.type}`' if one.type else 'all'} | `{one.attribute}` | {one.reason} |" for one in WANTED]
    return "\n".join(["| resource | argument | what changes |", "| --- | --- | --- |", *rows])
