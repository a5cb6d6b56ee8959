"""Spares the interpreter the repeated search for reference cycles among types that are never freed.

Importing cdktf and some submodules of a provider makes 200,000 objects that live until the end: by default Python looks
through them 200 times while importing (60 ms) and completely when it ends (80 ms), and then frees each (10 ms).
"""

from __future__ import annotations

import atexit
import gc
import os
import sys

from ._settings import is_switched_off

_PYTHONS_DEFAULT = (700, 10, 10)
_NEW_OBJECTS_PER_COLLECTION = 1_000_000


def install() -> None:
    """Collect less often, unless the program has chosen its own thresholds, and not when it ends."""
    if gc.get_threshold() == _PYTHONS_DEFAULT:
        gc.set_threshold(_NEW_OBJECTS_PER_COLLECTION, *_PYTHONS_DEFAULT[1:])
    # The memory goes back to the system anyway.
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)


def leave() -> None:
    """End a script that has nothing left to do, successfully, without freeing each of its objects.

    Other threads, functions registered with `atexit` and output come to their end; a file that was left open, or a
    `__del__`, does not. To be called by the script itself, at its end: it does nothing where something else runs the
    script (a debugger, a profiler, `runpy`), and in an interactive session.
    """
    if is_switched_off() or sys.flags.interactive or sys._getframe(1).f_back is not None:
        return
    if "threading" in sys.modules:
        sys.modules["threading"]._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()
    os._exit(0)
