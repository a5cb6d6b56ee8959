"""Reads the state of one unit: of the workspace that counts, from a file or from its backend."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from adoption.errors import AdoptionError
from adoption.reading.objects import first
from adoption.reading.state_file import EncryptedStateError, parse_state
from adoption.reading.state_model import DEFAULT_WORKSPACE, UnitState
from adoption.terragrunt.backends import backend_of_module, backend_of_unit
from adoption.terragrunt.remote_state import UNIT_FILE, Backend
from adoption.terragrunt.trees import Unresolved

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from adoption.reading.state_programs import Programs

CACHE: Final = ".terragrunt-cache"
DATA_FOLDER: Final = ".terraform"
WORKSPACES: Final = "terraform.tfstate.d"
STATE_FILE: Final = "terraform.tfstate"
# What Terraform leaves when a backend did not take a state: newer than that of the backend.
ERRORED: Final = "errored.tfstate"


@dataclass(frozen=True)
class Choice:
    """The workspaces that a person chose: for all units, and for single ones."""

    for_all: str | None = None
    by_unit: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, options: Iterable[str]) -> Choice:
        """Read options of the form NAME or UNIT=NAME."""
        pairs = [option.rpartition("=") for option in options]
        for_all = [name for _, equals, name in pairs if not equals]
        if len(set(for_all)) > 1:
            raise AdoptionError([f"--workspace: {' and '.join(for_all)} were given for all units; write UNIT=NAME"])
        return cls(for_all[-1] if for_all else None, {unit: name for unit, equals, name in pairs if equals})

    def of(self, unit: str) -> str | None:
        """Return the workspace of a unit, None where none is chosen."""
        return self.by_unit.get(unit, self.for_all)


@dataclass(frozen=True)
class Unit:
    """A folder with the state of one root module."""

    name: str
    folder: Path
    programs: Programs
    choice: Choice

    def states(self) -> list[UnitState]:
        """Return its state with objects, none where it has none of them."""
        current = self.choice.of(self.name) or self._current_workspace()
        found = list(self._local(current))
        backend = self._backend(has_local=any(state.objects for state in found))
        if backend is not None and backend.type == "local":
            found += self._at_path(backend, current, {state.source for state in found})
        elif backend is not None:
            found.append(self._pull(backend, current))
        if not found:
            raise AdoptionError([self._nothing(current)])
        found = self._of_workspace(found, current)
        newest: dict[str, UnitState] = {}
        for state in found:
            other = newest.get(state.lineage)
            if other is None or other.serial < state.serial:
                newest[state.lineage] = state
        with_objects = [state for state in newest.values() if state.objects]
        if len(with_objects) > 1:
            sources = " and ".join(sorted(state.source for state in with_objects))
            message = f"has two states, {sources}; remove the one that no longer counts, or pull the right one"
            raise AdoptionError([message])
        return with_objects

    def _nothing(self, current: str | None) -> str:
        of = "" if current in (None, DEFAULT_WORKSPACE) else f" of workspace {current}"
        by_hand = f"`terragrunt state pull > {self.name.replace('/', '-')}.tfstate` gives one by hand"
        return f"has no state{of} here; {by_hand}"

    def _inside(self, pattern: str) -> list[Path]:
        return [one for one in sorted(self.folder.rglob(pattern)) if not _is_of_another_unit(one, self.folder)]

    def _current_workspace(self) -> str | None:
        """Return the workspace that the unit is in: Terraform notes it next to its plugins."""
        if os.environ.get("TF_WORKSPACE"):
            return os.environ["TF_WORKSPACE"]
        names = {
            path.read_text(encoding="utf-8", errors="replace").strip()
            for path in self._inside(f"{DATA_FOLDER}/environment")
        } - {""}
        if len(names) > 1:
            message = f"is in several workspaces, {', '.join(sorted(names))}; choose with --workspace {self.name}=NAME"
            raise AdoptionError([message])
        return next(iter(names), None)

    def _local(self, current: str | None) -> Iterator[UnitState]:
        for path in self._inside("*.tfstate"):
            if DATA_FOLDER in path.relative_to(self.folder).parts:
                continue
            if path.name == ERRORED:
                message = f"{path} was never pushed to the backend; push it (`state push`), then remove it"
                raise AdoptionError([message])
            raw = path.read_bytes()
            if not raw.strip():
                continue
            workspace = _workspace_of(path)
            try:
                yield parse_state(self.name, str(path), raw, workspace=workspace)
            except EncryptedStateError:
                if current in (None, workspace):
                    raw = self.programs.decrypt(_module_folder(path), workspace)
                    yield parse_state(self.name, f"{path} (by tofu)", raw, workspace=workspace)

    def _of_workspace(self, found: list[UnitState], current: str | None) -> list[UnitState]:
        by_workspace: dict[str, list[UnitState]] = defaultdict(list)
        for state in found:
            by_workspace[state.workspace].append(state)
        if current is not None:
            if current not in by_workspace:
                there = ", ".join(sorted(by_workspace))
                raise AdoptionError([f"has no state of workspace {current}; there are: {there}"])
            return by_workspace[current]
        with_objects = [name for name, states in by_workspace.items() if any(state.objects for state in states)]
        if len(with_objects) > 1:
            names = ", ".join(sorted(with_objects))
            raise AdoptionError([f"has states of workspaces {names}; choose with --workspace NAME"])
        return by_workspace[with_objects[0]] if with_objects else found

    def _backend(self, *, has_local: bool) -> Backend | None:
        """Return the backend: as Terraform noted it at init, else as Terragrunt or the files say.

        What the files do not contain is no matter where there is a local state with objects.
        """
        for noted in self._inside(f"{DATA_FOLDER}/{STATE_FILE}"):
            backend = _noted_backend(noted)
            if backend is not None:
                return backend
        rendered = self.programs.render(self.folder) if (self.folder / UNIT_FILE).exists() else None
        if rendered is not None:
            return rendered
        try:
            return backend_of_unit(self.folder) or backend_of_module(self.folder)
        except Unresolved as error:
            if has_local:
                return None
            message = f"its backend is not known ({error}); `terragrunt state pull` gives the state by hand"
            raise AdoptionError([message]) from error

    def _at_path(self, backend: Backend, current: str | None, known: set[str]) -> Iterator[UnitState]:
        path = self.folder / str(backend.config.get("path") or STATE_FILE)
        paths = {DEFAULT_WORKSPACE: path}
        workspaces = self.folder / str(backend.config.get("workspace_dir") or WORKSPACES)
        paths |= {one.parent.name: one for one in sorted(workspaces.glob(f"*/{STATE_FILE}"))}
        for workspace, one in paths.items():
            if one.is_file() and current in (None, workspace) and str(one) not in known:
                yield parse_state(self.name, str(one), one.read_bytes(), workspace=workspace)

    def _pull(self, backend: Backend, current: str | None) -> UnitState:
        raw = self.programs.pull(backend, current)
        source = shown_backend(backend)
        workspace = current or DEFAULT_WORKSPACE
        if not raw.strip():
            raise AdoptionError([f"{source}: has no state of workspace {workspace}"])
        try:
            return parse_state(self.name, source, raw, workspace=workspace)
        except EncryptedStateError:
            folder = next((one.parent.parent for one in self._inside(f"{DATA_FOLDER}/{STATE_FILE}")), self.folder)
            return parse_state(self.name, f"{source} (by tofu)", self.programs.decrypt(folder, current))


def shown_backend(backend: Backend) -> str:
    """Return where a backend keeps a state, as a person reads it."""
    config = backend.config
    if backend.type == "s3":
        return f"s3://{config.get('bucket')}/{config.get('key')}"
    if backend.type == "gcs":
        return f"gs://{config.get('bucket')}/{config.get('prefix') or ''}"
    if backend.type == "azurerm":
        return f"azurerm {config.get('storage_account_name')}/{config.get('container_name')}/{config.get('key')}"
    if backend.type in ("cloud", "remote"):
        workspaces = first(config.get("workspaces"))
        said = workspaces.get("name") or workspaces.get("prefix") or workspaces.get("tags") or ""
        return f"{config.get('hostname') or 'app.terraform.io'}/{config.get('organization')}/{said}"
    return f"backend {backend.type}"


def _noted_backend(path: Path) -> Backend | None:
    try:
        noted = json.loads(path.read_bytes())["backend"]
        config: dict[str, Any] = noted["config"]
        found = Backend(
            str(noted["type"]), {key: value for key, value in config.items() if value not in (None, [], "")}
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    # A path counts from the module's folder.
    if found.type == "local" and "path" in found.config:
        return Backend("local", {**found.config, "path": str(path.parent.parent / str(found.config["path"]))})
    return found


def _workspace_of(path: Path) -> str:
    return path.parent.name if path.parent.parent.name == WORKSPACES else DEFAULT_WORKSPACE


def _module_folder(path: Path) -> Path:
    return path.parent.parent.parent if path.parent.parent.name == WORKSPACES else path.parent


def _is_of_another_unit(path: Path, unit: Path) -> bool:
    inner = path.relative_to(unit).parts[:-1]
    if CACHE in inner:
        inner = inner[: inner.index(CACHE)]
    return any((unit.joinpath(*inner[: depth + 1]) / UNIT_FILE).exists() for depth in range(len(inner)))
