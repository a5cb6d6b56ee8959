"""Reads the packs of rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, JsonValue, ValidationError

from config.core.files.yaml_source import read_yaml
from config.core.messages import problems_of
from config.core.problems import WHOLE_FILE, ConfigurationError, LocatedProblem, nearest
from config.core.settings import Problem, Settings
from config.core.types import text
from config.paths import VALUES
from config.policy.definitions import definition_problems
from config.policy.pack_files import SHIPPED, own_files, pack_files, shipped_rule_names
from config.policy.policy import POLICIES, Enforcement, RuleName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from config.core.files.yaml_nodes import Document

Severity = Literal["low", "medium", "high", "critical"]


class Rule(Settings):
    """A rule: what it requires, why, what to do, and what checkov evaluates."""

    title: str = Field(min_length=1, description="What holds where the rule passes, as a sentence without a full stop.")
    severity: Severity = Field(description="How much a failure matters.")
    enforcement: Enforcement = Field(
        default="advisory",
        description="`mandatory`: a failure ends the check with 1; `advisory`: it is only said; `disabled`: it is not "
        "checked. An environment may say another by `policy.rules`.",
    )
    why: str = Field(min_length=1, description="What may happen where it fails.")
    remedy: str = Field(min_length=1, description="What to do where it fails.")
    reference: str | None = Field(
        default=None, description="Where the rule comes from: an address, or an item of a benchmark. Default: none."
    )
    check: Annotated[str, *text(r"CKV2?_[A-Z0-9]+_\d+", "a check of checkov like CKV_AWS_58", max_length=60)] | None = (
        Field(default=None, description="The check of checkov that is run. Default: none, it has a definition.")
    )
    definition: JsonValue = Field(
        default=None,
        description="The condition, in the form of checkov's custom policies. Default: none, it has a check.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield what checkov could not read."""
        if (self.check is None) == (self.definition is None):
            yield Problem((), "needs one of check and definition")
        elif self.definition is not None:
            yield from (
                Problem(("definition", *one.location), one.message) for one in definition_problems(self.definition)
            )


class Pack(Settings):
    """A pack: its own rules, and those of other packs that belong to it as well."""

    includes: tuple[RuleName, ...] = Field(
        default=(), description="Rules of other packs that belong to this one as well. Default: none."
    )
    rules: dict[RuleName, Rule] = Field(default={}, description="The rules of this pack, by name. Default: none.")


def read_packs(values: Path = VALUES) -> dict[str, Pack]:
    """Return all packs by name, the shipped ones first.

    Raises:
        ConfigurationError: Something is wrong in a file of `values/policies/`.

    """
    problems: list[LocatedProblem] = []
    documents = {path: read_yaml(path, f"{path.parent.name}/{path.name}") for path in pack_files(values).values()}
    packs = {path.stem: pack for path, file in documents.items() if (pack := _pack(file, problems)) is not None}
    problems.extend(problems_of_packs(values))
    if problems:
        raise ConfigurationError(problems)
    return packs


def shipped_packs() -> dict[str, Pack]:
    """Return the shipped packs by name."""
    return {name: pack for name, pack in read_packs(SHIPPED).items() if (SHIPPED / f"{name}.yaml").exists()}


def problems_of_packs(values: Path) -> Iterator[LocatedProblem]:
    """Yield what is wrong in the files of `values/policies/`."""
    owners = dict.fromkeys(shipped_rule_names(), "a shipped pack")
    included: list[tuple[str, LocatedProblem]] = []
    for path in own_files(values):
        file = f"{values.name}/{POLICIES}/{path.name}"
        if (SHIPPED / path.name).exists():
            yield LocatedProblem(file, 1, WHOLE_FILE, f"{path.stem} is the name of a shipped pack; rename the file")
        document = read_yaml(path, file)
        found: list[LocatedProblem] = []
        pack = _pack(document, found)
        yield from found
        if pack is None:
            continue
        for rule in pack.rules:
            if owners.setdefault(rule, file) != file:
                message = f"{rule} is the name of a rule of {owners[rule]}; choose another"
                yield document.problem(("rules", rule), message)
        for position, rule in enumerate(pack.includes):
            included.append((rule, document.problem(("includes", position), f"there is no rule {rule}")))
    for rule, problem in included:
        if rule not in owners:
            yield problem._replace(message=f"{problem.message}; {nearest(rule, owners)}".rstrip("; "))


def _pack(document: Document, problems: list[LocatedProblem]) -> Pack | None:
    """Return the pack of a file, or add what is wrong with it."""
    problems.extend(document.problems)
    if document.root is None:
        return None
    try:
        return Pack.model_validate_json(json.dumps(document.root.plain()))
    except ValidationError as error:
        problems.extend(problems_of(error, document, Pack))
        return None


def all_rules(packs: Mapping[str, Pack]) -> dict[str, Rule]:
    """Return the rules of all packs by name."""
    return {name: rule for pack in packs.values() for name, rule in pack.rules.items()}
