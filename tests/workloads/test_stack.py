"""The workloads stack: when there is one, its namespaces and roles, and what Terraform is given."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.loading import ConfigurationError
from config.paths import ROOT
from tests.kubernetes_objects import baseline_problems, pod_specs, restricted_problems, schema_problems
from tests.synthesis import synthesize
from tests.workloads.examples import ADDONS, everything, small

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.kubernetes_objects import Object
    from tests.synthesis import Stack, Synthesized

EXAMPLES = {"myapp": {"image": "registry.example.com/myapp:1.0.0"}, "notes": None}


@pytest.fixture(scope="module")
def examples(vary: Vary, tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Dev with the shipped examples."""
    return synthesize([vary({"workloads": EXAMPLES})], tmp_path_factory.mktemp("examples") / "cdktf.out")


@pytest.fixture(scope="module")
def stack(vary: Vary, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The stack of a workload that uses everything, and of a plain one."""
    environment = vary({**ADDONS, "workloads": {"app": everything(), "plain": small(namespace="shop")}})
    return synthesize([environment], tmp_path_factory.mktemp("roles") / "cdktf.out")["dev-workloads"]


def objects(stack: Stack, name: str) -> list[Object]:
    """Return the objects of a workload's release, as Terraform gives them to Helm."""
    found: dict[str, Object] = json.loads(unescaped(stack.release(name)["values"][0]))["objects"]
    return list(found.values())


def unescaped(text: str) -> str:
    """Return a text as Terraform reads it."""
    return text.replace("$${", "${").replace("%%{", "%{")


def test_without_workloads_there_is_no_stack(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    assert "dev-workloads" not in synthesize_one(vary({"workloads": {}})).stacks


def test_without_workloads_nothing_of_them_is_imported() -> None:
    program = (
        "import sys; from pathlib import Path; import faststart; faststart.install()\n"
        "from config.loading import load_environments\n"
        "environments = load_environments(Path('values/environments'))\n"
        "assert not any(environment.workloads for environment in environments)\n"
        "from cdktf import App; from stacks.build import build_stacks\n"
        "build_stacks(App(outdir=sys.argv[1]), environments[0])\n"
        "print([name for name in sys.modules if 'workload' in name])"
    )
    command = [sys.executable, "-c", program, "unused"]
    result = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert result.stdout == "[]\n"


class TestExamples:
    def test_deploy_after_what_they_need(self, examples: Synthesized) -> None:
        assert examples.manifest["stacks"]["dev-workloads"]["dependencies"] == ["dev-cluster", "dev-kube-prom-stack"]

    @pytest.mark.parametrize("name", EXAMPLES)
    def test_objects_are_of_the_api(self, name: str, examples: Synthesized) -> None:
        made = objects(examples["dev-workloads"], name)
        assert schema_problems(made, "1.35") == []
        assert [problem for pod in pod_specs(made) for problem in restricted_problems(pod)] == []

    def test_myapp_is_the_old_layouts(self, examples: Synthesized) -> None:
        made = {(one["kind"], one["metadata"]["name"]): one for one in objects(examples["dev-workloads"], "myapp")}
        assert set(made) == {
            ("ServiceAccount", "myapp"),
            ("Deployment", "myapp"),
            ("Service", "myapp"),
            ("Service", "myapp-prom"),
            ("ServiceMonitor", "myapp"),
            ("PodMonitor", "myapp"),
            ("PrometheusRule", "myapp"),
        }
        assert {one["metadata"]["namespace"] for one in made.values()} == {"staging"}
        metrics = made["Service", "myapp-prom"]
        assert metrics["metadata"]["labels"]["app"] == "myapp-monitoring"
        assert metrics["spec"]["ports"] == [
            {"name": "http-metrics", "port": 8081, "protocol": "TCP", "targetPort": "http-metrics"}
        ]
        assert made["ServiceMonitor", "myapp"]["spec"]["selector"]["matchLabels"] == {"app": "myapp-monitoring"}
        assert made["PodMonitor", "myapp"]["spec"]["podMetricsEndpoints"] == [
            {"path": "/metrics", "port": "http-metrics"}
        ]
        for kind in ("ServiceMonitor", "PodMonitor", "PrometheusRule"):
            assert made[kind, "myapp"]["metadata"]["labels"]["prometheus"] == "main"

    def test_notes_has_three_replicas_with_a_volume_each(self, examples: Synthesized) -> None:
        (controller,) = (one for one in objects(examples["dev-workloads"], "notes") if one["kind"] == "StatefulSet")
        spec = controller["spec"]
        assert spec["replicas"] == 3
        assert [claim["metadata"]["name"] for claim in spec["volumeClaimTemplates"]] == ["data"]
        assert [container["name"] for container in spec["template"]["spec"]["initContainers"]] == ["download"]

    def test_namespaces_are_watched_and_restricted(self, examples: Synthesized) -> None:
        namespaces = examples["dev-workloads"].resources("kubernetes_namespace_v1").values()
        assert [namespace["metadata"] for namespace in namespaces] == [
            {
                "name": name,
                "labels": {
                    "project": "gd9",
                    "monitoring": "prometheus",
                    "pod-security.kubernetes.io/enforce": "restricted",
                    "pod-security.kubernetes.io/warn": "restricted",
                },
            }
            for name in ("notes", "staging")
        ]

    def test_the_chart_lies_beside_the_json(self, examples: Synthesized) -> None:
        """A remote runner has the stack's folder and nothing else."""
        folder = examples.outdir / "stacks" / "dev-workloads"
        for name in EXAMPLES:
            release = examples["dev-workloads"].release(name)
            assert "repository" not in release
            chart = folder / release["chart"]
            assert {path.relative_to(chart).as_posix() for path in chart.rglob("*.yaml")} == {
                "Chart.yaml",
                "templates/objects.yaml",
            }
            assert f"version: {release['version']}\n" in (chart / "Chart.yaml").read_text(encoding="utf-8")

    def test_no_resource_needs_a_definition_at_plan_time(self, examples: Synthesized) -> None:
        assert examples["dev-workloads"].resources("kubernetes_manifest") == {}

    def test_a_release_waits_for_its_namespace(self, examples: Synthesized) -> None:
        stack = examples["dev-workloads"]
        for name, namespace in {"myapp": "staging", "notes": "notes"}.items():
            (needed,) = stack.release(name)["depends_on"]
            id_ = needed.removeprefix("kubernetes_namespace_v1.")
            assert stack.resources("kubernetes_namespace_v1")[id_]["metadata"]["name"] == namespace


class TestRoles:
    def test_the_role_trusts_the_service_account_that_the_pods_run_as(self, stack: Stack) -> None:
        role = stack.resource("aws_iam_role")
        assert role["name"] == "dev-gd9-workload-app"
        (trust,) = stack.policy_document(role["assume_role_policy"])["statement"]
        issuer = '${trimprefix(data.terraform_remote_state.state-cluster.outputs.oidc_issuer_url, "https://")}'
        assert trust["actions"] == ["sts:AssumeRoleWithWebIdentity"]
        assert trust["condition"] == [
            {"test": "StringEquals", "variable": f"{issuer}:sub", "values": ["system:serviceaccount:shop:app"]},
            {"test": "StringEquals", "variable": f"{issuer}:aud", "values": ["sts.amazonaws.com"]},
        ]
        (pod,) = pod_specs(objects(stack, "app"))
        assert pod["serviceAccountName"] == "app"

    def test_the_service_account_names_the_role(self, stack: Stack) -> None:
        (role_id,) = stack.resources("aws_iam_role")
        accounts = {
            name: next(one for one in objects(stack, name) if one["kind"] == "ServiceAccount")
            for name in ("app", "plain")
        }
        annotations = {"eks.amazonaws.com/role-arn": f"${{aws_iam_role.{role_id}.arn}}"}
        assert accounts["app"]["metadata"]["annotations"] == annotations
        assert "annotations" not in accounts["plain"]["metadata"]
        assert not any(account["automountServiceAccountToken"] for account in accounts.values())

    def test_pods_start_when_the_role_may_do_everything(self, stack: Stack) -> None:
        policies = {f"aws_iam_role_policy.{id_}" for id_ in stack.resources("aws_iam_role_policy")}
        assert len(policies) == 5
        assert policies < set(stack.release("app")["depends_on"])

    def test_terraform_finds_no_template_in_the_users_text(self, stack: Stack) -> None:
        text = stack.release("app")["values"][0]
        for written in ("${HOME}", "%{if}", "${x} $(LEVEL)", "a: ${b}", "See ${LOGS}."):
            assert written.replace("${", "$${").replace("%{", "%%{") in text
        assert text.replace("$${", "").count("${") == 1, "the role's ARN alone is Terraform's"

    def test_one_namespace_for_both(self, stack: Stack) -> None:
        assert len(stack.resources("kubernetes_namespace_v1")) == 1


class TestNamespaces:
    def test_the_workload_that_needs_most_decides_on_pod_security(
        self, vary: Vary, synthesize_one: SynthesizeOne
    ) -> None:
        rooted = small(namespace="shop", security={"pod_security": "baseline", "run_as_user": None})
        workloads = {"a": small(namespace="shop"), "b": rooted, "c": small(namespace="shop")}
        stack = synthesize_one(vary({"workloads": workloads}))["dev-workloads"]
        labels = stack.resource("kubernetes_namespace_v1")["metadata"]["labels"]
        assert labels["pod-security.kubernetes.io/enforce"] == "baseline"
        for name in workloads:
            assert [problem for pod in pod_specs(objects(stack, name)) for problem in baseline_problems(pod)] == []

    def test_an_existing_one_is_left_to_its_owner(self, vary: Vary, synthesize_one: SynthesizeOne) -> None:
        settings = {
            "workloads": {"app": small(namespace="theirs"), "other": small(namespace="monitoring")},
            "kube_prom_stack.monitored_namespaces": ["kube-system", "theirs"],
        }
        assert synthesize_one(vary(settings))["dev-workloads"].resources("kubernetes_namespace_v1") == {}


class TestDashboards:
    def test_those_that_the_monitoring_leaves_out(self, vary: Vary, synthesize_one: SynthesizeOne) -> None:
        settings = {
            "workloads": {"app": small(dashboards=["applications/myapp", "cluster/cluster-overview"])},
            "kube_prom_stack.grafana.dashboards": ["cluster/cluster-overview"],
        }
        (dashboard,) = synthesize_one(vary(settings))["dev-workloads"].resources("kubernetes_config_map_v1").values()
        assert dashboard["metadata"]["name"] == "dashboard-applications-myapp"
        assert dashboard["metadata"]["labels"]["grafana_dashboard"] == "1"

    def test_none_is_there_twice(self, examples: Synthesized) -> None:
        assert examples["dev-workloads"].resources("kubernetes_config_map_v1") == {}

    def test_those_of_an_add_on_that_is_on_are_left_to_the_monitoring(
        self, vary: Vary, synthesize_one: SynthesizeOne
    ) -> None:
        workload = small(dashboards=["cluster/cluster-autoscaler"])
        for is_on in (True, False):
            settings = {"workloads": {"app": workload}, "cluster_addons": {"cluster_autoscaler": {"enabled": is_on}}}
            stacks = synthesize_one(vary(settings))
            owners = [
                name
                for name in ("dev-kube-prom-stack", "dev-workloads")
                for dashboard in stacks[name].resources("kubernetes_config_map_v1").values()
                if dashboard["metadata"]["name"] == "dashboard-cluster-cluster-autoscaler"
            ]
            assert owners == ["dev-kube-prom-stack" if is_on else "dev-workloads"]


def test_the_stacks_read_what_loading_refused(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    """An environment that did not come through loading cannot slip anything past its checks."""
    environment = vary({"workloads": {"app": {"image": "untagged"}}})
    with pytest.raises(ConfigurationError, match=r"workloads\.app\.image: 'untagged' is not an image"):
        synthesize_one(environment)


# Namespaces are the test's own; volumes without kind StatefulSet would be refused most of the time.
SECTIONS = sorted(set(everything()) - {"image", "namespace", "volumes"})
VALUES: dict[str, list[Any]] = {
    "kind": ["Deployment", "StatefulSet"],
    "replicas": [1, 3],
    "ports": [{"web": 80}, {"http": 8080, "http-metrics": 8081, "grpc": 9000}],
    "service": [{"type": "LoadBalancer"}, {"ports": {"http": 80}}],
    "probes": [{"liveness": {}}, {"readiness": {"command": ["true"]}}],
    "security": [{"pod_security": "baseline", "run_as_user": 0}, {"run_as_user": None}],
    "metrics": [{"port": "grpc"}, {"port": "http", "service_monitor": False, "pod_monitor": True}],
    "ingress": [{"host": "a.example.com"}, {"host": "a.example.com", "port": "grpc"}],
    "autoscaling": [{"min_replicas": 1, "max_replicas": 1, "cpu_percent": 1}],
    "env": [{"A": "\\${x}\n\u00e9 \"'"}, {"B": ""}],
    "args": [["{{ .Values }}", "---", "# no comment", "0x1", "yes", "null", "a: b"]],
}


@st.composite
def workloads(draw: st.DrawFn) -> dict[str, Any]:
    """Draw some of the settings of a workload, with the example's values or others."""
    chosen = draw(st.sets(st.sampled_from(sorted({*SECTIONS, *VALUES}))))
    example = everything()
    return {
        "image": example["image"],
        **{
            name: draw(st.sampled_from([*([example[name]] if name in example else []), *VALUES.get(name, [])]))
            for name in sorted(chosen)
        },
    }


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(workloads(), min_size=4, max_size=8))
def test_every_accepted_workload_synthesizes(
    vary: Vary, tmp_path_factory: pytest.TempPathFactory, drawn: list[dict[str, Any]]
) -> None:
    from config.core.files.yaml_nodes import Document
    from config.workloads.workload_files import problems_of_workloads

    named = {f"w{position}": {**one, "namespace": f"n{position}"} for position, one in enumerate(drawn)}
    accepted = {
        name: one
        for name, one in named.items()
        if not list(
            problems_of_workloads(Document("dev", None), vary({**ADDONS, "workloads": {name: one}}), ROOT / "values")
        )
    }
    if not accepted:
        return
    environment = vary({**ADDONS, "workloads": accepted})
    stack = synthesize([environment], tmp_path_factory.mktemp("drawn") / "cdktf.out")["dev-workloads"]
    for name, one in accepted.items():
        made = objects(stack, name)
        assert schema_problems(made, "1.35") == []
        is_baseline = one.get("security", {}).get("pod_security") == "baseline"
        check = baseline_problems if is_baseline else restricted_problems
        assert [problem for pod in pod_specs(made) for problem in check(pod)] == []
