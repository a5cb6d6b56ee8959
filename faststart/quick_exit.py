"""Spares the interpreter, when it ends, the search for cycles among all the types that were loaded (80 ms)."""

from __future__ import annotations

import atexit
import gc


def install() -> None:
    """Freeze what is left when the program ends; the memory goes back to the system all the same."""
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)
