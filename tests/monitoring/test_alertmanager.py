"""Alertmanager's synthesized configuration: amtool takes it, alerts reach whom they should, and texts make sense."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from checks.releases import as_deployed
from config.monitoring.alerting.alertmanager import AlertmanagerSettings
from config.monitoring.alerting.routes import Route
from config.paths import ALERTMANAGER_TEMPLATES
from constructs.monitoring.alerting.alertmanager_secrets import SECRETS_MANAGER_FOLDER
from tests.programs import need

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SynthesizeOne, Vary
    from tests.synthesis import Synthesized

RELEASES = {
    "dev": "kube-prometheus-stack",
    "prod": "kube-prometheus-stack",
    "minikube": "monitoring",
    "everything": "monitoring",
    "other": "kube-prometheus-stack",
}


@pytest.fixture(scope="module", params=RELEASES)
def shipped_config(
    request: pytest.FixtureRequest,
    synthesized: Synthesized,
    everything: Synthesized,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The configuration of each environment, as a file."""
    source = everything if request.param in ("everything", "other") else synthesized
    values = source[f"{request.param}-kube-prom-stack"].values(RELEASES[request.param])
    return write_config(values, tmp_path_factory.mktemp("alertmanager"))


@pytest.fixture(scope="module")
def config(everything: Synthesized, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration with everything in it, as a file."""
    values = everything["everything-kube-prom-stack"].values("monitoring")
    return write_config(values, tmp_path_factory.mktemp("alertmanager"))


def write_config(values: dict[str, Any], folder: Path) -> Path:
    """Write the configuration and its templates into a folder, and return the configuration's path."""
    alertmanager = as_deployed(values["alertmanager"])
    for name, text in alertmanager["templateFiles"].items():
        (folder / name).write_text(text)
    path = folder / "alertmanager.yaml"
    path.write_text(json.dumps(alertmanager["config"]).replace("/etc/alertmanager/config", str(folder)))
    return path


def amtool(*arguments: str) -> str:
    """Return what amtool says; raises AssertionError with its own message."""
    need("amtool")
    done = subprocess.run(["amtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_amtool_takes_the_configuration(shipped_config: Path) -> None:
    assert "1 templates" in amtool("check-config", str(shipped_config))


@pytest.mark.parametrize(
    ("alert", "receivers"),
    [
        ("alertname=Watchdog severity=none", "heartbeat"),
        ("alertname=InfoInhibitor severity=none namespace=staging", "null"),
        ("alertname=A severity=critical namespace=kube-system", "on-call"),
        ("alertname=A severity=critical namespace=staging", "on-call,team"),
        ("alertname=A severity=warning namespace=production", "team"),
        ("alertname=A severity=warning namespace=production pod=batch-1", "tickets"),
        ("alertname=A severity=critical namespace=production pod=batch-1", "on-call,tickets"),
        ("alertname=A severity=warning namespace=kube-system", "mail"),
        ("alertname=A severity=warning namespace=staging-2", "mail"),
        ("alertname=A severity=info namespace=staging", "null"),
    ],
)
def test_alerts_reach_their_receivers(alert: str, receivers: str, config: Path) -> None:
    told = amtool("config", "routes", "test", f"--config.file={config}", *alert.split())
    assert told.strip() == receivers


@pytest.mark.parametrize("severity", ["critical", "warning", "info", "none"])
def test_without_receivers_nobody_is_told(severity: str, synthesized: Synthesized, tmp_path: Path) -> None:
    path = write_config(synthesized["dev-kube-prom-stack"].values(), tmp_path)
    told = amtool("config", "routes", "test", f"--config.file={path}", "alertname=A", f"severity={severity}")
    assert told.strip() == "null"


def test_secrets_are_files(everything: Synthesized) -> None:
    values = as_deployed(everything["everything-kube-prom-stack"].values("monitoring"))
    spec = values["alertmanager"]["alertmanagerSpec"]
    assert spec["secrets"] == ["alertmanager-heartbeat", "alertmanager-slack", "alertmanager-smtp"]
    files = set(_file_settings(values["alertmanager"]["config"]))
    (container,) = spec["initContainers"]
    fetched = {file for file in files if file.startswith(f"{SECRETS_MANAGER_FOLDER}/")}
    assert len(fetched) == 2
    assert all(f"> {file};" in container["command"][-1] for file in fetched)
    assert files - fetched == {
        "/etc/alertmanager/secrets/alertmanager-slack/webhook-url",
        "/etc/alertmanager/secrets/alertmanager-smtp/password",
        "/etc/alertmanager/secrets/alertmanager-heartbeat/url",
    }


def _file_settings(value: Any) -> list[str]:
    if isinstance(value, list):
        return [file for item in value for file in _file_settings(item)]
    if not isinstance(value, dict):
        return []
    own = [item for key, item in value.items() if key.endswith("_file")]
    return own + [file for item in value.values() for file in _file_settings(item)]


@pytest.mark.parametrize(("stack", "is_required"), [("everything", True), ("other", False)])
def test_mail_needs_tls_unless_a_relay_has_none(stack: str, everything: Synthesized, *, is_required: bool) -> None:
    values = everything[f"{stack}-kube-prom-stack"].values(RELEASES[stack])
    receivers = as_deployed(values["alertmanager"])["config"]["receivers"]
    mails = [mail for receiver in receivers for mail in receiver.get("email_configs", ())]
    assert [mail["require_tls"] for mail in mails] == [is_required]


def test_secrets_are_fetched_where_they_are_and_the_cli_can_write_its_cache(everything: Synthesized) -> None:
    values = as_deployed(everything["everything-kube-prom-stack"].values("monitoring"))
    spec = values["alertmanager"]["alertmanagerSpec"]
    (container,) = spec["initContainers"]
    assert container["image"].startswith("registry.example.com/mirror/")
    assert container["command"][-1].count("--region us-east-2 ") == 2
    home = next(entry["value"] for entry in container["env"] if entry["name"] == "HOME")
    assert home in {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
    assert {volume["name"] for volume in spec["volumes"]} == {mount["name"] for mount in container["volumeMounts"]}
    assert all(volume["emptyDir"]["medium"] == "Memory" for volume in spec["volumes"])


def test_a_secret_of_another_region_is_fetched_there(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack-a1B2c3"
    slack = {"channel": "#alerts", "webhook_url": {"secrets_manager": arn}}
    alertmanager = {"receivers": {"team": {"slack": slack}}, "default_receiver": "team"}
    stack = synthesize_one(vary({"kube_prom_stack.alertmanager": alertmanager}))["dev-kube-prom-stack"]
    (container,) = stack.values()["alertmanager"]["alertmanagerSpec"]["initContainers"]
    assert f"--region eu-west-1 --secret-id '{arn}'" in container["command"][-1]


def test_the_dead_mans_switch_repeats_within_every_interval(config: Path) -> None:
    watchdog = json.loads(config.read_text())["route"]["routes"][0]
    assert (watchdog["group_interval"], watchdog["repeat_interval"]) == ("5m", "150000ms")


def test_alertmanager_configurations_are_selected_by_the_label_of_monitors(everything: Synthesized) -> None:
    spec = everything["everything-kube-prom-stack"].values("monitoring")["alertmanager"]["alertmanagerSpec"]
    assert spec["alertmanagerConfigSelector"] == {"matchLabels": {"release": "monitoring"}}
    assert spec["alertmanagerConfigNamespaceSelector"] == {"matchLabels": {"watched-by": "monitoring"}}


class TestSettings:
    """What Alertmanager would refuse is refused before."""

    @pytest.mark.parametrize(
        ("settings", "location", "problem"),
        [
            ({"group_by": ["...", "pod"]}, ("group_by",), "... stands for all labels and must be alone"),
            ({"group_by": ["pod", "pod"]}, ("group_by", 1), "pod is listed twice"),
            ({"group_interval": "0s"}, ("group_interval",), "must be more than 0"),
            ({"repeat_interval": "0m"}, ("repeat_interval",), "must be more than 0"),
        ],
    )
    def test_grouping(self, settings: dict[str, Any], location: tuple[object, ...], problem: str) -> None:
        def found(model: AlertmanagerSettings | Route) -> list[tuple[object, str]]:
            return [(one.location, one.message) for one in model.problems()]

        assert found(AlertmanagerSettings.model_construct(**settings)) == [(location, problem)]
        assert found(Route.model_construct(receiver="null", severities=("critical",), **settings)) == [
            (location, problem)
        ]

    @pytest.mark.parametrize("matcher", ['pod=~"("', "pod!~[", 'pod=~"*"'])
    def test_matchers_have_regular_expressions(self, matcher: str) -> None:
        with pytest.raises(ValueError, match="has no regular expression"):
            Route(receiver="null", matchers=(matcher,))

    def test_a_bracket_is_nothing_special_without_regular_expression(self) -> None:
        assert Route(receiver="null", matchers=('pod="("',)).matchers == ('pod="("',)


FIRING = {
    "status": "firing",
    "labels": {"alertname": "ProbeFailing", "severity": "critical", "namespace": "staging", "cluster": "dev-gd9",
               "instance": "https://www.example.com/", "prometheus": "monitoring/main"},
    "annotations": {"summary": "A probed endpoint is down.", "description": "It has failed for 5 minutes.",
                    "runbook_url": "https://git.example.com/docs/runbook.md#probefailing"},
    "generatorURL": "https://prometheus.example.com/graph?g0.expr=up",
}  # fmt: skip
INSIDE = "http://kube-prometheus-stack-prometheus.monitoring:9090/graph?g0.expr=up"


class TestSlackMessages:
    """The texts that people read."""

    def render(self, name: str, tmp_path: Path, *alerts: dict[str, Any], **data: Any) -> str:
        labels = [alert["labels"] for alert in alerts]
        common = {key: value for key, value in labels[0].items() if all(one.get(key) == value for one in labels)}
        firing = any(alert["status"] == "firing" for alert in alerts)
        content = {
            "receiver": "team",
            "status": "firing" if firing else "resolved",
            "alerts": alerts,
            "groupLabels": {key: common[key] for key in ("alertname", "namespace") if key in common},
            "commonLabels": common,
            "externalURL": "https://alertmanager.example.com",
            **data,
        }
        path = tmp_path / "data.json"
        path.write_text(json.dumps(content))
        text = f'{{{{ template "project.slack.{name}" . }}}}'
        glob = f"--template.glob={ALERTMANAGER_TEMPLATES}/*.tmpl"
        return amtool("template", "render", glob, f"--template.text={text}", f"--template.data={path}").removesuffix(
            "\n"
        )

    def test_title(self, tmp_path: Path) -> None:
        assert self.render("title", tmp_path, FIRING) == "[FIRING:1] critical ProbeFailing in staging (dev-gd9)"
        resolved = {**FIRING, "status": "resolved"}
        assert self.render("title", tmp_path, resolved) == "[RESOLVED] critical ProbeFailing in staging (dev-gd9)"

    def test_title_of_alerts_that_have_nothing_in_common(self, tmp_path: Path) -> None:
        other = {**FIRING, "labels": {"alertname": "Other", "severity": "warning"}}
        assert self.render("title", tmp_path, FIRING, other) == "[FIRING:2] 2 alerts"

    def test_color(self, tmp_path: Path) -> None:
        for severity, color in (("critical", "danger"), ("warning", "warning"), ("info", "#439FE0")):
            alert = {**FIRING, "labels": {**FIRING["labels"], "severity": severity}}  # type: ignore[dict-item]
            assert self.render("color", tmp_path, alert) == color
            assert self.render("color", tmp_path, {**alert, "status": "resolved"}) == "good"

    def test_text(self, tmp_path: Path) -> None:
        assert self.render("text", tmp_path, FIRING).rstrip("\n") == "\n".join([
            "*A probed endpoint is down.*",
            "It has failed for 5 minutes.",
            "Runbook: <https://git.example.com/docs/runbook.md#probefailing>",
            "<https://prometheus.example.com/graph?g0.expr=up|Query>",
            "instance: `https://www.example.com/`",
        ])  # fmt: skip

    def test_addresses_inside_the_cluster_and_paths_are_no_links(self, tmp_path: Path) -> None:
        annotations = {"summary": "A.", "runbook_url": "docs/runbook.md#a"}
        text = self.render("text", tmp_path, {**FIRING, "annotations": annotations, "generatorURL": INSIDE})
        assert text.rstrip("\n") == "*A.*\nRunbook: docs/runbook.md#a\ninstance: `https://www.example.com/`"
        inside = "http://kube-prometheus-stack-alertmanager.monitoring:9093"
        assert self.render("link", tmp_path, FIRING, externalURL=inside) == ""
        assert self.render("link", tmp_path, FIRING) == "https://alertmanager.example.com/#/alerts?receiver=team"

    def test_an_alert_without_annotations_has_its_name(self, tmp_path: Path) -> None:
        bare = {"status": "firing", "labels": {"alertname": "Bare"}, "annotations": {}, "generatorURL": ""}
        assert self.render("text", tmp_path, bare).rstrip("\n") == "*Bare*"
        assert self.render("title", tmp_path, bare) == "[FIRING:1] Bare"

    def test_resolved_alerts_stand_apart_from_those_that_fire(self, tmp_path: Path) -> None:
        resolved = {**FIRING, "status": "resolved", "annotations": {"summary": "Over."}}
        text = self.render("text", tmp_path, FIRING, resolved)
        assert text.index("*A probed endpoint is down.*") < text.index("*Resolved:*") < text.index("*Over.*")
        assert "*Resolved:*" not in self.render("text", tmp_path, resolved)

    def test_many_alerts_are_shortened(self, tmp_path: Path) -> None:
        text = self.render("text", tmp_path, *[FIRING] * 12)
        assert text.count("*A probed endpoint is down.*") == 10
        assert text.rstrip("\n").endswith("… and more: 12 in all.")
