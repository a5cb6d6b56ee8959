"""Starts Node for jsii before anything of jsii is imported.

Node needs 0.2 s to start and to load cdktf, about as long as Python needs to import cdktf: so Node is started first.
Nothing is imported here that costs time before that.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import sys
from typing import TYPE_CHECKING, Any

from faststart._settings import LIBRARIES, report_once

from .own_node import use_own_node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .process import NodeProcess

_HERE = os.path.dirname(__file__)  # noqa: PTH120 - pathlib takes 10 ms
_BOOTSTRAP = os.path.join(_HERE, "kernel.cjs")  # noqa: PTH118 - pathlib takes 10 ms
# As in jsii/_kernel/providers/process.py and jsii-runtime.js.
_NODE_OPTIONS = ("--max-old-space-size=4069", "--preserve-symlinks")
# Node begins with 1 MiB for new objects and collects its garbage whenever that is full: 30 ms of a small synthesis.
_ROOM_FOR_NEW_OBJECTS = "--min-semi-space-size=16"
# What `kernel.cjs` and `process.py` rely on: the start script starts program.js, which talks on descriptor 3.
_KNOWN_PARTS = {
    "bin__jsii-runtime.js": (b"program.js", b"preserve-symlinks"),
    "lib__program.js": (b"readFD", b"writeFD", b"SyncStdio"),
}
# Every program loads this and then a library; the name of an unscoped package is in its file's name.
_CONSTRUCTS = "constructs"
_ASSEMBLY_SUFFIX = ".jsii.tgz"


class EarlyNode:
    """A process that waits for jsii, the packages that it is loading already, and what else it was asked to do."""

    def __init__(self, process: NodeProcess, loads: list[dict[str, str]], warm_up: list[dict[str, Any]]) -> None:
        self.process = process
        self.loads = loads
        self.warm_up = warm_up


_waiting: list[EarlyNode] = []


def start() -> None:
    """Start Node now if jsii would start the same; whatever is unusual is left to jsii."""
    if _waiting or "JSII_RUNTIME" in os.environ or not hasattr(os, "posix_spawnp"):
        return
    embedded = _embedded_runtime()
    if embedded is None:
        return
    from .process import NodeProcess  # noqa: PLC0415 - not on systems without posix_spawn

    try:
        process = NodeProcess([use_own_node(), *_options(), _BOOTSTRAP, embedded], _environment())
    except OSError:
        # jsii will fail in the same way, with its own message.
        return
    from .warm_up import first_requests  # noqa: PLC0415 - Node is starting meanwhile

    loads = _loads_of_every_program()
    warm_up = first_requests(loads[-1]["name"]) if len(loads) == 2 else []
    process.stdin.write("".join(_as_line(request) for request in [*loads, *warm_up]).encode())
    process.stdin.flush()
    _waiting.append(EarlyNode(process, loads, warm_up))
    atexit.register(discard)
    os.register_at_fork(after_in_child=_forget)


def take() -> EarlyNode | None:
    """Hand over the process that waits, if there is one."""
    return _waiting.pop() if _waiting else None


def waiting() -> EarlyNode | None:
    """Return the process that waits, if there is one, and leave it where it is."""
    return _waiting[-1] if _waiting else None


def discard() -> None:
    """End the process that nobody has taken."""
    while _waiting:
        _waiting.pop().process.discard()


def _forget() -> None:
    while _waiting:
        _waiting.pop().process.forget()


def _options() -> tuple[str, ...]:
    if "semi-space" in os.environ.get("NODE_OPTIONS", "").replace("_", "-"):
        return _NODE_OPTIONS
    return (*_NODE_OPTIONS, _ROOM_FOR_NEW_OBJECTS)


def _environment() -> Mapping[str, str]:
    version = sys.version.partition(" ")[0]
    return {**os.environ, "JSII_AGENT": f"Python/{version}"}


def _embedded_runtime() -> str | None:
    """Find the folder of jsii's JavaScript; None, and a report, if its scripts are not as they are known here."""
    spec = importlib.util.find_spec("jsii")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = os.path.join(spec.submodule_search_locations[0], "_embedded", "jsii")  # noqa: PTH118 - as above
    for name, parts in _KNOWN_PARTS.items():
        try:
            with open(os.path.join(folder, name), "rb") as script:  # noqa: PTH118, PTH123 - as above
                source = script.read()
        except OSError:
            source = b""
        if not all(part in source for part in parts):
            report_once("jsii", f"its {name} is not of the known shape")
            return None
    return folder


def _loads_of_every_program() -> list[dict[str, str]]:
    """List the `load` requests with which the program begins, as far as the packages are plain files.

    Where both cdktf and cdktn are installed nobody knows yet which one the program will import.
    """
    libraries = [load for load in map(_load_of, LIBRARIES) if load is not None]
    constructs = _load_of(_CONSTRUCTS)
    if constructs is None:
        return []
    return [constructs, *libraries] if len(libraries) == 1 else [constructs]


def _load_of(package: str) -> dict[str, str] | None:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None or not spec.submodule_search_locations:
        return None
    folder = os.path.join(spec.submodule_search_locations[0], "_jsii")  # noqa: PTH118 - as above
    try:
        files = [name for name in os.listdir(folder) if name.endswith(_ASSEMBLY_SUFFIX)]  # noqa: PTH208 - as above
    except OSError:
        return None
    if len(files) != 1 or not files[0].startswith(f"{package}@"):
        return None
    version = files[0][len(package) + 1 : -len(_ASSEMBLY_SUFFIX)]
    tarball = os.path.join(folder, files[0])  # noqa: PTH118 - as above
    return {"name": package, "version": version, "tarball": tarball, "api": "load"}


def _as_line(request: dict[str, Any]) -> str:
    import json  # noqa: PLC0415 - 3 ms, while Node starts

    return json.dumps(request) + "\n"
