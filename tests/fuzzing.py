"""How property tests run, and how long those of readers look for a crash: a moment, or as long as `make fuzz` says."""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, settings

EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES") or 100)

# No property test goes by the clock, and every test run tries the same; `make fuzz` tries something else each time.
settings.register_profile(
    "project",
    deadline=None,
    derandomize=not os.environ.get("FUZZ_EXAMPLES"),
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("project")

fuzzed: Final = settings(
    max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
