"""What may go wrong without being a bug: a person can fix it, and gets a message without a traceback."""

from __future__ import annotations


class ExpectedError(Exception):
    """The base of every error that ends a program; its text is all that is printed."""


class UsageError(ExpectedError):
    """The caller has to change something before the command can continue; the message states what."""
