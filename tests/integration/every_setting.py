"""A change of each setting on a deployed environment: what is deployed, what is changed, and what it does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from operations.judging.judge import judge, worst
from operations.judging.planned import objects_of_state
from operations.judging.verdict import Effect
from tests.integration.account import stacks_of, touched
from tests.invariants.test_settings_have_effect import CHANGES, EXISTING, MINIKUBE, TOGETHER, needed_beside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from operations.judging.planned import Object
    from operations.judging.verdict import Verdict
    from tests.conftest import Vary
    from tests.integration.account import Account, Json

Settings = dict[str, Any]


def deployed_with(setting: str) -> Settings:
    """Return what is deployed in addition to `dev`'s own settings before a setting is changed."""
    needed = needed_beside(setting)
    if not setting.startswith(("cluster_addons.", "kube_prom_stack.")):
        return needed
    another_cluster = (*EXISTING.items(), *MINIKUBE.items())
    return {key: value for key, value in needed.items() if (key, value) not in another_cluster}


def changed_to(setting: str) -> Settings:
    """Return what is deployed, with the setting changed."""
    return {**deployed_with(setting), **TOGETHER.get(setting, {}), setting: CHANGES[setting]}


@dataclass
class Bases:
    """Deployed environments by their settings; each starts as a copy of `dev`."""

    new_account: Callable[[], Account]
    vary: Vary
    folder: Path
    known: dict[str, tuple[Account, dict[str, Json]]] = field(default_factory=dict)
    stacks: dict[str, dict[str, Json]] = field(default_factory=dict)

    def deployed(self, settings: Settings) -> tuple[Account, dict[str, Json]]:
        """Return the account of an environment that is deployed with these settings, and its stacks."""
        key = json.dumps(settings, sort_keys=True)
        if key not in self.known:
            self.known[key] = self._deploy(settings)
        return self.known[key]

    def _deploy(self, settings: Settings) -> tuple[Account, dict[str, Json]]:
        if not settings:
            account = self.new_account()
            before: dict[str, Json] = {}
        else:
            origin, before = self.deployed({})
            account = origin.copy_to(self.folder / f"base-{len(list(self.folder.iterdir()))}")
        stacks = self.synthesized(settings)
        account.deploy({name: stack for name, stack in stacks.items() if before.get(name) != stack})
        return account, stacks

    def synthesized(self, settings: Settings) -> dict[str, Json]:
        """Synthesize `dev` with some settings changed; what was synthesized once is remembered."""
        key = json.dumps(settings, sort_keys=True)
        if key not in self.stacks:
            self.stacks[key] = stacks_of(self.vary(settings), self.folder / "cdktf.out")
        return self.stacks[key]

    def change(self, setting: str) -> list[Verdict]:
        """Plan a change of a setting on what is deployed, and judge it."""
        before, after = (self.synthesized(settings(setting)) for settings in (deployed_with, changed_to))
        changed = {name: stack for name, stack in after.items() if before.get(name) != stack}
        plans = {name: updates(before.get(name, {}), stack) for name, stack in changed.items()}
        if all(plan is not None for plan in plans.values()) and plans:
            return [verdict for plan in plans.values() if plan is not None for verdict in judge(plan)]
        account, before = self.deployed(deployed_with(setting))
        # With the states next to it: a stack that goes is one to be emptied.
        after = account.stacks_of(self.vary(changed_to(setting)))
        changed = {name: stack for name, stack in after.items() if before.get(name) != stack}
        assert changed, "the change is none"
        return [verdict for name, stack in changed.items() for verdict in self._judge(account, name, stack)]

    @staticmethod
    def _judge(account: Account, name: str, stack: Json) -> tuple[Verdict, ...]:
        account.set_up({name: stack})
        plan = account.plan(name)
        return judge(plan, objects_beside(account, name)) if touched(plan) else ()


# What the providers change in place, whatever else there is: a plan would say nothing else.
IN_PLACE = {
    "helm_release": {"chart", "repository", "timeout", "values", "version"},
    "kubernetes_config_map_v1": {"data"},
    "kubernetes_secret_v1": {"data"},
}


def updates(before: Json, after: Json) -> Json | None:
    """Return the plan of a stack in which just such attributes differ; None where Terraform has to say it."""
    rest = [{key: value for key, value in stack.items() if key != "resource"} for stack in (before, after)]
    old, new = resources_of(before), resources_of(after)
    if rest[0] != rest[1] or old.keys() != new.keys():
        return None
    entries = []
    for address, body in new.items():
        type_ = address.partition(".")[0]
        differing = {key for key in {*body, *old[address]} if body.get(key) != old[address].get(key)}
        if not differing <= IN_PLACE.get(type_, set()):
            return None
        if differing:
            change = {"actions": ["update"], "before": old[address], "after": body}
            entries.append({"address": address, "type": type_, "mode": "managed", "change": change})
    return {"resource_changes": entries}


def resources_of(stack: Json) -> dict[str, Json]:
    """Return the resources of a stack by address."""
    found = stack.get("resource", {})
    return {f"{type_}.{name}": body for type_, bodies in found.items() for name, body in bodies.items()}


def objects_beside(account: Account, name: str) -> Iterator[Object]:
    """Yield what exists in the other stacks of an account."""
    for path in sorted((account.project.folder / ".state").glob("*.tfstate")):
        if path.stem != name:
            yield from objects_of_state(json.loads(path.read_text(encoding="utf-8")))


def summary(verdicts: list[Verdict]) -> tuple[Effect, str, str]:
    """Return the worst effect, what the first verdict that has it says of it and of the way, and which nodes roll."""
    effect = worst(verdicts)
    found = next((verdict for verdict in verdicts if verdict.effect is effect), None)
    if found is None:
        return effect, "", ""
    rolls = [verdict.what for verdict in verdicts if verdict.effect is Effect.ROLLS is not effect]
    return effect, "; ".join([found.what, *(rolls if effect is Effect.INTERRUPTS else [])]), found.way
