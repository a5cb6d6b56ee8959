"""All files or none, whatever goes wrong on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from adoption.errors import AdoptionError
from adoption.writing.file_set import write_all


def test_writes_all_of_them(tmp_path: Path) -> None:
    write_all({tmp_path / "a": "1", tmp_path / "deep/b": "2"}, private=[tmp_path / "a"])
    assert {path.name: path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == {"a": "1", "b": "2"}
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device", "x")])
@pytest.mark.parametrize("successes", range(3))
def test_leaves_every_file_as_it_was(
    successes: int, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("before")
    original = Path.replace
    done: list[Path] = []

    def replace(self: Path, target: Path) -> Path:
        if len(done) == successes:
            raise error
        done.append(target)
        return original(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    expected = KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else AdoptionError
    with pytest.raises(expected):
        write_all({tmp_path / "a": "1", tmp_path / "b": "2", tmp_path / "c": "3"})
    assert {path.name: path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == {"a": "before"}
