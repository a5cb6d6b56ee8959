"""Moves the states of an environment, as the command line asks for it."""

from __future__ import annotations

import sys

from config.core.errors import UsageError
from operations.aws_login import Login
from operations.commands.work import new_terraform
from operations.console import answer, print_text
from operations.runs import environment_lock
from operations.runs.folders import run_folder
from operations.selection import selection
from operations.terraform import state_move


def move_states(environment: str, source: str | None, *, auto_approve: bool) -> int:
    """Find what is elsewhere, ask, and move it; return the exit code."""
    given = state_move.parse(source) if source else None
    with run_folder() as run:
        chosen = selection.select(run.stacks, environment=environment)
        with environment_lock.holding([environment], print_text):
            terraform = new_terraform()
            variables = Login().variables(run.commands[environment], terraform.environment, run.folder / "login")
            terraform.log_in(environment, variables)
            sources = {stack.name: state_move.source_of(stack, given) for stack in chosen}
            found = [(stack, place) for stack in chosen if (place := sources[stack.name]) is not None]
            moves = [move for stack, place in found if (move := state_move.find(stack, place, terraform))]
            unknown = [name for name, place in sources.items() if place is None]
            if unknown:
                print_text(
                    f"The former location of the states of {', '.join(unknown)} is not known; give it with --from."
                )
            if not moves:
                print_text("Nothing to move: every state that was found is where the environment says.")
                return 0
            for move in moves:
                print_text(str(move))
            if not auto_approve and not (sys.stdin.isatty() and sys.stdout.isatty()):
                raise UsageError("there is no terminal to confirm at: with --auto-approve 'state move' asks nothing")
            question = "Move these states? 'yes' or 'y' goes ahead, anything else changes nothing: "
            if not auto_approve and answer(question) not in ("yes", "y"):
                print_text("Nothing was moved.")
                return 0
            for move in moves:
                print_text(f"{move.stack.name}: moved to {move.target}; {state_move.carry_out(move, terraform)}")
    print_text(f"Next: ./eks plan {environment}")
    return 0
