"""Makes jsii use the Node process that was started early, and lets it continue while Node loads a package.

The answer to `load` is read before the next real request. Meanwhile Python imports, and when a class of a provider has
been imported, Node is asked to make an object of it.
"""

from __future__ import annotations

import atexit
import importlib
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faststart._settings import report_once

from . import early_node, warm_up
from .messages import Messages

if TYPE_CHECKING:
    from types import ModuleType

# With so many requests on their way unanswered they still fit into the socket's buffer, so that writing one never waits
# for Node, which may be waiting until somebody reads its answers.
_MOST_UNANSWERED = 150
_BYTES_OF_A_REQUEST = 4096

_running: list[Any] = []


def install(_jsii: ModuleType) -> None:
    """Make the imported jsii use the process that was started."""
    early = early_node.waiting()
    if early is None:
        return
    process_module = importlib.import_module("jsii._kernel.providers.process")
    if _is_known(process_module):
        _replace(process_module)
        warm_up.install(_ask_without_waiting, early.loads[-1]["name"] if early.warm_up else None)
    else:
        report_once("jsii", "its way of talking to Node is not of the known shape")
        early_node.discard()


def _ask_without_waiting(request: dict[str, Any]) -> None:
    for process in _running:
        process.post(request, must_succeed=False)


def _is_known(module: ModuleType) -> bool:
    """Whether jsii's process has everything that `_replace` uses or replaces."""
    process = getattr(module, "_NodeProcess", None)
    methods = ("start", "stop", "handshake", "send", "_next_message")
    names = ("LoadRequest", "JSIIError", "JavaScriptError", "ErrorType", "jdefault", "ohook", "ObjRef")
    private_names = ("_ProcessResponse", "_OkayResponse", "_CallbackResponse", "_unstructure_ref")
    reference_map = importlib.import_module("jsii._reference_map")
    return (
        callable(getattr(reference_map, "register_type", None))
        and process is not None
        and all(callable(getattr(process, name, None)) for name in methods)
        and all(hasattr(module, name) for name in names + private_names)
        and callable(getattr(importlib.import_module("jsii._kernel"), "_make_reference_for_native", None))
        and callable(getattr(getattr(module, "ProcessProvider", None), "load", None))
    )


def _replace(module: Any) -> None:  # noqa: ANN401, C901 - a module of jsii, without types; the class needs its names
    """Exchange the process class of jsii, and the one request that need not be waited for."""
    jsii_load = module.ProcessProvider.load
    messages = Messages(module)

    class FastNodeProcess(module._NodeProcess):  # type: ignore[misc] # a module without types
        """jsii's process, taken from `early_node`, with requests whose answers are read later."""

        def start(self) -> None:
            self._turn = threading.RLock()
            self._unanswered: list[bool] = []
            self._loaded: list[dict[str, str]] = []
            self._most_unanswered = 0
            early = early_node.take()
            if early is None:
                super().start()
                return
            self._process = early.process
            self.sink_thread = self._process.pass_output_on()
            atexit.register(self.stop)
            self.handshake()
            self._loaded = early.loads
            self._most_unanswered = min(_MOST_UNANSWERED, early.process.buffer_bytes // _BYTES_OF_A_REQUEST)
            self._unanswered = [True] * len(early.loads) + [False] * len(early.warm_up)
            _running.append(self)

        def stop(self) -> None:
            if self in _running:
                _running.remove(self)
            super().stop()

        def send(self, request: object, response_type: Any) -> object:  # noqa: ANN401 - a class of jsii
            with self._turn:
                self.read_answers()
                line = messages.encode(request)
                if line is None:
                    return super().send(request, response_type)
                self._process.stdin.write(line)
                self._process.stdin.flush()
                message = self._next_message()
                answer = messages.answer(request, response_type, message)
                return self._unusual_answer(message, response_type) if answer is None else answer

        def _next_message(self) -> Any:  # noqa: ANN401 - JSON
            return messages.decode(self._process.stdout.readline())

        def _unusual_answer(self, message: Any, response_type: object) -> object:  # noqa: ANN401 - JSON
            """Do what jsii does with a message that is an error, a callback or a rare answer."""
            _raise_error(module, message)
            response = self._serializer.structure(message, module._ProcessResponse)
            if isinstance(response, module._CallbackResponse):
                return response.callback
            return self._serializer.structure(response.ok, response_type)

        def post(self, request: dict[str, Any], *, must_succeed: bool) -> None:
            """Send a request whose answer matters only if it `must_succeed` and did not."""
            with self._turn:
                if len(self._unanswered) >= self._most_unanswered:
                    self.read_answers()
                self._process.stdin.write(json.dumps(request).encode() + b"\n")
                self._process.stdin.flush()
                self._unanswered.append(must_succeed)

        def read_answers(self) -> None:
            """Read the answers to everything posted; raise what jsii would have raised."""
            while self._unanswered:
                must_succeed = self._unanswered.pop(0)
                answer = self._next_message()
                if must_succeed:
                    _raise_error(module, answer)

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


def _raise_error(module: Any, message: Any) -> None:  # noqa: ANN401 - a module of jsii, without types, and JSON
    """Raise what jsii raises for a message with an error."""
    if "error" in message:
        kind = module.JSIIError if message["name"] == module.ErrorType.JSII_FAULT.value else RuntimeError
        raise kind(message["error"]) from module.JavaScriptError(message["stack"])
