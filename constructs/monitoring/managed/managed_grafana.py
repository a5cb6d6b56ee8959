"""A workspace of Amazon Managed Grafana: who signs in, from where, and what its role may query."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_vpc_endpoint import DataAwsVpcEndpoint
from cdktf_cdktf_provider_aws.grafana_role_association import GrafanaRoleAssociation
from cdktf_cdktf_provider_aws.grafana_workspace import (
    GrafanaWorkspace,
    GrafanaWorkspaceNetworkAccessControl,
    GrafanaWorkspaceVpcConfiguration,
)
from cdktf_cdktf_provider_aws.grafana_workspace_saml_configuration import GrafanaWorkspaceSamlConfiguration
from cdktf_cdktf_provider_aws.grafana_workspace_service_account import GrafanaWorkspaceServiceAccount
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule

from config.core.naming import SECURITY_GROUP
from config.monitoring.managed.managed_grafana import CONTENT_WRITER, WORKSPACE_ENDPOINT
from constructs import Construct
from constructs.aws.iam_role import IamRole, IamRoleOutputs, IamRoleProps, Statements
from constructs.monitoring.managed.alert_topic import AlertTopicOutputs
from constructs.monitoring.managed.managed_grafana_role import grant_cloudwatch_queries, trust_workspaces

if TYPE_CHECKING:
    from config.monitoring.managed.managed_grafana import ManagedGrafanaSettings, NetworkAccess, Saml
    from constructs.aws.account import Account
    from constructs.monitoring.managed.prometheus_workspace import PrometheusWorkspaceOutputs


@dataclass(frozen=True, kw_only=True)
class GrafanaNetwork:
    """The environment's VPC; the workspace's interfaces go into the private subnets."""

    vpc_id: str
    vpc_cidr: str
    private_subnet_ids: list[str]


@dataclass(frozen=True, kw_only=True)
class ManagedGrafanaProps:
    """What the workspace is for.

    Attributes:
        name: Name of the cluster, which starts all names.
        network: What the workspace may reach into, and be reached from; None where the environment has none.
        prometheus: The only workspace that can be queried.
        has_content: Whether the grafana-content stack logs in, by tokens of a service account.

    """

    name: str
    account: Account
    settings: ManagedGrafanaSettings
    network: GrafanaNetwork | None
    prometheus: PrometheusWorkspaceOutputs | None
    has_content: bool = False


@dataclass(frozen=True, kw_only=True)
class ManagedGrafanaOutputs:
    """The workspace; `endpoint` is a host name."""

    workspace_id: str
    endpoint: str
    role_arn: str


class ManagedGrafana(Construct):
    """A workspace with a role of its own; data sources are added in Grafana itself."""

    def __init__(self, scope: Construct, id_: str, props: ManagedGrafanaProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        self.topics = self._topics()
        role = self._create_role()
        workspace = self._create_workspace(role)
        if props.settings.saml is not None:
            self._configure_saml(workspace, props.settings.saml)
        self._give_roles(workspace)
        if props.has_content:
            self._create_service_account(workspace)
        self.outputs = ManagedGrafanaOutputs(
            workspace_id=workspace.id, endpoint=workspace.endpoint, role_arn=role.role_arn
        )

    def _topics(self) -> list[AlertTopicOutputs]:
        own = (
            []
            if self.props.prometheus is None or self.props.prometheus.topic is None
            else [self.props.prometheus.topic]
        )
        return own + [
            AlertTopicOutputs(topic_arn=topic.topic_arn, kms_key_arn=topic.kms_key_arn)
            for topic in self.props.settings.notification_topics
        ]

    def _create_workspace(self, role: IamRoleOutputs) -> GrafanaWorkspace:
        settings = self.props.settings
        name = settings.name or self.props.name
        return GrafanaWorkspace(
            self,
            "this",
            name=name,
            description=f"Dashboards of {self.props.name}",
            account_access_type="CURRENT_ACCOUNT",
            authentication_providers=self._authentication_providers(),
            permission_type=settings.permission_type,
            role_arn=role.role_arn,
            data_sources=list(settings.data_sources),
            notification_destinations=["SNS"] if self.topics else None,
            grafana_version=settings.grafana_version,
            configuration=self._configuration(),
            network_access_control=self._network_access(),
            vpc_configuration=self._vpc_configuration(),
            tags={"Name": name},
            depends_on=role.policies,
        )

    def _authentication_providers(self) -> list[str]:
        chosen = {"AWS_SSO": self.props.settings.aws_sso, "SAML": self.props.settings.saml is not None}
        return [provider for provider, is_chosen in chosen.items() if is_chosen]

    def _configuration(self) -> str:
        """Return the options of https://docs.aws.amazon.com/grafana/latest/userguide/AMG-configure-workspace.html."""
        settings = self.props.settings
        options = {
            "plugins": {"pluginAdminEnabled": settings.plugin_management},
            "unifiedAlerting": {"enabled": settings.unified_alerting},
        }
        return json.dumps(options, sort_keys=True)

    def _network_access(self) -> GrafanaWorkspaceNetworkAccessControl | None:
        access = self.props.settings.network_access
        if access is None:
            return None
        return GrafanaWorkspaceNetworkAccessControl(
            prefix_list_ids=list(access.prefix_list_ids), vpce_ids=self._vpc_endpoint_ids(access)
        )

    def _vpc_endpoint_ids(self, access: NetworkAccess) -> list[str]:
        network = self.props.network
        if not access.from_vpc or network is None:
            return list(access.vpc_endpoint_ids)
        endpoint = DataAwsVpcEndpoint(
            self,
            "endpoint",
            vpc_id=network.vpc_id,
            service_name=f"com.amazonaws.{self.props.account.region}.{WORKSPACE_ENDPOINT}",
        )
        return [endpoint.id, *access.vpc_endpoint_ids]

    def _vpc_configuration(self) -> GrafanaWorkspaceVpcConfiguration | None:
        network = self.props.network
        if not self.props.settings.in_vpc or network is None:
            return None
        name = SECURITY_GROUP.of(self.props.name, "managed-grafana")
        group = SecurityGroup(
            self,
            "security-group",
            name=name,
            description="HTTPS from Managed Grafana to data sources in the VPC",
            vpc_id=network.vpc_id,
            tags={"Name": name},
        )
        VpcSecurityGroupEgressRule(
            self,
            "https-to-vpc",
            security_group_id=group.id,
            description="HTTPS to the VPC",
            cidr_ipv4=network.vpc_cidr,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            tags={"Name": name},
        )
        return GrafanaWorkspaceVpcConfiguration(security_group_ids=[group.id], subnet_ids=network.private_subnet_ids)

    def _configure_saml(self, workspace: GrafanaWorkspace, saml: Saml) -> None:
        GrafanaWorkspaceSamlConfiguration(
            self,
            "saml",
            workspace_id=workspace.id,
            idp_metadata_url=saml.idp_metadata_url,
            idp_metadata_xml=saml.idp_metadata_xml,
            role_assertion=saml.role_assertion,
            admin_role_values=list(saml.admin_role_values),
            editor_role_values=list(saml.editor_role_values),
            name_assertion=saml.name_assertion,
            login_assertion=saml.login_assertion,
            email_assertion=saml.email_assertion,
            groups_assertion=saml.groups_assertion,
            org_assertion=saml.org_assertion,
            allowed_organizations=list(saml.allowed_organizations) or None,
            login_validity_duration=saml.login_validity_minutes,
        )

    def _give_roles(self, workspace: GrafanaWorkspace) -> None:
        for role, members in self.props.settings.members().items():
            GrafanaRoleAssociation(
                self,
                f"role-{role.lower()}",
                workspace_id=workspace.id,
                role=role,
                user_ids=list(members.user_ids) or None,
                group_ids=list(members.group_ids) or None,
            )

    def _create_service_account(self, workspace: GrafanaWorkspace) -> None:
        """Create who writes the content; tokens are made for each run, so that no state has one."""
        GrafanaWorkspaceServiceAccount(
            self, "content-writer", workspace_id=workspace.id, name=CONTENT_WRITER, grafana_role="ADMIN"
        )

    def _create_role(self) -> IamRoleOutputs:
        policies = {
            "prometheus": self._grant_query_prometheus(),
            "cloudwatch": grant_cloudwatch_queries(self.props.settings, self.props.account),
            "notifications": [statement for topic in self.topics for statement in topic.grant_publish()],
        }
        role = IamRole(
            self,
            "role",
            IamRoleProps(
                name=f"{self.props.name}-managed-grafana",
                description=f"Managed Grafana of {self.props.name}",
                trust=trust_workspaces(self.props.account),
                policies={name: statements for name, statements in policies.items() if statements},
            ),
        )
        return role.outputs

    def _grant_query_prometheus(self) -> Statements:
        # aps:ListWorkspaces is left out: it has no narrower resource, and only fills a list to choose from.
        if self.props.prometheus is None or "PROMETHEUS" not in self.props.settings.data_sources:
            return []
        return self.props.prometheus.grant_query()
