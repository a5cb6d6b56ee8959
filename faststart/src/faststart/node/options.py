"""The Node half: a preload script that makes the index of a provider's JavaScript package lazy.

`lib/index.js` of the AWS provider requires 2,212 modules (3 s and 300 MB); the script turns each into a getter.
"""

from __future__ import annotations

import os

from faststart._settings import report_once

_PRELOAD = os.path.join(os.path.dirname(__file__), "preload.cjs")  # noqa: PTH118, PTH120 - pathlib takes 10 ms


def add_preload() -> None:
    """Add the preload script to `NODE_OPTIONS`; what is already there stays, and a second call changes nothing."""
    if not os.path.isfile(_PRELOAD):  # noqa: PTH113 - as above
        report_once("Node preload script", f"{_PRELOAD} is not a file")
        return
    os.environ["NODE_OPTIONS"] = with_preload(os.environ.get("NODE_OPTIONS", ""), _PRELOAD)


def with_preload(node_options: str, script: str) -> str:
    """`node_options` with one `--require` of `script` at its end.

    Node splits the variable at spaces; inside double quotes a backslash escapes the next character
    (https://nodejs.org/api/cli.html#node_optionsoptions).
    """
    escaped = script.replace("\\", "\\\\").replace('"', '\\"')
    option = f'--require "{escaped}"'
    return node_options if option in node_options else f"{node_options} {option}".strip()
