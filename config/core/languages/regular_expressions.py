"""Regular expressions as Go programs read them (Prometheus, Alertmanager, Loki): RE2, which is not Python's `re`.

Syntax: https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
from functools import cache

# The one construct that RE2's library takes and Go's package does not: a single byte.
_SINGLE_BYTE = re.compile(r"(?:[^\\]|\\[^C])*?\\C", re.DOTALL)


@cache
def complaint_about_expression(expression: str) -> str | None:
    """Return why a regular expression does not compile, None if it does."""
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415 (16 ms that only regular expressions pay; has no types)

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(expression, options=options)
    except re2.error as error:
        reason = error.args[0]
        return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    return "invalid escape sequence: \\C" if _SINGLE_BYTE.match(expression) else None
