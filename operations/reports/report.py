"""What a command found: one table on the terminal, Markdown for pull requests, JSON for machines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from operations.planning.changes import KINDS
from operations.reports.display import COLOURS
from operations.reports.markdown import folded
from operations.terraform.cures import cure, is_about_credentials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operations.planning.changes import Change
    from operations.planning.stack_plan import StackPlan
    from operations.terraform.events import Diagnostic

# GitHub refuses an issue or a comment above 65,536 characters.
MARKDOWN_LIMIT = 60_000
# Of report.json, as docs/report.schema.json describes it.
FORMAT_VERSION = 1
TITLES = {"plan": "Plan", "drift": "Drift", "diff": "Plan", "deploy": "Deploy", "destroy": "Destroy"}


@dataclass(frozen=True)
class Report:
    """The findings of one command, in the order of the stacks."""

    command: str
    plans: tuple[StackPlan, ...]
    terraform_seconds: dict[str, list[float]]
    seconds: float
    hooks: tuple[str, ...] = ()

    @property
    def totals(self) -> dict[str, int]:
        """The sums of the table."""
        return {kind: sum(plan.changes.counts[kind] for plan in self.plans) for kind in KINDS}

    @property
    def exit_code(self) -> int:
        """0: nothing to change, 1: something failed, 2: something to change; as `terraform plan -detailed-exitcode`."""
        statuses = {plan.status for plan in self.plans}
        return 1 if statuses & {"failed", "skipped", "stopped"} else 2 if "changes" in statuses else 0

    def notes(self, plan: StackPlan) -> str:
        """Report what the numbers of a stack do not."""
        return "; ".join(
            [
                *([plan.status] if plan.status != "changes" else []),
                *(["on example values"] if plan.stand_ins else []),
                *(
                    [f"first deploy, planned once {', '.join(plan.awaits)} is applied"]
                    if plan.awaits and plan.status == "changes"
                    else []
                ),
                *(f"{verdict.effect}: {verdict.what}" for verdict in plan.verdicts),
                *_overrides(plan),
                *(["outputs only"] if plan.changes.outputs and not plan.changes.resources else []),
                *self._outdated(plan),
            ]
        )

    def legend(self) -> str:
        """Explain the plans on example values, where there are any."""
        missing = sorted({producer for plan in self.plans for producer in plan.stand_ins})
        if not missing:
            return ""
        return f"Example values: the outputs of {', '.join(missing)} do not exist yet. A deploy never uses such values."

    def _outdated(self, plan: StackPlan) -> list[str]:
        """Name what a stack reads and what will have another value once its producer is applied."""
        if plan.status not in ("changes", "no changes"):
            return []
        return [
            f"plan again after {other.stack}: {name} will change"
            for other in self.plans
            for name in other.changes.touched_outputs
            if name in plan.reads.get(other.stack, ()) and other.stack not in plan.stand_ins
        ]

    def table(self) -> Table:
        """Draw the table of the terminal."""
        table = Table(box=box.SIMPLE_HEAVY, header_style="bold", padding=(0, 1, 0, 0), pad_edge=False)
        table.add_column("stack", overflow="fold")
        kinds = [kind for kind in KINDS if self.totals[kind]]
        for kind in kinds:
            table.add_column(kind, justify="right", no_wrap=True)
        table.add_column("notes", overflow="fold")
        for plan in self.plans:
            counts = plan.changes.counts
            table.add_row(plan.stack, *(_number(kind, counts[kind]) for kind in kinds), Text(self.notes(plan)))
        if len(self.plans) > 1:
            table.add_section()
            table.add_row("all", *(_number(kind, self.totals[kind]) for kind in kinds))
        return table

    def timing(self) -> str:
        """Report how many terraform processes ran, and where the time went."""
        count = sum(map(len, self.terraform_seconds.values()))
        if not self.plans:
            return "no stack to work on"
        parts = [f"{len(each)} {name} {sum(each):.1f} s" for name, each in self.terraform_seconds.items()]
        return f"{self.seconds:.1f} s; {count} terraform processes: {', '.join(parts)}"

    def problems(self) -> tuple[tuple[str, Diagnostic], ...]:
        """Give every error, and what explains it, with the stacks that say it; warnings are in the details."""
        by_problem: dict[Diagnostic, list[str]] = {}
        for plan in self.plans:
            for problem in plan.diagnostics:
                if problem.severity != "warning":
                    by_problem.setdefault(_without_place(problem), []).append(plan.stack)
        return tuple((_joined(stacks), problem) for problem, stacks in by_problem.items())

    def cures(self) -> tuple[str, ...]:
        """Report what to do about errors that have nothing to do with the stacks."""
        found = (cure(f"{problem.summary}\n{problem.detail}") for plan in self.plans for problem in plan.diagnostics)
        return tuple(dict.fromkeys(advice for advice in found if advice))

    def as_json(self) -> dict[str, Any]:
        """Give everything that is found, for machines; sensitive values are hidden in it."""
        return {
            "format_version": FORMAT_VERSION,
            "command": self.command,
            "exit_code": self.exit_code,
            "totals": self.totals,
            "hooks": list(self.hooks),
            "stacks": [_plan_as_json(plan) for plan in self.plans],
            "seconds": round(self.seconds, 2),
            "terraform": {
                name: {"processes": len(each), "seconds": round(sum(each), 2)}
                for name, each in self.terraform_seconds.items()
            },
        }

    def as_markdown(self) -> str:
        """Write the table and, as far as they fit, the details."""
        header = ["stack", *KINDS, "notes"]
        rows = [
            [f"`{plan.stack}`", *(str(plan.changes.counts[kind] or "") for kind in KINDS), self.notes(plan)]
            for plan in self.plans
        ]
        rows.append(["**all**", *(f"**{self.totals[kind]}**" for kind in KINDS), ""])
        alignment = ["---", *["---:"] * len(KINDS), "---"]
        table = "\n".join(f"| {' | '.join(row)} |" for row in [header, alignment, *rows])
        text = f"### {self.title}\n\n{table}\n\n{self.legend()}\n"
        if self.hooks:
            text += "Hooks:\n```\n" + "".join(f"{line}\n" for line in self.hooks) + "```\n"
        for plan in self.plans:
            details = folded(plan)
            if len(text) + len(details) > MARKDOWN_LIMIT:
                details = f"\nThe details of `{plan.stack}` are too long for this report: see `{plan.stack}.md`.\n"
            text += details
        return text

    @property
    def title(self) -> str:
        """What the report is about."""
        return TITLES[self.command]


def _joined(stacks: Sequence[str]) -> str:
    """Name the first three, and count the rest."""
    names = list(dict.fromkeys(stacks))
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:3])} and {len(names) - 3} more"


def _without_place(problem: Diagnostic) -> Diagnostic:
    """Leave out the resource of an error that has nothing to do with it."""
    return replace(problem, address="") if is_about_credentials(problem) else problem


def _number(kind: str, count: int) -> Text:
    return Text(str(count) if count else "", style=COLOURS[kind])


def _plan_as_json(plan: StackPlan) -> dict[str, Any]:
    return {
        "stack": plan.stack,
        "status": plan.status,
        "counts": plan.changes.counts,
        "stand_ins": {producer: list(outputs) for producer, outputs in plan.stand_ins.items()},
        "awaits": list(plan.awaits),
        "verdicts": [vars(verdict) for verdict in plan.verdicts],
        "changes": [_change_as_json(change) for change in plan.changes.resources],
        "outputs": [vars(output) for output in plan.changes.outputs],
        "diagnostics": [vars(problem) for problem in plan.diagnostics],
        "seconds": round(plan.seconds, 2),
    }


def _overrides(plan: StackPlan) -> list[str]:
    count = sum(len(change.overrides) for change in plan.changes.resources)
    return [f"{count} override{'s' if count > 1 else ''} in what changes"] if count else []


def _change_as_json(change: Change) -> dict[str, Any]:
    return {
        "address": change.address,
        "type": change.type,
        "kinds": list(change.kinds),
        "reason": change.reason,
        "import_id": change.import_id,
        "moved_from": change.moved_from,
        "overrides": list(change.overrides),
        "forced_by": list(change.forced_by),
        "attributes": [vars(attribute) for attribute in change.attributes],
    }
