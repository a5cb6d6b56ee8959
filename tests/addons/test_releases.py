"""The releases of the add-ons: where they are, what they wait for, and what their charts are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.addons.addon import Addon
from config.addons.cluster_addons import ClusterAddonsSettings
from tests.addons.conftest import ALONE

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.synthesis import Stack, Synthesized

ADDONS = {
    addon.CHART.name: name for name, addon in ClusterAddonsSettings() if isinstance(addon, Addon) and name not in ALONE
}
MIRROR = "registry.example.com/mirror"
IMAGES = {
    "cluster-autoscaler": f"{MIRROR}/autoscaling/cluster-autoscaler",
    "aws-load-balancer-controller": f"{MIRROR}/eks/aws-load-balancer-controller",
    "metrics-server": f"{MIRROR}/metrics-server/metrics-server",
    "prometheus-adapter": f"{MIRROR}/prometheus-adapter/prometheus-adapter",
    "external-dns": f"{MIRROR}/external-dns/external-dns",
    "velero": f"{MIRROR}/velero/velero",
}


@pytest.fixture(scope="session")
def stack(defaults: Synthesized) -> Stack:
    return defaults["dev-cluster-addons"]


@pytest.fixture(scope="session")
def varied(everything: Synthesized) -> Stack:
    return everything["everything-cluster-addons"]


class TestStack:
    def test_is_not_there_without_add_ons(self, vary: Vary, synthesize_one: SynthesizeOne) -> None:
        synthesized = synthesize_one(vary({"cluster_addons": {"identity": "pod-identity"}}))
        assert "dev-cluster-addons" not in synthesized.stacks
        assert "dev-cluster-addons" not in synthesized.manifest["stacks"]["dev-kube-prom-stack"]["dependencies"]

    def test_comes_before_the_monitoring(self, defaults: Synthesized) -> None:
        stacks = defaults.manifest["stacks"]
        assert "dev-cluster-addons" in stacks["dev-kube-prom-stack"]["dependencies"]
        assert stacks["dev-cluster-addons"]["dependencies"] == ["dev-cluster"]

    def test_says_what_is_installed(self, stack: Stack) -> None:
        assert stack.json["output"]["addons"]["value"] == sorted(ADDONS.values())

    @pytest.mark.parametrize(("context", "addon"), [("kind", "metrics_server"), ("kind", "cert_manager")])
    def test_needs_no_aws_in_a_cluster_of_a_kubeconfig(
        self, context: str, addon: str, vary: Vary, synthesize_one: SynthesizeOne
    ) -> None:
        settings = {
            "region": None,
            "network": None,
            "cluster": {"existing": {"kubeconfig_context": context}},
            "kube_prom_stack": {},
            "cluster_addons": {addon: {"enabled": True}},
        }
        stack = synthesize_one(vary(settings))["dev-cluster-addons"]
        assert "aws" not in stack.json["provider"]
        assert "aws_iam_role" not in stack.json["resource"]


class TestReleases:
    @pytest.mark.parametrize("name", [name for name in ADDONS if name != "aws-load-balancer-controller"])
    def test_the_others_wait_for_the_load_balancer_controller(self, name: str, stack: Stack) -> None:
        (controller,) = (
            id_
            for id_, body in stack.resources("helm_release").items()
            if body["name"] == "aws-load-balancer-controller"
        )
        assert f"helm_release.{controller}" in stack.release(name)["depends_on"]

    @pytest.mark.parametrize("name", ["cert-manager", "velero"])
    def test_a_namespace_of_its_own_is_there_first(self, name: str, stack: Stack) -> None:
        namespaces = {
            body["metadata"]["name"]: (id_, body) for id_, body in stack.resources("kubernetes_namespace_v1").items()
        }
        id_, body = namespaces[name]
        assert body["metadata"]["labels"] == {"project": "gd9", "pod-security.kubernetes.io/enforce": "restricted"}
        assert f"kubernetes_namespace_v1.{id_}" in stack.release(name)["depends_on"]

    @pytest.mark.parametrize("name", ADDONS)
    def test_names_are_those_of_the_release(self, name: str, stack: Stack) -> None:
        assert stack.values(name)["fullnameOverride"] == name

    @pytest.mark.parametrize("name", IMAGES)
    def test_images_come_from_the_mirror(self, name: str, stack: Stack, varied: Stack) -> None:
        assert "repository" not in stack.values(name)["image"]
        assert varied.values(name)["image"]["repository"] == IMAGES[name]

    def test_images_of_cert_manager_come_from_the_mirror(self, stack: Stack, varied: Stack) -> None:
        assert "imageRegistry" not in stack.values("cert-manager")
        assert varied.values("cert-manager")["imageRegistry"] == MIRROR

    @pytest.mark.parametrize("name", ADDONS)
    def test_placement(self, name: str, stack: Stack, varied: Stack) -> None:
        assert not {"nodeSelector", "tolerations"} & set(stack.values(name))
        placed = [varied.values(name)]
        if name == "cert-manager":
            placed += [placed[0][part] for part in ("cainjector", "webhook", "startupapicheck")]
        for values in placed:
            assert values["nodeSelector"] == {"role": "system"}
            assert values["tolerations"] == [{"key": "system", "operator": "Exists", "effect": "NoSchedule"}]

    def test_one_replica_has_no_budget_and_more_are_spread(self, stack: Stack, varied: Stack) -> None:
        for name in ("metrics-server", "prometheus-adapter"):
            assert stack.values(name)["podDisruptionBudget"]["enabled"] is False
            assert "topologySpreadConstraints" not in stack.values(name)
            values = varied.values(name)
            assert (values["replicas"], values["podDisruptionBudget"]) == (
                2,
                {"enabled": True, "maxUnavailable": 1},
            )
            (constraint,) = values["topologySpreadConstraints"]
            assert constraint["labelSelector"] == {"matchLabels": {"app.kubernetes.io/instance": name}}


class TestClusterAutoscaler:
    def test_finds_its_groups_in_its_region(self, stack: Stack) -> None:
        values = stack.values("cluster-autoscaler")
        assert values["awsRegion"] == "us-east-2"
        assert values["autoDiscovery"] == {
            "clusterName": "dev-gd9",
            "tags": ["k8s.io/cluster-autoscaler/enabled", "k8s.io/cluster-autoscaler/dev-gd9"],
        }

    @pytest.mark.parametrize(("version", "tag"), [("1.34", "v1.34.5"), ("1.35", "v1.35.2")])
    def test_is_of_the_clusters_version(
        self, version: str, tag: str, vary: Vary, synthesize_one: SynthesizeOne
    ) -> None:
        stack = synthesize_one(vary({"cluster.version": version}))["dev-cluster-addons"]
        assert stack.values("cluster-autoscaler")["image"]["tag"] == tag

    def test_is_the_charts_own_where_the_version_is_not_known(self, vary: Vary, synthesize_one: SynthesizeOne) -> None:
        existing = {"network": None, "cluster": {"existing": {"eks": "theirs"}}}
        stack = synthesize_one(vary(existing))["dev-cluster-addons"]
        values = stack.values("cluster-autoscaler")
        assert "tag" not in values["image"]
        assert values["autoDiscovery"]["clusterName"] == "theirs"

    def test_arguments(self, stack: Stack) -> None:
        assert stack.values("cluster-autoscaler")["extraArgs"] == {
            "balance-similar-node-groups": True,
            "emit-per-nodegroup-metrics": True,
            "expander": "least-waste",
            "scale-down-unneeded-time": "10m",
            "scale-down-utilization-threshold": 0.5,
            "skip-nodes-with-local-storage": False,
            "skip-nodes-with-system-pods": False,
        }


class TestLoadBalancerController:
    def test_region_and_network_are_given(self, stack: Stack) -> None:
        values = stack.values("aws-load-balancer-controller")
        assert (values["clusterName"], values["region"]) == ("dev-gd9", "us-east-2")
        assert values["vpcId"] == "${data.terraform_remote_state.state-cluster.outputs.vpc_id}"

    def test_load_balancers_are_tagged(self, stack: Stack) -> None:
        assert stack.values("aws-load-balancer-controller")["defaultTags"] == {
            "environment": "dev",
            "managed-by": "cdktf",
            "project": "gd9",
        }

    def test_ingress_class(self, stack: Stack) -> None:
        values = stack.values("aws-load-balancer-controller")
        assert (values["createIngressClassResource"], values["ingressClass"]) == (True, "alb")
        assert values["ingressClassConfig"] == {"default": False}

    def test_features_are_by_choice(self, stack: Stack, varied: Stack) -> None:
        keys = ("enableServiceMutatorWebhook", "enableShield", "enableWafv2", "enableWaf")
        plain, chosen = (one.values("aws-load-balancer-controller") for one in (stack, varied))
        assert [plain[key] for key in keys] == [False, False, False, False]
        assert [chosen[key] for key in keys] == [True, True, True, False]


class TestMetricsApis:
    def test_the_adapter_asks_the_prometheus_of_the_stack(self, stack: Stack, varied: Stack) -> None:
        assert stack.values("prometheus-adapter")["prometheus"] == {
            "url": "http://kube-prometheus-stack-prometheus.monitoring",
            "port": 9090,
        }
        assert varied.values("prometheus-adapter")["prometheus"]["url"] == "http://monitoring-prometheus.observability"

    def test_rules(self, varied: Stack) -> None:
        rules = varied.values("prometheus-adapter")["rules"]
        assert rules == {
            "default": False,
            "custom": [
                {
                    "seriesQuery": 'http_requests_total{namespace!="",pod!=""}',
                    "metricsQuery": "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)",
                    "name": {"as": "http_requests_per_second"},
                    "resources": {"overrides": {"namespace": {"resource": "namespace"}, "pod": {"resource": "pod"}}},
                },
                {
                    "seriesQuery": 'queue_length{namespace!="",deployment!=""}',
                    "metricsQuery": "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
                    "name": {"as": "queue_length_of_deployment"},
                    "resources": {
                        "overrides": {
                            "namespace": {"resource": "namespace"},
                            "deployment": {"resource": "deployment", "group": "apps"},
                        }
                    },
                },
            ],
            "external": [
                {
                    "seriesQuery": "jobs_waiting",
                    "metricsQuery": "max(<<.Series>>{<<.LabelMatchers>>})",
                    "name": {"as": "jobs_waiting"},
                    "resources": {"namespaced": False},
                }
            ],
        }

    def test_terraform_finds_no_template_in_rules(self, stack: Stack) -> None:
        (rule,) = stack.values("prometheus-adapter")["rules"]["custom"]
        assert rule["seriesQuery"] == 'http_requests_total{pod!="",path=~"$${x}"}'

    def test_metrics_are_read_without_a_token(self, stack: Stack) -> None:
        (argument,) = stack.values("prometheus-adapter")["extraArguments"]
        assert argument == "--authorization-always-allow-paths=/healthz,/livez,/readyz,/metrics"
        assert stack.values("metrics-server")["metrics"] == {"enabled": True}

    def test_certificates_of_kubelets(self, stack: Stack, varied: Stack) -> None:
        assert stack.values("metrics-server")["args"] == []
        assert varied.values("metrics-server")["args"] == ["--kubelet-insecure-tls"]


class TestDnsAndCertificates:
    def test_external_dns_looks_at_its_zones_only(self, stack: Stack) -> None:
        values = stack.values("external-dns")
        (zone,) = stack.data("aws_route53_zone")
        assert values["extraArgs"] == [
            "--zone-id-filter=Z0A1B2",
            f"--zone-id-filter=${{data.aws_route53_zone.{zone}.zone_id}}",
        ]
        assert (values["policy"], values["txtOwnerId"]) == ("upsert-only", "dev-gd9")
        assert values["env"] == [{"name": "AWS_REGION", "value": "us-east-2"}]

    def test_cert_manager_brings_its_crds_and_leaves_them(self, stack: Stack) -> None:
        assert stack.values("cert-manager")["crds"] == {"enabled": True, "keep": True}


class TestMonitoring:
    """The monitors come with kube-prometheus-stack, which brings their CRDs."""

    def test_the_label_is_the_environments(self, everything: Synthesized) -> None:
        manifests = everything["everything-kube-prom-stack"].values("monitoring")["extraManifests"]
        (monitor,) = (one for one in manifests if one["metadata"]["name"] == "metrics-server")
        assert monitor["metadata"]["labels"] == {"project": "gd9", "release": "monitoring"}
        assert monitor["spec"]["endpoints"] == [
            {"port": "https", "scheme": "https", "tlsConfig": {"insecureSkipVerify": True}}
        ]

    def test_charts_make_none_themselves(self, stack: Stack) -> None:
        assert not any("serviceMonitor" in stack.values(name) for name in ADDONS)

    def test_rules_come_with_their_add_on(self, defaults: Synthesized, vary: Vary) -> None:
        from config.monitoring.installed_files import installed_rules

        installed = defaults["dev-kube-prom-stack"].values()["additionalPrometheusRulesMap"]
        addons = {name: addon for name, addon in ClusterAddonsSettings() if isinstance(addon, Addon)}
        rules = {rules for name, addon in addons.items() if name not in ALONE for rules in addon.RULES}
        assert {name.replace("_", "-") for name in rules} <= set(installed)
        assert rules.isdisjoint(installed_rules(vary({"cluster_addons": {}})))

    def test_the_dashboard_comes_with_the_autoscaler(self, vary: Vary) -> None:
        from config.monitoring.installed_files import installed_dashboards

        without = vary({"cluster_addons": {}})
        assert "cluster/cluster-autoscaler" not in installed_dashboards(without)
        assert "cluster/cluster-autoscaler" in installed_dashboards(
            vary({"cluster_addons": {"cluster_autoscaler": {"enabled": True}}})
        )
