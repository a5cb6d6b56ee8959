"""How the product is divided: short files, small folders, layers, no circles, one name and one home for each thing.

An exception needs a written reason, and a reason that no longer applies fails as well.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from config import versions
from config.paths import ROOT
from config.versions import ChartPin, ImagePin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_LINES = 250
MOST_MODULES = 15
FASTSTART = "faststart/src/"

LONG_FILES: dict[str, str] = {}
LARGE_FOLDERS: dict[str, str] = {}
# Of imports for type checks only; where the program runs there is none at all.
TYPE_CIRCLES = {
    frozenset({"config.cluster.auto_mode", "config.cluster.cluster"}): "checks of the settings class that calls them",
    frozenset({"config.cluster.cluster", "config.cluster.endpoint"}): "checks of the settings class that calls them",
    frozenset(
        {"config.cluster.cluster", "config.cluster.ingress_rules"}
    ): "checks of the settings class that calls them",
    frozenset({"config.cluster.cluster", "config.cluster.pod_network"}): "checks of the settings class that calls them",
    frozenset({"config.network.endpoint_policies", "config.network.network"}): "checks of the class that calls them",
    frozenset({"config.network.network", "config.network.subnet_blocks"}): "computes blocks of the class that asks",
}
# Settings, construct, stack and rules of one thing have one name; other pairs need a reason.
LAYERS = ("config", "constructs", "stacks", "operations/judging/rules")
SAME_NAMES = {
    "base": "the base class of the stacks in its folder",
    "hooks": "of Terraform commands, and of the documentation's program",
    "errors": "the base, and what adoption adds to it",
}
# What ends a program is an `ExpectedError` (config/core/errors.py); these never get that far, nor do private ones.
OTHER_ERRORS = {
    "UnreadableError": "becomes a problem of its file",
    "Unresolved": "the caller that asked for the value decides what it means",
}


@cache
def product_files() -> dict[str, str]:
    """Return the text of each Python file that is not a test, by its path."""
    folders = [path for path in ROOT.iterdir() if path.is_dir() and path.name not in ("tests", "cdktf.out")]
    found = [ROOT / "main.py"]
    for folder in folders:
        if not folder.name.startswith(".") and folder.name != "node_modules":
            found += [path for path in folder.rglob("*.py") if not {"tests", ".venv"} & set(path.parts)]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in sorted(found)}


@cache
def modules() -> dict[str, str]:
    """Return the file of each module by its name."""
    return {_module_name(path): path for path in product_files()}


def _module_name(path: str) -> str:
    return path.removeprefix(FASTSTART).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def _imports(name: str, *, with_types: bool) -> frozenset[str]:
    """Return the modules of the product that a module imports, inside of functions as well."""
    path = modules()[name]
    package = name if path.endswith("/__init__.py") else name.rpartition(".")[0]
    found: set[str] = set()
    for node in _walk(ast.parse(product_files()[path]), with_types=with_types):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.rsplit(".", node.level - 1)[0] if node.level else ""
            origin = ".".join(part for part in (base, node.module) if part)
            for alias in node.names:
                inner = f"{origin}.{alias.name}"
                found.add(inner if inner in modules() else origin)
    return frozenset((found & set(modules())) - {name})


def _walk(node: ast.AST, *, with_types: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        is_for_types = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        if with_types or not is_for_types:
            yield child
            yield from _walk(child, with_types=with_types)


def _circles(*, with_types: bool) -> Iterator[frozenset[str]]:
    """Yield circles until there is none, each without the import that closed it."""
    graph = {name: set(_imports(name, with_types=with_types)) for name in modules()}
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle: list[str] = error.args[1]
            yield frozenset(circle)
            graph[circle[1]].discard(circle[0])
        else:
            return


def _assert_reasons(found: Iterable[object], reasons: Iterable[object], what: str) -> None:
    all_found, explained = set(found), set(reasons)
    assert all_found - explained == set(), f"{what}: divide them, or write the reason in this file"
    assert explained - all_found == set(), f"{what}: the reason no longer applies; remove it"


def test_files_are_short() -> None:
    long = [path for path, text in product_files().items() if text.count("\n") > MOST_LINES]
    _assert_reasons(long, LONG_FILES, f"files of more than {MOST_LINES} lines")


def test_folders_are_small() -> None:
    counts: dict[str, int] = defaultdict(int)
    for path in map(PurePosixPath, product_files()):
        counts[str(path.parent)] += path.name != "__init__.py"
    large = [folder for folder, count in counts.items() if count > MOST_MODULES]
    _assert_reasons(large, LARGE_FOLDERS, f"folders of more than {MOST_MODULES} modules")


def test_nothing_is_imported_in_a_circle() -> None:
    assert list(_circles(with_types=False)) == []


def test_types_are_imported_in_a_circle_for_a_reason_only() -> None:
    _assert_reasons(_circles(with_types=True), TYPE_CIRCLES, "circles of imports for types")


def test_packages_say_what_they_hold_and_do_nothing() -> None:
    folders = {str(PurePosixPath(path).parent) for path in product_files()} - {".", "constructs", "faststart"}
    for folder in folders - {FASTSTART.rstrip("/")}:
        text = product_files().get(f"{folder}/__init__.py")
        assert text is not None, f"{folder} has no __init__.py"
        body = ast.parse(text).body
        assert ast.get_docstring(ast.parse(text)), f"{folder}/__init__.py has no docstring"
        if not folder.startswith(FASTSTART):
            assert len(body) == 1, f"{folder}/__init__.py has code, which every import below it would run"


def test_the_constructs_have_no_package_of_their_own() -> None:
    # The library of that name is one; Python looks for modules in both.
    assert "constructs/__init__.py" not in product_files()


def _layers() -> dict[str, tuple[str, ...]]:
    """Return what each folder may import, from the table in docs/architecture.md."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w./]+)` \|.*\|(.*)\|$", text, re.MULTILINE)
    return {folder: tuple(re.findall(r"`([\w./]+)`", allowed)) for folder, allowed in rows}


