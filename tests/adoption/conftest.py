"""The recorded states of the layout, and a copy of `values/` that is taken over."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from config.paths import ROOT
from tests.integration.conftest import mirror, new_project, terraform

if TYPE_CHECKING:
    from adoption.adopt import Adoption

__all__ = ["mirror", "new_project", "terraform"]

STATES = Path(__file__).parent / "states"


@dataclass
class Layout:
    """The states of a layout that a test changes, and the project that takes it over."""

    project: Path
    folder: Path

    def __post_init__(self) -> None:
        self.states: dict[str, dict[str, Any]] = {
            path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(STATES.glob("*.json"))
        }

    @property
    def values(self) -> Path:
        """The folder that adoption writes to."""
        return self.project / "values"

    def attributes(self, type_: str, name: str = "", index: int = 0) -> dict[str, Any]:
        """Return the attributes of an instance, to be changed."""
        resource = self.resource(type_, name)
        found: dict[str, Any] = resource["instances"][index]["attributes"]
        return found

    def resource(self, type_: str, name: str = "") -> dict[str, Any]:
        """Return the first resource of a type and name."""
        return next(
            resource
            for state in self.states.values()
            for resource in state["resources"]
            if resource["type"] == type_ and name in ("", resource["name"])
        )

    def forget(self, type_: str, name: str = "") -> None:
        """Take a resource out of its state."""
        resource = self.resource(type_, name)
        for state in self.states.values():
            state["resources"] = [one for one in state["resources"] if one is not resource]

    def replace_text(self, old: str, new: str) -> None:
        """Replace a text everywhere in the states, e.g. the name of a role in its ARN as well."""
        self.states = json.loads(json.dumps(self.states).replace(old, new))

    def set(self, old: str, new: str) -> None:
        """Replace a text in the environment file."""
        path = self.values / "environments/dev.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def write(self) -> None:
        """Write the states."""
        self.folder.mkdir(exist_ok=True)
        for unit, state in self.states.items():
            (self.folder / f"{unit}.tfstate").write_text(json.dumps(state), encoding="utf-8")

    def adopt(self) -> Adoption:
        """Take the states over; nothing below `values/` is written."""
        from adoption.adopt import adopt
        from adoption.reading.state_programs import Programs

        self.write()
        return adopt("dev", self.folder, project=self.project, programs=Programs(None))


NewLayout = Callable[[], Layout]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Give the recorded layout and a copy of `values/`."""
    shutil.copytree(ROOT / "values", tmp_path / "project/values")
    return Layout(tmp_path / "project", tmp_path / "pulled")
