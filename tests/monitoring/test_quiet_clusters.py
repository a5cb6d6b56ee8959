"""No alert of the project fires on a cluster in which nothing is wrong: neither on a fresh one, nor later."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from config.core.languages.promql import read_expression
from config.paths import RULES
from tests.environments import DATA, read_as_text
from tests.programs import need

if TYPE_CHECKING:
    from pathlib import Path

SERIES = read_as_text(DATA / "healthy_cluster.yaml")
FILES = sorted(RULES.glob("*.yaml"))
EVALUATED = "3h50m"


def fired(folder: Path, state: str, series: list[dict[str, Any]]) -> list[str]:
    """Return the alerts that fire within the time of the series, with their labels."""
    need("promtool")
    test = {
        "interval": "1m",
        "input_series": [{"series": one["series"], "values": one.get(state, one["healthy"])} for one in series],
        "promql_expr_test": [
            {"expr": 'max_over_time(ALERTS{alertstate="firing"}[4h])', "eval_time": EVALUATED, "exp_samples": []}
        ],
    }
    content = {"rule_files": [*map(str, FILES)], "evaluation_interval": "1m", "tests": [test]}
    (folder / "test.yaml").write_text(json.dumps(content))
    done = subprocess.run(
        ["promtool", "test", "rules", "test.yaml"], cwd=folder, capture_output=True, text=True, check=False
    )
    told = done.stdout + done.stderr
    assert (done.returncode == 0) is ("FAILED" not in told), told
    return re.findall(r'alertname=\\?"(\w+)', told.partition("got:")[2])


@pytest.mark.parametrize("state", ["fresh", "healthy"])
def test_nothing_fires(state: str, tmp_path: Path) -> None:
    assert fired(tmp_path, state, SERIES) == []


def test_what_is_wrong_does_fire(tmp_path: Path) -> None:
    broken = [{**one, "healthy": "0x240"} if one["series"].startswith("probe_success") else one for one in SERIES]
    assert fired(tmp_path, "healthy", broken) == ["ProbeFailing"]


def test_every_metric_of_a_rule_has_a_series() -> None:
    """An alert about a metric without a series is not tried."""
    known = {one["series"].partition("{")[0] for one in SERIES}
    without: dict[str, set[str]] = {}
    for path in FILES:
        for group in yaml.safe_load(path.read_text("utf-8"))["groups"]:
            for rule in group["rules"]:
                expression = str(rule["expr"])
                assert read_expression(expression).complaint is None
                names = re.findall(
                    r"\b[a-z]+(?:_[a-zA-Z]+)+\b(?!\s*\()|\bup\b", re.sub(r'"[^"]*"|\([a-z_, ]*\)', "", expression)
                )
                missing = {name for name in names if name not in known and name not in NO_SERIES}
                if missing:
                    without.setdefault(path.name, set()).update(missing)
    assert without == {}


# Names in expressions that are no metrics, and what exists only while something is wrong.
NO_SERIES = {
    "access_mode", "group_left", "group_right", "label_excluded_from_alerts",
    "kube_persistentvolumeclaim_access_mode", "kube_persistentvolumeclaim_labels",
    "kube_pod_container_status_last_terminated_reason",
}  # fmt: skip
