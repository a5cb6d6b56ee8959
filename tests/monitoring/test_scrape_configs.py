"""Scrape configurations in Prometheus' own form: what Prometheus refuses is refused, what it takes is taken."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from config.monitoring.prometheus.scrape_configs import problems_of_scrape_configs
from tests.programs import need

if TYPE_CHECKING:
    from pathlib import Path

TARGETS = {"static_configs": [{"targets": ["db.example.com:9100"]}]}


def job(**fields: Any) -> dict[str, Any]:
    return {"job_name": "mine", **TARGETS, **fields}


def relabeled(**fields: Any) -> dict[str, Any]:
    return job(relabel_configs=[fields])


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({**TARGETS}, "has no job_name"),
    "unknown field": (job(static_config=[]), "unknown key; did you mean `static_configs`? "),
    "name of the operator": (job(metric_relabelings=[]), "unknown key; did you mean `metric_relabel_configs`? "),
    "timeout above interval": (
        job(scrape_interval="10s", scrape_timeout="30s"),
        "30s is more than the scrape_interval",
    ),
    "timeout above the usual interval": (job(scrape_timeout="2m"), "2m is more than the scrape_interval, 30s"),
    "no duration": (job(scrape_interval="often"), "'often' is not a duration above 0"),
    "number": (job(scrape_interval=10), "10 is not a duration above 0"),
    "scheme": (job(scheme="ftp"), "'ftp' is not allowed; allowed: http, https"),
    "target with a path": (job(static_configs=[{"targets": ["http://a/b"]}]), "'http://a/b' is not a target"),
    "targets without list": (job(static_configs=[{"targets": "a:1"}]), "is not a mapping with targets, a list"),
    "lookahead": (relabeled(action="keep", source_labels=["a"], regex="(?!up).*"), "is no regular expression of RE2"),
    "unknown action": (relabeled(action="remove", regex="a"), "'remove' is not allowed"),
    "replace without target": (relabeled(source_labels=["a"]), "lacks target_label"),
    "hashmod without modulus": (relabeled(action="hashmod", source_labels=["a"], target_label="b"), "lacks modulus"),
    "labeldrop with source": (relabeled(action="labeldrop", regex="a", source_labels=["a"]), "cannot be used with"),
    "camel case": (
        relabeled(action="keep", sourceLabels=["a"], regex="a"),
        "unknown key; did you mean `source_labels`",
    ),
    "no mapping": (job(relabel_configs=["a"]), "is not a mapping"),
    "ec2 field": (job(ec2_sd_configs=[{"filter": []}]), "unknown key; did you mean `filters`? "),
}
TAKEN: dict[str, dict[str, Any]] = {
    "plain": job(),
    "relabelings": job(
        relabel_configs=[
            {"source_labels": ["__address__"], "regex": "(.+):\\d+", "replacement": "${1}", "target_label": "host"},
            {"action": "labelmap", "regex": "__meta_(.+)"},
            {"action": "Keep", "source_labels": ["a"], "regex": "(?i)x|[[:alpha:]]"},
            {"action": "hashmod", "source_labels": ["a"], "target_label": "b", "modulus": 4},
        ],
        metric_relabel_configs=[{"action": "drop", "source_labels": ["__name__"], "regex": "go_.*"}],
    ),
    "times": job(scrape_interval="1m", scrape_timeout="1m"),
    "discovery": {"job_name": "ec2", "ec2_sd_configs": [{"region": "us-east-2", "port": 9100, "filters": []}]},
    "login": job(basic_auth={"username": "a", "password_file": "/etc/x"}, params={"module": ["x"]}, honor_labels=True),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    config, message = REFUSED[name]
    assert [problem for problem in problems_of_scrape_configs([config], "30s") if message in problem.message]


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_taken(name: str) -> None:
    assert list(problems_of_scrape_configs([TAKEN[name]], "30s")) == []


def test_two_jobs_of_one_name() -> None:
    problems = list(problems_of_scrape_configs([job(), job()], "30s", {"mine": "the name of an own job"}))
    assert [problem.message for problem in problems] == ["mine is the name of an own job"] * 2


# The scheme is not looked at before the first scrape, and not every promtool is built with all kinds of discovery.
@pytest.mark.parametrize("name", sorted({*REFUSED, *TAKEN} - {"scheme", "discovery", "ec2 field"}))
def test_prometheus_is_of_the_same_opinion(name: str, tmp_path: Path) -> None:
    need("promtool")
    config = REFUSED[name][0] if name in REFUSED else TAKEN[name]
    file = tmp_path / "prometheus.json"
    file.write_text(json.dumps({"global": {"scrape_interval": "30s"}, "scrape_configs": [config]}))
    done = subprocess.run(["promtool", "check", "config", str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is (name in TAKEN), done.stdout + done.stderr