def test_layers_import_what_the_architecture_says() -> None:
    layers = _layers()
    assert {path.partition("/")[0] for path in product_files()} == {layer.partition("/")[0] for layer in layers}
    used: set[tuple[str, str]] = set()
    for name, path in modules().items():
        layer = max((layer for layer in layers if path.startswith(layer)), key=len)
        for imported in _imports(name, with_types=True):
            target = modules()[imported]
            if not target.startswith(layer):
                allowed = next((one for one in layers[layer] if target.startswith(one)), None)
                assert allowed is not None, f"{path} imports {target}; docs/architecture.md says what {layer} may"
                used.add((layer, allowed))
    stated = {(layer, allowed) for layer, each in layers.items() for allowed in each}
    assert stated - used == set(), "nothing imports these: remove them from the table"


def test_modules_of_different_meaning_have_different_names() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in map(PurePosixPath, product_files()):
        if not path.name.startswith("__") and not str(path).startswith(FASTSTART):
            layer = next((layer for layer in LAYERS if str(path).startswith(f"{layer}/")), "")
            places[path.stem].append(layer)
    doubled = {name for name, layers in places.items() if len(layers) > len(set(layers) - {""}) and len(layers) > 1}
    _assert_reasons(doubled, SAME_NAMES, "modules of one name")


def test_every_error_that_ends_a_program_has_one_base() -> None:
    found = [
        node.name
        for path, text in product_files().items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef)
        and [ast.unparse(base) for base in node.bases] == ["Exception"]
        and not node.name.startswith("_")
        and path != "config/core/errors.py"
        and not path.startswith(FASTSTART)
    ]
    _assert_reasons(found, OTHER_ERRORS, "exceptions other than ExpectedError")


def _pins() -> Iterator[str]:
    for value in vars(versions).values():
        if isinstance(value, ChartPin):
            yield value.version
        elif isinstance(value, ImagePin):
            yield value.tag
        elif isinstance(value, dict) and all(isinstance(one, str) for one in value.values()):
            yield from value.values()
    yield versions.BUSYBOX


def test_versions_stand_in_one_file() -> None:
    pins = "|".join(sorted({re.escape(pin.removeprefix("v")) for pin in _pins()}))
    pattern = re.compile(rf"(?<![\w.])v?(?:{pins})(?![\w.])|\bcharts? (?:version )?v?\d+\.\d+")
    found = [
        f"{path}: {match[0]}"
        for path, text in product_files().items()
        if path != "config/versions.py" and not path.startswith(FASTSTART)
        for match in pattern.finditer(text)
    ]
    assert found == []


def test_every_ignore_gives_its_reason() -> None:
    without = re.compile(
        r"# (?:noqa: [A-Z0-9]+(?:, ?[A-Z0-9]+)*|type: ignore\[[a-z-]+\])\s*$|# noqa\s*$|# type: ignore\s*$"
    )
    found = [
        f"{path}:{number}: {line.strip()}"
        for path, text in product_files().items()
        for number, line in enumerate(text.splitlines(), start=1)
        if without.search(line)
    ]
    assert found == []
