"""Settings of the Grafana in the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, JsonValue

from config.core.files.literal_secrets import PLAIN_TEXT, literal_secrets
from config.core.resources import ResourceAmounts, Resources, VolumeGib
from config.core.secret_references import SecretKey, SecretName
from config.core.settings import Problem, Settings
from config.core.types import KubernetesName, find_duplicates, text
from config.monitoring.grafana.dashboard_files import DASHBOARD_PATTERN
from config.monitoring.grafana.data_sources import TAKEN_UIDS, DataSources
from config.monitoring.grafana.storage import GrafanaStorage
from config.monitoring.grafana.user_logins import UserLogins
from config.monitoring.iam_statements import IamStatements
from config.monitoring.load_balancer_ingress import LoadBalancerIngress

if TYPE_CHECKING:
    from collections.abc import Iterator

# https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/#preinstall_sync
PLUGIN_PATTERN: Final = r"[a-z0-9]+(?:-[a-z0-9]+)+@\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?"
PLUGIN: Final = "a plugin with its version like grafana-clock-panel@2.1.3; without one, each start takes the newest"
Plugin = Annotated[str, *text(PLUGIN_PATTERN, PLUGIN)]
# The placeholder of a data source in a dashboard: ${DS_PROMETHEUS}.
InputName = Annotated[str, *text(r"[A-Za-z0-9_-]+", "the name of an input like DS_PROMETHEUS")]
FolderName = Annotated[
    str, *text(r"[A-Za-z0-9][A-Za-z0-9 _-]*", "a folder name (letters, digits, spaces, _ and -)", max_length=80)
]
# A line of grafana.ini is `name = value`.
IniName = Annotated[str, *text(r"[A-Za-z0-9_][A-Za-z0-9_. -]*", "a name of grafana.ini (letters, digits and _. -)")]


LOCAL_URL: Final = "http://localhost:3000"


class AdminSecret(Settings):
    """A Kubernetes secret with the administrator's login."""

    name: SecretName = Field(description="Kubernetes secret in the release's namespace, made by yourself.")
    user_key: SecretKey = Field(default="admin-user", description="Key of the user name. Default: admin-user.")
    password_key: SecretKey = Field(
        default="admin-password", description="Key of the password. Default: admin-password."
    )


class GrafanaIngress(LoadBalancerIngress):
    """An application load balancer, by the AWS load balancer controller."""

    path: Annotated[str, *text(r"/(?:[a-z0-9_-]+(?:/[a-z0-9_-]+)*)?", "a path like / or /grafana")] = Field(
        default="/", description="Path below which Grafana is. Default: /."
    )


class GrafanaComDashboard(Settings):
    """A dashboard of grafana.com, downloaded when Grafana starts."""

    id: int = Field(ge=1, description="Number of the dashboard, e.g. 3119.")
    revision: int = Field(ge=1, description="Revision of the dashboard.")
    folder: FolderName = Field(default="grafana.com", description="Folder in Grafana. Default: grafana.com.")
    inputs: dict[InputName, Annotated[str, Field(min_length=1, max_length=128)]] = Field(
        default={},
        description="Data sources, by their names in Grafana, for the inputs that the dashboard has, e.g. "
        "{DS_PROMETHEUS: Prometheus}. Default: Prometheus for every data source.",
    )


