"""Ctrl-C and the signals that end programs: what a command does depends on its current step."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """The command was asked to end; the text says in what state it leaves things and what to run next.

    Like KeyboardInterrupt no Exception, so that no handler in between treats it as an error.
    """

    def __init__(self, number: int = signal.SIGINT, message: str = "Stopped. Nothing was changed.") -> None:
        super().__init__(message)
        self.exit_code = 128 + number


def raise_interrupted() -> None:
    """From now on end the command where it is when it is asked to."""
    for number in SIGNALS:
        signal.signal(number, _raise)


@contextmanager
def calling(stop: Callable[[int], None]) -> Iterator[None]:
    """Meanwhile call something instead: the caller ends the work in order."""

    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        stop(number)

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _raise(number: int, frame: FrameType | None) -> None:
    del frame
    raise Interrupted(number)
