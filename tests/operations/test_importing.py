"""What people have is taken over: dashboards, rules and values, with a difference to review, or a reason why not."""

# ruff: noqa: E501 (a case stands on one line)

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from typer.testing import CliRunner

from config.monitoring.grafana.dashboard_files import problems_of_dashboards
from config.monitoring.kube_prom_stack import KubePromStackSettings
from config.monitoring.prometheus.rule_files import problems_of_rule_files
from config.monitoring.values.overlays import problems_of_overlay
from config.paths import VALUES as VALUES_FOLDER
from operations.cli.importing import imports
from operations.importing import dashboards_and_rules
from operations.importing.dashboards_and_rules import ImportProblemError, dashboard, rules
from operations.importing.values import import_values

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPORTED = {
    "__inputs": [{"name": "DS_PROM", "type": "datasource", "pluginId": "prometheus"}],
    "id": 7,
    "title": "Node Exporter: Full!",
    "panels": [{"datasource": {"type": "prometheus", "uid": "${DS_PROM}"}}],
}
GROUPS = [{"name": "own", "rules": [{"alert": "Down", "expr": "up == 0"}]}]


@pytest.fixture
def grafana_com() -> Iterator[str]:
    """Return the address of a stand-in of grafana.com that has the dashboard 1860."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/api/dashboards/1860/revisions/latest/download"
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(json.dumps(EXPORTED).encode() if found else b"")

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def write(path: Path, content: Any) -> str:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


class TestDashboard:
    def test_from_a_file(self, tmp_path: Path) -> None:
        found = dashboard(write(tmp_path / "x.json", EXPORTED), "Team A", values=tmp_path)
        assert found.path == tmp_path / "dashboards" / "Team A" / "node-exporter-full.json"
        content = json.loads(found.text)
        assert content["uid"] == "node-exporter-full"
        assert content["panels"][0]["datasource"]["uid"] == "${datasource}"
        assert "id" not in content
        assert '+  "title": "Node Exporter: Full!",' in found.diff
        found.path.parent.mkdir(parents=True)
        found.path.write_text(found.text)
        assert list(problems_of_dashboards(tmp_path / "dashboards")) == []
        assert dashboard(str(tmp_path / "x.json"), "Team A", values=tmp_path).diff == "", (
            "a second time changes nothing"
        )

    def test_from_grafana_com(self, grafana_com: str, tmp_path: Path) -> None:
        found = dashboard("1860", "imported", address=grafana_com, values=tmp_path)
        assert found.path.name == "node-exporter-full.json"
        with pytest.raises(ImportProblemError, match="dashboard 1861 cannot be downloaded"):
            dashboard("1861", "imported", address=grafana_com, values=tmp_path)

    @pytest.mark.parametrize(
        ("content", "message"),
        [("{", "x.json:1: is not JSON"), ({"panels": []}, "has no title"), ({"elements": {}, "layout": {}}, "Classic")],
    )
    def test_refused(self, content: Any, message: str, tmp_path: Path) -> None:
        with pytest.raises(ImportProblemError, match=message):
            dashboard(write(tmp_path / "x.json", content), "imported", values=tmp_path)

    def test_a_file_that_is_not_there(self) -> None:
        with pytest.raises(ImportProblemError, match=r"nowhere\.json cannot be read"):
            dashboard("nowhere.json", "imported")


class TestRules:
    @pytest.mark.parametrize(
        "content",
        [
            "# Mine.\n" + yaml.safe_dump({"groups": GROUPS}),
            {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "spec": {"groups": GROUPS}},
            {"kind": "List", "items": [{"kind": "PrometheusRule", "spec": {"groups": GROUPS}}]},
            "---\nspec:\n  groups: []\n---\nspec: " + json.dumps({"groups": GROUPS}),
        ],
    )
    def test_of_every_form(self, content: Any, tmp_path: Path) -> None:
        found = rules(write(tmp_path / "Node Rules.yml", content), values=tmp_path)
        assert found.path == tmp_path / "rules" / "node-rules.yaml"
        assert yaml.safe_load(found.text) == {"groups": GROUPS}
        assert found.text.startswith("# Mine.") is (isinstance(content, str) and content.startswith("# Mine."))
        found.path.parent.mkdir()
        found.path.write_text(found.text)
        assert list(problems_of_rule_files(tmp_path / "rules")) == []

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("a: [", "is not YAML"),
            ("a: 1", "is neither a rule file"),
            ("groups: []", "has no rules"),
            ({"groups": [{"name": "a", "rules": [{"alert": "A", "expr": "up =="}]}]}, r"groups\[0\].rules\[0\].expr: is not"),
        ],
    )  # fmt: skip
    def test_refused(self, content: Any, message: str, tmp_path: Path) -> None:
        with pytest.raises(ImportProblemError, match=message):
            rules(write(tmp_path / "x.yaml", content), values=tmp_path)


VALUES = """
fullnameOverride: watch
additionalPrometheusRulesMap: {mine: {groups: [{name: own, rules: [{alert: Down, expr: up == 0}]}]}}
prometheus:
  prometheusSpec:
    retention: 15d
    retentionSize: 40GB
    externalLabels: {team: sre, cluster: x}
    storageSpec: {volumeClaimTemplate: {spec: {storageClassName: gp2, resources: {requests: {storage: 100Gi}}}}}
    logLevel: debug
    serviceMonitorSelector: {}
