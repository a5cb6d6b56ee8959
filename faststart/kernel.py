"""The Python half of a quicker start of jsii's kernel: started early, spoken to directly, never waited for in vain.

Node needs 0.2 s to start and to load cdktf, about as long as Python needs to import cdktf. So Node is started first,
and while it loads a package Python goes on importing: the answer to `load` is read before the next real request.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import platform
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._settings import report_once
from .node_process import NodeProcess

if TYPE_CHECKING:
    from types import ModuleType

_BOOTSTRAP = Path(__file__).with_name("node_kernel.cjs")
# As in jsii/_kernel/providers/process.py and jsii-runtime.js.
_NODE_OPTIONS = ("--max-old-space-size=4069", "--preserve-symlinks")
_CHANNEL_OF_PROGRAM = re.compile(rb"readFD:\s*3,\s*writeFD:\s*3\b")
_START_OF_PROGRAM = re.compile(rb'"lib",\s*"program\.js"')
# Every cdktf program loads these two, in this order, and jsii's name of an unscoped package is in its file's name.
_ALWAYS_LOADED = ("constructs", "cdktf")
_ASSEMBLY_FILE = re.compile(r"(?P<name>[a-z]+)@(?P<version>[^@]+)\.jsii\.tgz\Z")
# Requests that are on their way unanswered; far below the size of a socket's buffer, so that neither side blocks.
_MOST_UNANSWERED = 150

_early: list[tuple[NodeProcess, list[dict[str, str]]]] = []


def start_node() -> None:
    """Start Node now if jsii would start the same; whatever is unusual is left to jsii."""
    if _early or "JSII_RUNTIME" in os.environ or not hasattr(os, "posix_spawnp"):
        return
    embedded = _embedded_runtime()
    if embedded is None:
        return
    try:
        process = NodeProcess(
            [os.environ.get("JSII_NODE", "node"), *_NODE_OPTIONS, str(_BOOTSTRAP), str(embedded)],
            {**os.environ, "JSII_AGENT": f"Python/{platform.python_version()}"},
        )
    except OSError:
        # jsii will fail in the same way, with its own message.
        return
    loads = _loads_of_every_program()
    process.stdin.write(b"".join(json.dumps(load).encode() + b"\n" for load in loads))
    process.stdin.flush()
    _early.append((process, loads))
    atexit.register(_discard_unused)
    os.register_at_fork(after_in_child=_forget_early)


def install(process_module: ModuleType) -> None:
    """Make jsii use the process that was started, given its module `jsii._kernel.providers.process`."""
    if not _early:
        return
    if _is_known(process_module):
        _replace(process_module)
    else:
        report_once("jsii", "its way of talking to Node is not of the known shape")
        _discard_unused()


def _embedded_runtime() -> Path | None:
    """The folder of jsii's JavaScript, if it has the two scripts in the known shape."""
    spec = importlib.util.find_spec("jsii")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "_embedded" / "jsii"
    try:
        start = (folder / "bin__jsii-runtime.js").read_bytes()
        program = (folder / "lib__program.js").read_bytes()
    except OSError:
        report_once("jsii", "its embedded JavaScript is not where it is expected")
        return None
    if _START_OF_PROGRAM.search(start) and _CHANNEL_OF_PROGRAM.search(program):
        return folder
    report_once("jsii", "its embedded JavaScript is not of the known shape")
    return None


def _loads_of_every_program() -> list[dict[str, str]]:
    """The `load` requests with which every cdktf program begins, as far as the packages are files."""
    loads: list[dict[str, str]] = []
    for package in _ALWAYS_LOADED:
        spec = importlib.util.find_spec(package)
        folder = Path(spec.origin).parent / "_jsii" if spec is not None and spec.origin is not None else None
        files = sorted(folder.glob("*.jsii.tgz")) if folder is not None else []
        matches = [match for file in files if (match := _ASSEMBLY_FILE.match(file.name))]
        if len(matches) != 1 or matches[0]["name"] != package:
            break
        loads.append({"name": package, "version": matches[0]["version"], "tarball": str(files[0]), "api": "load"})
    return loads


def _is_known(module: ModuleType) -> bool:
    """Whether jsii's process has everything that `_replace` uses or replaces."""
    process = getattr(module, "_NodeProcess", None)
    methods = ("start", "stop", "handshake", "send", "_next_message")
    names = ("LoadRequest", "JSIIError", "JavaScriptError", "ErrorType", "jdefault")
    return (
        process is not None
        and all(callable(getattr(process, name, None)) for name in methods)
        and all(hasattr(module, name) for name in names)
        and callable(getattr(getattr(module, "ProcessProvider", None), "load", None))
    )


def _replace(module: Any) -> None:  # noqa: ANN401 - a module of jsii, which has no types for its internals
    """Exchange the process class of jsii, and the one request that need not be waited for."""
    jsii_load = module.ProcessProvider.load

    class FastNodeProcess(module._NodeProcess):  # type: ignore[misc]
        """jsii's process, taken from `start_node`, with requests whose answers are read later."""

        def start(self) -> None:
            self._unanswered: list[bool] = []
            self._loaded: list[dict[str, str]] = []
            if not _early:
                super().start()
                return
            self._process, loads = _early.pop()
            self.sink_thread = self._process.pass_output_on()
            atexit.register(self.stop)
            self.handshake()
            self._loaded = loads
            self._unanswered = [True] * len(loads)

        def send(self, request: object, response_type: object) -> object:
            self.read_answers()
            return super().send(request, response_type)

        def post(self, request: dict[str, Any], *, must_succeed: bool) -> None:
            """Send a request whose answer matters only if it `must_succeed` and did not."""
            if len(self._unanswered) >= _MOST_UNANSWERED:
                self.read_answers()
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            self._unanswered.append(must_succeed)

        def read_answers(self) -> None:
            """Read the answers to everything posted; raise what jsii would have raised."""
            while self._unanswered:
                must_succeed = self._unanswered.pop(0)
                answer = self._next_message()
                if must_succeed and "error" in answer:
                    kind = module.JSIIError if answer["name"] == module.ErrorType.JSII_FAULT.value else RuntimeError
                    raise kind(answer["error"]) from module.JavaScriptError(answer["stack"])

        def _start_again(self) -> None:
            """Give up the early process: it has loaded another version than the program wants."""
            self.read_answers()
            self.stop()
            self.start()

        def load(self, request: Any) -> bool:  # noqa: ANN401 - jsii's LoadRequest
            """Post the request; False when it has to be sent and waited for."""
            wanted = {"name": request.name, "version": request.version, "tarball": request.tarball, "api": "load"}
            if wanted in self._loaded:
                return True
            if any(loaded["name"] == request.name for loaded in self._loaded):
                self._start_again()
            # A temporary copy of a file from an archive is gone after `load`; its folder has another name.
            if Path(request.tarball).parent.name != "_jsii":
                return False
            self.post(wanted, must_succeed=True)
            return True

    def load(self: Any, request: Any) -> object:  # noqa: ANN401 - jsii's ProcessProvider and LoadRequest
        return None if self._process.load(request) else jsii_load(self, request)

    module._NodeProcess = FastNodeProcess
    module.ProcessProvider.load = load


def _discard_unused() -> None:
    while _early:
        _early.pop()[0].discard()


def _forget_early() -> None:
    while _early:
        _early.pop()[0].forget()
