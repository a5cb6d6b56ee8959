"""Finds and reads the states of a layout's units, wherever they are, and never writes one.

A unit is a folder with a `terragrunt.hcl`, or a root module of Terraform. Its state is a local file, in the folder or
inside its `.terragrunt-cache`, or in a backend, from which `terraform state pull` fetches it. A folder of files that
were pulled by hand does as well.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from adoption.errors import AdoptionError
from adoption.reading.state_file import EncryptedStateError, parse_state
from adoption.reading.unit import CACHE, DATA_FOLDER, STATE_FILE, WORKSPACES, Choice, Unit
from adoption.terragrunt.backends import backend_of_module, is_only_included
from adoption.terragrunt.remote_state import UNIT_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from adoption.reading.state_model import UnitState
    from adoption.reading.state_programs import Programs


def read_states(folder: Path, *, programs: Programs, choice: Choice | None = None) -> list[UnitState]:
    """Return the state of every unit below a folder, or that of one file.

    Raises:
        AdoptionError: There is no state, one cannot be understood, or a unit has two.

    """
    if not folder.exists():
        raise AdoptionError([f"{folder}: is not a folder"])
    choice = choice or Choice()
    problems: list[str] = []
    states = []
    units = dict(_units(folder, programs, choice))
    problems += [f"--workspace: there is no unit {unit}" for unit in choice.by_unit if unit not in units]
    for unit, read in units.items():
        try:
            states += read()
        except AdoptionError as error:
            problems += [f"{unit}: {problem}" for problem in error.problems]
        except OSError as error:
            problems.append(f"{unit}: {error.filename}: cannot be read: {error.strerror}")
    if not states and not problems:
        problems.append(f"{folder}: has neither units ({UNIT_FILE}) with a state nor state files (*.tfstate)")
    if problems:
        raise AdoptionError(problems)
    return [state for state in states if state.objects]


def _units(folder: Path, programs: Programs, choice: Choice) -> Iterator[tuple[str, Callable[[], list[UnitState]]]]:
    if folder.is_file():
        yield folder.stem, partial(_read_file, folder.stem, folder, programs)
        return
    found = sorted(one.parent for one in folder.rglob(UNIT_FILE) if CACHE not in one.parts)
    units = [one for one in found if len(found) == 1 or not _is_root(one, found)] or _root_modules(folder)
    if not units:
        for path in _pulled_files(folder):
            yield path.relative_to(folder).with_suffix("").as_posix(), partial(_read_file, path.stem, path, programs)
    for unit in units:
        name = unit.relative_to(folder).as_posix() if unit != folder else unit.name
        yield name, Unit(name, unit, programs, choice).states


def _is_root(folder: Path, units: Iterable[Path]) -> bool:
    """Whether a `terragrunt.hcl` is what the units below it include."""
    return any(folder in unit.parents for unit in units) and is_only_included(folder)


def _root_modules(folder: Path) -> list[Path]:
    marks = (DATA_FOLDER, WORKSPACES, STATE_FILE)
    found = {one.parent for mark in marks for one in folder.rglob(mark)}
    found |= {
        one.parent for one in folder.rglob("*.tf*") if one.is_file() and backend_of_module(one.parent) is not None
    }
    return sorted(one for one in found if not {DATA_FOLDER, WORKSPACES} & set(one.relative_to(folder).parts))


def _pulled_files(folder: Path) -> list[Path]:
    here = [*folder.glob("*.tfstate"), *folder.glob("*.json")]
    settings = (".tf.json", ".tfvars.json")
    return sorted(one for one in here or folder.rglob("*.tfstate") if not one.name.endswith(settings))


def _read_file(name: str, path: Path, programs: Programs) -> list[UnitState]:
    raw = path.read_bytes()
    try:
        return [parse_state(name, str(path), raw)]
    except EncryptedStateError:
        return [parse_state(name, str(path), programs.decrypt(path.parent, None))]
