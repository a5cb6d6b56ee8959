"""Synthesis of many independent parts by several processes, with the result and the errors of one process.

Each process builds an app of its own from some of the parts (environments, say) in a folder of its own; this process is
one of them. When all have succeeded their stacks are moved into one output folder with one manifest. When one has
failed, everything is built again in this process: so the error is the one that it would have been without the others.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from . import install
from ._settings import LIBRARIES, report_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from concurrent.futures import Future

Part = TypeVar("Part")

_MANIFEST = "manifest.json"
_STACKS = "stacks"


class UnknownManifestError(Exception):
    """cdktf writes its manifest in a way that is not known here, or a stack belongs to two shares."""


def synthesize(
    build: Callable[[Any, Part], object],
    parts: Sequence[Part],
    *,
    processes: int,
    outdir: Path | None = None,
    app_options: Mapping[str, Any] | None = None,
) -> None:
    """Call `build(app, part)` for every part and write all stacks to `outdir`, which nothing touches before that.

    `build` and the parts are pickled: `build` is a function of a module, and that module imports the providers.
    No construct may belong to more than one part. `outdir` is by default where `cdktf.App` writes; `app_options` are
    further arguments of `cdktf.App`.

    Raises: whatever `build` or the synthesis raises, as if everything had happened in this process.
    """
    target = (outdir or Path(os.environ.get("CDKTF_OUTDIR", "cdktf.out"))).resolve()
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
        shares = [share for share in _shares(parts, processes) if share]
        failure = None
        try:
            folders = _synthesize_shares(build, shares, Path(folder), app_options or {})
            manifest = _joined_manifest(folders)
        except Exception as error:
            failure = error
        if failure is not None:
            folders = [_synthesize_share(build, parts, Path(folder) / "all", app_options or {})]
            manifest = (folders[0] / _MANIFEST).read_text(encoding="utf-8")
            report_once("Synthesis by several processes", f"{type(failure).__name__}: {failure}")
        _move_into(target, folders, manifest)


def _shares(parts: Sequence[Part], number: int) -> list[Sequence[Part]]:
    """Divide the parts, in their order, into shares whose sizes differ by one at most."""
    bounds = [len(parts) * index // number for index in range(number + 1)]
    return [parts[start:end] for start, end in itertools.pairwise(bounds)]


def _synthesize_shares(
    build: Callable[[Any, Part], object],
    shares: Sequence[Sequence[Part]],
    folder: Path,
    app_options: Mapping[str, Any],
) -> list[Path]:
    """Synthesize the first share here and every other in a process of its own; return their folders."""
    folders = [folder / str(index) for index in range(len(shares))]
    if len(shares) == 1:
        return [_synthesize_share(build, shares[0], folders[0], app_options)]
    context = get_context("spawn")
    with ProcessPoolExecutor(len(shares) - 1, mp_context=context, initializer=install) as executor:
        others: list[Future[Path]] = [
            executor.submit(_synthesize_share, build, share, share_folder, app_options)
            for share, share_folder in zip(shares[1:], folders[1:], strict=True)
        ]
        _synthesize_share(build, shares[0], folders[0], app_options)
        for other in others:
            other.result()
    return folders


def _synthesize_share(
    build: Callable[[Any, Part], object], parts: Iterable[Part], folder: Path, app_options: Mapping[str, Any]
) -> Path:
    app = importlib.import_module(_library()).App(outdir=str(folder), **app_options)
    for part in parts:
        build(app, part)
    app.synth()
    return folder


def _library() -> str:
    """Name the library that the program has imported, or else the one that is installed."""
    imported = [name for name in LIBRARIES if name in sys.modules]
    return next(name for name in (*imported, *LIBRARIES) if name in sys.modules or find_spec(name) is not None)


def _joined_manifest(folders: Iterable[Path]) -> str:
    """Join the manifests of the folders as cdktf would have written one of them all.

    Raises: UnknownManifestError.
    """
    joined: dict[str, Any] = {}
    stacks: dict[str, Any] = {}
    for folder in folders:
        text = (folder / _MANIFEST).read_text(encoding="utf-8")
        manifest = json.loads(text)
        if _stable_json(manifest) != text or stacks.keys() & manifest[_STACKS].keys():
            raise UnknownManifestError(f"{folder.name}/{_MANIFEST} cannot be joined with the others")
        joined.update(manifest)
        stacks.update(manifest[_STACKS])
    return _stable_json({**joined, _STACKS: stacks})


def _stable_json(value: object, indent: str = "\n") -> str:
    """Write JSON as the npm package json-stable-stringify does with `space: 2`, which cdktf uses."""
    inner = indent + "  "
    if isinstance(value, dict):
        items = (f"{inner}{_stable_json(key)}: {_stable_json(value[key], inner)}" for key in sorted(value))
        return "{" + ",".join(items) + indent + "}"
    if isinstance(value, list):
        return "[" + ",".join(inner + _stable_json(item, inner) for item in value) + indent + "]"
    return json.dumps(value, ensure_ascii=False)


def _move_into(target: Path, folders: Iterable[Path], manifest: str) -> None:
    """Move the stacks' files next to what Terraform keeps in their folders, and write the manifest last."""
    for folder in folders:
        for source in sorted(path for path in (folder / _STACKS).rglob("*") if path.is_file()):
            destination = target / source.relative_to(folder)
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(source, destination)
    (target / _MANIFEST).write_text(manifest, encoding="utf-8")
