"""Settings of Amazon Managed Grafana."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from config.core.settings import Problem, Settings, unique
from config.core.types import KmsKeyArn, text
from config.monitoring.managed.managed_prometheus import StandardTopicArn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.core.problems import Location

DataSource = Literal["PROMETHEUS", "CLOUDWATCH"]

# The endpoint through which browsers of the VPC reach the workspace, and those through which a workspace whose traffic
# leaves by the VPC reaches its data sources.
# https://docs.aws.amazon.com/grafana/latest/userguide/VPC-endpoints.html
WORKSPACE_ENDPOINT: Final = "grafana-workspace"
ENDPOINTS_OF_DATA_SOURCES: Final[dict[DataSource, tuple[str, ...]]] = {
    "PROMETHEUS": ("aps-workspaces",),
    "CLOUDWATCH": ("ec2", "logs", "monitoring"),
}
# https://docs.aws.amazon.com/grafana/latest/APIReference/API_SamlConfiguration.html
_ATTRIBUTE_MAX_LENGTH: Final = 256

# https://docs.aws.amazon.com/grafana/latest/APIReference/API_CreateWorkspace.html
WorkspaceName = Annotated[str, *text(r"[a-zA-Z0-9._~-]+", "a workspace name (letters, digits, -._~)", max_length=255)]
# The service account of the grafana-content stack.
CONTENT_WRITER: Final = "eks-content"

GrafanaVersion = Annotated[str, *text(r"\d+\.\d+", "a version like 10.4, in quotes")]
# https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_User.html
IdentityCenterId = Annotated[
    str,
    *text(
        r"(?:[0-9a-f]{10}-)?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        "the id of a user or group in IAM Identity Center",
    ),
]
AssertionAttribute = Annotated[str, Field(min_length=1, max_length=_ATTRIBUTE_MAX_LENGTH)]
PrefixListId = Annotated[str, *text(r"pl-[0-9a-f]+", "the id of a prefix list (pl-…)", max_length=100)]
VpcEndpointId = Annotated[str, *text(r"vpce-[0-9a-f]+", "the id of a VPC endpoint (vpce-…)", max_length=100)]
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
LogGroupName = Annotated[
    str,
    *text(
        r"[A-Za-z0-9._/#-]+\*?",
        "the name of a log group, or its beginning and *",
        max_length=512,
    ),
]


class Members(Settings):
    """Users and groups of IAM Identity Center."""

    user_ids: tuple[IdentityCenterId, ...] = Field(default=(), description="Ids of users. Default: none.")
    group_ids: tuple[IdentityCenterId, ...] = Field(default=(), description="Ids of groups. Default: none.")

    def problems(self) -> Iterator[Problem]:
        """Yield members that are listed twice."""
        for field, ids in (("user_ids", self.user_ids), ("group_ids", self.group_ids)):
            yield from unique(field, ids)


class Saml(Settings):
    """An identity provider that speaks SAML 2.0; users without one of the role values are viewers."""

    idp_metadata_url: Annotated[str, *text(r"https://[^\s/]+\S*", "a URL: https://…", max_length=2048)] | None = Field(
        default=None, description="URL of the identity provider's metadata. Default: unset."
    )
    idp_metadata_xml: str | None = Field(
        default=None, min_length=1, description="The identity provider's metadata themselves. Default: unset."
    )
    role_assertion: AssertionAttribute = Field(
        default="role", description="Attribute that holds a user's role values. Default: role."
    )
    admin_role_values: tuple[AssertionAttribute, ...] = Field(
        min_length=1, description="Values of the attribute that make an administrator."
    )
    editor_role_values: tuple[AssertionAttribute, ...] = Field(
        min_length=1, description="Values of the attribute that make an editor."
    )
    name_assertion: AssertionAttribute = Field(
        default="displayName", description="Attribute that holds a user's full name. Default: displayName."
    )
    login_assertion: AssertionAttribute = Field(
        default="mail", description="Attribute that holds a user's login. Default: mail."
    )
    email_assertion: AssertionAttribute = Field(
        default="mail", description="Attribute that holds a user's e-mail address. Default: mail."
    )
    groups_assertion: AssertionAttribute | None = Field(
        default=None, description="Attribute that holds a user's groups. Default: not used."
    )
    org_assertion: AssertionAttribute | None = Field(
        default=None, description="Attribute that holds a user's organizations. Default: not used."
    )
    allowed_organizations: tuple[AssertionAttribute, ...] = Field(
        default=(), description="Organizations whose users may sign in. Default: all."
    )
    login_validity_minutes: int = Field(
        default=60, ge=1, description="Minutes until a user has to sign in again. Default: 60."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield metadata that AWS refuses, and organizations that it could not read."""
        if (self.idp_metadata_url is None) == (self.idp_metadata_xml is None):
            yield Problem((), "give either idp_metadata_url or idp_metadata_xml")
        if self.allowed_organizations and self.org_assertion is None:
            yield Problem(("allowed_organizations",), "needs org_assertion, the attribute that holds the organizations")
        both = set(self.admin_role_values) & set(self.editor_role_values)
        for value in sorted(both):
            yield Problem(("editor_role_values",), f"{value} makes an administrator already")


