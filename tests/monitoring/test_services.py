"""Services scraped from one list, and the monitors of an Istio mesh with Kiali."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from pydantic import ValidationError

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.synthesis import Stack, Synthesized

EXISTING: dict[str, Any] = {"network": None, "cluster": {"existing": {"eks": "theirs"}}, "cluster_addons": {}}
LABELS = {"project": "gd9", "prometheus": "main"}


@pytest.fixture
def monitors(vary: Vary, synthesize_one: SynthesizeOne) -> Any:
    def run(**settings: Any) -> dict[str, dict[str, Any]]:
        changed = {f"kube_prom_stack.{name}": value for name, value in settings.items()}
        values = synthesize_one(vary({**EXISTING, **changed}))["dev-kube-prom-stack"].values()
        return {manifest["metadata"]["name"]: manifest for manifest in values["extraManifests"]}

    return run


def test_four_services_make_four_monitors(monitors: Any) -> None:
    services = {name: {"namespace": "shop", "port": "http"} for name in ("cart", "orders", "payment", "web")}
    found = monitors(services=services)
    assert set(found) == {"service-cart", "service-orders", "service-payment", "service-web"}
    assert found["service-cart"] == {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": {"name": "service-cart", "namespace": "monitoring", "labels": LABELS},
        "spec": {
            "namespaceSelector": {"matchNames": ["shop"]},
            "selector": {"matchLabels": {"app": "cart"}},
            "endpoints": [{"port": "http", "path": "/metrics"}],
        },
    }


def test_a_service_is_found_by_its_own_labels_and_path(monitors: Any) -> None:
    service = {"namespace": "shop", "labels": {"tier": "front"}, "path": "/stats", "interval": "15s"}
    spec = monitors(services={"web": service})["service-web"]["spec"]
    assert spec["selector"] == {"matchLabels": {"tier": "front"}}
    assert spec["endpoints"] == [{"port": "http-metrics", "path": "/stats", "interval": "15s"}]


def test_nothing_of_a_mesh_is_there_by_default(monitors: Any) -> None:
    assert monitors() == {}


def test_the_mesh_is_scraped_at_its_proxies_and_istiod(monitors: Any) -> None:
    found = monitors(istio={"enabled": True, "namespace": "mesh"})
    assert set(found) == {"istiod", "istio-proxies", "kiali"}
    assert all(monitor["metadata"]["labels"] == LABELS for monitor in found.values())
    assert found["istiod"]["spec"]["namespaceSelector"] == {"matchNames": ["mesh"]}
    (proxies,) = found["istio-proxies"]["spec"]["podMetricsEndpoints"]
    assert (proxies["port"], proxies["path"]) == ("http-envoy-prom", "/stats/prometheus")


class TestKiali:
    @pytest.fixture
    def stack(self, vary: Vary, synthesize_one: SynthesizeOne) -> Stack:
        settings = {**EXISTING, "kube_prom_stack.istio": {"enabled": True}, "kube_prom_stack.release_name": "watch"}
        settings["kube_prom_stack.grafana.ingress"] = {"host": "grafana.example.com"}
        return synthesize_one(vary(settings))["dev-kube-prom-stack"]

    def test_points_at_this_prometheus_and_grafana(self, stack: Stack) -> None:
        services = stack.values("kiali")["external_services"]
        assert services["prometheus"] == {"url": "http://watch-prometheus.monitoring:9090"}
        assert services["grafana"]["internal_url"] == "http://watch-grafana.monitoring:80"
        assert services["grafana"]["external_url"] == "https://grafana.example.com"
        assert services["grafana"]["auth"] == {
            "type": "basic",
            "username": "secret:watch-grafana:admin-user",
            "password": "secret:watch-grafana:admin-password",
        }

    def test_links_to_the_forwarded_port_without_an_ingress(self, vary: Vary, synthesize_one: SynthesizeOne) -> None:
        login = {"name": "login", "user_key": "user", "password_key": "word"}
        settings = {"kube_prom_stack.istio": {"enabled": True}, "kube_prom_stack.grafana.admin_secret": login}
        grafana = synthesize_one(vary({**EXISTING, **settings}))["dev-kube-prom-stack"].values("kiali")[
            "external_services"
        ]["grafana"]
        assert grafana["external_url"] == "http://localhost:3000"
        assert (grafana["auth"]["username"], grafana["auth"]["password"]) == ("secret:login:user", "secret:login:word")

    def test_asks_users_for_a_token_and_changes_nothing(self, stack: Stack) -> None:
        values = stack.values("kiali")
        assert values["auth"] == {"strategy": "token"}
        assert values["deployment"]["view_only_mode"] is True

    def test_its_dashboard_comes_with_the_mesh(self, stack: Stack) -> None:
        names = {config_map["metadata"]["name"] for config_map in stack.resources("kubernetes_config_map_v1").values()}
        assert "dashboard-mesh-istio" in names

    def test_dashboard_stays_away_without_a_mesh(self, vary: Vary, synthesize_one: SynthesizeOne) -> None:
        stack = synthesize_one(vary(EXISTING))["dev-kube-prom-stack"]
        assert "dashboard-mesh-istio" not in str(stack.resources("kubernetes_config_map_v1"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"services": {"web": {"namespace": "shop", "port": "HTTP"}}}, "is not the name of a port"),
        ({"services": {"web": {"namespace": "shop", "path": "metrics"}}}, "is not a path like /metrics"),
        ({"istio": {"enabled": True, "interval": "10m"}}, "is outside 1s to 2m"),
    ],
)
def test_fails_on_what_prometheus_would_not_scrape(settings: dict[str, Any], message: str, vary: Vary) -> None:
    changed = {f"kube_prom_stack.{name}": value for name, value in settings.items()}
    with pytest.raises(ValidationError, match=message):
        vary(changed)


class TestMutualTls:
    SERVICES: ClassVar[dict[str, Any]] = {"cart": {"namespace": "shop", "mutual_tls": True}}

    def test_prometheus_shows_a_certificate_of_the_mesh(self, monitors: Any) -> None:
        found = monitors(services=self.SERVICES, istio={"enabled": True, "kiali": {"enabled": False}})
        (endpoint,) = found["service-cart"]["spec"]["endpoints"]
        assert endpoint["scheme"] == "https"
        assert endpoint["tlsConfig"] == {
            "caFile": "/etc/prom-certs/root-cert.pem",
            "certFile": "/etc/prom-certs/cert-chain.pem",
            "keyFile": "/etc/prom-certs/key.pem",
            "insecureSkipVerify": True,
        }

    def test_the_sidecar_brings_it_and_forwards_nothing(self, everything: Synthesized) -> None:
        spec = everything["other-kube-prom-stack"].values()["prometheus"]["prometheusSpec"]
        assert spec["podMetadata"]["labels"] == {"sidecar.istio.io/inject": "true"}
        annotations = spec["podMetadata"]["annotations"]
        assert annotations["traffic.sidecar.istio.io/includeInboundPorts"] == ""
        assert annotations["traffic.sidecar.istio.io/includeOutboundIPRanges"] == ""
        (written,) = json.loads(annotations["sidecar.istio.io/userVolumeMount"])
        config = json.loads(annotations["proxy.istio.io/config"])
        assert config["proxyMetadata"]["OUTPUT_CERTS"] == written["mountPath"]
        (volume,), (read,) = spec["volumes"], spec["volumeMounts"]
        assert volume["name"] == written["name"] == read["name"]
        assert read["mountPath"] == "/etc/prom-certs"

    def test_there_is_no_sidecar_without_such_a_service(self, everything: Synthesized) -> None:
        spec = everything["everything-kube-prom-stack"].values("monitoring")["prometheus"]["prometheusSpec"]
        assert "podMetadata" not in spec

    @pytest.mark.parametrize(
        ("settings", "problem"),
        [
            ({"services": SERVICES}, r"services\.cart\.mutual_tls: needs istio\.enabled"),
            (
                {"services": {"cart": {"namespace": "shop", "mutual_tls": True, "scheme": "http"}}},
                "scheme: cannot be used with mutual_tls, which is always https",
            ),
        ],
    )
    def test_problem(self, settings: dict[str, Any], problem: str, vary: Vary) -> None:
        with pytest.raises(ValidationError, match=problem):
            vary({f"kube_prom_stack.{name}": value for name, value in settings.items()})
