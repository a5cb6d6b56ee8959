"""The resources that an environment's stacks would have, from their synthesized JSON, and where references lead."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adoption.comparing.policies import rendered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.environment import Environment

REFERENCE: Final = re.compile(r"\$\{([\w.\[\]-]+)\}")
REMOTE_STATE: Final = re.compile(r"data\.terraform_remote_state\.state-([\w-]+)\.outputs\.(\w+)")
POLICY: Final = re.compile(r"data\.aws_iam_policy_document\.([\w-]+)\.json")
# A reference inside a text, alone or without a prefix.
IN_TEXT: Final = re.compile(
    r'(?<!\$)\$\{(?:(?P<plain>[\w.\[\]-]+)|trimprefix\((?P<of>[\w.\[\]-]+), "(?P<prefix>[^"]*)"\))\}'
)
ACCOUNT_ID: Final = re.compile(r"data\.aws_caller_identity\.[\w-]+\.account_id")
ESCAPED: Final = re.compile(r"(\$|%)\1\{")
META_ARGUMENTS: Final = ("//", "depends_on", "lifecycle", "provider", "provisioner")


class Unknown:
    """Represents a value that is known only after an apply or a plan."""


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Resource:
    """A resource of a stack: the path of its construct below the stack, and what the stack says of it."""

    stack: str
    path: str
    type: str
    logical_id: str
    config: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.stack} {self.path}"

    def arguments(self) -> dict[str, Any]:
        """Return what is configured, without what only Terraform reads."""
        return {key: value for key, value in self.config.items() if key not in META_ARGUMENTS}

    def ignored(self) -> tuple[str, ...]:
        """Return the attributes whose changes the stack ignores."""
        return tuple(self.config.get("lifecycle", {}).get("ignore_changes", ()))


@dataclass
class Stacks:
    """The stacks of one environment, and the existing object of each resource as far as it is known."""

    documents: Mapping[str, Mapping[str, Any]]
    account_id: str | None
    existing: dict[tuple[str, str, str], Mapping[str, Any]] = field(default_factory=dict)

    def resources(self) -> Iterator[Resource]:
        """Yield every resource of every stack."""
        for stack, document in self.documents.items():
            for type_, resources in document.get("resource", {}).items():
                for logical_id, config in resources.items():
                    path = config["//"]["metadata"]["path"].partition("/")[2]
                    yield Resource(stack, path, type_, logical_id, config)

    def outputs(self) -> dict[str, dict[str, Any]]:
        """Return the outputs that are known before anything is applied, by stack."""
        known: dict[str, dict[str, Any]] = {}
        for stack, document in self.documents.items():
            values = {name: self.value(stack, out["value"]) for name, out in document.get("output", {}).items()}
            known[stack] = {name: value for name, value in values.items() if _is_output(value)}
        return {stack: values for stack, values in known.items() if values}

    def know(self, resource: Resource, attributes: Mapping[str, Any]) -> None:
        """Take note of the existing object of a resource, so that references to it are known."""
        self.existing[resource.stack, resource.type, resource.logical_id] = attributes

    def value(self, stack: str, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Return a configured value with every reference followed; UNKNOWN where one cannot be."""
        if isinstance(value, list):
            return [self.value(stack, item) for item in value]
        if isinstance(value, dict):
            return {key: self.value(stack, item) for key, item in value.items()}
        if not isinstance(value, str):
            return value
        whole = REFERENCE.fullmatch(value)
        if whole:
            return self._referred(stack, whole[1])
        return self._text(stack, value)

    def target(self, stack: str, value: Any) -> tuple[Resource, str] | None:  # noqa: ANN401 - any JSON value
        """Return the resource and attribute that a value refers to, if it is a plain reference and nothing else."""
        whole = REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if whole is None:
            return None
        remote = REMOTE_STATE.fullmatch(whole[1])
        if remote:
            output = self.documents.get(remote[1], {}).get("output", {}).get(remote[2], {})
            return self.target(remote[1], output.get("value"))
        type_, _, rest = whole[1].partition(".")
        logical_id, _, attribute = rest.partition(".")
        config = self.documents[stack].get("resource", {}).get(type_, {}).get(logical_id)
        if config is None:
            return None
        path = config["//"]["metadata"]["path"].partition("/")[2]
        return Resource(stack, path, type_, logical_id, config), attribute

    def _text(self, stack: str, text: str) -> Any:  # noqa: ANN401 - text or UNKNOWN
        values = {}
        for found in IN_TEXT.finditer(text):
            value = self._referred(stack, found["plain"] or found["of"])
            if not isinstance(value, str):
                return UNKNOWN
            values[found[0]] = value.removeprefix(found["prefix"] or "")
        if re.search(r"(?<!\$)\$\{", IN_TEXT.sub("", text)):
            return UNKNOWN
        parts = IN_TEXT.sub("\0", text).split("\0")
        known = [values[found[0]] for found in IN_TEXT.finditer(text)]
        unescaped = [ESCAPED.sub(r"\1{", part) for part in parts]
        return "".join(part + value for part, value in zip(unescaped, [*known, ""], strict=True))

    def _policy(self, stack: str, logical_id: str) -> Any:  # noqa: ANN401 - text or UNKNOWN
        config = self.documents[stack].get("data", {}).get("aws_iam_policy_document", {}).get(logical_id, {})
        document = self.value(stack, {key: value for key, value in config.items() if key not in META_ARGUMENTS})
        if set(document) - {"statement", "version"} or not is_known(document):
            return UNKNOWN
        return json.dumps(rendered(document))

    def _referred(self, stack: str, reference: str) -> Any:  # noqa: ANN401 - any JSON value
        if ACCOUNT_ID.fullmatch(reference):
            return self.account_id or UNKNOWN
        policy = POLICY.fullmatch(reference)
        if policy:
            return self._policy(stack, policy[1])
        remote = REMOTE_STATE.fullmatch(reference)
        if remote:
            output = self.documents.get(remote[1], {}).get("output", {}).get(remote[2], {})
            return self.value(remote[1], output["value"]) if output else UNKNOWN
        target = self.target(stack, f"${{{reference}}}")
        if target is None:
            return UNKNOWN
        resource, attribute = target
        attributes = self.existing.get((resource.stack, resource.type, resource.logical_id))
        if attributes is not None:
            found = at(attributes, attribute)
            if found is not None:
                return found
        configured = at(resource.arguments(), attribute)
        return UNKNOWN if configured is None else self.value(stack, configured)


