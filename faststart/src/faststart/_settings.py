"""The switch in the environment and the one way in which this package reports that it stepped aside."""

from __future__ import annotations

import os
import warnings

EAGER_VARIABLE = "EAGER_PROVIDERS"
# CDKTF and its continuation CDK Terrain: a program has one of them.
LIBRARIES = ("cdktf", "cdktn")

_reported: set[str] = set()


class FastStartWarning(UserWarning):
    """Something was not recognised and is loaded the ordinary, slow way."""


def is_switched_off() -> bool:
    """Whether the environment asks for ordinary loading."""
    return os.environ.get(EAGER_VARIABLE, "") not in ("", "0")


def report_once(subject: str, reason: str) -> None:
    """Warn that `subject` is left as it is; a subject is reported once in a process."""
    if subject in _reported:
        return
    _reported.add(subject)
    warnings.warn(f"{subject}: {reason}; it works the ordinary, slower way", FastStartWarning, stacklevel=2)