class GrafanaSettings(Settings):
    """Grafana: login, address, dashboards, data sources and plugins."""

    enabled: bool = Field(default=True, description="Install Grafana. Default: true.")
    volume_gib: VolumeGib = Field(default=5, description="Volume in GiB. Default: 5.")
    storage: GrafanaStorage = Field(
        default=GrafanaStorage(), description="Where what is made by hand is kept. Default: a volume of its own."
    )
    logins: UserLogins = Field(default=UserLogins(), description="How users log in. Default: by password.")
    resources: Resources = Field(
        default=Resources(requests=ResourceAmounts(cpu="100m", memory="256Mi"), limits=ResourceAmounts(memory="512Mi")),
        description="Default: requests 100m CPU and 256Mi, limit 512Mi of memory.",
    )
    admin_secret: AdminSecret | None = Field(
        default=None, description="Login of the administrator. Default: the chart generates a password in the cluster."
    )
    ingress: GrafanaIngress | None = Field(
        default=None, description="Address for users. Default: none, by port-forward only."
    )
    ini: dict[IniName, dict[IniName, JsonValue]] = Field(
        default={}, description="Sections of grafana.ini, over what this project sets. Default: none."
    )
    dashboards: (
        tuple[Annotated[str, *text(DASHBOARD_PATTERN, "FOLDER/NAME of a file in values/dashboards")], ...] | None
    ) = Field(
        default=None, description="Files of values/dashboards that are installed, FOLDER/NAME. Default: all that apply."
    )
    home_dashboard: Annotated[str, *text(DASHBOARD_PATTERN, "FOLDER/NAME of a file in values/dashboards")] | None = (
        Field(
            default="cluster/cluster-overview",
            description="Dashboard that users see first, FOLDER/NAME; null: Grafana's own. "
            "Default: cluster/cluster-overview.",
        )
    )
    grafana_com_dashboards: dict[KubernetesName, GrafanaComDashboard] = Field(
        default={}, description="Dashboards of grafana.com by a name of your choice. Default: none."
    )
    env_secrets: tuple[SecretName, ...] = Field(
        default=(),
        description="Kubernetes secrets in the release's namespace whose keys become environment variables, for "
        "${NAME} in ini. Default: none.",
    )
    data_sources: DataSources = Field(
        default={}, description="Data sources in addition to those of this project, by name. Default: none."
    )
    iam_statements: IamStatements = Field(
        default={}, description="What else Grafana may do in AWS, by a name of your choice. Default: nothing."
    )
    plugins: tuple[Plugin, ...] = Field(
        default=(),
        description="Plugins with their versions, like grafana-clock-panel@2.1.3, in addition to those that data "
        "sources need. Default: none.",
    )

    @property
    def uses_aws(self) -> bool:
        """Whether Grafana needs an IAM role for what is listed here."""
        has_cloudwatch = any(source.type == "cloudwatch" for source in self.data_sources.values())
        return self.enabled and bool(self.iam_statements or has_cloudwatch)

    @property
    def url(self) -> str:
        """Where people reach Grafana: its ingress, or the port that `open-grafana` forwards."""
        return LOCAL_URL if self.ingress is None else f"https://{self.ingress.host}{self.ingress.path.rstrip('/')}"

    def problems(self) -> Iterator[Problem]:
        """Yield what Grafana would ignore or stumble over."""
        yield from self._ini_problems()
        yield from self._data_source_problems()
        if self.storage.kind != "volume" and "volume_gib" in self.model_fields_set:
            yield Problem(("volume_gib",), f"has no effect while storage.kind is {self.storage.kind}")
        if (
            self.home_dashboard is not None
            and self.dashboards is not None
            and self.home_dashboard not in self.dashboards
        ):
            yield Problem(("home_dashboard",), f"{self.home_dashboard} is not among dashboards")
        for position in find_duplicates(tuple(plugin.partition("@")[0] for plugin in self.plugins)):
            yield Problem(("plugins", position), f"{self.plugins[position]} is listed twice")
        numbers = tuple(f"{d.id} in {d.folder}" for d in self.grafana_com_dashboards.values())
        for position in find_duplicates(numbers):
            name = tuple(self.grafana_com_dashboards)[position]
            yield Problem(("grafana_com_dashboards", name, "id"), f"dashboard {numbers[position]} is there already")
        folders: dict[str, str] = {}
        for name, dashboard in self.grafana_com_dashboards.items():
            other = folders.setdefault(provider_name(dashboard.folder), dashboard.folder)
            if other != dashboard.folder:
                yield Problem(
                    ("grafana_com_dashboards", name, "folder"),
                    f"{dashboard.folder} and {other} would share a place; write one of them",
                )

    def _ini_problems(self) -> Iterator[Problem]:
        for section, values in self.ini.items():
            for name, value in values.items():
                if isinstance(value, dict):
                    yield Problem(("ini", section, name), "is a mapping; a value of grafana.ini stands on one line")
                elif isinstance(value, str) and len(value.splitlines()) > 1:
                    yield Problem(("ini", section, name), "is text of several lines; the rest would be other settings")
        for location in literal_secrets(self.ini):
            yield Problem(("ini", *location), PLAIN_TEXT)

    def _data_source_problems(self) -> Iterator[Problem]:
        uids = [source.uid or name for name, source in self.data_sources.items()]
        for position, (name, uid) in enumerate(zip(self.data_sources, uids, strict=True)):
            if uid in (*TAKEN_UIDS, *uids[:position]):
                yield Problem(("data_sources", name), f"{uid} is the uid of another data source")


def provider_name(folder: str) -> str:
    """Return the name of a Grafana folder in paths and Kubernetes names."""
    return "".join(letter if letter.isalnum() else "-" for letter in folder.lower())
