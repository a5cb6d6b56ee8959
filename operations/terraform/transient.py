"""Which errors are transient, by the text of Terraform's diagnostics, so that a step is retried."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from operations.terraform.events import Diagnostic


@dataclass(frozen=True)
class Pattern:
    """A text of error messages, and why waiting helps."""

    reason: str
    expression: re.Pattern[str]


def _pattern(reason: str, *alternatives: str) -> Pattern:
    return Pattern(reason, re.compile("|".join(alternatives), re.IGNORECASE))


# Denied, invalid, not found, quota reached and a held state lock are left out on purpose: they need a person.
PATTERNS = (
    # https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    _pattern(
        "AWS throttles",
        r"\bThrottl(?:ed|ing)",
        "Rate exceeded",
        "RequestLimitExceeded",
        "TooManyRequests",
        r"\bSlowDown\b",
        r"StatusCode: 429\b",
    ),
    _pattern(
        "the service is unavailable for a moment",
        r"StatusCode: 50[0234]\b",
        "ServiceUnavailable",
        "InternalFailure",
        r"\b50[234] (?:Bad Gateway|Service Unavailable|Gateway Time-?out)",
    ),
    _pattern(
        "the network failed",
        "connection reset by peer",
        "i/o timeout",
        "TLS handshake timeout",
        "unexpected EOF",
        "RequestTimeout",
    ),
    # https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html#API_CreateNodegroup_Errors
    _pattern(
        "EKS is still busy with the cluster",
        r"ResourceInUseException.*(?:in progress|currently|CREATING|UPDATING|DELETING)",
        r"(?:cluster|node ?group|addon)\b.*\bis (?:not in ACTIVE|(?:currently )?(?:CREATING|UPDATING|being updated))",
    ),
    # The name of a new cluster's API spreads over DNS after the cluster is ACTIVE.
    _pattern(
        "the Kubernetes API does not answer yet",
        r"\.eks\.amazonaws\.com(?:\.cn)?\b.*(?:no such host|connection refused)",
        "Kubernetes cluster unreachable",
        "failed calling webhook",
        "etcdserver: (?:request timed out|leader changed)",
    ),
    _pattern(
        "Helm ran out of time",
        "timed out waiting for the condition",
        "context deadline exceeded",
        r"another operation \(install/upgrade/rollback\) is in progress",
    ),
)


def reason_to_try_again(diagnostics: Iterable[Diagnostic], own: Iterable[re.Pattern[str]] = ()) -> str | None:
    """Report why trying again may help; None where an error is of another kind, or where there is none.

    What the caller's own expressions find counts as well.
    """
    errors = [diagnostic for diagnostic in diagnostics if diagnostic.severity == "error"]
    patterns = (*PATTERNS, *(Pattern(f"'{expression.pattern}' is to be retried", expression) for expression in own))
    reasons = [_reason(diagnostic, patterns) for diagnostic in errors]
    if not reasons or None in reasons:
        return None
    return ", ".join(dict.fromkeys(reason for reason in reasons if reason))


def _reason(diagnostic: Diagnostic, patterns: Iterable[Pattern]) -> str | None:
    text = f"{diagnostic.summary}\n{diagnostic.detail}".replace("\n", " ")
    return next((pattern.reason for pattern in patterns if pattern.expression.search(text)), None)
