"""Data sources, folders, dashboards, and the contact point of a Grafana outside of the cluster."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdktf import Fn, TerraformLocal

from config.monitoring.grafana.dashboard_files import dashboard_folder, dashboard_object_name, read_dashboard
from config.monitoring.grafana.grafana import provider_name
from constructs import Construct
from constructs.monitoring.content.grafana_resource import GrafanaResource, add_http_provider, web_document
from constructs.monitoring.managed.prometheus_workspace import DATA_SOURCE_UID, GRAFANA_PLUGIN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import JsonValue

    from config.monitoring.grafana.grafana import GrafanaComDashboard

# Managed Grafana, at most at version 12, signs in its core data source; Grafana 13 and later do in a plugin only.
# https://grafana.com/docs/grafana/latest/datasources/prometheus/configure/aws-authentication/
CORE_DATA_SOURCE = "prometheus"
# "Workspace IAM Role": the workspace's own role signs.
WORKSPACE_ROLE = "ec2_iam_role"
GROUP_BY = ("grafana_folder", "alertname", "namespace")
LONGEST_UID = 40


@dataclass(frozen=True, kw_only=True)
class GrafanaContentProps:
    """What is shown, and how Grafana reaches it.

    Attributes:
        prometheus_endpoint: URL of the Managed Prometheus workspace, with a slash at the end.
        region: Region of the workspace, of CloudWatch and of the topic.
        is_managed: Whether the Grafana is a workspace of Amazon Managed Grafana.
        role_arn: Role that Grafana assumes in AWS; None: its own login does.
        query_role_arn: Role that it assumes to query the workspace.
        has_cloudwatch: Whether CloudWatch becomes a data source.
        dashboards: FOLDER/NAME of files in `values/dashboards`.
        grafana_com_dashboards: Dashboards that are downloaded, by name.
        topic_arn: SNS topic of Grafana's alerts; None leaves alerting as it is.

    """

    prometheus_endpoint: str
    region: str
    is_managed: bool
    role_arn: str | None
    query_role_arn: str | None
    has_cloudwatch: bool
    dashboards: Sequence[str]
    grafana_com_dashboards: Mapping[str, GrafanaComDashboard]
    topic_arn: str | None

    @property
    def data_source_type(self) -> str:
        """The type of the data source that signs requests with SigV4."""
        return CORE_DATA_SOURCE if self.is_managed else GRAFANA_PLUGIN

    @property
    def auth_type(self) -> str:
        """How Grafana logs in to AWS before it assumes a role."""
        return WORKSPACE_ROLE if self.is_managed else "default"


class GrafanaContent(Construct):
    """The content of one Grafana."""

    def __init__(self, scope: Construct, id_: str, props: GrafanaContentProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        self.folders: dict[str, GrafanaResource] = {}
        prometheus = self._create_prometheus()
        if props.has_cloudwatch:
            self._create_cloudwatch()
        for name in props.dashboards:
            text = json.dumps(shown_from(json.loads(read_dashboard(name)), props.data_source_type), ensure_ascii=False)
            self._create_dashboard(dashboard_object_name(name), dashboard_folder(name), text, prometheus)
        if props.grafana_com_dashboards:
            add_http_provider(self)
        for name, dashboard in props.grafana_com_dashboards.items():
            text = _downloaded(self, name, dashboard)
            self._create_dashboard(f"grafana-com-{name}", dashboard.folder, text, prometheus)
        if props.topic_arn is not None:
            self._create_alerting(props.topic_arn)

    def _create_prometheus(self) -> GrafanaResource:
        props = self.props
        options: dict[str, JsonValue] = {
            "httpMethod": "POST",
            "sigV4Auth": True,
            "sigV4AuthType": props.auth_type,
            "sigV4Region": props.region,
            **({} if props.query_role_arn is None else {"sigV4AssumeRoleArn": props.query_role_arn}),
        }
        arguments: dict[str, JsonValue] = {
            "name": "Managed Prometheus",
            "uid": DATA_SOURCE_UID,
            "type": props.data_source_type,
            "url": props.prometheus_endpoint,
            "is_default": True,
            "json_data_encoded": json.dumps(options),
        }
        return GrafanaResource(self, "prometheus", "data_source", arguments)

    def _create_cloudwatch(self) -> None:
        options = {"authType": self.props.auth_type, "defaultRegion": self.props.region}
        if self.props.role_arn is not None:
            options["assumeRoleArn"] = self.props.role_arn
        arguments: dict[str, JsonValue] = {
            "name": "CloudWatch",
            "uid": "cloudwatch",
            "type": "cloudwatch",
            "json_data_encoded": json.dumps(options),
        }
        GrafanaResource(self, "cloudwatch", "data_source", arguments)

    def _create_dashboard(self, name: str, folder: str, text: str, prometheus: GrafanaResource) -> None:
        arguments: dict[str, JsonValue] = {
            "config_json": text,
            "folder": self._folder_uid(folder) if folder else None,
            # One of the same uid that somebody imported by hand becomes this one.
            "overwrite": True,
        }
        GrafanaResource(self, f"dashboard-{name}", "dashboard", arguments, depends_on=[prometheus])

    def _folder_uid(self, title: str) -> str:
        if title not in self.folders:
            uid = provider_name(title)[:LONGEST_UID]
            self.folders[title] = GrafanaResource(self, f"folder-{uid}", "folder", {"title": title, "uid": uid})
        return self.folders[title].uid

    def _create_alerting(self, topic_arn: str) -> None:
        login: dict[str, JsonValue] = {"auth_provider": "default"}
        if self.props.role_arn is not None:
            login = {"auth_provider": "arn", "assume_role_arn": self.props.role_arn}
        sns: dict[str, JsonValue] = {"topic": topic_arn, "message_format": "text", **login}
        arguments: dict[str, JsonValue] = {"name": "SNS", "sns": [sns]}
        contact_point = GrafanaResource(self, "contact-point", "contact_point", arguments)
        policy: dict[str, JsonValue] = {
            "contact_point": contact_point.get_string_attribute("name"),
            "group_by": [*GROUP_BY],
        }
        GrafanaResource(self, "notification-policy", "notification_policy", policy)


def _downloaded(scope: Construct, name: str, dashboard: GrafanaComDashboard) -> str:
    """Return the text of a dashboard of grafana.com with its inputs filled in, a reference."""
    url = f"https://grafana.com/api/dashboards/{dashboard.id}/revisions/{dashboard.revision}/download"
    text = web_document(scope, f"download-{name}", url)
    for placeholder, source in (dashboard.inputs or {"DS_PROMETHEUS": DATA_SOURCE_UID}).items():
        # A regular expression, because a template sequence would be escaped twice.
        # A local value, because a function's argument would have to be written as HCL.
        inserted = TerraformLocal(scope, f"input-{name}-{placeholder}", _inserted(source)).as_string
        text = Fn.replace(text, f"/[$][{{]{placeholder}[}}]/", inserted)
    return text


def _inserted(source: str) -> str:
    """Return a text as it is inserted: within a text of JSON, and by a regular expression, to which `$` means a group.

    https://developer.hashicorp.com/terraform/language/functions/replace
    """
    return json.dumps(source, ensure_ascii=False)[1:-1].replace("$", "$$")


def shown_from(part: Any, type_: str) -> Any:  # noqa: ANN401 (any part of a dashboard)
    """Return a part of a dashboard whose Prometheus is the workspace, a data source of some type."""
    if isinstance(part, list):
        return [shown_from(item, type_) for item in part]
    if not isinstance(part, dict):
        return part
    changed = {key: shown_from(value, type_) for key, value in part.items()}
    if part.get("type") == "datasource" and part.get("query") == CORE_DATA_SOURCE:
        selected = {"selected": True, "text": "Managed Prometheus", "value": DATA_SOURCE_UID}
        return {**changed, "query": type_, "current": selected}
    if part.get("type") == CORE_DATA_SOURCE and "uid" in part:
        return {**changed, "type": type_}
    return changed
