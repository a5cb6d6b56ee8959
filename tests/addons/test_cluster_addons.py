"""The cluster_addons section: defaults, and what no add-on could do or use."""

# ruff: noqa: E501 (a message is on one line here, as it is printed)

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config import versions
from config.addons.cluster_addons import ClusterAddonsSettings
from config.core import aws
from tests.core.project import environment_text

if TYPE_CHECKING:
    from tests.core.project import Project

PRIVATE = "zones: [us-east-2a, us-east-2b]\nnat_gateways: none\ninterface_endpoints: [acm, autoscaling, ec2, ecr.api, ecr.dkr, eks, eks-auth, elasticloadbalancing, logs, sts]"
KUBECONFIG = "name: dev\ncluster: {existing: {kubeconfig_context: kind}}\n"
REQUESTS = "custom_metrics: {requests: {series: http_requests_total}}"


class TestDefaults:
    def test_nothing_is_on(self, project: Project) -> None:
        assert project.environment().cluster_addons == ClusterAddonsSettings()
        assert ClusterAddonsSettings().enabled == ()

    def test_what_is_on(self, project: Project) -> None:
        addons = project.environment(cluster_addons="metrics_server: {enabled: true}\ncert_manager: {enabled: true}")
        assert addons.cluster_addons.enabled == ("cert_manager", "metrics_server")

    def test_every_kubernetes_version_has_its_autoscaler(self) -> None:
        for version, tag in versions.CLUSTER_AUTOSCALER_TAGS.items():
            assert tag.startswith(f"v{version}.")
        assert set(versions.CLUSTER_AUTOSCALER_TAGS) == set(aws.KUBERNETES_SUPPORT)

    @pytest.mark.parametrize(
        "zone",
        ["{id: Z0A1B2}", "{name: example.com}", "{name: 2.0.192.in-addr.arpa}", "{name: example.com, private: true}"],
    )
    def test_zones(self, project: Project, zone: str) -> None:
        settings = project.environment(cluster_addons=f"external_dns: {{enabled: true, zones: [{zone}]}}")
        assert len(settings.cluster_addons.external_dns.zones) == 1


