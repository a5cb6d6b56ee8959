"""The errors that a person can do something about: each is one message, without a traceback."""

from __future__ import annotations


class UsageError(Exception):
    """Something that the caller has to change before the command can go on; the message says what."""
