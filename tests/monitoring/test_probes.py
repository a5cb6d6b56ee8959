"""The blackbox exporter and its Probe objects: what the chart and Prometheus are given, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from config import versions
from config.core.resources import Placement, Toleration
from config.monitoring.discovery import MonitorLabel
from config.monitoring.targets.blackbox import BlackboxModule
from config.monitoring.targets.probes import ProbesSettings
from constructs.monitoring.blackbox_exporter import BlackboxExporter, BlackboxExporterProps, probe_manifests
from tests.monitoring.companions import release, synthesize_companion, values

if TYPE_CHECKING:
    from pathlib import Path

    from cdktf import TerraformStack

    from constructs.monitoring.companion_release import CompanionContext
    from tests.synthesis import Stack

NAME = "blackbox-exporter"
TARGETS = {"shop": {"url": "https://shop.example.com/health"}}


def synthesize(outdir: Path, settings: dict[str, Any], **context: Any) -> Stack:
    def build(stack: TerraformStack, companion: CompanionContext) -> None:
        given = ProbesSettings.model_validate({"targets": TARGETS, **settings})
        BlackboxExporter(stack, "exporter", BlackboxExporterProps(settings=given, context=companion))

    return synthesize_companion(build, outdir, **context)


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The exporter for one target."""
    return synthesize(tmp_path_factory.mktemp("default"), {})


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The exporter with everything set."""
    return synthesize(
        tmp_path_factory.mktemp("varied"),
        {
            "chart_version": "11.17.3",
            "chart_repository": "oci://registry.example.com/charts",
            "replicas": 2,
            "resources": {"limits": {"memory": "256Mi"}},
            "secrets": ("shop-login",),
            "modules": {
                "login": {
                    "prober": "http",
                    "timeout": "900ms",
                    "http": {
                        "basic_auth": {
                            "username": "probe",
                            "password_file": "/etc/blackbox_exporter/secrets/shop-login/password",
                        },
                        "fail_if_body_not_matches_regexp": ["^total: ${"],
                    },
                }
            },
        },
        namespace="observability",
        labels={},
        monitor_label=MonitorLabel(key="release", value="metrics"),
        image_registry="registry.example.com/quay",
        image_pull_secrets=("pull",),
        placement=Placement(
            node_selector={"role": "monitoring"}, tolerations=(Toleration(key="dedicated", value="monitoring"),)
        ),
        timeout_seconds=120,
    )


class TestRelease:
    """The release, and what it waits for."""

    def test_default(self, default: Stack) -> None:
        body = release(default, NAME)
        assert (body["chart"], body["repository"], body["version"], body["timeout"]) == (
            "prometheus-blackbox-exporter",
            "https://prometheus-community.github.io/helm-charts",
            versions.PROMETHEUS_BLACKBOX_EXPORTER.version,
            900,
        )
        assert (body["namespace"], body["wait"], body["upgrade_install"]) == ("monitoring", True, True)

    def test_override(self, varied: Stack) -> None:
        body = release(varied, NAME)
        assert (body["repository"], body["version"], body["namespace"], body["timeout"]) == (
            "oci://registry.example.com/charts",
            "11.17.3",
            "observability",
            120,
        )

    def test_it_waits_for_the_crds(self, default: Stack) -> None:
        assert release(default, NAME)["depends_on"] == ["helm_release.kube-prometheus-stack"]


class TestValues:
    """Keys of the pinned chart."""

    def test_built_in_modules(self, default: Stack) -> None:
        assert values(default, NAME)["config"] == {
            "modules": {
                "http_2xx": {
                    "prober": "http",
                    "timeout": "5s",
                    "http": {
                        "follow_redirects": True,
                        "preferred_ip_protocol": "ip4",
                        "valid_http_versions": ["HTTP/1.1", "HTTP/2.0"],
                    },
                },
                "tcp_connect": {"prober": "tcp", "timeout": "5s", "tcp": {"preferred_ip_protocol": "ip4"}},
                "icmp": {"prober": "icmp", "timeout": "5s", "icmp": {"preferred_ip_protocol": "ip4"}},
            }
        }

    def test_a_module_of_the_environment_stands_beside_them_and_terraform_reads_no_template_in_it(
        self, varied: Stack
    ) -> None:
        modules = values(varied, NAME)["config"]["modules"]
        assert set(modules) == {"http_2xx", "tcp_connect", "icmp", "login"}
        assert modules["login"] == {
            "prober": "http",
            "timeout": "900ms",
            "http": {
                "basic_auth": {
                    "username": "probe",
                    "password_file": "/etc/blackbox_exporter/secrets/shop-login/password",
                },
                "fail_if_body_not_matches_regexp": ["^total: $${"],
            },
        }

    def test_secrets_are_mounted_where_modules_look(self, default: Stack, varied: Stack) -> None:
        assert values(default, NAME)["extraSecretMounts"] == []
        assert values(varied, NAME)["extraSecretMounts"] == [
            {
                "name": "secret-shop-login",
                "secretName": "shop-login",
                "mountPath": "/etc/blackbox_exporter/secrets/shop-login",
                "readOnly": True,
                "defaultMode": 0o440,
            }
        ]

    def test_the_monitor_carries_the_label(self, default: Stack, varied: Stack) -> None:
        for stack, label in ((default, {"prometheus": "main"}), (varied, {"release": "metrics"})):
            assert values(stack, NAME)["serviceMonitor"] == {
                "selfMonitor": {"enabled": True, "labels": label, "port": "http"}
            }

    def test_the_pod_is_restricted_and_may_ping(self, default: Stack) -> None:
        given = values(default, NAME)
        assert given["automountServiceAccountToken"] is False
        assert given["podSecurityContext"] == {
            "fsGroup": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
            "sysctls": [{"name": "net.ipv4.ping_group_range", "value": "1000 1000"}],
        }
        assert given["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsGroup": 1000,
            "runAsNonRoot": True,
            "runAsUser": 1000,
        }

    def test_the_rest_by_default(self, default: Stack) -> None:
        given = values(default, NAME)
        assert given["commonLabels"] == {"project": "gd9"}
        assert given["global"] == {"imageRegistry": ""}
        assert given["image"] == {"pullSecrets": []}
        assert given["replicas"] == 1
        assert not {"nodeSelector", "tolerations"} & set(given)
        assert given["resources"] == {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}}

    def test_the_rest_overridden(self, varied: Stack) -> None:
        given = values(varied, NAME)
        assert given["commonLabels"] == {}
        assert given["global"] == {"imageRegistry": "registry.example.com/quay"}
        assert given["image"] == {"pullSecrets": ["pull"]}
        assert given["nodeSelector"] == {"role": "monitoring"}
        assert given["tolerations"] == [{"key": "dedicated", "operator": "Equal", "value": "monitoring"}]
        assert given["replicas"] == 2
        assert given["resources"] == {"requests": {}, "limits": {"memory": "256Mi"}}


class TestProbes:
    """The Probe objects."""

    def test_default(self) -> None:
        settings = ProbesSettings.model_validate({"targets": TARGETS})
        (probe,) = probe_manifests(
            settings, namespace="monitoring", labels={"project": "gd9"}, monitor_label=MonitorLabel()
        )
        assert probe == {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "Probe",
            "metadata": {
                "name": "shop",
                "namespace": "monitoring",
                "labels": {"project": "gd9", "prometheus": "main"},
            },
            "spec": {
                "prober": {"url": "blackbox-exporter.monitoring:9115"},
                "module": "http_2xx",
                "interval": "15s",
                "scrapeTimeout": "15s",
                "targets": {"staticConfig": {"static": ["https://shop.example.com/health"], "labels": {}}},
            },
        }

    def test_they_name_the_service_of_the_exporter(self, default: Stack) -> None:
        given = values(default, NAME)
        assert (given["fullnameOverride"], given["service"]["port"]) == ("blackbox-exporter", 9115)

    def test_override(self) -> None:
        settings = ProbesSettings.model_validate(
            {
                "targets": {
                    "shop": {"url": "https://shop.example.com"},
                    "database": {
                        "url": "db.example.com:5432",
                        "module": "tcp_connect",
                        "interval": "1m",
                        "labels": {"namespace": "staging", "team": "shop & co"},
                    },
                }
            }
        )
        database, shop = probe_manifests(
            settings, namespace="metrics", labels={}, monitor_label=MonitorLabel(key="release", value="x")
        )
        assert shop["metadata"] == {"name": "shop", "namespace": "metrics", "labels": {"release": "x"}}
        assert database["spec"] == {
            "prober": {"url": "blackbox-exporter.metrics:9115"},
            "module": "tcp_connect",
            "interval": "1m",
            "scrapeTimeout": "1m",
            "targets": {
                "staticConfig": {
                    "static": ["db.example.com:5432"],
                    "labels": {"namespace": "staging", "team": "shop & co"},
                }
            },
        }


class TestSettings:
    """Targets and modules."""

    def test_there_is_an_exporter_while_there_are_targets(self) -> None:
        assert ProbesSettings().enabled is False
        assert ProbesSettings.model_validate({"targets": TARGETS}).enabled is True

    @pytest.mark.parametrize(
        ("module", "url"),
        [
            ("http_2xx", "http://10.0.0.1:8080/"),
            ("http_2xx", "https://[2001:db8::1]/x?y=%7B"),
            ("tcp_connect", "kubernetes.default.svc:443"),
            ("tcp_connect", "[2001:db8::1]:22"),
            ("icmp", "10.0.0.1"),
            ("icmp", "2001:db8::1"),
            ("icmp", "host.example.com."),
            ("names", "10.100.0.10"),
            ("names", "kube-dns.kube-system.svc:53"),
            ("health", "myapp.staging:50051"),
        ],
    )
    def test_targets_of_each_prober(self, module: str, url: str) -> None:
        settings = {
            "modules": {
                "names": {"prober": "dns", "dns": {"query_name": "example.com"}},
                "health": {"prober": "grpc"},
            },
            "targets": {"x": {"url": url, "module": module}},
        }
        assert ProbesSettings.model_validate(settings).targets["x"].url == url

    @pytest.mark.parametrize(
        ("module", "url", "meaning"),
        [
            ("http_2xx", "shop.example.com", "a URL like https://host/path, without user and password"),
            ("http_2xx", "ftp://shop.example.com", "a URL like https://host/path, without user and password"),
            ("http_2xx", "https:///health", "a URL like https://host/path, without user and password"),
            ("http_2xx", "https://me:pw@shop.example.com", "a URL like https://host/path, without user and password"),
            ("http_2xx", "https://shop.example.com:65536", "a URL like https://host/path, without user and password"),
            ("http_2xx", "https://[::1", "a URL like https://host/path, without user and password"),
            ("tcp_connect", "db.example.com", "host:port"),
            ("tcp_connect", "tcp://db.example.com:5432", "host:port"),
            ("tcp_connect", "db.example.com:0", "host:port"),
            ("tcp_connect", "db.example.com:70000", "host:port"),
            ("icmp", "db.example.com:5432", "a host name or an IP address"),
            ("names", "dns://10.100.0.10", "a name server as host or host:port"),
            ("health", "https://myapp.staging:50051", "host:port"),
        ],
    )
    def test_fails_on_a_target_that_the_prober_cannot_take(self, module: str, url: str, meaning: str) -> None:
        settings = {
            "modules": {
                "names": {"prober": "dns", "dns": {"query_name": "example.com"}},
                "health": {"prober": "grpc"},
            },
            "targets": {"x": {"url": url, "module": module}},
        }
        assert refusals(settings) == [f"targets.x.url: {url!r} is not {meaning}; module {module} needs that"]

    @pytest.mark.parametrize("url", ["", "https://a b", "https://{{ .x }}", "https://${x}"])
    def test_fails_on_text_that_is_no_target_at_all(self, url: str) -> None:
        with pytest.raises(ValidationError, match=r"is not a target: no spaces, no \{ and \}"):
            ProbesSettings.model_validate({"targets": {"x": {"url": url}}})

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            (
                {"targets": {"x": {"url": "https://a", "module": "http_3xx"}}},
                "targets.x.module: there is no module http_3xx; there are: http_2xx, icmp, tcp_connect",
            ),
            (
                {"targets": {"x": {"url": "https://a"}, "y": {"url": "https://a"}}},
                "targets.y.url: https://a is probed by x with module http_2xx already",
            ),
            (
                {"targets": {"x": {"url": "https://a", "interval": "5s"}}},
                "targets.x.interval: 5s is less than the timeout 5s of module http_2xx and 1s for the answer",
            ),
            (
                {"modules": {"icmp": {"prober": "icmp"}}},
                "modules.icmp: is built in; choose another name",
            ),
            (
                {"modules": {"x": {"prober": "http", "http": {"methods": "GET"}}}},
                "modules.x.http.methods: is no option of prober http",
            ),
            ({"secrets": ("a", "b", "a")}, "secrets.2: a is listed twice"),
        ],
    )
    def test_fails_on(self, settings: dict[str, Any], message: str) -> None:
        assert refusals(settings) == [message]

    def test_the_same_target_may_be_probed_in_two_ways(self) -> None:
        targets = {
            "connect": {"url": "db.example.com:5432", "module": "tcp_connect"},
            "answer": {"url": "db.example.com:5432", "module": "postgres"},
        }
        query = [{"send": "x", "expect": "^y"}]
        modules = {"postgres": {"prober": "tcp", "tcp": {"query_response": query}}}
        assert len(ProbesSettings.model_validate({"targets": targets, "modules": modules}).targets) == 2

    def test_an_interval_at_its_limits(self) -> None:
        for interval in ("6s", "2m"):
            targets = {"x": {"url": "https://a", "interval": interval}}
            assert ProbesSettings.model_validate({"targets": targets}).targets["x"].interval == interval

    def test_another_exporter_may_know_other_options(self) -> None:
        modules = {"x": {"prober": "http", "http": {"new_option": True}}}
        given = ProbesSettings.model_validate({"chart_version": "12.0.0", "modules": modules})
        assert given.modules["x"].http == {"new_option": True}

    @pytest.mark.parametrize(
        ("target", "message"),
        [
            ({"interval": "121s"}, "interval: 121s is more than 2m: samples older than 5m are stale"),
            ({"labels": {"job": "x"}}, "labels.job: is set by Prometheus and this project"),
            ({"labels": {"__address__": "x"}}, "labels.__address__: is set by Prometheus and this project"),
            ({"labels": {"a-b": "x"}}, "'a-b' is not a Prometheus label name"),
            ({"labels": {"a": "{{ x }}"}}, "'{{ x }}' is not text on one line without { and }"),
        ],
    )
    def test_fails_on_a_target(self, target: dict[str, Any], message: str) -> None:
        with pytest.raises(ValidationError) as raised:
            ProbesSettings.model_validate({"targets": {"x": {"url": "https://a", **target}}})
        assert message in str(raised.value)
        assert raised.value.error_count() == 1

    @pytest.mark.parametrize(
        ("module", "message"),
        [
            ({"prober": "http", "tcp": {"tls": True}}, "tcp: is not read: the prober of this module is http"),
            ({"prober": "dns"}, "dns.query_name: is needed: the name to look up"),
            (
                {"prober": "icmp", "icmp": {"dont_fragment": True}},
                "icmp.dont_fragment: needs the capability NET_RAW, which the exporter does not get",
            ),
        ],
    )
    def test_fails_on_a_module(self, module: dict[str, Any], message: str) -> None:
        with pytest.raises(ValidationError) as raised:
            BlackboxModule.model_validate(module)
        assert message in str(raised.value)

    @pytest.mark.parametrize("timeout", ["0s", "1d", "5", "1h"])
    def test_fails_on_a_timeout_that_go_does_not_read_or_nobody_waits_for(self, timeout: str) -> None:
        with pytest.raises(ValidationError, match=f"'{timeout}' is not a timeout like 5s or 500ms"):
            BlackboxModule.model_validate({"prober": "http", "timeout": timeout})

    @pytest.mark.parametrize(
        ("http", "location"),
        [
            ({"basic_auth": {"username": "a", "password": "b"}}, "http.basic_auth.password"),
            ({"bearer_token": "b"}, "http.bearer_token"),
            ({"headers": {"Authorization": "b"}}, "http.headers.Authorization"),
            ({"http_headers": {"X-Key": {"secrets": ["b"]}}}, "http.http_headers.X-Key.secrets"),
            ({"tls_config": {"key": "b"}}, "http.tls_config.key"),
            ({"oauth2": {"client_secret": "b"}}, "http.oauth2.client_secret"),
        ],
    )
    def test_fails_on_a_secret_that_is_written_out(self, http: dict[str, Any], location: str) -> None:
        message = "would be readable; name a file of a secret below /etc/blackbox_exporter/secrets instead"
        with pytest.raises(ValidationError) as raised:
            BlackboxModule.model_validate({"prober": "http", "http": http})
        assert f"{location}: {message}" in str(raised.value)

    def test_a_file_is_no_secret_that_is_written_out(self) -> None:
        http = {"authorization": {"credentials_file": "/etc/blackbox_exporter/secrets/a/token"}}
        assert BlackboxModule.model_validate({"prober": "http", "http": http}).http == http


def refusals(settings: dict[str, Any]) -> list[str]:
    """Return what is wrong with the settings of probes, each with its place."""
    with pytest.raises(ValidationError) as raised:
        ProbesSettings.model_validate(settings)
    (error,) = raised.value.errors()
    problems = error["ctx"]["error"].problems
    return [f"{'.'.join(map(str, problem.location))}: {problem.message}" for problem in problems]
