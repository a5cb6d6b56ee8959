"""What users add: their own permissions, targets on EC2, stores of metrics and data sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.monitoring.contribution import Contribution
from constructs.monitoring.values.own_sources import (
    CLOUDWATCH,
    UNSCOPED_CLOUDWATCH_ACTIONS,
    UNSCOPED_DISCOVERY_ACTIONS,
    annotated_pods_scrape_config,
    data_source,
    data_source_values,
    ec2_scrape_config,
    remote_read,
    remote_write,
)
from stacks.cluster_reference import EksReference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from config.monitoring.iam_statements import IamStatement
    from constructs.aws.iam_role import Statements
    from constructs.helm.helm_values import Values
    from stacks.monitoring.base import MonitoringStack


def contribute_own_sources(stack: MonitoringStack) -> Contribution:
    """Add what the settings of Prometheus and Grafana list."""
    prometheus, grafana, region = stack.settings.prometheus, stack.settings.grafana, stack.environment.region
    prometheus_policies = _policies(prometheus.iam_statements)
    if prometheus.ec2_targets:
        prometheus_policies["ec2-targets"] = _statements(UNSCOPED_DISCOVERY_ACTIONS, ["*"])
        if isinstance(stack.cluster, EksReference):
            _open_ports(stack, stack.cluster.security_group_id)
    grafana_policies = _policies(grafana.iam_statements)
    if any(source.type == CLOUDWATCH for source in grafana.data_sources.values()):
        grafana_policies["cloudwatch"] = _statements(UNSCOPED_CLOUDWATCH_ACTIONS, ["*"])
    values: list[Values] = []
    if prometheus.remote_read:
        reads = [remote_read(one) for one in prometheus.remote_read.values()]
        values.append({"prometheus": {"prometheusSpec": {"remoteRead": [*reads]}}})
    if secrets := data_source_values(grafana.data_sources):
        values.append({"grafana": secrets})
    return Contribution(
        prometheus_policies=prometheus_policies,
        grafana_policies=grafana_policies,
        remote_write=tuple(remote_write(name, one) for name, one in prometheus.remote_write.items()),
        scrape_configs=(
            *((annotated_pods_scrape_config(),) if prometheus.annotated_pods else ()),
            *(ec2_scrape_config(name, one, region) for name, one in sorted(prometheus.ec2_targets.items())),
        ),
        data_sources=tuple(data_source(name, one, region) for name, one in grafana.data_sources.items()),
        values=tuple(values),
    )


def _policies(statements: Mapping[str, IamStatement]) -> dict[str, Statements]:
    return {f"own-{name}": _statements(one.actions, one.resources) for name, one in statements.items()}


def _statements(actions: Iterable[str], resources: Iterable[str]) -> Statements:
    from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocumentStatement

    return [DataAwsIamPolicyDocumentStatement(actions=[*actions], resources=[*resources])]


def _open_ports(stack: MonitoringStack, cluster_security_group_id: str) -> None:
    """Let the cluster's nodes in where a security group is named; pods have the node's or the cluster's group."""
    from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule

    for name, targets in stack.settings.prometheus.ec2_targets.items():
        if targets.security_group_id is None:
            continue
        VpcSecurityGroupIngressRule(
            stack,
            f"ec2-targets-{name}",
            security_group_id=targets.security_group_id,
            referenced_security_group_id=cluster_security_group_id,
            ip_protocol="tcp",
            from_port=targets.port,
            to_port=targets.port,
            description=f"Prometheus of {stack.environment.cluster_name}",
        )
