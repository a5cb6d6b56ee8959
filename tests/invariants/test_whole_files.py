"""Files are written whole, by `write_whole` and `write_new`: a crash leaves the old or the new one, never a part.

Every other way of writing in the product stands here with its reason.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from config.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRODUCT = ("main.py", "adoption", "checks", "config", "constructs", "stacks", "operations", "faststart/src")
METHODS = frozenset({"write_text", "write_bytes", "touch"})
COPIES = frozenset({"copy", "copy2", "copyfile", "copytree", "move"})
OPENINGS = frozenset({"open", "fdopen"})

TEMPORARY = "a folder of the command's own, which goes when it ends"
LOG = "a log, written as things happen"
# By file.
ALLOWED = {
    "adoption/judging/court.py": TEMPORARY,
    "adoption/keeping/kept_environment.py": TEMPORARY,
    "adoption/provider/provider_schema.py": TEMPORARY,
    "adoption/reading/state_programs.py": TEMPORARY,
    "adoption/writing/file_set.py": "writes several files as one: each aside, then all renamed",
    "checks/charts.py": TEMPORARY,
    "checks/real_programs.py": TEMPORARY,
    "config/core/files/written_files.py": "what writes whole files",
    "faststart/src/faststart/node/process.py": "a pipe",
    "faststart/src/faststart/parallel.py": "the folder that a synthesis is staged in",
    "operations/commands/hooks.py": LOG,
    "operations/planning/stand_ins.py": "the folder of the run",
    "operations/runs/folders.py": "the folder of the run",
    "operations/setup/packages.py": LOG,
    "operations/setup/step.py": LOG,
    "operations/terraform/plugin_cache.py": "a lock, without content",
    "operations/terraform/runner.py": LOG,
    "operations/terraform/state_backup.py": "a copy aside, which is then renamed",
}


def plain_writes(path: Path) -> Iterator[int]:
    """Yield the line of each call that writes a file in place."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _writes(node):
            yield node.lineno


def _writes(call: ast.Call) -> bool:
    function = call.func
    name = (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )
    if name in METHODS:
        return True
    if name in COPIES:
        return isinstance(function, ast.Attribute) and ast.unparse(function.value) == "shutil"
    if name not in OPENINGS:
        return False
    given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    texts = [value.value for value in given if isinstance(value, ast.Constant) and isinstance(value.value, str)]
    return any(set(text) <= set("rwaxbt+") and set(text) & set("wax+") for text in texts)


def files() -> Iterator[Path]:
    """Yield the modules of the product."""
    for name in PRODUCT:
        path = ROOT / name
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def allowed() -> set[str]:
    """Return the files that may write in place."""
    return set(ALLOWED)


def test_every_file_is_written_whole() -> None:
    found = {str(path.relative_to(ROOT)): list(plain_writes(path)) for path in files()}
    writing = {name: lines for name, lines in found.items() if lines}
    assert {name: lines for name, lines in writing.items() if name not in allowed()} == {}, "use write_whole"
    assert allowed() - writing.keys() == set(), "these write nothing in place any more"


def test_it_finds_each_way_of_writing(tmp_path: Path) -> None:
    lines = (
        "path.write_text('x')",
        "path.write_bytes(b'')",
        "path.touch()",
        "open('x', 'w')",
        "path.open('ab')",
        "path.open(mode='x')",
        "os.fdopen(1, 'wb')",
        "shutil.copy2(a, b)",
        "path.open('r+')",
    )
    others = ("path.open()", "path.open('rb')", "open('wax.txt')", "copy.copy(a)", "path.read_text()")
    file = tmp_path / "module.py"
    file.write_text("\n".join((*lines, *others)), encoding="utf-8")
    assert list(plain_writes(file)) == list(range(1, len(lines) + 1))
