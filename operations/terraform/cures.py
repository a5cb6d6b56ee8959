"""What to do about errors that have nothing to do with the stacks: credentials, a full disk, the network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from operations.terraform.events import Diagnostic

# As the AWS provider, the S3 backend and botocore say it.
CREDENTIALS: Final = re.compile(
    r"No valid credential sources|ExpiredToken|InvalidClientTokenId|UnrecognizedClientException|InvalidGrantException"
    r"|token (?:has|is) expired|SSO session (?:has expired|associated)|Unable to locate credentials|RequestExpired"
    r"|failed to refresh cached (?:credentials|SSO token)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Cure:
    """A text of error messages, and what to do about it."""

    expression: re.Pattern[str]
    advice: str


CURES: Final = (
    Cure(
        CREDENTIALS,
        "There are no valid AWS credentials: run 'aws sso login', or set AWS_PROFILE; "
        "'aws sts get-caller-identity' shows the identity.",
    ),
    Cure(
        re.compile(r"no space left on device", re.IGNORECASE),
        "The disk is full: make room, then run the same command again.",
    ),
    Cure(
        re.compile(r"disk quota exceeded|file too large|\b(?:EDQUOT|EFBIG)\b", re.IGNORECASE),
        "A limit for files is reached, of a quota or of 'ulimit -f': raise it, then run the same command again.",
    ),
    Cure(
        re.compile(r"Could not find symbol @?cdkt|Cannot find module '[^']*\bjsii-kernel-"),
        "What jsii keeps of its packages is damaged: remove ~/.cache/aws/jsii (or what "
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT names), then run the same command again.",
    ),
    Cure(
        re.compile(r"read-only file system", re.IGNORECASE),
        "The folder cannot be written to: run the command in a checkout that can.",
    ),
    Cure(
        re.compile(r"could not connect to registry|Failed to query available provider packages", re.IGNORECASE),
        "The provider registry cannot be reached: check the network and HTTPS_PROXY, or name a mirror in "
        "TF_CLI_CONFIG_FILE.",
    ),
    Cure(
        re.compile(r"Provider dependency changes detected|recorded in the dependency lock file"),
        "A provider is not the one whose checksum is committed: where its version was changed on purpose, run "
        "'./eks providers lock' and commit providers.lock.hcl.",
    ),
    Cure(
        re.compile(r"x509: certificate signed by unknown authority", re.IGNORECASE),
        "A certificate is not trusted: where a proxy replaces certificates, name its authority in SSL_CERT_FILE.",
    ),
)


def cure(text: str) -> str | None:
    """Report what to do about an error; None where nothing general is known."""
    return next((known.advice for known in CURES if known.expression.search(text)), None)


def is_about_credentials(problem: Diagnostic) -> bool:
    """Whether an error is one of the caller's credentials, whatever resource it was noticed at."""
    return CREDENTIALS.search(f"{problem.summary}\n{problem.detail}") is not None
