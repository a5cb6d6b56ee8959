"""No alert of the chart fires on an EKS cluster in which nothing is wrong, but the one that always does."""

from __future__ import annotations

import json
import os
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from config.core.languages.promql import read_expression
from config.paths import RULES
from tests.environments import DATA, read_as_text
from tests.monitoring import default_rules
from tests.programs import need

if TYPE_CHECKING:
    from collections.abc import Iterator

EVALUATED = "3h50m"
HEALTHY, FRESH = 0, 1
# What earlier versions of Prometheus call their metrics.
NO_SERIES = {"prometheus_remote_storage_failed_samples_total", "prometheus_remote_storage_succeeded_samples_total"}
# Of the control plane that EKS keeps to itself, and of what is scraped only where settings ask for it.
GROUPINGS = "by|on|ignoring|without|group_left|group_right"
HIDDEN_JOBS = {"kube-controller-manager", "kube-etcd", "kube-proxy", "kube-scheduler"}


@cache
def series() -> dict[str, tuple[str, str]]:
    """Return the values of each series by its name and labels: of a healthy cluster, and of a fresh one."""
    found = {}
    for target in read_as_text(DATA / "healthy_components.yaml"):
        for name, values in target["series"].items():
            metric, _, own = name.partition("{")
            given = dict(re.findall(r'(\w+)="([^"]*)"', own))
            labels = ", ".join(f'{key}="{value}"' for key, value in {**target["labels"], **given}.items())
            healthy, fresh = values if isinstance(values, list) else (values, values)
            found[f"{metric}{{{labels}}}"] = (healthy, fresh)
    return found


def fired(folder: Path, values: dict[str, str]) -> set[str]:
    """Return the alerts of the chart and of the project that fire within the time of the series."""
    need("promtool")
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": value} for name, value in values.items()],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (max_over_time(ALERTS{alertstate="firing"}[4h]))',
                "eval_time": EVALUATED,
                "exp_samples": [],
            }
        ],
    }
    files = [str(default_rules.FILE), *map(str, sorted(RULES.glob("*.yaml")))]
    (folder / "test.yaml").write_text(json.dumps({"rule_files": files, "evaluation_interval": "1m", "tests": [test]}))
    done = subprocess.run(
        ["promtool", "test", "rules", "test.yaml"], cwd=folder, capture_output=True, text=True, check=False
    )
    told = done.stdout + done.stderr
    assert "FAILED" in told, f"Watchdog fires always: {told}"
    return set(re.findall(r'alertname=\\?"(\w+)', told.partition("got:")[2]))


@pytest.mark.parametrize("state", [HEALTHY, FRESH], ids=["healthy", "fresh"])
def test_nothing_fires(state: int, tmp_path: Path) -> None:
    assert fired(tmp_path, {name: values[state] for name, values in series().items()}) == {"Watchdog"}


def test_what_is_wrong_does_fire(tmp_path: Path) -> None:
    wrong = {
        "kubelet_certificate_manager_server_ttl_seconds": "200000x240",
        "kube_poddisruptionbudget_status_current_healthy": "0x240",
        "alertmanager_config_last_reload_successful": "0x240",
        "container_cpu_cfs_throttled_periods_total": "0+300x240",
        "node_filesystem_avail_bytes": "1e8x240",
    }
    changed = {name: wrong.get(name.partition("{")[0], values[HEALTHY]) for name, values in series().items()}
    assert fired(tmp_path, changed) == {
        "Watchdog",
        "AlertmanagerFailedReload",
        "CPUThrottlingHigh",
        "InfoInhibitor",
        "KubePdbNotEnoughHealthyPods",
        "KubeletServerCertificateExpiration",
        "NodeFilesystemAlmostOutOfSpace",
    }


def _rules() -> Iterator[dict[str, Any]]:
    for group in default_rules.read():
        yield from group["rules"]


def test_every_metric_of_an_alert_has_a_series() -> None:
    """An alert about a metric without a series is not tried."""
    recorded = {rule["record"] for rule in _rules() if "record" in rule}
    known = {name.partition("{")[0] for name in series()} | recorded | NO_SERIES
    missing: dict[str, set[str]] = {}
    for rule in _rules():
        expression = re.sub(r"#.*", "", str(rule["expr"]))
        assert read_expression(expression).complaint is None
        plain = re.sub(r'"[^"]*"|`[^`]*`', "", expression)
        plain = re.sub(rf"\b(?:{GROUPINGS})\s*\([^)]*\)|\{{[^}}]*\}}|\b(?:{GROUPINGS})\b", "", plain)
        names = set(re.findall(r"\b[a-z]+(?:[_:]+[a-zA-Z0-9_]+)+:?(?![\w:]|\s*\()|\bup\b", plain))
        if names - known:
            missing.setdefault(str(rule.get("alert", rule.get("record"))), set()).update(names - known)
    assert missing == {}


def test_no_alert_is_about_what_eks_hides() -> None:
    about = {job for rule in _rules() for job in re.findall(r'job="([^"]+)"', str(rule["expr"])) if "alert" in rule}
    assert about & HIDDEN_JOBS == set()


def test_the_rules_are_those_of_the_pinned_version() -> None:
    text = default_rules.FILE.read_text("utf-8")
    assert text.startswith(default_rules.HEADER), f"write it again: {default_rules.__doc__}"


def test_the_rules_are_those_of_the_chart() -> None:
    charts = os.environ.get("CHARTS")
    if not charts:
        pytest.skip("CHARTS names no folder with the chart")
    need("helm")
    assert default_rules.text_of(default_rules.rendered(Path(charts))) == default_rules.FILE.read_text("utf-8")
