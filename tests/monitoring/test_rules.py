"""The rules as they are synthesized: promtool takes them, each alert fires when it should, and its runbook exists."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from checks.releases import as_deployed
from config.monitoring.alerting.alert_rules import SEVERITIES
from config.paths import ROOT
from tests.features import every_feature
from tests.programs import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.synthesis import Synthesized

UNIT_TESTS = sorted((ROOT / "tests" / "monitoring" / "rules").glob("*.test.yaml"))
RUNBOOK = "docs/runbook.md#"
# Rules that are installed only where they have a subject.
OPTIONAL = {f"{name.replace('_', '-')}.yaml" for feature in every_feature() for name in feature.RULES}
RELEASES = {
    "dev": "kube-prometheus-stack",
    "prod": "kube-prometheus-stack",
    "minikube": "monitoring",
    "everything": "monitoring",
    "another": "kube-prometheus-stack",
}

Rule = dict[str, Any]


class Rules:
    """The own rules of one environment, of Prometheus and of the Thanos ruler, in a folder: a file for each."""

    def __init__(self, values: dict[str, Any], folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, dict[str, Any]] = {}
        rules = {**as_deployed(values["additionalPrometheusRulesMap"]), **_rules_of_the_ruler(values)}
        for name, content in rules.items():
            self.files[f"{name}.yaml"] = content
            (folder / f"{name}.yaml").write_text(json.dumps(content))

    def alerts(self) -> Iterator[Rule]:
        """Yield the alerts."""
        for content in self.files.values():
            for group in content["groups"]:
                yield from (rule for rule in group["rules"] if "alert" in rule)

    def promtool(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run promtool in the folder."""
        need("promtool")
        return subprocess.run(["promtool", *arguments], cwd=self.folder, capture_output=True, text=True, check=False)


def _rules_of_the_ruler(values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what the objects hold that only the ruler selects, by the name of the file."""
    objects = (one for one in as_deployed(values["extraManifests"]) if one["kind"] == "PrometheusRule")
    return {
        one["metadata"]["name"].partition("-ruler-")[2]: json.loads(json.dumps(one["spec"]).replace("{{`{{`}}", "{{"))
        for one in objects
        if "thanos-ruler" in one["metadata"]["labels"]
    }


@pytest.fixture(scope="module", params=RELEASES)
def rules(
    request: pytest.FixtureRequest,
    synthesized: Synthesized,
    everything: Synthesized,
    tmp_path_factory: pytest.TempPathFactory,
) -> Rules:
    source = everything if request.param in ("everything", "another") else synthesized
    values = source[f"{request.param}-kube-prom-stack"].values(RELEASES[request.param])
    return Rules(values, tmp_path_factory.mktemp("rules"))


def test_promtool_takes_the_rules(rules: Rules) -> None:
    done = rules.promtool("check", "rules", "--lint=all", "--lint-fatal", *rules.files)
    assert done.returncode == 0, done.stdout + done.stderr


def _rule_file(unit_test: Path) -> str:
    return f"{unit_test.name.removesuffix('.test.yaml').replace('_', '-')}.yaml"


@pytest.mark.parametrize("unit_test", UNIT_TESTS, ids=lambda path: path.name)
def test_alerts_fire_when_they_should_and_not_otherwise(unit_test: Path, rules: Rules) -> None:
    if _rule_file(unit_test) not in rules.files:
        assert _rule_file(unit_test) in OPTIONAL
        return
    content = yaml.safe_load(unit_test.read_text("utf-8"))
    assert content["rule_files"] == [f"../../values/rules/{unit_test.name.replace('.test', '')}"]
    content["rule_files"] = [_rule_file(unit_test)]
    text = json.dumps(content).replace(RUNBOOK, f"{_runbook_base(rules)}{RUNBOOK}")
    (rules.folder / unit_test.name).write_text(text)
    done = rules.promtool("test", "rules", unit_test.name)
    assert done.returncode == 0, done.stdout + done.stderr


def _runbook_base(rules: Rules) -> str:
    """Return what stands before the path of the runbook, the same in all rules."""
    (base,) = {rule["annotations"]["runbook_url"].partition(RUNBOOK)[0] for rule in rules.alerts()}
    return str(base)


def test_every_alert_is_seen_to_fire_and_to_be_silent(rules: Rules) -> None:
    fires, silent = set(), set()
    for unit_test in UNIT_TESTS:
        for case in yaml.safe_load(unit_test.read_text("utf-8"))["tests"]:
            for check in case.get("alert_rule_test", ()):
                if not check["exp_alerts"]:
                    silent.add(check["alertname"])
                fires |= {(check["alertname"], alert["exp_labels"]["severity"]) for alert in check["exp_alerts"]}
    for rule in rules.alerts():
        assert (rule["alert"], rule["labels"]["severity"]) in fires
        assert rule["alert"] in silent


def test_every_alert_says_what_is_wrong_and_where_to_read_on(rules: Rules) -> None:
    headings = {line.removeprefix("### ").lower() for line in _runbook() if line.startswith("### ")}
    for rule in rules.alerts():
        annotations = rule["annotations"]
        assert set(annotations) == {"summary", "description", "runbook_url"}, rule["alert"]
        assert annotations["summary"].endswith("."), rule["alert"]
        assert "{{" not in annotations["summary"], "the title of a group of alerts is the same for all of them"
        anchor = annotations["runbook_url"].partition(RUNBOOK)[2]
        assert anchor == rule["alert"].lower()
        assert anchor in headings


def test_every_section_of_the_runbook_is_about_an_alert(everything: Synthesized, tmp_path: Path) -> None:
    values = [everything[f"{name}-kube-prom-stack"].values(RELEASES[name]) for name in ("everything", "another")]
    alerts = {rule["alert"] for one in values for rule in Rules(one, tmp_path).alerts()}
    assert {line.removeprefix("### ") for line in _runbook() if line.startswith("### ")} == alerts


def _runbook() -> list[str]:
    return (ROOT / "docs" / "runbook.md").read_text("utf-8").splitlines()


def test_severities_are_known_and_routes_can_name_the_namespace(rules: Rules) -> None:
    for rule in rules.alerts():
        assert rule["labels"]["severity"] in SEVERITIES
        by = re.findall(r"\bby \(([^)]*)\)", rule["expr"])
        # An expression over all series keeps their labels; an aggregation has to name the cluster.
        assert all("cluster" in labels for labels in by), rule["alert"]


def test_rules_are_installed_where_they_have_a_subject(synthesized: Synthesized, everything: Synthesized) -> None:
    dev = synthesized["dev-kube-prom-stack"].values()["additionalPrometheusRulesMap"]
    minikube = synthesized["minikube-kube-prom-stack"].values("monitoring")["additionalPrometheusRulesMap"]
    every = everything["everything-kube-prom-stack"].values("monitoring")["additionalPrometheusRulesMap"]
    optional = {name.removesuffix(".yaml") for name in OPTIONAL}
    assert set(minikube) & optional == set()
    assert set(dev) & optional == {"thanos", "cluster-autoscaler"}
    another = everything["another-kube-prom-stack"].values()["additionalPrometheusRulesMap"]
    assert {*every, *another} - set(minikube) == optional
    assert "karpenter" in set(another) - set(every)
    base = "https://github.com/acme/infrastructure/blob/main/"
    assert every["targets"]["groups"][0]["rules"][0]["annotations"]["runbook_url"].startswith(f"{base}{RUNBOOK}")
