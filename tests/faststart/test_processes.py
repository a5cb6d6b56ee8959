"""The number of processes for a number of environments."""

from __future__ import annotations

import pytest

from faststart import processes


@pytest.mark.parametrize(
    ("environments", "cores", "expected"),
    [(0, 8, 1), (4, 8, 1), (39, 8, 1), (40, 8, 2), (100, 2, 2), (100, 1, 1), (1000, 8, 8)],
)
def test_another_process_starts_when_there_is_work_and_a_core_for_it(
    monkeypatch: pytest.MonkeyPatch, environments: int, cores: int, expected: int
) -> None:
    monkeypatch.setattr(processes, "cores", lambda: cores)

    assert processes.processes_that_pay(environments) == expected


def test_ordinary_loading_stays_in_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EAGER_PROVIDERS", "1")

    assert processes.processes_that_pay(1000) == 1
