"""Monitoring on clusters that this project does not make: another EKS cluster, and clusters of a kubeconfig."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.synthesis import Synthesized

EXISTING_EKS: dict[str, Any] = {
    "network": None,
    "cluster": {"existing": {"eks": "theirs"}},
    "cluster_addons": {},
}
MINIKUBE: dict[str, Any] = {
    "region": None,
    "network": None,
    "cluster": {"existing": {"kubeconfig_context": "minikube"}},
    "cluster_addons": {},
    "kube_prom_stack": {},
}


class TestExistingEksCluster:
    def test_only_the_monitoring_is_made(self, vary: Vary, synthesize_one: SynthesizeOne) -> None:
        assert set(synthesize_one(vary(EXISTING_EKS)).stacks) == {"dev-kube-prom-stack"}

    def test_the_csi_addon_is_made_by_choice(self, vary: Vary, synthesize_one: SynthesizeOne) -> None:
        synthesized = synthesize_one(vary({**EXISTING_EKS, "csi_addon.enabled": True}))
        assert set(synthesized.stacks) == {"dev-csi-addon", "dev-kube-prom-stack"}
        addon = synthesized["dev-csi-addon"]
        assert addon.resource("aws_eks_addon")["cluster_name"] == "theirs"
        (version,) = addon.data("aws_eks_addon_version").values()
        assert version["kubernetes_version"] == "${data.aws_eks_cluster.cluster.version}"

    def test_the_cluster_is_looked_up_by_name(self, vary: Vary, synthesize_one: SynthesizeOne) -> None:
        stack = synthesize_one(vary(EXISTING_EKS))["dev-kube-prom-stack"]
        assert stack.data("aws_eks_cluster")["cluster"]["name"] == "theirs"
        (kubernetes,) = stack.json["provider"]["kubernetes"]
        assert kubernetes["host"] == "${data.aws_eks_cluster.cluster.endpoint}"
        issuer = "${data.aws_eks_cluster.cluster.identity[0].oidc[0].issuer}"
        assert stack.data("aws_iam_openid_connect_provider")["oidc-provider"]["url"] == issuer

    def test_volumes_have_the_clusters_default_class(self, vary: Vary, synthesize_one: SynthesizeOne) -> None:
        values = synthesize_one(vary(EXISTING_EKS))["dev-kube-prom-stack"].values()
        claim = values["prometheus"]["prometheusSpec"]["storageSpec"]["volumeClaimTemplate"]["spec"]
        assert "storageClassName" not in claim
        assert "storageClassName" not in values["grafana"]["persistence"]


class TestMinikube:
    @pytest.fixture
    def json(self, synthesized: Synthesized) -> dict[str, Any]:
        return synthesized["minikube-kube-prom-stack"].json

    def test_needs_no_aws(self, json: dict[str, Any]) -> None:
        assert set(json["provider"]) == {"helm", "kubernetes"}
        assert set(json["terraform"]["required_providers"]) == {"helm", "kubernetes"}

    def test_logs_in_by_a_named_context(self, json: dict[str, Any]) -> None:
        login = {"config_context": "minikube", "config_path": "~/.kube/config"}
        assert json["provider"]["kubernetes"] == [login]
        assert json["provider"]["helm"] == [{"kubernetes": login}]

    def test_release_and_services(self, synthesized: Synthesized) -> None:
        values = synthesized["minikube-kube-prom-stack"].values("monitoring")
        for component in ("prometheus", "alertmanager", "grafana"):
            assert values[component]["service"] == {"type": "LoadBalancer"}
        assert values["prometheus"]["serviceAccount"]["name"] == "monitoring-prometheus"
        assert values["prometheus-node-exporter"]["hostRootFsMount"] == {"enabled": False}


class TestEksAnywhere:
    def test_prometheus_writes_by_a_role_of_the_given_issuer(self, synthesized: Synthesized) -> None:
        stack = synthesized["eks-anywhere-kube-prom-stack"]
        roles = {role["name"]: role for role in stack.resources("aws_iam_role").values()}
        (statement,) = stack.policy_document(roles["eks-anywhere-prometheus"]["assume_role_policy"])["statement"]
        issuer = "s3.us-east-2.amazonaws.com/eks-anywhere-issuer"
        assert statement["principals"] == [
            {"type": "Federated", "identifiers": [f"arn:aws:iam::123456789012:oidc-provider/{issuer}"]}
        ]
        variables = {condition["variable"] for condition in statement["condition"]}
        assert variables == {f'${{trimprefix("https://{issuer}", "https://")}}:{claim}' for claim in ("sub", "aud")}

    def test_metrics_go_to_the_workspace(self, synthesized: Synthesized) -> None:
        spec = synthesized["eks-anywhere-kube-prom-stack"].values()["prometheus"]["prometheusSpec"]
        (remote_write,) = spec["remoteWrite"]
        assert remote_write["sigv4"] == {"region": "us-east-2"}
        assert spec["externalLabels"]["cluster"] == "eks-anywhere"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"network": None}, "needs the network section"),
        ({"cluster": {"existing": {"eks": "theirs"}}}, "has its network; remove the network section"),
        ({**EXISTING_EKS, "cluster": {"existing": {}}}, "give either eks or kubeconfig_context"),
        ({**EXISTING_EKS, "region": None, "kube_prom_stack": {}}, "is in AWS: the environment needs a region"),
        ({**MINIKUBE, "csi_addon": {"enabled": True}}, "is an add-on of EKS"),
        ({**MINIKUBE, "backend": {"type": "s3", "bucket": "my-states"}}, "needs a region: neither it"),
        ({**MINIKUBE, "kube_prom_stack": {"thanos": {"enabled": True}}}, "needs an IAM role"),
        ({**MINIKUBE, "kube_prom_stack": {"managed_grafana": {"enabled": True, "data_sources": ["CLOUDWATCH"]}}},
         "uses AWS"),
        ({"cluster.existing": {"eks": "theirs"}, "network": None}, "cannot be used with an existing cluster"),
        ({"kube_prom_stack.service_type": "LoadBalancer"}, "would open the services on EKS"),
    ],
)  # fmt: skip
def test_fails_where_cluster_and_settings_do_not_fit(settings: dict[str, Any], message: str, vary: Vary) -> None:
    with pytest.raises(ValidationError) as raised:
        vary(settings)
    assert message in json.dumps(
        [error["msg"] for error in raised.value.errors(include_url=False, include_context=False)]
    )
