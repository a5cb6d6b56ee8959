"""What `./eks check policy` does, and what `plan` and `deploy` check of their plans."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from config.core.files.written_files import write_whole
from config.loading import load_environments
from config.paths import ENVIRONMENTS
from config.policy.packs import all_rules, read_packs
from operations.console import print_text
from operations.environments.named import environments_named
from operations.planning.stack_plan import PLAN_FILE
from operations.policies.findings import judge_outcomes, rules_of
from operations.policies.formats import as_json, as_junit, as_sarif, as_text
from operations.policies.scan import scan
from operations.policies.subject import Subject, planned
from operations.runs.folders import current_stacks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from config.environment import Environment
    from operations.planning.planning import Planner
    from operations.planning.stack_plan import StackPlan
    from operations.policies.findings import PolicyVerdict
    from operations.selection.synthesized import Synthesized


def check(names: Sequence[str], *, is_json: bool, sarif: Path | None, junit: Path | None) -> int:
    """Check environments by their policies, print and write what was found; return 1 where a mandatory rule fails.

    Raises:
        UsageError: There is no environment of such a name.
        PolicyError: The check could not be made.

    """
    stacks = current_stacks()
    verdicts = verdicts_of(environments_named(names), stacks)
    if is_json:
        sys.stdout.write(f"{as_json(verdicts)}\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for verdict in verdicts for line in as_text(verdict)))
    if sarif is not None:
        write_whole(sarif, as_sarif(verdicts))
    if junit is not None:
        write_whole(junit, as_junit(verdicts))
    return 1 if any(verdict.failures for verdict in verdicts) else 0


def listed() -> Iterator[str]:
    """Yield a line for each rule of each pack."""
    for pack, content in read_packs().items():
        for name, rule in content.rules.items():
            yield f"{pack:12}  {name:32}  {rule.severity:8}  {rule.enforcement:9}  {rule.title}"


def verdicts_of(
    environments: Sequence[Environment], stacks: Synthesized, plans: Mapping[str, Any] | None = None
) -> list[PolicyVerdict]:
    """Check environments as they are synthesized; with plans, by stack, these stacks alone, as they are planned."""
    packs = read_packs()
    rules = {environment.name: rules_of(environment.policy, packs) for environment in environments}
    names = {name for chosen in rules.values() for name in chosen}
    every = {name: rule for name, rule in all_rules(packs).items() if name in names}
    subjects = [_subject(environment, stacks, plans or {}) for environment in environments]
    outcomes = [
        one for one in scan(subjects, every) if plans is None or not one.resource.stack or one.resource.stack in plans
    ]
    today = datetime.now(UTC).date()
    return [
        judge_outcomes(environment.name, environment.policy, rules[environment.name], outcomes, today)
        for environment in environments
    ]


def check_plans(made: Mapping[str, Sequence[StackPlan]], planner: Planner) -> bool:
    """Check plans, by environment, by its policy, and print what was found; return whether they pass."""
    environments = [one for one in load_environments(ENVIRONMENTS, shows_notices=False) if one.name in made]
    plans = {plan.stack: _shown(planner, plan) for of_one in made.values() for plan in of_one}
    verdicts = verdicts_of(environments, planner.stacks, plans)
    for verdict in verdicts:
        for line in as_text(verdict):
            print_text(line, style="red" if verdict.failures else "")
    return not any(verdict.failures for verdict in verdicts)


def _shown(planner: Planner, plan: StackPlan) -> dict[str, Any]:
    """Return a plan in JSON; nothing where there is none, as for a first apply that waits for other stacks."""
    if plan.place is None or not (plan.place.folder / PLAN_FILE).is_file():
        return {}
    return planner.terraform.show(plan.place, PLAN_FILE)


def _subject(environment: Environment, stacks: Synthesized, plans: Mapping[str, Any]) -> Subject:
    configurations = {
        stack.name: planned(stack.configuration, plans[stack.name] or {}) if stack.name in plans else stack.content
        for stack in stacks.stacks.values()
        if stack.environment == environment.name
    }
    return Subject(environment.name, environment.model_dump(mode="json"), configurations)
