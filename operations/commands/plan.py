"""What `plan`, `diff` and `drift` do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.paths import STATES
from operations.commands.work import CHANGES, FAILURE, at_work, eks_command
from operations.console import print_text
from operations.planning.stack_plan import Purpose
from operations.remaining.remaining import local_states_without_a_stack, states_elsewhere_without_a_stack
from operations.runs import environment_lock

if TYPE_CHECKING:
    from operations.commands.work import Pace
    from operations.planning.progress import Progress
    from operations.selection.selection import Selection


def plan(
    selection: Selection,
    pace: Pace,
    progress: Progress,
    *,
    purpose: Purpose = Purpose.SHOW,
    command: str = "plan",
    is_full: bool = False,
) -> int:
    """Plan the selected stacks; return 0 where nothing would change, 2 where something would, 1 after a failure."""
    with at_work(command, selection, purpose, pace, progress, is_full=is_full) as work:
        chosen = work.choose(selection, pace.login)
        if not work.run_hooks("before"):
            return work.finish(FAILURE)
        environments = sorted({stack.environment for stack in chosen})
        environment_lock.wait_while_applying(environments, work.progress.say)
        plans = work.plan(chosen, pace)
        code = work.report(plans).exit_code
        if code != FAILURE and not work.pass_policies(plans, pace):
            code = FAILURE
        elsewhere = states_elsewhere_without_a_stack(work.run, environments, pace.login)
        for line in (*local_states_without_a_stack(STATES, work.planner.stacks), *elsewhere):
            print_text(line, style="yellow")
        if code == CHANGES and purpose is Purpose.SHOW:
            print_text(f"To apply this: {eks_command('deploy', *(stack.name for stack in chosen))}")
        return work.finish(code)
