"""What a file of Terragrunt says of where the state is: `remote_state`, or a generated `backend` block.

Includes, locals and the functions by which layouts find their files are followed as Terragrunt does it:
https://terragrunt.gruntwork.io/docs/reference/hcl/
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adoption.terragrunt.expressions import Scope
from adoption.terragrunt.functions import FUNCTIONS
from adoption.terragrunt.hcl import parse
from adoption.terragrunt.trees import Unresolved

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adoption.terragrunt.hcl import Body

UNIT_FILE: Final = "terragrunt.hcl"
ROOT_FILE: Final = "root.hcl"
_DEEPEST: Final = 20


@dataclass(frozen=True)
class Backend:
    """A backend of Terraform and its settings."""

    type: str
    config: Mapping[str, Any]


@dataclass(frozen=True)
class File:
    """A file of Terragrunt, as the unit in `unit` reads it; `root` is its own folder where it is included."""

    path: Path
    unit: Path
    depth: int = 0

    @cached_property
    def body(self) -> Body:
        """What the file says, not evaluated yet."""
        if self.depth > _DEEPEST:
            raise Unresolved(f"{self.path.name} includes itself")
        return parse(read(self.path))

    def backend(self) -> Backend | None:
        """Return the backend that the file or one that it includes says; None where none does."""
        for _, block in self.body.all("remote_state"):
            return self._remote_state(block)
        for labels, block in self.body.all("generate"):
            if "contents" in block.attributes and "backend" in " ".join(labels):
                text = str(block.attributes["contents"].evaluate(self.scope))
                found = backend_block(parse(text), self.scope)
                if found is not None:
                    return found
        for included in self.includes.values():
            found = included.backend()
            if found is not None:
                return found
        return None

    def _remote_state(self, block: Body) -> Backend:
        scope = self.scope
        type_ = str(block.attributes["backend"].evaluate(scope)) if "backend" in block.attributes else ""
        config: Any = {}
        if "config" in block.attributes:
            config = block.attributes["config"].evaluate(scope)
        for _, inner in block.all("config"):
            config = {name: one.evaluate(scope) for name, one in inner.attributes.items()}
        if not isinstance(config, dict) or not type_:
            raise Unresolved("remote_state")
        return Backend(type_, config)

    @cached_property
    def includes(self) -> dict[str, File]:
        """The included files by their label."""
        found = {}
        for labels, block in self.body.all("include"):
            if "path" in block.attributes:
                path = Path(str(block.attributes["path"].evaluate(self._scope_of(with_includes=False))))
                found[labels[0] if labels else ""] = File(self.unit / path, self.unit, self.depth + 1)
        return found

    @cached_property
    def scope(self) -> Scope:
        """The names and functions of its expressions."""
        return self._scope_of(with_includes=True)

    def _scope_of(self, *, with_includes: bool) -> Scope:
        def names(name: str) -> Any:  # noqa: ANN401 - any value of HCL
            if name == "local":
                return _Lazy(self.locals_, self)
            if name == "include" and with_includes:
                unlabelled = self.includes.get("")
                return unlabelled.exposed() if unlabelled else {k: v.exposed() for k, v in self.includes.items()}
            raise Unresolved(f"{name}.…")

        return Scope(names, {**FUNCTIONS, **self._functions()})

    def exposed(self) -> dict[str, Any]:
        """Return what other files see of this one."""
        inputs = self.body.attributes.get("inputs")
        return {"locals": _Lazy(self.locals_, self), **({"inputs": inputs.evaluate(self.scope)} if inputs else {})}

    @cached_property
    def locals_(self) -> dict[str, Any]:
        """The expressions of its locals."""
        return {name: one for _, block in self.body.all("locals") for name, one in block.attributes.items()}

    def _functions(self) -> dict[str, Callable[..., Any]]:
        here = self.path.parent
        return {
            "find_in_parent_folders": self._find,
            "read_terragrunt_config": self._read_config,
            "path_relative_to_include": lambda *_: _relative(self.unit, here),
            "path_relative_from_include": lambda *_: _relative(here, self.unit),
            "get_terragrunt_dir": lambda: str(self.unit),
            "get_original_terragrunt_dir": lambda: str(self.unit),
            "get_parent_terragrunt_dir": lambda *_: str(self._parent()),
            "get_repo_root": lambda: str(_repository(self.unit)),
            "get_path_from_repo_root": lambda: _relative(self.unit, _repository(self.unit)),
            "get_path_to_repo_root": lambda: _relative(_repository(self.unit), self.unit),
            "file": lambda path: read(self.unit / path),
            "fileexists": lambda path: (self.unit / path).is_file(),
        }

    def _parent(self) -> Path:
        return self.path.parent if self.depth else next((one.path.parent for one in self.includes.values()), self.unit)

    def _find(self, name: str = "", fallback: str | None = None) -> str:
        for folder in self.unit.parents:
            for wanted in [name] if name else [UNIT_FILE, ROOT_FILE]:
                if (folder / wanted).exists():
                    return str(folder / wanted)
            if (folder / ".git").exists():
                break
        if fallback is None:
            raise Unresolved(f"find_in_parent_folders({name!r}): there is none")
        return fallback

    def _read_config(self, path: str, default: Any = None) -> Any:  # noqa: ANN401 - any value of HCL
        file = self.unit / path
        if not file.is_file():
            if default is None:
                raise Unresolved(f"read_terragrunt_config({path!r}): there is no such file")
            return default
        return File(file, file.parent, self.depth + 1).exposed()


class _Lazy(dict[str, Any]):
    """Locals, each evaluated when it is asked for."""

    def __init__(self, expressions: Mapping[str, Any], file: File) -> None:
        super().__init__(expressions)
        self.file = file

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - any value of HCL
        return super().__getitem__(key).evaluate(self.file.scope)

    def items(self) -> Any:  # noqa: ANN401 - as of a dict
        """Yield names and values."""
        return [(key, self[key]) for key in self]


def backend_block(body: Body, scope: Scope) -> Backend | None:
    """Return the backend of a `terraform` block; None where there is none."""
    for _, terraform in body.all("terraform"):
        for labels, backend in terraform.all("backend"):
            return Backend(labels[0] if labels else "", _settings(backend, scope))
        for _, cloud in terraform.all("cloud"):
            return Backend("cloud", _settings(cloud, scope))
    return None


def _settings(body: Body, scope: Scope) -> dict[str, Any]:
    found: dict[str, Any] = {name: one.evaluate(scope) for name, one in body.attributes.items()}
    return found | {name: _settings(block, scope) for name, _, block in body.blocks}


def nameless(name: str) -> Any:  # noqa: ANN401 - never returns
    """Refuse every name: Terraform allows none in a backend block."""
    raise Unresolved(f"{name}.…")


def read(path: Path) -> str:
    """Return the text of a file; raises Unresolved where there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unresolved(f"{path.name} cannot be read") from error


def _relative(path: Path, start: Path) -> str:
    return Path(os.path.relpath(path, start)).as_posix()


def _repository(folder: Path) -> Path:
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)