class NetworkAccess(Settings):
    """From where the workspace may be opened; users sign in besides."""

    from_vpc: bool = Field(
        default=False,
        description=f"From the environment's VPC, through its interface endpoint {WORKSPACE_ENDPOINT}. Default: false.",
    )
    prefix_list_ids: tuple[PrefixListId, ...] = Field(
        default=(), description="From the public addresses in these customer-managed prefix lists. Default: none."
    )
    vpc_endpoint_ids: tuple[VpcEndpointId, ...] = Field(
        default=(), description=f"Through these {WORKSPACE_ENDPOINT} endpoints of other VPCs. Default: none."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield a list that permits no access: https://docs.aws.amazon.com/grafana/latest/userguide/AMG-configure-nac.html."""
        if not (self.from_vpc or self.prefix_list_ids or self.vpc_endpoint_ids):
            yield Problem((), "permits no access; give from_vpc, prefix_list_ids or vpc_endpoint_ids")


class NotificationTopic(Settings):
    """An SNS topic that alerts of Grafana may be sent to."""

    topic_arn: StandardTopicArn = Field(description="ARN of the topic.")
    kms_key_arn: KmsKeyArn | None = Field(
        default=None, description="Customer-managed KMS key of the topic. Default: none."
    )


class ManagedGrafanaSettings(Settings):
    """Amazon Managed Grafana; off by default."""

    enabled: bool = Field(default=False, description="Create a workspace. Default: false.")
    name: WorkspaceName | None = Field(
        default=None, description="Name of the workspace. Default: the name of the cluster."
    )
    grafana_version: GrafanaVersion | None = Field(
        default=None,
        description="Version of Grafana that AWS offers, in quotes; it can only be raised. "
        "Default: AWS' newest when the workspace is created.",
    )
    aws_sso: bool = Field(default=True, description="Users sign in by IAM Identity Center. Default: true.")
    saml: Saml | None = Field(default=None, description="Users sign in by SAML. Default: they do not.")
    # AWS' API cannot change CUSTOMER_MANAGED back, and shows the data sources of SERVICE_MANAGED in its console.
    # https://docs.aws.amazon.com/grafana/latest/APIReference/API_UpdateWorkspace.html
    permission_type: Literal["SERVICE_MANAGED", "CUSTOMER_MANAGED"] = Field(
        default="SERVICE_MANAGED",
        description="Whether AWS' console may add permissions to the workspace's role (SERVICE_MANAGED) or nobody but "
        "this project (CUSTOMER_MANAGED, which cannot be taken back here). Default: SERVICE_MANAGED.",
    )
    data_sources: tuple[DataSource, ...] = Field(
        default=("PROMETHEUS", "CLOUDWATCH"),
        description="What the workspace may query: the Managed Prometheus workspace, CloudWatch. Default: both.",
    )
    cloudwatch_log_groups: tuple[LogGroupName, ...] = Field(
        default=(),
        description="Log groups of the account and region that CLOUDWATCH may query, also with * at the end. "
        "Default: none.",
    )
    notification_topics: tuple[NotificationTopic, ...] = Field(
        default=(),
        description="SNS topics that alerts may be sent to, in addition to that of the Managed Prometheus workspace. "
        "Default: none.",
    )
    unified_alerting: bool = Field(default=True, description="Grafana's own alerting. Default: true.")
    plugin_management: bool = Field(
        default=False, description="Whether administrators may install plugins. Default: false."
    )
    admins: Members = Field(default=Members(), description="Administrators, by IAM Identity Center. Default: none.")
    editors: Members = Field(default=Members(), description="Editors, by IAM Identity Center. Default: none.")
    viewers: Members = Field(default=Members(), description="Viewers, by IAM Identity Center. Default: none.")
    network_access: NetworkAccess | None = Field(
        default=None, description="From where the workspace may be opened. Default: from everywhere."
    )
    in_vpc: bool = Field(
        default=False,
        description="Query data sources through the private subnets of the environment's VPC, by HTTPS to its own "
        "addresses only; AWS services then need interface endpoints. Default: false.",
    )

    def members(self) -> dict[str, Members]:
        """Return who has which role of Grafana, without roles that nobody has."""
        roles = {"ADMIN": self.admins, "EDITOR": self.editors, "VIEWER": self.viewers}
        return {role: members for role, members in roles.items() if members.user_ids or members.group_ids}

    def needed_endpoints(self) -> dict[Location, tuple[str, ...]]:
        """Return the interface endpoints that the network needs, by the setting that needs them."""
        needed: dict[Location, tuple[str, ...]] = {}
        if self.network_access is not None and self.network_access.from_vpc:
            needed["network_access", "from_vpc"] = (WORKSPACE_ENDPOINT,)
        if self.in_vpc:
            sources = (name for source in self.data_sources for name in ENDPOINTS_OF_DATA_SOURCES[source])
            needed["in_vpc",] = (*sources, *(("sns",) if self.notification_topics else ()))
        return needed

    def problems(self) -> Iterator[Problem]:
        """Yield what AWS refuses, and settings that would have no effect."""
        if not self.aws_sso and self.saml is None:
            yield Problem(("aws_sso",), "is false and saml is unset: nobody could sign in")
        if not self.aws_sso:
            for field in ("admins", "editors", "viewers"):
                if field in self.model_fields_set:
                    yield Problem((field,), "names members of IAM Identity Center, which needs aws_sso")
        if not self.data_sources:
            yield Problem(("data_sources",), "is empty; a workspace needs something to query")
        if self.cloudwatch_log_groups and "CLOUDWATCH" not in self.data_sources:
            yield Problem(("cloudwatch_log_groups",), "needs CLOUDWATCH in data_sources")
        yield from unique("data_sources", self.data_sources)
        yield from self._role_problems()

    def _role_problems(self) -> Iterator[Problem]:
        roles: dict[str, str] = {}
        for name in ("admins", "editors", "viewers"):
            members: Members = getattr(self, name)
            for field, ids in (("user_ids", members.user_ids), ("group_ids", members.group_ids)):
                for position, id_ in enumerate(ids):
                    if roles.setdefault(id_, name) != name:
                        yield Problem((name, field, position), f"{id_} is among {roles[id_]} already")
