"""How every program of the project ends: what was expected to go wrong is one line, and so is a bug.

Exit codes: 0 for success, 1 for anything that went wrong, 128 and the number of the signal that ended it.
The traceback of a bug is in a file, for its report.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from config.core.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FAILURE: Final = 1
INTERRUPTED: Final = 130


def ended(run: Callable[[], object]) -> int:
    """Run something, print what went wrong, and return the exit code."""
    from operations.interruption import Interrupted  # noqa: PLC0415 (signal, which a right synthesis does not need)

    try:
        try:
            run()
        finally:
            # Here, as an error at the interpreter's end would be one without a cure.
            sys.stdout.flush()
    except SystemExit as end:
        return _code(end.code)
    except Interrupted as end:
        say(str(end))
        # What was cut off, such as the process that synthesizes, would complain while this one ends.
        sys.stdout.flush()
        os._exit(end.exit_code)
    except KeyboardInterrupt:
        say("Stopped. Nothing was changed.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader closed the pipe, as `head` does.
        _drop_output()
    except ExpectedError as problem:
        say(str(problem))
    except OSError as problem:
        say(_of_the_machine(problem))
        _drop_output()
    except MemoryError:
        say("There is not enough memory: close other programs, or run the command on a larger machine.")
    except Exception as problem:
        say(_unexpected(problem))
    else:
        return 0
    return FAILURE


def _drop_output() -> None:
    """Forget what was printed and cannot be written, so that the interpreter does not try again at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _code(given: str | int | None) -> int:
    """Print what sys.exit() was given to print; return the exit code."""
    if isinstance(given, str):
        say(given)
        return FAILURE
    return given or 0


def say(text: str) -> None:
    """Print a line to standard error, if anybody still reads that."""
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except OSError:
        return


def _of_the_machine(problem: OSError) -> str:
    from operations.terraform.cures import cure  # noqa: PLC0415 (only where something is wrong)

    where = f"{problem.filename}: " if problem.filename else ""
    said = f"{where}{problem.strerror or problem}"
    advice = cure(said)
    return f"{said}. {advice}" if advice else said


def _unexpected(problem: Exception) -> str:
    """Keep the traceback in a file of the project, for a report of the bug."""
    import traceback  # noqa: PLC0415 (as above)

    from operations.terraform.cures import cure  # noqa: PLC0415 - only where something is wrong

    trace = "".join(traceback.format_exception(problem))
    said = " ".join(str(problem).split())[:300]
    advice = cure(trace)
    if advice:
        return f"{said}. {advice}"
    return f"A bug, please report it{_kept(trace)}: {type(problem).__name__}: {said}"


def _kept(trace: str) -> str:
    from config.core.files.written_files import write_whole  # noqa: PLC0415 - only where something is wrong
    from config.paths import ROOT  # noqa: PLC0415 - as above

    folder: Path = ROOT / "cdktf.out" / "bugs"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{os.getpid()}.log"
        write_whole(path, trace.encode("utf-8", errors="backslashreplace").decode())
    except OSError:
        say(trace)
        return ""
    return f" with {path}"
