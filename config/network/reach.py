"""What a network reaches: the services of AWS that settings use, and the endpoints that lead there without NAT.

Services without an endpoint: https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from config.core.settings import Problem, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from config.core.problems import Location
    from config.network.network import NetworkSettings

# Gateway endpoints by the setting that makes them.
GATEWAYS: Final = {"s3": "s3_gateway_endpoint", "dynamodb": "dynamodb_gateway_endpoint"}
WITHOUT_ENDPOINT: Final = {"route53": "Route 53", "shield": "Shield Advanced"}

# The services that a setting uses once it is set; * is each key or item, ** every level below.
USES: Final[dict[str, tuple[str, ...]]] = {
    "cluster_addons.cluster_autoscaler.enabled": ("autoscaling",),
    "cluster_addons.karpenter.enabled": ("ec2", "eks", "sqs", "ssm"),
    "cluster_addons.aws_load_balancer_controller.enabled": ("acm", "elasticloadbalancing"),
    "cluster_addons.aws_load_balancer_controller.waf": ("wafv2",),
    "cluster_addons.aws_load_balancer_controller.shield": ("shield",),
    "cluster_addons.external_dns.enabled": ("route53",),
    "cluster_addons.cert_manager.dns01_zones": ("route53",),
    "cluster_addons.velero.enabled": ("s3",),
    "kube_prom_stack.managed_prometheus.enabled": ("aps-workspaces",),
    "kube_prom_stack.alertmanager.receivers.*.sns": ("sns",),
    "kube_prom_stack.alertmanager.receivers.**.secrets_manager": ("secretsmanager",),
    "kube_prom_stack.thanos.enabled": ("s3",),
    "workload.aws.s3": ("s3",),
    "workload.aws.sqs": ("sqs",),
    "workload.aws.sns": ("sns",),
    "workload.aws.dynamodb": ("dynamodb",),
    "workload.aws.secrets_manager": ("secretsmanager",),
}


def unreached(section: str, settings: Settings, network: NetworkSettings | None) -> Iterator[Problem]:
    """Yield each setting of a section of `USES` whose service the network does not reach."""
    if network is None or network.nat_gateways != "none":
        return
    for pattern, services in USES.items():
        first, *parts = pattern.split(".")
        if first != section:
            continue
        for location in _given(settings, parts):
            for message in _lacking(network, services):
                yield Problem(location, message)


def _lacking(network: NetworkSettings, services: Sequence[str]) -> Iterator[str]:
    endpoints = [name for name in services if name not in (*GATEWAYS, *WITHOUT_ENDPOINT)]
    missing = [name for name in endpoints if name not in network.interface_endpoints]
    if missing:
        yield f"needs {', '.join(missing)} in network.interface_endpoints"
    for name in services:
        if name in WITHOUT_ENDPOINT:
            yield f"needs {WITHOUT_ENDPOINT[name]}, which is out of reach while network.nat_gateways is none"
        elif name in GATEWAYS and not getattr(network, GATEWAYS[name]):
            yield f"needs network.{GATEWAYS[name]}"


def _given(value: object, parts: Sequence[str]) -> Iterator[Location]:
    """Yield the locations of a pattern at which something is set, in sections that are on."""
    if not parts:
        if value:
            yield ()
        return
    first, *rest = parts
    if getattr(value, "enabled", True) is False and first != "enabled":
        return
    if first == "**":
        yield from _given(value, rest)
    for key, item in _items(value):
        if first == "**":
            yield from ((key, *location) for location in _given(item, parts))
        elif first in ("*", key):
            yield from ((key, *location) for location in _given(item, rest))


def _items(value: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(value, Settings):
        yield from ((name, getattr(value, name)) for name in type(value).model_fields)
    elif isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, tuple):
        yield from enumerate(value)
