"""What the settings of workloads refuse: each with its file, its line and what to do."""

# ruff: noqa: E501 (a message is on one line here, as it is printed)

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.workloads.workload_files import read_workloads
from tests.core.project import MARK, Project, environment_text

if TYPE_CHECKING:
    from pathlib import Path

    from config.workloads.workloads import Workload

IMAGE = "image: registry.example.com/app:1.2.3\n"
PORTS = "ports: {http: 8080, http-metrics: 8081}\n"
KUBECONFIG = """\
name: dev
cluster: {existing: {kubeconfig_context: minikube}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return an empty project."""
    return Project(tmp_path)


def refuses(project: Project, text: str, *messages: str, base: str = IMAGE) -> None:
    """Assert that a file `app` of this text has these problems alone, on the marked lines from top to bottom."""
    content = base + text
    marked = [number for number, line in enumerate(content.splitlines(), start=1) if MARK in line]
    assert marked
    lines = marked * len(messages) if len(marked) == 1 else marked
    project.write("workloads/app.yaml", content)
    expected = [f"values/workloads/app.yaml:{line}: {told}" for line, told in zip(lines, messages, strict=True)]
    assert project.problems_of(environment_text(top="workloads: {app: }")) == expected


def read(project: Project, *, file: str | None, section: str) -> Workload:
    """Return workload `app` of a file and of the environment's section."""
    if file is not None:
        project.write("workloads/app.yaml", file)
    environment = project.environment(top=f"workloads: {{app: {section}}}")
    return read_workloads(environment, project.values)["app"]


class TestLayers:
    def test_a_file_alone(self, project: Project) -> None:
        assert read(project, file=IMAGE, section="").image == "registry.example.com/app:1.2.3"

    def test_a_section_alone(self, project: Project) -> None:
        assert read(project, file=None, section="{image: 'app:1'}").image == "app:1"

    def test_the_environment_wins_key_by_key(self, project: Project) -> None:
        file = (
            IMAGE
            + "replicas: 2\nports: {http: 8080}\nargs: [a, b]\ningress: {host: a.example.com, ingress_class: nginx}\n"
        )
        section = "{replicas: 3, ports: {grpc: 9000}, args: [c], ingress: {host: b.example.com}}"
        workload = read(project, file=file, section=section)
        assert (workload.replicas, workload.ports, workload.args) == (3, {"http": 8080, "grpc": 9000}, ("c",))
        assert workload.ingress is not None
        assert workload.ingress.host == "b.example.com"

    def test_null_takes_something_away(self, project: Project) -> None:
        file = IMAGE + "ports: {http: 8080}\ningress: {host: a.example.com}\n"
        assert read(project, file=file, section="{ingress: null}").ingress is None

    def test_a_problem_is_told_where_it_is_written(self, project: Project) -> None:
        project.write("workloads/app.yaml", "replicas: 0\nports:\n  http: 8080\n")
        text = environment_text(top="workloads:\n  app:\n    ports:\n      http: 70000")
        assert project.problems_of(text) == [
            "values/environments/dev.yaml:4: workloads.app.image: is missing: Image, with a tag or digest.",
            "values/environments/dev.yaml:6: workloads.app.ports.http: 70000 is above 65535, the most that is allowed",
            "values/workloads/app.yaml:1: replicas: 0 is below 1, the least that is allowed",
        ]

    def test_fails_without_file_and_image(self, project: Project) -> None:
        project.write("workloads/myapp.yaml", IMAGE)
        assert project.problems_of(environment_text(top="workloads: {mypp: {replicas: 2}}")) == [
            "values/environments/dev.yaml:3: workloads.mypp: there is no file values/workloads/mypp.yaml; did you mean `myapp`? there are: myapp. Without a file, say here what it is, its image first"
        ]

    def test_fails_with_a_file_that_is_no_mapping(self, project: Project) -> None:
        refuses(project, f"- a {MARK}", "file: is not a mapping; a workload is its settings by name", base="")

    def test_fails_with_a_file_that_is_no_yaml(self, project: Project) -> None:
        refuses(
            project, f"a: [b {MARK}", "file: a list in [ ] that opens here is not closed, or lacks a comma", base=""
        )

    def test_what_reading_refused_is_told_once(self, project: Project) -> None:
        refuses(
            project,
            f"replicas: 012 {MARK}",
            "replicas: 012 starts with 0, which some readers take for octal; write the number without it, or put it in quotes if it is text",
        )

    def test_an_unlisted_file_is_not_read(self, project: Project) -> None:
        project.write("workloads/app.yaml", "rubbish: [")
        assert project.problems_of(environment_text()) == []

    @pytest.mark.parametrize("name", ["1app", "App", "a" * 41])
    def test_fails_with_a_name_that_services_may_not_have(self, project: Project, name: str) -> None:
        (problem,) = project.problems_of(environment_text(top=f"workloads: {{{name}: {{}}}}"))
        assert problem.startswith("values/environments/dev.yaml:3: workloads.")


