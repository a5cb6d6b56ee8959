"""What a rule is: a function that judges one resource of a plan, or has nothing to say about it."""

from __future__ import annotations

from collections.abc import Callable

from operations.judging.planned import Plan, Planned
from operations.judging.verdict import Verdict

Rule = Callable[[Planned, Plan], Verdict | None]
