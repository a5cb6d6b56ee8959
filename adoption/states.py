"""Reads the states of a layout's units, wherever they lie, and never writes one.

A unit is a folder with a `terragrunt.hcl`. Its state is a local file, in the folder or inside its `.terragrunt-cache`,
or an object in S3, which `terraform state pull` fetches. A folder of files that were pulled by hand does as well.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adoption.problems import AdoptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

FORMAT_VERSION: Final = 4
UNIT_FILE: Final = "terragrunt.hcl"
CACHE: Final = ".terragrunt-cache"
# Settings of the S3 backend that say where the state is and who reads it; locking needs none for a read.
S3_SETTINGS: Final = (
    "bucket", "key", "region", "profile", "role_arn", "assume_role", "endpoints", "endpoint", "workspace_key_prefix",
    "shared_credentials_files", "shared_credentials_file", "force_path_style", "use_path_style",
    "skip_credentials_validation", "skip_region_validation", "skip_requesting_account_id", "skip_s3_checksum",
)  # fmt: skip


@dataclass(frozen=True)
class StateObject:
    """A resource instance of a state."""

    unit: str
    address: str
    type: str
    attributes: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.address} of {self.unit}"


@dataclass(frozen=True)
class UnitState:
    """The state of one unit: where it was read, who wrote it, and what is in it."""

    unit: str
    source: str
    terraform_version: str
    lineage: str
    serial: int
    objects: tuple[StateObject, ...]


def read_states(folder: Path, *, terraform_version: str, pull: Callable[[Mapping[str, Any]], str]) -> list[UnitState]:
    """Return the state of every unit below a folder.

    `pull` fetches the state that a configuration of the S3 backend names.

    Raises:
        AdoptionError: There is no state, one cannot be understood, or a unit has two.

    """
    if not folder.is_dir():
        raise AdoptionError([f"{folder}: is not a folder"])
    problems: list[str] = []
    states = []
    for unit, read in _sources(folder, pull):
        try:
            states += read()
        except AdoptionError as error:
            problems += [f"{unit}: {problem}" for problem in error.problems]
    if not states and not problems:
        problems.append(f"{folder}: has neither units ({UNIT_FILE}) with a state nor state files (*.tfstate)")
    problems += [problem for state in states for problem in _problems_of_version(state, terraform_version)]
    if problems:
        raise AdoptionError(problems)
    return [state for state in states if state.objects]


def _sources(
    folder: Path, pull: Callable[[Mapping[str, Any]], str]
) -> Iterator[tuple[str, Callable[[], list[UnitState]]]]:
    units = sorted(found.parent for found in folder.rglob(UNIT_FILE) if CACHE not in found.parts)
    pulled = [] if units else [*folder.glob("*.tfstate"), *folder.glob("*.json")]
    for path in sorted(pulled):
        yield path.stem, partial(_read_file, path)
    for unit in units:
        if unit == folder and len(units) > 1:
            continue
        name = unit.relative_to(folder).as_posix() if unit != folder else unit.name
        yield name, partial(_states_of_unit, name, unit, pull)


def _read_file(path: Path) -> list[UnitState]:
    return [_parse(path.stem, str(path), path.read_text(encoding="utf-8"))]


def _states_of_unit(name: str, folder: Path, pull: Callable[[Mapping[str, Any]], str]) -> list[UnitState]:
    found = [
        _parse(name, str(path), path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.tfstate"))
        if ".terraform" not in path.parts and not _is_of_another_unit(path, folder)
    ]
    s3 = _s3_backend(folder)
    if s3 is not None:
        found.append(_parse(name, f"s3://{s3['bucket']}/{s3['key']}", pull(s3)))
    newest: dict[str, UnitState] = {}
    for state in found:
        other = newest.get(state.lineage)
        if other is None or other.serial < state.serial:
            newest[state.lineage] = state
    with_objects = [state for state in newest.values() if state.objects]
    if len(with_objects) > 1:
        sources = " and ".join(sorted(state.source for state in with_objects))
        raise AdoptionError([f"has two states, {sources}; remove the one that no longer counts, or pull the right one"])
    if not found:
        message = f"has no state here; `terragrunt state pull > {name.replace('/', '-')}.tfstate` gives one by hand"
        raise AdoptionError([message])
    return with_objects


def _is_of_another_unit(path: Path, unit: Path) -> bool:
    inner = path.relative_to(unit).parts[:-1]
    if CACHE in inner:
        inner = inner[: inner.index(CACHE)]
    return any((unit.joinpath(*inner[: depth + 1]) / UNIT_FILE).exists() for depth in range(len(inner)))


def _parse(unit: str, source: str, text: str) -> UnitState:
    try:
        state = json.loads(text)
    except ValueError as error:
        raise AdoptionError([f"{source}: is not JSON: {error}"]) from error
    if not isinstance(state, dict) or "version" not in state:
        raise AdoptionError([f"{source}: is not a Terraform state, or an encrypted one; pull it unencrypted"])
    if state["version"] != FORMAT_VERSION:
        message = f"{source}: has format version {state['version']}; only {FORMAT_VERSION} is understood"
        raise AdoptionError([message])
    return UnitState(
        unit=unit,
        source=source,
        terraform_version=state.get("terraform_version", "0.0.0"),
        lineage=state.get("lineage", ""),
        serial=state.get("serial", 0),
        objects=tuple(_objects(unit, state.get("resources") or [])),
    )


def _objects(unit: str, resources: list[dict[str, Any]]) -> Iterator[StateObject]:
    for resource in resources:
        if resource["mode"] != "managed":
            continue
        module = f"{resource['module']}." if "module" in resource else ""
        for instance in resource["instances"]:
            if instance.get("deposed"):
                continue
            key = instance.get("index_key")
            index = "" if key is None else f"[{json.dumps(key)}]"
            address = f"{module}{resource['type']}.{resource['name']}{index}"
            yield StateObject(unit, address, resource["type"], instance.get("attributes") or {})


def _problems_of_version(state: UnitState, terraform_version: str) -> Iterator[str]:
    if _numbers(state.terraform_version) > _numbers(terraform_version):
        yield (
            f"{state.unit}: {state.source}: was written by Terraform {state.terraform_version}, newer than the "
            f"{terraform_version} here; install that one first"
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version.partition("-")[0])[:3])


def _s3_backend(unit: Path) -> dict[str, Any] | None:
    """Return where the state is in S3: as Terraform noted it at init, else as the unit's Terragrunt files say."""
    for noted in sorted(unit.rglob(".terraform/terraform.tfstate")):
        backend = json.loads(noted.read_text(encoding="utf-8")).get("backend", {})
        if backend.get("type") == "s3":
            return {key: value for key, value in backend["config"].items() if key in S3_SETTINGS and value}
    for root in (unit, *unit.parents):
        path = root / UNIT_FILE
        settings = _remote_state(path.read_text(encoding="utf-8")) if path.is_file() else None
        if settings is not None:
            below = unit.relative_to(root).as_posix()
            return {
                key: re.sub(r"\$\{\s*path_relative_to_include\(\)\s*\}", below, value)
                for key, value in settings.items()
            }
        if (root / ".git").exists():
            break
    return None