class TestRefusals:
    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            ("identity: node # <-", "identity: 'node' is not allowed; allowed: irsa, pod-identity"),
            ("image_registry: https://x # <-", "image_registry: 'https://x' is not an image registry: a host, optional port and path"),
            ("image_pull_secrets:\n  - pull\n  - pull # <-", "image_pull_secrets[1]: pull is listed twice"),
            ("timeout_seconds: 10 # <-", "timeout_seconds: 10 is below 60, the least that is allowed"),
            ("keda: {} # <-", "keda: unknown key; allowed: aws_load_balancer_controller, cert_manager, cluster_autoscaler, external_dns, identity, image_pull_secrets, image_registry, karpenter, metrics_server, nvidia_device_plugin, placement, prometheus_adapter, timeout_seconds, velero"),
            ("cluster_autoscaler:\n  chart_version: 9.59 # <-", 'cluster_autoscaler.chart_version: 9.59 is a number, text is needed; put it in quotes: "9.59"'),
            ("cluster_autoscaler:\n  expander: price # <-", "cluster_autoscaler.expander: 'price' is not allowed; allowed: least-waste, least-nodes, most-pods, random"),
            ("cluster_autoscaler:\n  scale_down_unneeded_time: 10min # <-", "cluster_autoscaler.scale_down_unneeded_time: '10min' is not a duration of hours, minutes and seconds like 10m"),
            ('cluster_autoscaler:\n  scale_down_unneeded_time: "" # <-', "cluster_autoscaler.scale_down_unneeded_time: '' is not a duration of hours, minutes and seconds like 10m"),
            ("cluster_autoscaler:\n  scale_down_utilization_threshold: 50 # <-", "cluster_autoscaler.scale_down_utilization_threshold: 50 is above 1.0, the most that is allowed"),
            ("aws_load_balancer_controller:\n  ingress_class: ALB # <-", "aws_load_balancer_controller.ingress_class: 'ALB' is not a Kubernetes name (lower-case letters, digits, inner dashes)"),
            ("aws_load_balancer_controller:\n  replicas: 0 # <-", "aws_load_balancer_controller.replicas: 0 is below 1, the least that is allowed"),
            ("metrics_server:\n  replicas: 11 # <-", "metrics_server.replicas: 11 is above 10, the most that is allowed"),
            ("prometheus_adapter: {enabled: true} # <-", "prometheus_adapter: is enabled without custom_metrics or external_metrics; there is nothing to scale on"),
            ("external_dns: {enabled: true} # <-", "external_dns.zones: is empty; name the hosted zones whose records it may change"),
            ("external_dns:\n  policy: create-only # <-", "external_dns.policy: 'create-only' is not allowed; did you mean `upsert-only`? allowed: upsert-only, sync"),
            ("external_dns:\n  zones:\n    - {name: example.com}\n    - {name: example.com} # <-", "external_dns.zones[1]: example.com is listed twice"),
            ("external_dns:\n  zones:\n    - {} # <-", "external_dns.zones[0]: give either id or name"),
            ("external_dns:\n  zones:\n    - {id: Z1, name: example.com} # <-", "external_dns.zones[0]: give either id or name"),
            ("external_dns:\n  zones:\n    - {id: Z1, private: true} # <-", "external_dns.zones[0].private: is used with name only; an id identifies the zone"),
            ("external_dns:\n  zones:\n    - {id: /hostedzone/Z1} # <-", "external_dns.zones[0].id: '/hostedzone/Z1' is not the id of a hosted zone like Z0123456789ABCDEFGHIJ, without /hostedzone/"),
            ("external_dns:\n  zones:\n    - {name: example.com.} # <-", "external_dns.zones[0].name: 'example.com.' is not the name of a hosted zone like example.com, in lower case, without the last dot"),
            ("cert_manager:\n  chart_version: 1.2.3 # <-", "cert_manager.chart_version: '1.2.3' is not an exact chart version like v1.2.3"),
            ("cert_manager:\n  dns01_zones:\n    - {id: Z1}\n    - {id: Z1} # <-", "cert_manager.dns01_zones[1]: Z1 is listed twice"),
            ("velero:\n  bucket_name: My_Backups # <-", "velero.bucket_name: 'My_Backups' is not an S3 bucket name: 3 or more lower-case letters, digits, inner dots and dashes, without what S3 reserves"),
            ("velero:\n  enabled: true\n  schedules: {} # <-", "velero.schedules: is empty; nothing would be backed up"),
            ("velero:\n  schedules:\n    Daily: {} # <-", "velero.schedules.Daily: 'Daily' is not a Kubernetes name (lower-case letters, digits, inner dashes)"),
            ('velero:\n  schedules:\n    daily: {cron: "@never"} # <-', "velero.schedules.daily.cron: '@never' is not a time of cron like 0 3 * * *: minute, hour, day of the month, month, weekday"),
            ("velero:\n  schedules:\n    daily: {cron: 0 24 * * *} # <-", "velero.schedules.daily.cron: '24' is not an hour of cron: numbers from 0 to 23, *, a-b, */n, a,b"),
            ("velero:\n  schedules:\n    daily: {keep_days: 0} # <-", "velero.schedules.daily.keep_days: 0 is below 1, the least that is allowed"),
            ("velero:\n  schedules:\n    daily:\n      included_namespaces: [shop]\n      excluded_namespaces:\n        - shop # <-", "velero.schedules.daily.excluded_namespaces[0]: shop is in included_namespaces"),
            ("velero:\n  schedules:\n    daily:\n      included_namespaces:\n        - shop\n        - shop # <-", "velero.schedules.daily.included_namespaces[1]: shop is listed twice"),
            ("velero:\n  volume_kms_key_arns: [arn:aws:kms:us-east-2:123456789012:key/0a1b2c3d] # <-", "velero.volume_kms_key_arns: has no effect while volume_snapshots is false"),
        ],
    )  # fmt: skip
    def test_fails(self, project: Project, lines: str, message: str) -> None:
        project.refuses(f"cluster_addons.{message}", cluster_addons=lines)

    @pytest.mark.parametrize(
        ("kind", "lines", "message"),
        [
            ("custom", "{series: 'rate(a[5m])'}", "series: 'rate(a[5m])' is not a selector; a computation belongs in query"),
            ("custom", "{series: 'a{'}", "series: is not PromQL: unexpected end of input inside braces"),
            ("custom", "{series: a, query: 'sum(<<.Series>>{<<.LabelMatchers>>} by (<<.GroupBy>>)'}", "query: is not PromQL once the templates are filled in: unclosed left parenthesis"),
            ("custom", "{series: a, query: 'sum(a) by (<<.GroupBy>>)'}", "query: has no <<.LabelMatchers>>; it would give every object the same value"),
            ("custom", "{series: a, query: 'sum(a{<<.LabelMatchers>>})'}", "query: has no <<.GroupBy>>; it would give every object the same value"),
            ("custom", "{series: a, resources: {}}", "resources: is empty; name the label that identifies an object"),
            ("custom", "{series: a, resources: {pod: Pod}}", "resources.pod: 'Pod' is not a kind of object in lower case, with its API group: pod or deployment.apps"),
            ("custom", "{series: a, resources: {k8s-pod: pod}}", "resources.k8s-pod: 'k8s-pod' is not a Prometheus label name"),
            ("external", "{series: 'sum(a)'}", "series: 'sum(a)' is not a selector; a computation belongs in query"),
            ("external", "{series: a, resources: {}}", "resources: unknown key; allowed: namespaced, query, series"),
        ],
    )  # fmt: skip
    def test_fails_with_a_metric_that_cannot_be_had(
        self, project: Project, kind: str, lines: str, message: str
    ) -> None:
        text = f"prometheus_adapter:\n  {kind}_metrics:\n    requests: {lines} # <-"
        project.refuses(f"cluster_addons.prometheus_adapter.{kind}_metrics.requests.{message}", cluster_addons=text)

    def test_fails_with_another_name_of_a_metric(self, project: Project) -> None:
        project.refuses(
            "cluster_addons.prometheus_adapter.external_metrics.jobs-waiting: 'jobs-waiting' is not the name of a metric (letters, digits, _ and :)",
            cluster_addons="prometheus_adapter:\n  external_metrics:\n    jobs-waiting: {series: a} # <-",
        )

    @pytest.mark.parametrize(
        "query",
        [
            'sum(rate(<<.Series>>{<<.LabelMatchers>>,code=~"5.."}[2m])) by (<<.GroupBy>>)',
            '<<.Series>>{<<.LabelMatchers>>} / on(<<.GroupBy>>) group_left limits{x="<<index .LabelValuesByName "pod">>"}',
        ],
    )
    def test_templates_of_the_adapter(self, project: Project, query: str) -> None:
        text = f"prometheus_adapter:\n  enabled: true\n  custom_metrics:\n    requests:\n      series: a\n      query: '{query}'"
        metrics = project.environment(cluster_addons=text).cluster_addons.prometheus_adapter.custom_metrics
        assert metrics["requests"].query == query


