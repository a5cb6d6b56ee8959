"""Where Terragrunt's files say that the state of a unit is: `remote_state`, or a generated `backend` block.

Includes, locals and the functions by which layouts find their files are followed as Terragrunt does it:
https://terragrunt.gruntwork.io/docs/reference/hcl/
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from adoption.hcl import Body, Scope, Unresolved, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

UNIT_FILE: Final = "terragrunt.hcl"
ROOT_FILE: Final = "root.hcl"
_DEEPEST: Final = 20


@dataclass(frozen=True)
class Backend:
    """A backend of Terraform and its settings."""

    type: str
    config: Mapping[str, Any]


def backend_of_unit(unit: Path) -> Backend | None:
    """Return what the files of a unit say; None where they say nothing.

    Raises:
        Unresolved: It depends on what only Terragrunt can tell.

    """
    path = unit / UNIT_FILE
    return None if not path.is_file() else _File(path, unit).backend()


def backend_of_module(folder: Path) -> Backend | None:
    """Return the backend that Terraform's own files in a folder say; None where they say none."""
    for path in sorted(folder.glob("*.tf")):
        try:
            found = _backend_block(parse(_read(path)), Scope(_unknown, {}))
        except Unresolved:
            # A module's other expressions are no matter here; one in a backend block Terraform itself refuses.
            continue
        if found is not None:
            return found
    for path in sorted(folder.glob("*.tf.json")):
        try:
            terraform = json.loads(_read(path)).get("terraform", {})
            for type_, config in terraform.get("backend", {}).items():
                return Backend(type_, dict(config))
        except (ValueError, AttributeError, TypeError):
            continue
    return None


def is_only_included(folder: Path) -> bool:
    """Whether a `terragrunt.hcl` has no module of its own: other units include it."""
    try:
        body = parse(_read(folder / UNIT_FILE))
    except Unresolved:
        return False
    return not body.all("terraform") and not body.all("include") and not list(folder.glob("*.tf"))


@dataclass(frozen=True)
class _File:
    """A file of Terragrunt, as the unit in `unit` reads it; `root` is its own folder where it is included."""

    path: Path
    unit: Path
    depth: int = 0

    @cached_property
    def body(self) -> Body:
        if self.depth > _DEEPEST:
            raise Unresolved(f"{self.path.name} includes itself")
        return parse(_read(self.path))

    def backend(self) -> Backend | None:
        for _, block in self.body.all("remote_state"):
            return self._remote_state(block)
        for labels, block in self.body.all("generate"):
            if "contents" in block.attributes and "backend" in " ".join(labels):
                text = str(block.attributes["contents"].evaluate(self.scope))
                found = _backend_block(parse(text), self.scope)
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
    def includes(self) -> dict[str, _File]:
        found = {}
        for labels, block in self.body.all("include"):
            if "path" in block.attributes:
                path = Path(str(block.attributes["path"].evaluate(self._scope_of(with_includes=False))))
                found[labels[0] if labels else ""] = _File(self.unit / path, self.unit, self.depth + 1)
        return found

    @cached_property
    def scope(self) -> Scope:
        return self._scope_of(with_includes=True)

    def _scope_of(self, *, with_includes: bool) -> Scope:
        def names(name: str) -> Any:  # noqa: ANN401 - any value of HCL
            if name == "local":
                return _Lazy(self.locals_, self)
            if name == "include" and with_includes:
                unlabelled = self.includes.get("")
                return unlabelled.exposed() if unlabelled else {k: v.exposed() for k, v in self.includes.items()}
            raise Unresolved(f"{name}.…")

        return Scope(names, {**_FUNCTIONS, **self._functions()})

    def exposed(self) -> dict[str, Any]:
        """Return what other files see of this one."""
        inputs = self.body.attributes.get("inputs")
        return {"locals": _Lazy(self.locals_, self), **({"inputs": inputs.evaluate(self.scope)} if inputs else {})}

    @cached_property
    def locals_(self) -> dict[str, Any]:
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
            "file": lambda path: _read(self.unit / path),
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
        return _File(file, file.parent, self.depth + 1).exposed()


