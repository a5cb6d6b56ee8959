"""The Kubernetes objects of workloads: what each setting makes, and that the API would take it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kubernetes_objects import baseline_problems, pod_specs, restricted_problems, schema_problems
from tests.workloads.examples import everything, object_of, objects_of, small

SUPPORTED = ("1.31", "1.35", "1.36")
DEPLOYMENT = everything(kind="Deployment", volumes=None)
PORTS = {"http": 8080, "http-metrics": 8081}


@pytest.mark.parametrize("version", SUPPORTED)
@pytest.mark.parametrize("settings", [everything(), DEPLOYMENT, small()], ids=["stateful", "deployment", "small"])
def test_objects_are_of_the_api(settings: dict[str, Any], version: str) -> None:
    assert schema_problems(objects_of(settings), version) == []


@pytest.mark.parametrize("settings", [everything(), DEPLOYMENT, small()], ids=["stateful", "deployment", "small"])
def test_pods_pass_the_restricted_standard(settings: dict[str, Any]) -> None:
    (pod,) = pod_specs(objects_of(settings))
    assert list(restricted_problems(pod)) == []


def test_pods_that_run_as_root_pass_the_baseline_standard_alone() -> None:
    settings = everything(security={"pod_security": "baseline", "run_as_user": None})
    (pod,) = pod_specs(objects_of(settings))
    assert list(baseline_problems(pod)) == []
    assert list(restricted_problems(pod)) == [
        "download may run as root",
        "download keeps capabilities",
        "app may run as root",
        "app keeps capabilities",
    ]


class TestPods:
    def test_the_smallest_workload(self) -> None:
        assert [one["kind"] for one in objects_of(small())] == ["Deployment"]
        assert object_of("Deployment", small())["spec"]["replicas"] == 1

    def test_mounts_are_the_same_in_every_container(self) -> None:
        (pod,) = pod_specs(objects_of(everything()))
        (first,), (container,) = pod["initContainers"], pod["containers"]
        assert first["volumeMounts"] == container["volumeMounts"]
        assert {mount["mountPath"]: (mount["name"], mount["readOnly"]) for mount in container["volumeMounts"]} == {
            "/etc/app": ("config", True),
            "/etc/tls": ("secret-tls", True),
            "/content": ("shared-content", False),
            "/data": ("data", False),
            "/tmp": ("tmp", False),
        }
        (claim,) = object_of("StatefulSet", everything())["spec"]["volumeClaimTemplates"]
        made = {volume["name"] for volume in pod["volumes"]} | {claim["metadata"]["name"]}
        assert {mount["name"] for mount in container["volumeMounts"]} == made

    def test_a_volume_at_tmp_replaces_the_empty_one(self) -> None:
        (pod,) = pod_specs(objects_of(small(shared_volumes={"scratch": {"mount_path": "/tmp"}})))
        assert [volume["name"] for volume in pod["volumes"]] == ["shared-scratch"]

    def test_secrets_are_references(self) -> None:
        (pod,) = pod_specs(objects_of(everything()))
        (container,) = pod["containers"]
        reference = {"secretKeyRef": {"name": "database", "key": "password"}}
        assert {"name": "PASSWORD", "valueFrom": reference} in container["env"]
        assert container["envFrom"] == [{"secretRef": {"name": "tokens"}}]

    def test_another_file_makes_other_pods(self) -> None:
        before, after = (
            object_of("Deployment", small(config={"mount_path": "/etc/app", "files": {"a": text}}))["spec"]["template"]
            for text in ("old", "new")
        )
        assert before["metadata"]["annotations"] != after["metadata"]["annotations"]
        assert before["spec"] == after["spec"]

    def test_probes(self) -> None:
        (pod,) = pod_specs(objects_of(everything()))
        (container,) = pod["containers"]
        assert container["startupProbe"]["httpGet"] == {"path": "/healthz", "port": "http", "scheme": "HTTP"}
        assert container["readinessProbe"]["exec"] == {"command": ["/ready"]}
        assert container["livenessProbe"]["tcpSocket"] == {"port": "grpc"}

    def test_spread(self) -> None:
        (pod,) = pod_specs(objects_of(everything(spread_over_nodes="off")))
        (constraint,) = pod["topologySpreadConstraints"]
        assert (constraint["topologyKey"], constraint["whenUnsatisfiable"]) == (
            "topology.kubernetes.io/zone",
            "DoNotSchedule",
        )

    def test_every_replica_has_a_claim(self) -> None:
        volumes = {"data": {"mount_path": "/data", "volume_gib": 3}}
        (claim,) = object_of("StatefulSet", everything(volumes=volumes))["spec"]["volumeClaimTemplates"]
        assert claim["spec"] == {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "3Gi"}},
            "storageClassName": "gp3",
        }

    def test_claims_take_the_clusters_default_class(self) -> None:
        settings = small(kind="StatefulSet", volumes={"data": {"mount_path": "/data", "volume_gib": 3}})
        (controller,) = (one for one in objects_of(settings, storage_class_name=None) if one["kind"] == "StatefulSet")
        assert "storageClassName" not in controller["spec"]["volumeClaimTemplates"][0]["spec"]


class TestReplicas:
    def test_one_replica_has_no_disruption_budget(self) -> None:
        """It would keep its node from ever being drained."""
        assert "PodDisruptionBudget" not in [one["kind"] for one in objects_of(small())]

    @pytest.mark.parametrize(
        "settings", [{"replicas": 2}, {"autoscaling": {"min_replicas": 2, "max_replicas": 3, "cpu_percent": 50}}]
    )
    def test_several_have_one(self, settings: dict[str, Any]) -> None:
        budget = object_of("PodDisruptionBudget", small(**settings))["spec"]
        assert budget == {
            "maxUnavailable": 1,
            "selector": {"matchLabels": {"app": "app"}},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        }

    def test_the_autoscaler_alone_decides(self) -> None:
        assert "replicas" not in object_of("StatefulSet", everything())["spec"]
        spec = object_of("HorizontalPodAutoscaler", everything())["spec"]
        assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "app"}
        assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 5)
        assert spec["metrics"] == [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
            },
            {
                "type": "Pods",
                "pods": {
                    "metric": {"name": "http_requests_per_second"},
                    "target": {"type": "AverageValue", "averageValue": "50"},
                },
            },
        ]


class TestServices:
    def test_without_ports_there_is_none(self) -> None:
        assert "Service" not in [one["kind"] for one in objects_of(small())]

    def test_users_do_not_meet_the_metrics(self) -> None:
        settings = small(ports=PORTS, metrics={"port": "http-metrics"})
        spec = object_of("Service", settings)["spec"]
        assert spec["type"] == "ClusterIP"
        assert [(port["name"], port["port"], port["targetPort"]) for port in spec["ports"]] == [("http", 8080, "http")]

    def test_load_balancer(self) -> None:
        service = object_of("Service", everything())
        prefix = "service.beta.kubernetes.io/aws-load-balancer"
        assert service["metadata"]["annotations"] == {
            f"{prefix}-type": "external",
            f"{prefix}-nlb-target-type": "ip",
            f"{prefix}-scheme": "internet-facing",
            "example.com/owner": "team",
        }
        assert service["spec"]["loadBalancerSourceRanges"] == ["198.51.100.0/24"]
        assert {port["name"]: port["port"] for port in service["spec"]["ports"]} == {"http": 80, "grpc": 9000}

    def test_replicas_of_a_stateful_set_have_names(self) -> None:
        settings = small(kind="StatefulSet")
        assert object_of("StatefulSet", settings)["spec"]["serviceName"] == "app-headless"
        headless = object_of("Service", settings, "app-headless")
        assert headless["spec"]["clusterIP"] == "None"

    def test_ingress(self) -> None:
        ingress = object_of("Ingress", everything())
        prefix = "alb.ingress.kubernetes.io"
        assert ingress["metadata"]["annotations"] == {
            f"{prefix}/scheme": "internet-facing",
            f"{prefix}/target-type": "ip",
            f"{prefix}/listen-ports": '[{"HTTP":80},{"HTTPS":443}]',
            f"{prefix}/ssl-redirect": "443",
            f"{prefix}/healthcheck-path": "/healthz",
            f"{prefix}/certificate-arn": everything()["ingress"]["certificate_arn"],
            f"{prefix}/group.name": "public",
            f"{prefix}/inbound-cidrs": "198.51.100.0/24",
            "example.com/owner": "team",
        }
        (rule,) = ingress["spec"]["rules"]
        assert rule["host"] == "app.example.com"
        backend = {"service": {"name": "app", "port": {"name": "http"}}}
        assert rule["http"]["paths"] == [{"path": "/api", "pathType": "Prefix", "backend": backend}]

    def test_the_load_balancer_asks_what_the_readiness_probe_asks(self) -> None:
        settings = small(
            ports={"http": 8080}, probes={"readiness": {"path": "/ready"}}, ingress={"host": "app.example.com"}
        )
        annotations = object_of("Ingress", settings)["metadata"]["annotations"]
        assert annotations["alb.ingress.kubernetes.io/healthcheck-path"] == "/ready"
        assert annotations["alb.ingress.kubernetes.io/scheme"] == "internal"

    def test_an_ingress_of_another_class(self) -> None:
        settings = small(
            ports={"http": 8080},
            ingress={"host": "app.example.com", "ingress_class": "nginx", "tls_secret": "app-tls"},
        )
        spec = object_of("Ingress", settings)["spec"]
        assert spec["ingressClassName"] == "nginx"
        assert spec["tls"] == [{"hosts": ["app.example.com"], "secretName": "app-tls"}]


class TestMonitoring:
    def test_service_monitor_selects_the_metrics_service_alone(self) -> None:
        settings = everything()
        monitor = object_of("ServiceMonitor", settings)
        assert monitor["metadata"]["labels"]["prometheus"] == "main"
        assert monitor["spec"] == {
            "selector": {"matchLabels": {"app": "app-monitoring"}},
            "endpoints": [{"port": "http-metrics", "path": "/custom", "interval": "15s"}],
        }
        selected = [
            one["metadata"]["name"]
            for one in objects_of(settings)
            if one["kind"] == "Service" and one["metadata"]["labels"]["app"] == "app-monitoring"
        ]
        assert selected == ["app-numbers"]
        (port,) = object_of("Service", settings, "app-numbers")["spec"]["ports"]
        assert (port["name"], port["port"]) == ("http-metrics", 8081)

    def test_pod_monitor_selects_the_pods(self) -> None:
        monitor = object_of("PodMonitor", everything())
        assert monitor["metadata"]["labels"]["prometheus"] == "main"
        assert monitor["spec"] == {
            "selector": {"matchLabels": {"app": "app"}},
            "podMetricsEndpoints": [{"port": "http-metrics", "path": "/custom", "interval": "15s"}],
        }

    def test_either_monitor(self) -> None:
        metrics = {"port": "http-metrics"}
        by_service = [one["kind"] for one in objects_of(small(ports=PORTS, metrics=metrics))]
        pods_only = {**metrics, "service_monitor": False, "pod_monitor": True}
        by_pods = objects_of(small(ports=PORTS, metrics=pods_only))
        assert "ServiceMonitor" in by_service
        assert "PodMonitor" not in by_service
        assert [one["metadata"]["name"] for one in by_pods if one["kind"] == "Service"] == ["app"]
        assert "ServiceMonitor" not in [one["kind"] for one in by_pods]

    def test_alerts(self) -> None:
        rules = object_of("PrometheusRule", everything())
        assert rules["metadata"]["labels"]["prometheus"] == "main"
        (group,) = rules["spec"]["groups"]
        assert group["name"] == "app"
        assert group["rules"] == [
            {
                "alert": "AppIsDown",
                "expr": 'up{job="app-numbers"} == 0',
                "for": "2m",
                "labels": {"severity": "critical"},
                "annotations": {
                    "summary": "{{ $labels.pod }} is down.",
                    "description": "See ${LOGS}.",
                    "runbook_url": "https://example.com/runbook",
                },
            }
        ]
