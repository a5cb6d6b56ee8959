"""What the kube-prometheus-stack chart is given; keys of the pinned chart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from constructs.monitoring.contribution import Contribution
from constructs.monitoring.values import kube_prometheus_values
from constructs.monitoring.values.kube_prometheus_values import compose_values
from constructs.monitoring.values.values_props import RoleArns, ValuesProps

if TYPE_CHECKING:
    from tests.conftest import Vary
    from tests.synthesis import Synthesized

SELECTED = {"matchLabels": {"prometheus": "main"}}
NAMESPACES = {"matchLabels": {"monitoring": "prometheus"}}


@pytest.fixture(params=["dev", "prod"])
def values(request: pytest.FixtureRequest, synthesized: Synthesized) -> dict[str, Any]:
    return synthesized[f"{request.param}-kube-prom-stack"].values()


@pytest.mark.parametrize("kind", ["serviceMonitor", "podMonitor", "probe", "rule", "scrapeConfig"])
def test_prometheus_selects_by_label_in_labelled_namespaces(kind: str, values: dict[str, Any]) -> None:
    spec = values["prometheus"]["prometheusSpec"]
    assert spec[f"{kind}Selector"] == SELECTED
    assert spec[f"{kind}NamespaceSelector"] == NAMESPACES
    assert spec[f"{kind}SelectorNilUsesHelmValues"] is False


def test_monitors_of_the_chart_and_its_subcharts_carry_the_label(values: dict[str, Any]) -> None:
    label = {"prometheus": "main"}
    assert values["commonLabels"] == {"prometheus": "main", "project": "gd9"}
    for subchart in ("kube-state-metrics", "prometheus-node-exporter"):
        assert values[subchart]["prometheus"]["monitor"]["additionalLabels"] == label
    assert values["grafana"]["serviceMonitor"]["labels"] == label


def test_volumes_are_on_the_storage_class_of_the_csi_addon(values: dict[str, Any]) -> None:
    name = "${data.terraform_remote_state.state-csi-addon.outputs.storage_class_name}"
    prometheus = values["prometheus"]["prometheusSpec"]["storageSpec"]["volumeClaimTemplate"]["spec"]
    alertmanager = values["alertmanager"]["alertmanagerSpec"]["storage"]["volumeClaimTemplate"]["spec"]
    assert prometheus["storageClassName"] == alertmanager["storageClassName"] == name
    assert values["grafana"]["persistence"]["storageClassName"] == name


def test_dev_keeps_the_old_layouts_volume(synthesized: Synthesized) -> None:
    spec = synthesized["dev-kube-prom-stack"].values()["prometheus"]["prometheusSpec"]
    claim = spec["storageSpec"]["volumeClaimTemplate"]["spec"]
    assert claim["resources"] == {"requests": {"storage": "20Gi"}}


def test_nothing_is_scraped_that_eks_hides(values: dict[str, Any]) -> None:
    for component in ("kubeEtcd", "kubeScheduler", "kubeControllerManager", "kubeProxy"):
        assert values[component] == {"enabled": False}


def test_the_thanos_sidecar_finds_its_secret(values: dict[str, Any], synthesized: Synthesized) -> None:
    thanos = values["prometheus"]["prometheusSpec"]["thanos"]
    assert thanos["objectStorageConfig"] == {"existingSecret": {"name": "thanos-objstore", "key": "objstore.yml"}}
    secret = synthesized["dev-kube-prom-stack"].resource("kubernetes_secret_v1")
    assert secret["metadata"]["name"] == "thanos-objstore"
    config = json.loads(secret["data"]["objstore.yml"])
    assert config["type"] == "S3"
    assert set(config["config"]) == {"bucket", "endpoint", "region"}, "no credentials: the sidecar has its role"


class TestComposition:
    """Shared file, then settings, then overlays."""

    @pytest.fixture
    def compose(self, vary: Vary, monkeypatch: pytest.MonkeyPatch) -> Any:
        def run(*, shared: dict[str, Any], overlays: dict[str, dict[str, Any]], **settings: Any) -> dict[str, Any]:
            files = {"kube-prometheus-stack.yaml": shared, **overlays}
            monkeypatch.setattr(kube_prometheus_values, "read_values", files.__getitem__)
            stack = {f"kube_prom_stack.{key}": value for key, value in settings.items()}
            environment = vary({**stack, "kube_prom_stack.values_files": list(overlays)})
            return compose_values(
                ValuesProps(
                    query_features=(),
                    cluster_name="dev-gd9",
                    region="us-east-2",
                    labels={},
                    storage_class_name="gp3",
                    roles=RoleArns(),
                    rules=(),
                    dashboards=(),
                    features=Contribution(),
                    settings=environment.kube_prom_stack,
                )
            )

        return run

    def test_settings_win_over_the_shared_file(self, compose: Any) -> None:
        values = compose(shared={"prometheus": {"prometheusSpec": {"retention": "1d"}}}, overlays={})
        assert values["prometheus"]["prometheusSpec"]["retention"] == "10d"

    def test_overlays_win_over_settings_and_the_last_one_wins(self, compose: Any) -> None:
        values = compose(
            shared={},
            overlays={"a.yaml": {"prometheus": {"prometheusSpec": {"retention": "2d", "logLevel": "debug"}}},
                      "b.yaml": {"prometheus": {"prometheusSpec": {"retention": "3d"}}}},
        )  # fmt: skip
        spec = values["prometheus"]["prometheusSpec"]
        assert (spec["retention"], spec["logLevel"]) == ("3d", "debug")
        assert spec["replicas"] == 1

    def test_lists_replace_lists(self, compose: Any) -> None:
        values = compose(shared={"grafana": {"envFrom": [1, 2]}}, overlays={"a.yaml": {"grafana": {"envFrom": [3]}}})
        assert values["grafana"]["envFrom"] == [3]

    def test_texts_of_files_stay_as_they_are(self, compose: Any) -> None:
        """They become literal for Terraform where cdktf takes them: stacks/literal_text.py."""
        values = compose(shared={"a": ["${x}", {"%{ if x }": "{{ y }}"}]}, overlays={})
        assert values["a"] == ["${x}", {"%{ if x }": "{{ y }}"}]

    def test_helm_leaves_alone_what_the_chart_would_take_for_templates(self, compose: Any) -> None:
        values = compose(
            shared={},
            overlays={},
            extra_manifests=[{"data": {"{{ a }}": ["{{ .Name }} ${x}"]}}],
            prometheus={
                "external_labels": {"team": "{{ sre }}"},
                "extra_scrape_configs": [{"job_name": "{{ x }}"}],
                "external_url": "https://example.com/{{x}}",
            },
            grafana={"ini": {"a": {"b": "{{ c }}"}}},
        )
        spec = values["prometheus"]["prometheusSpec"]
        assert values["extraManifests"] == [{"data": {"{{`{{`}} a }}": ["{{`{{`}} .Name }} ${x}"]}}]
        assert spec["externalLabels"]["team"] == "{{`{{`}} sre }}"
        assert spec["additionalScrapeConfigs"] == [{"job_name": "{{`{{`}} x }}"}]
        assert spec["externalUrl"] == "https://example.com/{{`{{`}}x}}"
        assert values["grafana"]["grafana.ini"]["a"] == {"b": "{{`{{`}} c }}"}

    def test_the_image_registry_reaches_every_chart(self, compose: Any) -> None:
        values = compose(shared={}, overlays={}, image_registry="registry.example.com")
        assert values["global"]["imageRegistry"] == "registry.example.com"

    def test_grafana_can_be_left_out(self, compose: Any) -> None:
        assert compose(shared={}, overlays={}, grafana={"enabled": False})["grafana"]["enabled"] is False

    def test_without_a_permission_the_service_account_has_no_role(self, compose: Any) -> None:
        account = compose(shared={}, overlays={})["prometheus"]["serviceAccount"]
        assert account == {"create": True, "name": "kube-prometheus-stack-prometheus"}
