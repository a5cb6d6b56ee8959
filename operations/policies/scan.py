"""Runs checkov on the stacks of environments, and returns which resources fail which rules.

checkov 3.3 reads Terraform JSON, and has four habits that are dealt with here: it reads no file with
`terraform.required_version` or `moved`, skips in silence what it cannot read, names some resources without their type,
and loads no custom policies for plans. So it gets copies with resources and data sources alone, one a line, by whose
number a resource is known; its log is read for what it skipped; and a plan comes as the configuration that it makes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from config.core.errors import ExpectedError
from config.core.files.written_files import write_whole
from config.paths import ROOT
from operations.own_folder import own_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from config.policy.packs import Rule
    from operations.policies.subject import Subject

TOOL: Final = ROOT / ".tools" / "checkov"
STAMP: Final = TOOL / ".complete"
OPTIONS: Final = (
    "--framework", "terraform_json", "--skip-download", "--compact", "--output", "json", "--soft-fail",
)  # fmt: skip
# A line of its log that says that something is left out.
COMPLAINT: Final = re.compile(r"\[(?:WARNI|ERROR|CRITI)]\s*(.+)")
# Where the rules about a whole environment find it: its settings, and how many resources of each type it has.
ENVIRONMENT: Final = "eks_environment"


class PolicyError(ExpectedError):
    """The check could not be made; the message states why."""


@dataclass(frozen=True)
class Resource:
    """What a rule is about.

    Attributes:
        stack: The stack that it is in; nothing for an environment as a whole.
        path: Its path in the tree of constructs, like `dev-cluster/eks/this`; the environment's name for a whole one.
        address: Its address in Terraform; nothing for an environment.
        reasons: Why a check of checkov may fail for it, where its construct says so.

    """

    environment: str
    stack: str
    path: str
    address: str
    reasons: Mapping[str, str]


@dataclass(frozen=True)
class Outcome:
    """Whether a resource passes a rule."""

    rule: str
    resource: Resource
    has_passed: bool


def scan(subjects: Iterable[Subject], rules: Mapping[str, Rule]) -> list[Outcome]:
    """Check environments by rules.

    A resource that a rule does not concern, or whose values only an apply knows, has no outcome.

    Raises:
        PolicyError: checkov is missing and cannot be installed, or left something out.

    """
    _install()
    with own_folder("policies") as folder:
        lines = {
            file: resources
            for subject in subjects
            for file, resources in _write(subject, folder / "stacks" / subject.environment)
        }
        _write_rules(rules, folder / "rules")
        report = _run(folder, {rule.check or name for name, rule in rules.items()})
    by_check: dict[str, list[str]] = defaultdict(list)
    for name, rule in rules.items():
        by_check[rule.check or name].append(name)
    return [
        Outcome(name, resource, has_passed=kind == "passed_checks")
        for kind in ("passed_checks", "failed_checks")
        for record in report["results"][kind]
        if (resource := lines[record["file_path"]].get(record["file_line_range"][0])) is not None
        for name in by_check[record["check_id"]]
    ]


def _install() -> None:
    """Install checkov as the lock file has it, where it is missing or older."""
    lock = ROOT / "Pipfile.lock"
    if STAMP.exists() and STAMP.stat().st_mtime >= lock.stat().st_mtime:
        return
    make = ["make", "--no-print-directory", "-C", str(ROOT), str(STAMP.relative_to(ROOT))]
    try:
        done = subprocess.run(make, stdout=sys.stderr, check=False)  # noqa: S603 - make of the path, as ./eks runs it
    except OSError as error:
        raise PolicyError(f"checkov is not installed, and make cannot install it: {error.strerror}") from error
    if done.returncode:
        raise PolicyError("checkov, which checks the policies, could not be installed")


def _write(subject: Subject, folder: Path) -> Iterator[tuple[str, dict[int, Resource]]]:
    """Write the files of an environment; yield each as checkov names it, with its resources by their line."""
    whole = {ENVIRONMENT: {subject.environment: {"settings": subject.settings, "counts": subject.counts}}}
    stacks: dict[str, Mapping[str, Any]] = {**subject.stacks, ENVIRONMENT: {"resource": whole}}
    for stack, configuration in stacks.items():
        file = folder / stack / "main.tf.json"
        file.parent.mkdir(parents=True)
        text, resources = _one_a_line(configuration, partial(_resource, subject.environment, stack))
        write_whole(file, text)
        yield f"/{file.relative_to(folder.parent.parent / 'stacks').as_posix()}", resources


def _resource(environment: str, stack: str, address: str, body: Mapping[str, Any]) -> Resource:
    if stack == ENVIRONMENT:
        return Resource(environment, "", environment, "", {})
    notes = body.get("//", {})
    path = notes.get("metadata", {}).get("path", f"{stack}/{address}")
    return Resource(environment, stack, path, address, notes.get("checkov", {}).get("skip", {}))


def _one_a_line(
    configuration: Mapping[str, Any], resource_of: Callable[[str, Mapping[str, Any]], Resource]
) -> tuple[str, dict[int, Resource]]:
    """Write resources and data sources, one a line; return the text, and them by their line."""
    lines, resources = ["{"], {}
    for kind, prefix in (("resource", ""), ("data", "data.")):
        lines.append(f'"{kind}": {{')
        for type_, bodies in configuration.get(kind, {}).items():
            lines.append(f"{json.dumps(type_)}: {{")
            for name, body in bodies.items():
                lines.append(f"{json.dumps(name)}: {json.dumps(body)},")
                resources[len(lines)] = resource_of(f"{prefix}{type_}.{name}", body)
            lines[-1] = lines[-1].removesuffix(",")
            lines.append("},")
        lines[-1] = lines[-1].removesuffix(",")
        lines.append("},")
    lines[-1] = "}"
    return "\n".join([*lines, "}\n"]), resources


def _write_rules(rules: Mapping[str, Rule], folder: Path) -> None:
    folder.mkdir()
    for name, rule in rules.items():
        if rule.definition is not None:
            metadata = {"id": name, "name": rule.title, "category": "GENERAL_SECURITY"}
            write_whole(folder / f"{name}.json", json.dumps({"metadata": metadata, "definition": rule.definition}))


def _run(folder: Path, checks: set[str]) -> dict[str, Any]:
    """Run checkov; return its report.

    Raises:
        PolicyError: It failed, or left a file or a rule out.

    """
    command: list[str | Path] = [
        TOOL / "bin" / "python", TOOL / "bin" / "checkov", "--directory", folder / "stacks",
        "--external-checks-dir", folder / "rules", "--check", ",".join(sorted(checks)), *OPTIONS,
    ]  # fmt: skip
    # Its configuration files, and the account of its maker, would have a say in what it checks.
    settings = ("BC_", "CHECKOV_", "CKV_", "PRISMA_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(settings)}
    environment |= {"HOME": str(folder), "LOG_LEVEL": "WARNING"}
    done = subprocess.run(  # noqa: S603 - the checkov of the lock file
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    left_out = COMPLAINT.findall(done.stderr)
    try:
        report: dict[str, Any] = json.loads(done.stdout)
        left_out += map(str, report["results"]["parsing_errors"])
    except (ValueError, KeyError, TypeError):
        raise PolicyError(f"checkov failed: {done.stderr.strip()[-2000:]}") from None
    if left_out:
        raise PolicyError("\n".join(["checkov left something out:", *left_out]))
    return report
