"""An account on the provider stand-ins that outlives a synthesis: stacks are deployed, changed, and planned again."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.integration.project import Project, terraform_name
from tests.integration.sandbox import log
from tests.synthesis import synthesize

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from config.environment import Environment
    from tests.integration.project import Outcome

Json = dict[str, Any]
Stacks = dict[str, Json]

PLAN = "plan.tfplan"
IPV6_BLOCK = re.compile(r"aws_vpc\.\w+\.ipv6_cidr_block")


def stacks_of(environment: Environment, outdir: Path) -> Stacks:
    """Synthesize an environment: the Terraform JSON of its stacks by name, each after those that it reads."""
    synthesized = synthesize([environment], outdir)
    shutil.rmtree(outdir)
    order: list[str] = []
    left = {name: set(entry["dependencies"]) for name, entry in synthesized.manifest["stacks"].items()}
    while left:
        ready = sorted(name for name, needs in left.items() if needs <= set(order))
        order += ready
        left = {name: needs for name, needs in left.items() if name not in ready}
    return {name: local(name, synthesized[name].json) for name in order}


def local(name: str, configuration: Json) -> Json:
    """Return a stack with its state, and those that it reads, in files; without notes of cdktf."""
    terraform = configuration["terraform"]
    backend = {"local": {"path": f"../../../.state/{name}.tfstate"}}
    sources = configuration.get("data", {}).get("terraform_remote_state", {})
    for source, body in sources.items():
        path = f"../../../.state/{name.partition('-')[0]}-{source.removeprefix('state-')}.tfstate"
        sources[source] = {"backend": "local", "config": {"path": f"${{path.module}}/{path}"}, **_beside(body)}
    content = {key: value for key, value in configuration.items() if key != "//"}
    # The stand-ins give a VPC no IPv6 block.
    content = json.loads(IPV6_BLOCK.sub(r'\\"2001:db8:0:ff00::/56\\"', json.dumps(content)))
    return {**content, "terraform": {**terraform, "backend": backend}}


def _beside(source: Json) -> Json:
    return {key: value for key, value in source.items() if key not in ("backend", "config", "workspace", "//")}


@dataclass(frozen=True)
class Account:
    """Folders with the stacks, their state, and the store of the stand-ins."""

    project: Project

    def copy_to(self, folder: Path) -> Account:
        """Return a second account that has everything that this one has."""
        shutil.copytree(self.project.folder, folder, symlinks=True)
        sandbox = folder / ".sandbox"
        variables = {"SANDBOX_STORE": str(sandbox / "store"), "SANDBOX_LOG": str(sandbox / "log.jsonl")}
        return Account(replace(self.project, folder=folder).with_environment(**variables))

    def stacks_of(self, environment: Environment) -> Stacks:
        """Synthesize an environment next to the states of this account."""
        return stacks_of(environment, self.project.folder / "cdktf.new")

    def set_up(self, stacks: Mapping[str, Json]) -> None:
        """Write the stacks, and initialize those that are new or have other providers."""
        for name, configuration in stacks.items():
            folder = self.project.stacks / name
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / "cdk.tf.json"
            before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
            file.write_text(json.dumps(configuration, indent=1), encoding="utf-8")
            if _providers(before) != _providers(configuration):
                self.project.terraform(name, "init", "-input=false").succeeded()

    def plan(self, stack: str, *options: str) -> Json:
        """Plan a stack as it was set up: what `terraform show -json` says of it."""
        self.project.terraform(stack, "plan", "-input=false", f"-out={PLAN}", *options).succeeded()
        shown = self.project.run(terraform_name(), "show", "-json", PLAN, cwd=self.project.stacks / stack)
        plan: Json = json.loads(shown.succeeded().output.splitlines()[-1])
        return plan

    def apply(self, stack: str) -> Outcome:
        """Apply what was planned last."""
        return self.project.terraform(stack, "apply", "-input=false", PLAN)

    def deploy(self, stacks: Mapping[str, Json], names: Iterable[str] | None = None) -> dict[str, Json]:
        """Set up, plan and apply, one stack after the other; return the plans."""
        self.set_up(stacks)
        plans = {}
        for name in stacks if names is None else names:
            plans[name] = self.plan(name)
            self.apply(name).succeeded()
        return plans

    def operations(self, operation: str) -> list[Json]:
        """Return what the stand-ins did of one kind since the last `forget_operations`."""
        path = self.project.folder / ".sandbox/log.jsonl"
        return log(self.project, operation) if path.exists() else []

    def forget_operations(self) -> None:
        """Start a new log."""
        (self.project.folder / ".sandbox/log.jsonl").unlink(missing_ok=True)


def _providers(configuration: Json) -> object:
    return configuration.get("terraform", {}).get("required_providers")


def touched(plan: Json) -> dict[str, list[str]]:
    """Return the actions of a plan by address, without those that change nothing."""
    return {
        entry["address"]: entry["change"]["actions"]
        for entry in plan.get("resource_changes", [])
        if entry["mode"] == "managed" and entry["change"]["actions"] != ["no-op"]
    }


def moves(plan: Json) -> dict[str, str]:
    """Return the moves of a plan: the former address by the new one."""
    return {
        entry["address"]: entry["previous_address"]
        for entry in plan.get("resource_changes", [])
        if "previous_address" in entry
    }
