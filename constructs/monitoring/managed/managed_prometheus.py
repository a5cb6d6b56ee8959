"""A workspace of Amazon Managed Service for Prometheus with rules and alert manager, and how to write and query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.prometheus_alert_manager_definition import PrometheusAlertManagerDefinition
from cdktf_cdktf_provider_aws.prometheus_rule_group_namespace import PrometheusRuleGroupNamespace
from cdktf_cdktf_provider_aws.prometheus_workspace import PrometheusWorkspace, PrometheusWorkspaceLoggingConfiguration
from cdktf_cdktf_provider_aws.prometheus_workspace_configuration import PrometheusWorkspaceConfiguration

from config.monitoring.managed.alert_definition import REGION_PLACEHOLDER, TOPIC_PLACEHOLDER
from constructs import Construct
from constructs.aws.kms_key import KmsKey, KmsKeyProps
from constructs.aws.log_group import LogGroup, LogGroupProps
from constructs.monitoring.managed.alert_topic import AlertTopic, AlertTopicOutputs, AlertTopicProps
from constructs.monitoring.managed.prometheus_workspace import PrometheusWorkspaceOutputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.monitoring.managed.managed_prometheus import (
        AlertManagerSettings,
        ExistingWorkspace,
        ManagedPrometheusSettings,
        WorkspaceSettings,
    )
    from constructs.aws.account import Account


@dataclass(frozen=True, kw_only=True)
class ManagedPrometheusProps:
    """`name` is the cluster's and starts all names; `read_file` gives the text of a file below values/."""

    name: str
    account: Account
    settings: ManagedPrometheusSettings
    read_file: Callable[[str], str]


class ManagedPrometheus(Construct):
    """A workspace of the environment's own; nothing is created for an existing one."""

    def __init__(self, scope: Construct, id_: str, props: ManagedPrometheusProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        settings = props.settings
        self.outputs = (
            self._create_all(settings.workspace) if settings.existing is None else _existing(settings.existing)
        )

    def _create_all(self, settings: WorkspaceSettings) -> PrometheusWorkspaceOutputs:
        workspace = self._create_workspace(settings)
        PrometheusWorkspaceConfiguration(
            self, "configuration", workspace_id=workspace.id, retention_period_in_days=settings.retention_days
        )
        self._create_rules(workspace)
        return PrometheusWorkspaceOutputs(
            workspace_arn=workspace.arn,
            workspace_id=workspace.id,
            prometheus_endpoint=workspace.prometheus_endpoint,
            region=self.props.account.region,
            topic=self._create_alert_manager(workspace),
        )

    def _create_workspace(self, settings: WorkspaceSettings) -> PrometheusWorkspace:
        alias = settings.alias or self.props.name
        return PrometheusWorkspace(
            self,
            "this",
            alias=alias,
            kms_key_arn=settings.kms_key_arn or self._create_key(),
            logging_configuration=self._create_logging(settings),
            tags={"Name": alias},
        )

    def _create_key(self) -> str:
        """Create the key of the metrics; the service works by grants, made with the deploying identity.

        https://docs.aws.amazon.com/prometheus/latest/userguide/encryption-at-rest-Amazon-Service-Prometheus.html
        """
        key = KmsKey(
            self,
            "key",
            KmsKeyProps(
                alias=f"{self.props.name}-managed-prometheus",
                description=f"Encrypts the metrics of {self.props.name}",
                account=self.props.account,
            ),
        )
        return key.outputs.key_arn

    def _create_logging(self, settings: WorkspaceSettings) -> PrometheusWorkspaceLoggingConfiguration | None:
        if not settings.logs.enabled:
            return None
        group = LogGroup(
            self,
            "logs",
            LogGroupProps(
                # Of groups below this prefix the resource policy that AWS maintains does not outgrow its size limit.
                # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
                name=f"/aws/vendedlogs/prometheus/{self.props.name}",
                retention_days=settings.logs.retention_days,
                key_alias=f"{self.props.name}-managed-prometheus-logs",
                account=self.props.account,
            ),
        )
        return PrometheusWorkspaceLoggingConfiguration(log_group_arn=f"{group.outputs.arn}:*")

    def _create_rules(self, workspace: PrometheusWorkspace) -> None:
        for name in self.props.settings.rule_files:
            text = self.props.read_file(f"rules/{name}.yaml")
            PrometheusRuleGroupNamespace(self, f"rules-{name}", name=name, workspace_id=workspace.id, data=text)

    def _create_alert_manager(self, workspace: PrometheusWorkspace) -> AlertTopicOutputs | None:
        settings = self.props.settings.alert_manager
        if settings is None:
            return None
        topic = self._topic(settings, workspace)
        definition = self.props.read_file(settings.definition_file)
        PrometheusAlertManagerDefinition(
            self,
            "alert-manager",
            workspace_id=workspace.id,
            definition=_filled(definition, topic=topic.topic_arn, region=self.props.account.region),
            depends_on=list(topic.permissions) or None,
        )
        return topic

    def _topic(self, settings: AlertManagerSettings, workspace: PrometheusWorkspace) -> AlertTopicOutputs:
        if settings.topic_arn is not None:
            return AlertTopicOutputs(topic_arn=settings.topic_arn)
        props = AlertTopicProps(
            name=f"{self.props.name}-managed-prometheus", workspace_arn=workspace.arn, account=self.props.account
        )
        return AlertTopic(self, "topic", props).outputs


def _existing(settings: ExistingWorkspace) -> PrometheusWorkspaceOutputs:
    # https://docs.aws.amazon.com/general/latest/gr/prometheus-service.html
    host = f"aps-workspaces.{settings.region}.amazonaws.com"
    return PrometheusWorkspaceOutputs(
        workspace_arn=settings.workspace_arn,
        workspace_id=settings.workspace_id,
        prometheus_endpoint=f"https://{host}/workspaces/{settings.workspace_id}/",
        region=settings.region,
        assume_role_arn=settings.assume_role_arn,
    )


def _filled(definition: str, *, topic: str, region: str) -> str:
    """Return a definition with its placeholders filled in, and any other `${…}` left as it is."""
    for placeholder, value in ((TOPIC_PLACEHOLDER, topic), (REGION_PLACEHOLDER, region)):
        definition = definition.replace(placeholder, value)
    return definition
