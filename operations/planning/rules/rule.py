"""What a rule is: a function that judges one resource of a plan, or has nothing to say about it."""

from __future__ import annotations

from collections.abc import Callable

from operations.planning.planned import Plan, Planned
from operations.planning.verdict import Verdict

Rule = Callable[[Planned, Plan], Verdict | None]