def _remote_state(hcl: str) -> dict[str, str] | None:
    """Return the S3 settings of a `remote_state` block that are plain texts."""
    block = re.search(r"^remote_state\s*\{(.*?)^\}", hcl, re.MULTILINE | re.DOTALL)
    if block is None or not re.search(r'backend\s*=\s*"s3"', block[1]):
        return None
    found = dict(re.findall(r'^\s*(\w+)\s*=\s*"([^"\n]*)"', block[1], re.MULTILINE))
    settings = {key: value for key, value in found.items() if key in S3_SETTINGS}
    unresolved = [
        f"{key} = {value}"
        for key, value in settings.items()
        if "${" in value.replace("${path_relative_to_include()}", "")
    ]
    if unresolved or not {"bucket", "key", "region"} <= settings.keys():
        said = ", ".join(unresolved) or "bucket, key and region are not all plain texts"
        raise AdoptionError(
            [f"remote_state cannot be followed ({said}); `terragrunt state pull` gives the state by hand"]
        )
    return settings


def pull_from_s3(terraform: str) -> Callable[[Mapping[str, Any]], str]:
    """Return a function that fetches a state from S3 by Terraform itself, with the credentials at hand."""

    def pull(settings: Mapping[str, Any]) -> str:
        with tempfile.TemporaryDirectory() as folder:
            backend = {"terraform": {"backend": {"s3": dict(settings)}}}
            (Path(folder) / "backend.tf.json").write_text(json.dumps(backend), encoding="utf-8")
            _run(terraform, folder, "init", "-input=false", "-no-color")
            return _run(terraform, folder, "state", "pull")

    return pull


def _run(terraform: str, folder: str, *arguments: str) -> str:
    done = subprocess.run([terraform, *arguments], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - the caller's own Terraform
    if done.returncode != 0:
        raise AdoptionError([f"terraform {arguments[0]} failed: {' '.join(done.stderr.split())}"])
    return done.stdout