def at(value: Any, path: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return what is at a path like `identity[0].oidc[0].issuer`; a block may be written with or without its list."""
    for part in re.findall(r"[^.\[\]]+", path):
        if part.isdigit():
            if isinstance(value, list):
                value = value[int(part)] if int(part) < len(value) else None
            continue
        if isinstance(value, list):
            value = value[0] if value else None
        value = value.get(part) if isinstance(value, dict) else None
    return value


def is_known(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a value is known in all its parts."""
    if isinstance(value, dict):
        return all(map(is_known, value.values()))
    return all(map(is_known, value)) if isinstance(value, list) else value is not UNKNOWN


def _is_output(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return all(map(_is_output, value)) if isinstance(value, list) else isinstance(value, str) and bool(value)


def synthesize(environment: Environment, account_id: str | None) -> Stacks:
    """Build the stacks of an environment in a temporary folder."""
    import faststart  # noqa: PLC0415 (before the first provider)

    faststart.install()
    from cdktf import App  # noqa: PLC0415 (after the lazy loading is on)

    from stacks.build import APP_OPTIONS, build_stacks  # noqa: PLC0415 (after the lazy loading is on)

    with tempfile.TemporaryDirectory() as folder:
        app = App(outdir=folder, **APP_OPTIONS)
        build_stacks(app, environment)
        app.synth()
        manifest = json.loads((Path(folder) / "manifest.json").read_text(encoding="utf-8"))
        entries = manifest["stacks"]
        order = TopologicalSorter({name: entry["dependencies"] for name, entry in sorted(entries.items())})
        documents = (
            json.loads((Path(folder) / entries[name]["synthesizedStackPath"]).read_text(encoding="utf-8"))
            for name in order.static_order()
        )
        by_kind = {document["//"]["metadata"]["stack"]: document for document in documents}
    return Stacks(by_kind, account_id)