alertmanager:
  config: {route: {receiver: x}}
  alertmanagerSpec: {retention: 5d, logLevel: warn}
grafana:
  adminPassword: hunter2
  plugins: [grafana-clock-panel 2.1.3]
  persistence: {enabled: true, size: 20Gi}
  grafana.ini: {server: {root_url: "https://grafana.example.com"}}
  sidecar: {dashboards: {label: mine, resources: {limits: {memory: 1Gi}}}}
"""


class TestValues:
    @pytest.fixture
    def found(self, tmp_path: Path) -> Any:
        return import_values(Path(write(tmp_path / "values.yaml", VALUES)))

    def test_what_settings_decide_becomes_settings(self, found: Any) -> None:
        assert found.settings == {
            "release_name": "watch",
            "prometheus": {"retention": "15d", "volume_gib": 100, "external_labels": {"team": "sre"}},
            "grafana": {
                "plugins": ["grafana-clock-panel@2.1.3"],
                "volume_gib": 20,
                "ini": {"server": {"root_url": "https://grafana.example.com"}},
            },
        }
        KubePromStackSettings.model_validate_json(json.dumps(yaml.safe_load(found.settings_text())["kube_prom_stack"]))

    def test_the_rest_becomes_an_overlay(self, found: Any) -> None:
        assert yaml.safe_load(found.overlay_text()) == {
            "prometheus": {"prometheusSpec": {"logLevel": "debug"}},
            "alertmanager": {"alertmanagerSpec": {"logLevel": "warn"}},
            "grafana": {"sidecar": {"dashboards": {"resources": {"limits": {"memory": "1Gi"}}}}},
        }
        assert list(problems_of_overlay(found.overlay)) == []

    def test_rules_become_files(self, found: Any, tmp_path: Path) -> None:
        ((name, content),) = found.rules.items()
        assert dashboards_and_rules.rules_of(name, content, values=tmp_path).path.name == "mine.yaml"

    @pytest.mark.parametrize(
        ("key", "reason"),
        [
            ("grafana.adminPassword", "is a secret in plain text"),
            ("prometheus.prometheusSpec.retentionSize", "is decided by kube_prom_stack.prometheus.volume_gib"),
            ("prometheus.prometheusSpec.serviceMonitorSelector", "is decided by kube_prom_stack.monitor_label"),
            ("prometheus.prometheusSpec.externalLabels.cluster", "is set by the project itself"),
            ("prometheus.prometheusSpec.storageSpec.volumeClaimTemplate.spec.storageClassName", "is made by the project"),
            ("alertmanager.config", "is decided by kube_prom_stack.alertmanager.receivers"),
            ("alertmanager.alertmanagerSpec.retention", "cannot become kube_prom_stack.alertmanager.retention: '5d' is not"),
            ("grafana.sidecar.dashboards.label", "is fixed"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_taken_over_is_named_with_the_reason(self, key: str, reason: str, found: Any) -> None:
        assert [line for line in found.refused if line.startswith(f"{key}: ") and reason in line]

    def test_no_key_is_forgotten(self, found: Any) -> None:
        lines = "\n".join((*found.taken, *found.refused, found.overlay_text(), *found.rules))
        for key in (
            "retention",
            "retentionSize",
            "logLevel",
            "plugins",
            "grafana.ini",
            "size",
            "adminPassword",
            "label",
            "mine",
        ):
            assert key in lines

    def test_a_file_that_is_no_yaml(self, tmp_path: Path) -> None:
        with pytest.raises(ImportProblemError, match=r"values\.yaml:2"):
            import_values(Path(write(tmp_path / "values.yaml", "a: [")))


def test_the_command_shows_and_writes_nothing_in_a_dry_run(tmp_path: Path) -> None:
    source = write(tmp_path / "x.json", EXPORTED)
    done = CliRunner().invoke(imports, ["dashboard", source, "--folder", "dry", "--dry-run"])
    assert (done.exit_code, "Node Exporter: Full!" in done.output) == (0, True)
    assert not (VALUES_FOLDER / "dashboards" / "dry").exists()
    done = CliRunner().invoke(imports, ["values", write(tmp_path / "values.yaml", VALUES), "--dry-run"])
    assert done.exit_code == 0, done.output
    assert "prometheus.prometheusSpec.retention: becomes kube_prom_stack.prometheus.retention" in done.output
    assert "refused: grafana.adminPassword" in done.output
    done = CliRunner().invoke(imports, ["rules", str(tmp_path / "nowhere.yaml")])
    assert done.exit_code == 1
