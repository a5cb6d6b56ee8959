"""Reading and cleaning Pipfile.lock."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from packaging.markers import Marker

from operations import lock
from operations.lock import main, read_lock, requirements, without_sources

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

LOCK: dict[str, Any] = {
    "_meta": {"hash": {"sha256": "1"}, "sources": [{"name": "index", "url": "anything"}]},
    "default": {
        "one": {"version": "==1.0", "hashes": ["sha256:a", "sha256:b"], "markers": "python_version >= '3.9'"},
        "two": {"version": "==2.0", "hashes": ["sha256:c"], "index": "index"},
    },
}


def test_requirements_carry_markers_and_every_hash() -> None:
    assert requirements(LOCK, "default") == (
        "one==1.0; python_version >= '3.9' --hash=sha256:a --hash=sha256:b\ntwo==2.0 --hash=sha256:c\n"
    )


def test_every_package_is_for_the_oldest_python_that_is_supported() -> None:
    # A marker that it does not meet would leave the package out, silently. Debian 12 has 3.11.2.
    oldest = {"python_version": "3.11", "python_full_version": "3.11.0", "implementation_version": "3.11.0"}
    left_out = [
        f"{category}: {name} {entry['markers']}"
        for category, packages in read_lock().items()
        if category != "_meta"
        for name, entry in packages.items()
        if "python" in entry.get("markers", "") and not Marker(entry["markers"]).evaluate(oldest)
    ]
    assert left_out == []


def test_cleaning_takes_out_the_sources_and_nothing_else() -> None:
    expected = copy.deepcopy(LOCK)
    expected["_meta"]["sources"] = []
    del expected["default"]["two"]["index"]
    assert without_sources(LOCK) == expected


def test_main_cleans_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "Pipfile.lock"
    file.write_text(json.dumps(LOCK))
    monkeypatch.setattr(lock, "LOCK_FILE", file)
    main()
    assert json.loads(file.read_text()) == without_sources(LOCK)
