"""Values of what users add: targets on EC2, other stores of metrics, other data sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.helm.helm_values import verbatim

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue

    from config.monitoring.grafana.data_sources import DataSource, DataSources
    from config.monitoring.logins import BasicLogin, SecretKeyReference
    from config.monitoring.prometheus.ec2_targets import Ec2Targets
    from config.monitoring.prometheus.remote_stores import OwnRemoteWrite, RemoteRead
    from constructs.helm.helm_values import Values

# https://prometheus.io/docs/prometheus/latest/configuration/configuration/#ec2_sd_config
UNSCOPED_DISCOVERY_ACTIONS = ("ec2:DescribeAvailabilityZones", "ec2:DescribeInstances")
# Metrics; alarms and log groups are permitted by the user's own statements.
# https://grafana.com/docs/grafana/latest/datasources/aws-cloudwatch/configure/#iam-policies
UNSCOPED_CLOUDWATCH_ACTIONS = (
    "cloudwatch:DescribeAlarmsForMetric", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics",
    "ec2:DescribeInstances", "ec2:DescribeRegions", "ec2:DescribeTags", "tag:GetResources",
)  # fmt: skip
CLOUDWATCH = "cloudwatch"
ANNOTATED_PODS = "annotated-pods"


def annotated_pods_scrape_config() -> Values:
    """Return the scrape configuration of pods by the annotations that came before monitors.

    https://github.com/prometheus/prometheus/blob/main/documentation/examples/prometheus-kubernetes.yml
    """
    annotation = "__meta_kubernetes_pod_annotation_prometheus_io"
    by_port: list[JsonValue] = [f"{annotation}_port", "__meta_kubernetes_pod_ip"]
    return {
        "job_name": ANNOTATED_PODS,
        "kubernetes_sd_configs": [{"role": "pod"}],
        "relabel_configs": [
            {"source_labels": [f"{annotation}_scrape"], "action": "keep", "regex": "true"},
            {"source_labels": ["__meta_kubernetes_pod_phase"], "action": "drop", "regex": "Pending|Succeeded|Failed"},
            {"source_labels": [f"{annotation}_scheme"], "regex": "(https?)", "target_label": "__scheme__"},
            {"source_labels": [f"{annotation}_path"], "regex": "(.+)", "target_label": "__metrics_path__"},
            {
                "source_labels": by_port,
                "regex": r"(\d+);(\d+(?:\.\d+){3})",
                "replacement": "$2:$1",
                "target_label": "__address__",
            },
            {
                "source_labels": by_port,
                "regex": r"(\d+);([0-9A-Fa-f:]+)",
                "replacement": "[$2]:$1",
                "target_label": "__address__",
            },
            {"source_labels": ["__meta_kubernetes_namespace"], "target_label": "namespace"},
            {"source_labels": ["__meta_kubernetes_pod_name"], "target_label": "pod"},
            {"source_labels": ["__meta_kubernetes_pod_node_name"], "target_label": "node"},
        ],
    }


def ec2_scrape_config(name: str, targets: Ec2Targets, region: str | None) -> Values:
    """Return the scrape configuration of instances with some tags, in their region or that of the environment."""
    filters: list[JsonValue] = [
        {"name": f"tag:{key}", "values": [value]} for key, value in sorted(targets.tags.items())
    ]
    labels: list[JsonValue] = [
        {"target_label": key, "replacement": value.replace("$", "$$")} for key, value in targets.labels.items()
    ]
    running: Values = {"name": "instance-state-name", "values": ["running"]}
    config: Values = {
        "job_name": f"ec2-{name}",
        "metrics_path": targets.path,
        "scheme": targets.scheme,
        "ec2_sd_configs": [{"region": targets.region or region, "port": targets.port, "filters": [*filters, running]}],
        "relabel_configs": [
            {"source_labels": ["__meta_ec2_instance_id"], "target_label": "instance"},
            {"source_labels": ["__meta_ec2_tag_Name"], "target_label": "name"},
            {"source_labels": ["__meta_ec2_availability_zone"], "target_label": "zone"},
            *labels,
        ],
    }
    if targets.interval is not None:
        config["scrape_interval"] = targets.interval
    return verbatim(config)


def remote_write(name: str, settings: OwnRemoteWrite) -> Values:
    """Return an entry of `prometheus.prometheusSpec.remoteWrite`.

    https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.RemoteWriteSpec
    """
    entry: Values = {
        "name": name,
        "url": settings.url,
        **_login(settings.basic_auth, settings.bearer_token),
        "remoteTimeout": settings.timeout,
        "queueConfig": {
            "maxSamplesPerSend": settings.max_samples_per_send,
            "maxShards": settings.max_shards,
            "capacity": settings.capacity,
        },
    }
    if settings.headers:
        entry["headers"] = {**settings.headers}
    filters = [*_filter("keep", settings.keep_metrics), *_filter("drop", settings.drop_metrics)]
    if filters:
        entry["writeRelabelConfigs"] = [*filters]
    return verbatim(entry)


def _filter(action: str, patterns: Sequence[str]) -> list[JsonValue]:
    return [{"action": action, "sourceLabels": ["__name__"], "regex": "|".join(patterns)}] if patterns else []


def remote_read(settings: RemoteRead) -> Values:
    """Return an entry of `prometheus.prometheusSpec.remoteRead`."""
    login = _login(settings.basic_auth, settings.bearer_token)
    return verbatim({"url": settings.url, "readRecent": settings.read_recent, **login})


def _login(basic: BasicLogin | None, token: SecretKeyReference | None) -> Values:
    if basic is not None:
        return {"basicAuth": {"username": _selector(basic.username), "password": _selector(basic.password)}}
    return {} if token is None else {"authorization": {"type": "Bearer", "credentials": _selector(token)}}


def _selector(reference: SecretKeyReference) -> Values:
    return {"name": reference.secret, "key": reference.key}


def data_source_values(sources: DataSources) -> Values:
    """Return the environment variables by which data sources get their secrets, for Grafana's values."""
    variables: Values = {
        _variable(name, field): {"secretKeyRef": _selector(reference)}
        for name, source in sources.items()
        for field, reference in source.secure.items()
    }
    return {"envValueFrom": variables} if variables else {}


def data_source(name: str, source: DataSource, region: str | None) -> Values:
    """Return an entry of `grafana.additionalDataSources`."""
    options = dict(source.options)
    if source.type == CLOUDWATCH:
        options = {"authType": "default", "defaultRegion": region, **options}
    entry: dict[str, JsonValue] = {
        "name": name,
        "uid": source.uid or name,
        "type": source.type,
        "access": "proxy",
        "url": source.url,
        "user": source.user,
        "basicAuth": True if source.basic_auth_user is not None else None,
        "basicAuthUser": source.basic_auth_user,
        "jsonData": options or None,
        "secureJsonData": {field: f"${_variable(name, field)}" for field in source.secure} or None,
    }
    return verbatim({key: value for key, value in entry.items() if value is not None})


def _variable(name: str, field: str) -> str:
    return f"DATA_SOURCE_{name}_{field}".upper().replace("-", "_")