class TestNetworkWithoutNat:
    """Images come from a mirror, and AWS is reached by endpoints."""

    def test_everything_is_within_reach(self, project: Project) -> None:
        text = "image_registry: mirror.example.com\ncluster_autoscaler: {enabled: true}\naws_load_balancer_controller: {enabled: true}"
        environment = project.environment(
            network=PRIVATE, cluster_addons=text, kube_prom_stack="image_registry: mirror.example.com"
        )
        assert len(environment.cluster_addons.enabled) == 2

    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            ("metrics_server: {enabled: true}", "image_registry: is needed while network.nat_gateways is none: public registries are out of reach"),
            ("image_registry: mirror.example.com\nexternal_dns: {enabled: true, zones: [{id: Z1}]}", "external_dns.enabled: needs Route 53, which is out of reach while network.nat_gateways is none"),
            ("image_registry: mirror.example.com\ncert_manager: {enabled: true, dns01_zones: [{id: Z1}]}", "cert_manager.dns01_zones: needs Route 53, which is out of reach while network.nat_gateways is none"),
        ],
    )  # fmt: skip
    def test_fails(self, project: Project, lines: str, message: str) -> None:
        (problem,) = project.problems_of(_without_nat(lines))
        assert problem.endswith(f": cluster_addons.{message}")

    @pytest.mark.parametrize(
        ("addon", "endpoint"),
        [("cluster_autoscaler", "autoscaling"), ("aws_load_balancer_controller", "elasticloadbalancing")],
    )
    def test_fails_without_endpoint(self, project: Project, addon: str, endpoint: str) -> None:
        lines = f"image_registry: mirror.example.com\n{addon}: {{enabled: true}}"
        (problem,) = project.problems_of(_without_nat(lines, PRIVATE.replace(f"{endpoint}, ", "")))
        assert problem.endswith(f": cluster_addons.{addon}.enabled: needs {endpoint} in network.interface_endpoints")