class _Lazy(dict[str, Any]):
    """Locals, each evaluated when it is asked for."""

    def __init__(self, expressions: Mapping[str, Any], file: _File) -> None:
        super().__init__(expressions)
        self.file = file

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - any value of HCL
        return super().__getitem__(key).evaluate(self.file.scope)

    def items(self) -> Any:  # noqa: ANN401 - as of a dict
        """Yield names and values."""
        return [(key, self[key]) for key in self]


def _backend_block(body: Body, scope: Scope) -> Backend | None:
    for _, terraform in body.all("terraform"):
        for labels, backend in terraform.all("backend"):
            return Backend(labels[0] if labels else "", _settings(backend, scope))
        for _, cloud in terraform.all("cloud"):
            return Backend("cloud", _settings(cloud, scope))
    return None


def _settings(body: Body, scope: Scope) -> dict[str, Any]:
    found: dict[str, Any] = {name: one.evaluate(scope) for name, one in body.attributes.items()}
    return found | {name: _settings(block, scope) for name, _, block in body.blocks}


def _unknown(name: str) -> Any:  # noqa: ANN401 - never returns
    raise Unresolved(f"{name}.…")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unresolved(f"{path.name} cannot be read") from error


def _relative(path: Path, start: Path) -> str:
    return Path(os.path.relpath(path, start)).as_posix()


def _repository(folder: Path) -> Path:
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)


def _environment(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise Unresolved(f"get_env({name!r}): is not set")
    return value


def _yaml(text: str) -> Any:  # noqa: ANN401 - any YAML
    try:
        return YAML(typ="safe").load(text)
    except YAMLError as error:
        raise Unresolved("yamldecode(…)") from error


def _format(pattern: str, *values: object) -> str:
    return re.sub(r"%[sdv]", "{}", pattern.replace("{", "{{").replace("}", "}}")).format(*values)


def _merged(*values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: item for value in values for key, item in dict(value.items()).items()}


def _replaced(text: str, old: str, new: str) -> str:
    is_pattern = len(old) > 1 and old.startswith("/") and old.endswith("/")
    return re.sub(old[1:-1], re.sub(r"\$(\d)", r"\\\1", new), text) if is_pattern else text.replace(old, new)


def _regex(pattern: str, text: str) -> Any:  # noqa: ANN401 - a text or a list of groups
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(pattern)
    return found.groupdict() or list(found.groups()) or found[0]


def _lookup(value: Mapping[str, Any], key: str, *default: Any) -> Any:  # noqa: ANN401 - any value of HCL
    return value[key] if key in value or not default else default[0]


def _flattened(value: Any) -> Iterator[Any]:  # noqa: ANN401 - any value of HCL
    for one in value:
        if isinstance(one, list):
            yield from _flattened(one)
        else:
            yield one


def _hash(name: str) -> Callable[[str], str]:
    return lambda text: hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()


_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "get_env": _environment,
    "yamldecode": _yaml,
    "jsondecode": json.loads,
    "base64decode": lambda text: base64.b64decode(text).decode(),
    "basename": lambda path: Path(path).name,
    "dirname": lambda path: str(Path(path).parent),
    "abspath": lambda path: str(Path(path).absolute()),
    "format": _format,
    "replace": _replaced,
    "regex": _regex,
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "trimspace": str.strip,
    "trimprefix": str.removeprefix,
    "trimsuffix": str.removesuffix,
    "trim": str.strip,
    "substr": lambda text, start, length: text[start:] if length < 0 else text[start : start + length],
    "join": lambda separator, items: separator.join(map(str, items)),
    "split": lambda separator, text: text.split(separator),
    "compact": lambda items: [one for one in items if one],
    "concat": lambda *lists: [one for items in lists for one in items],
    "flatten": lambda items: list(_flattened(items)),
    "distinct": lambda items: list(dict.fromkeys(items)),
    "reverse": lambda items: items[::-1],
    "element": lambda items, position: items[position % len(items)],
    "slice": lambda items, start, end: items[start:end],
    "contains": lambda items, one: one in items,
    "coalesce": lambda *values: next(one for one in values if one not in (None, "")),
    "merge": _merged,
    "lookup": _lookup,
    "keys": sorted,
    "length": len,
    "tostring": str,
    "tolist": list,
    "toset": lambda items: sorted(set(items)),
    "tomap": dict,
    "md5": _hash("md5"),
    "sha1": _hash("sha1"),
    "sha256": _hash("sha256"),
}