REFUSED: dict[str, tuple[str, str]] = {
    "an image without tag": (
        f"image: registry.example.com/app {MARK}",
        "image: 'registry.example.com/app' is not an image with a tag or digest, like registry.example.com/team/app:1.2.3",
    ),
    "a number as variable": (
        f"{IMAGE}env: {{RETRIES: 3}} {MARK}",
        'env.RETRIES: 3 is a number, text is needed; put it in quotes: "3"',
    ),
    "an unknown setting": (
        f"{IMAGE}replica: 2 {MARK}",
        "replica: unknown key; did you mean `replicas`? allowed: alerts, args, autoscaling, aws, command, config, dashboards, env, env_from_secrets, image, image_pull_secrets, ingress, init_containers, kind, metrics, most_unavailable, namespace, placement, ports, probes, replicas, resources, secret_env, secret_files, security, service, shared_volumes, spread_over_nodes, spread_over_zones, termination_grace_seconds, timeout_seconds, volumes",
    ),
    "a secret's value": (
        f"{IMAGE}secret_env: {{PASSWORD: hunter2}} {MARK}",
        "secret_env.PASSWORD: 'hunter2' is text; a mapping is needed",
    ),
    "a variable twice": (
        f"{IMAGE}env: {{A: b}}\nsecret_env: {{A: {{secret: s, key: k}}}} {MARK}",
        "secret_env.A: is set under env as well; keep one",
    ),
    "two names of a port": (
        f"{IMAGE}ports: {{a: 80, b: 80}} {MARK}",
        "ports.b: 80 has a name already",
    ),
    "metrics at no port": (
        f"{IMAGE}{PORTS}metrics: {{port: metrics}} {MARK}",
        "metrics.port: there is no port metrics; there are: http, http-metrics",
    ),
    "metrics without ports": (
        f"{IMAGE}metrics: {{port: metrics}} {MARK}",
        "metrics.port: there is no port metrics; ports has none",
    ),
    "metrics that nothing scrapes": (
        f"{IMAGE}{PORTS}metrics: {{port: http, service_monitor: false}} {MARK}",
        "metrics: are scraped by nothing; leave service_monitor on, or switch pod_monitor on",
    ),
    "an interval with gaps": (
        f"{IMAGE}{PORTS}metrics: {{port: http, interval: 5m}} {MARK}",
        "metrics.interval: 5m is outside 1s to 2m: samples older than 5m are stale",
    ),
    "a name for no service": (
        f"{IMAGE}{PORTS}metrics: {{port: http, service_monitor: false, pod_monitor: true, service_name: a}} {MARK}",
        "metrics.service_name: requires service_monitor",
    ),
    "the metrics service takes a name": (
        f"{IMAGE}{PORTS}metrics: {{port: http-metrics, service_name: app}} {MARK}",
        "metrics.service_name: app is the name of another of its services",
    ),
    "a service of no port": (
        f"{IMAGE}{PORTS}service: {{ports: {{web: 80}}}} {MARK}",
        "service.ports.web: there is no port web; there are: http, http-metrics",
    ),
    "two services at a port": (
        f"{IMAGE}{PORTS}service: {{ports: {{http: 80, http-metrics: 80}}}} {MARK}",
        "service.ports.http-metrics: is the port of another name already",
    ),
    "a service without ports": (
        f"{IMAGE}service: {{type: LoadBalancer}} {MARK}",
        "service: has no port; name those of the container under ports",
    ),
    "a scheme of no load balancer": (
        f"{IMAGE}{PORTS}service: {{scheme: internal}} {MARK}",
        "service.scheme: requires type LoadBalancer",
    ),
    "an ingress to nothing": (
        f"{IMAGE}ingress: {{host: a.example.com}} {MARK}",
        "ingress: leads to a port of the service, which has none; name one under ports",
    ),
    "an ingress to no port": (
        f"{IMAGE}{PORTS}metrics: {{port: http-metrics}}\ningress: {{host: a.example.com, port: http-metrics}} {MARK}",
        "ingress.port: the service has no port http-metrics; it has: http",
    ),
    "two certificates": (
        f"{IMAGE}{PORTS}ingress: {{host: a.example.com, tls_secret: a, certificate_arn: 'arn:aws:acm:us-east-2:123456789012:certificate/0a'}} {MARK}",
        "ingress.tls_secret: is a second certificate; give either certificate_arn or tls_secret",
    ),
    "volumes of a Deployment": (
        f"{IMAGE}volumes: {{data: {{mount_path: /data, volume_gib: 1}}}} {MARK}",
        "volumes: require kind StatefulSet: the replicas of a Deployment have no volume each",
    ),
    "a volume of our name": (
        f"{IMAGE}kind: StatefulSet\nvolumes: {{tmp: {{mount_path: /data, volume_gib: 1}}}} {MARK}",
        "volumes.tmp: is the name of a volume that this project makes; choose another",
    ),
    "two volumes in a folder": (
        f"{IMAGE}shared_volumes: {{a: {{mount_path: /a}}, b: {{mount_path: /a}}}} {MARK}",
        "shared_volumes.b.mount_path: /a is the folder of another volume already",
    ),
    "a relative folder": (
        f"{IMAGE}shared_volumes: {{a: {{mount_path: data}}}} {MARK}",
        "shared_volumes.a.mount_path: 'data' is not an absolute path without spaces and colons, like /data",
    ),
    "root": (
        f"{IMAGE}security: {{run_as_user: 0}} {MARK}",
        "security.run_as_user: 0 is root, which needs pod_security baseline",
    ),
    "a probe of no port": (
        f"{IMAGE}probes: {{liveness: {{path: /}}}} {MARK}",
        "probes.liveness: checks a port, and ports has none; give a port or a command",
    ),
    "a probe in two ways": (
        f"{IMAGE}{PORTS}probes: {{liveness: {{path: /, command: [a]}}}} {MARK}",
        "probes.liveness.command: is a check already; give either command, or path and port",
    ),
    "two init containers of a name": (
        f"{IMAGE}init_containers: [{{name: a, image: 'a:1'}}, {{name: a, image: 'a:1'}}] {MARK}",
        "init_containers[1].name: is the name of another container already",
    ),
    "an init container of the workload's name": (
        f"{IMAGE}init_containers: [{{name: app, image: 'a:1'}}] {MARK}",
        "init_containers[0].name: app is the workload's own container",
    ),
    "an init container's variable twice": (
        f"{IMAGE}init_containers: [{{name: a, image: 'a:1', env: {{A: b}}, secret_env: {{A: {{secret: s, key: k}}}}}}] {MARK}",
        "init_containers[0].secret_env.A: is set under env as well; keep one",
    ),
    "scaling by nothing": (
        f"{IMAGE}autoscaling: {{min_replicas: 1, max_replicas: 2}} {MARK}",
        "autoscaling: scales by nothing; give cpu_percent or metric",
    ),
    "more than most": (
        f"{IMAGE}autoscaling: {{min_replicas: 3, max_replicas: 2, cpu_percent: 50}} {MARK}",
        "autoscaling.min_replicas: 3 is above max_replicas 2; raise that or lower this",
    ),
    "two who decide": (
        f"{IMAGE}replicas: 2 {MARK}\nautoscaling: {{min_replicas: 1, max_replicas: 2, cpu_percent: 50}}",
        "replicas: is decided by autoscaling; remove one of the two",
    ),
    "percent of nothing": (
        f"{IMAGE}resources: {{}}\nautoscaling: {{min_replicas: 1, max_replicas: 2, cpu_percent: 50}} {MARK}",
        "autoscaling.cpu_percent: is of what is requested; give resources.requests.cpu",
    ),
    "no PromQL": (
        f"{IMAGE}alerts: {{Down: {{summary: Down., expr: up == }}}} {MARK}",
        "alerts.Down.expr: is not PromQL: invalid promql query",
    ),
    "a dashboard that is not there": (
        f"{IMAGE}dashboards: [applications/app] {MARK}",
        "dashboards[0]: there is no file 'applications/app'; there are: ",
    ),
    "a dashboard twice": (
        f"{IMAGE}dashboards: [a/b, a/b] {MARK}",
        "dashboards[1]: a/b is listed twice",
    ),
    "a bucket twice": (
        f"{IMAGE}aws: {{s3: [{{bucket: some, access: read}}, {{bucket: some, access: write}}]}} {MARK}",
        "aws.s3[1]: some/ is listed twice; give one entry all it needs",
    ),
    "a pattern for a bucket": (
        f"{IMAGE}aws: {{s3: [{{bucket: 'some-*', access: read}}]}} {MARK}",
        "aws.s3[0].bucket: 'some-*' is not the name of an S3 bucket (3 to 63 lower-case letters, digits, .-)",
    ),
    "an unknown access": (
        f"{IMAGE}aws: {{sqs: [{{queue: jobs, access: read}}]}} {MARK}",
        "aws.sqs[0].access: 'read' is not allowed; allowed: send, receive, send-receive",
    ),
    "a namespace of Kubernetes": (
        f"{IMAGE}namespace: default {MARK}",
        "namespace: default exists in every cluster; list it in kube_prom_stack.monitored_namespaces, or choose another",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_fails_with(name: str, project: Project) -> None:
    text, message = REFUSED[name]
    refuses(project, text, message, base="")


ON_AN_ADDON: dict[str, tuple[str, str, str]] = {
    "a load balancer": (
        "service: {type: LoadBalancer}",
        "aws_load_balancer_controller: {enabled: true}",
        "service.type: needs cluster_addons.aws_load_balancer_controller.enabled: nothing else makes the load balancer",
    ),
    "an ingress": (
        "ingress: {host: a.example.com}",
        "aws_load_balancer_controller: {enabled: true}",
        "ingress: needs cluster_addons.aws_load_balancer_controller.enabled: nothing else makes the load balancer",
    ),
    "scaling by CPU": (
        "autoscaling: {min_replicas: 1, max_replicas: 2, cpu_percent: 50}",
        "metrics_server: {enabled: true}",
        "autoscaling.cpu_percent: needs cluster_addons.metrics_server.enabled, which measures it",
    ),
    "scaling by a metric": (
        "autoscaling: {min_replicas: 1, max_replicas: 2, metric: {name: requests, average_value: '1'}}",
        "prometheus_adapter: {enabled: true, custom_metrics: {requests: {series: requests}}}",
        "autoscaling.metric.name: needs an entry of that name in cluster_addons.prometheus_adapter.custom_metrics",
    ),
}


@pytest.mark.parametrize("name", ON_AN_ADDON)
def test_what_rests_on_an_addon(name: str, project: Project) -> None:
    setting, addon, message = ON_AN_ADDON[name]
    project.write("workloads/app.yaml", IMAGE + PORTS + setting)
    without, top = project.problems_of(environment_text(top="workloads: {app: }")), "workloads: {app: }"
    assert without == [f"values/workloads/app.yaml:3: {message}"]
    assert project.problems_of(environment_text(top=top, cluster_addons=addon)) == []
    assert project.problems_of(KUBECONFIG + top + "\n") == [], "a cluster that exists may have it"


class TestEnvironment:
    def test_fails_when_services_share_a_name(self, project: Project) -> None:
        section = "workloads:\n  app: {image: 'a:1', namespace: n, ports: {http: 80}, metrics: {port: http}}\n"
        section += "  app-prom: {image: 'a:1', namespace: n, ports: {http: 80}}"
        assert project.problems_of(environment_text(top=section)) == [
            "values/environments/dev.yaml:5: workloads.app-prom: its service app-prom would have the name of one of workload app in the same namespace"
        ]

    def test_services_of_a_name_in_two_namespaces(self, project: Project) -> None:
        section = "workloads:\n  app: {image: 'a:1', ports: {http: 80}, metrics: {port: http, service_name: other}}\n"
        section += "  other: {image: 'a:1', ports: {http: 80}}"
        assert project.problems_of(environment_text(top=section)) == []

    def test_a_namespace_of_kubernetes_that_is_monitored(self, project: Project) -> None:
        section = "workloads: {app: {image: 'a:1', namespace: default}}"
        monitored = "monitored_namespaces: [kube-system, default]"
        assert project.problems_of(environment_text(top=section, kube_prom_stack=monitored)) == []

    def test_fails_with_aws_where_there_is_none(self, project: Project) -> None:
        section = "workloads: {app: {image: 'a:1', aws: {sns: [{topic: t}]}}}\n"
        assert project.problems_of(KUBECONFIG + section) == [
            "values/environments/dev.yaml:3: workloads.app.aws: needs a region of the environment",
            "values/environments/dev.yaml:3: workloads.app.aws: needs an IAM role, and the cluster no OIDC provider: give cluster.existing.oidc_provider_arn",
        ]

    def test_a_cluster_without_aws(self, project: Project) -> None:
        assert project.problems_of(KUBECONFIG + "workloads: {app: {image: 'a:1'}}\n") == []