class TestClusters:
    def test_fails_when_terraform_changes_sizes_too(self, project: Project) -> None:
        project.refuses(
            "cluster_addons.cluster_autoscaler.enabled: would change what Terraform sets: desired_size_managed_by of node group general is terraform",
            cluster="node_groups: {general: {desired_size_managed_by: terraform}}",
            cluster_addons="cluster_autoscaler: {enabled: true} # <-",
        )

    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            ("identity: pod-identity\nmetrics_server: {enabled: true}", "identity: pod-identity is of EKS; a cluster of a kubeconfig has no agent for it"),
            ("cluster_autoscaler: {enabled: true}", "cluster_autoscaler.enabled: works on EKS only, not in a cluster of a kubeconfig"),
            ("aws_load_balancer_controller: {enabled: true}", "aws_load_balancer_controller.enabled: works on EKS only, not in a cluster of a kubeconfig"),
            ("external_dns: {enabled: true, zones: [{id: Z1}]}", "external_dns.enabled: needs an IAM role: give cluster.existing.oidc_provider_arn"),
            ("velero: {enabled: true}", "velero.enabled: needs an IAM role: give cluster.existing.oidc_provider_arn"),
            ("cert_manager: {enabled: true, dns01_zones: [{id: Z1}]}", "cert_manager.dns01_zones: needs an IAM role: give cluster.existing.oidc_provider_arn"),
        ],
    )  # fmt: skip
    def test_fails_outside_eks(self, project: Project, lines: str, message: str) -> None:
        (problem,) = project.problems_of(f"region: us-east-2\n{KUBECONFIG}{_section(lines)}")
        assert problem.endswith(f": cluster_addons.{message}")

    def test_fails_without_region(self, project: Project) -> None:
        arn = "arn:aws:iam::123456789012:oidc-provider/issuer.example.com"
        cluster = KUBECONFIG.replace("kind}", f"kind, oidc_provider_arn: '{arn}'}}")
        (problem,) = project.problems_of(cluster + _section("cert_manager: {enabled: true, dns01_zones: [{id: Z1}]}"))
        assert problem.endswith(": cluster_addons.cert_manager.dns01_zones: uses AWS: the environment needs a region")

    @pytest.mark.parametrize(
        "lines",
        [
            "metrics_server: {enabled: true}",
            "cert_manager: {enabled: true}",
            f"prometheus_adapter: {{enabled: true, {REQUESTS}}}",
        ],
    )
    def test_what_needs_no_aws_works_everywhere(self, project: Project, lines: str) -> None:
        assert project.problems_of(KUBECONFIG + _section(lines)) == []


def _without_nat(lines: str, network: str = PRIVATE) -> str:
    """Return an environment without a NAT gateway, whose monitoring has what it needs."""
    return environment_text(network=network, cluster_addons=lines, kube_prom_stack="image_registry: mirror.example.com")


def _section(lines: str) -> str:
    return "cluster_addons:\n" + "".join(f"  {line}\n" for line in lines.splitlines())
