"""Settings of the blackbox exporter, and of what it probes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

from pydantic import Field

from config import versions
from config.core.chart_settings import ChartRepository, ChartVersion, chart_repository, chart_version
from config.core.resources import ResourceAmounts, Resources
from config.core.settings import Problem, Settings, unique
from config.core.types import Duration, KubernetesName, text
from config.monitoring.durations import seconds_of
from config.monitoring.prometheus.prometheus import LabelName
from config.monitoring.targets.blackbox import OPTIONS, SECRETS_FOLDER, BlackboxModule, Prober

if TYPE_CHECKING:
    from collections.abc import Iterator

ModuleName = Annotated[str, *text(r"[A-Za-z0-9_][\w.-]*", "the name of a module (letters, digits, _.-)")]
# Helm and Terraform would take braces for templates.
PlainText = Annotated[str, *text(r"[^\s{}][^{}\n]*", "text on one line without { and }")]
TargetUrl = Annotated[str, *text(r"[^\s{}]+", "a target: no spaces, no { and }")]
# The volume of a secret is named `secret-<name>`, in 63 characters.
MountedSecret = Annotated[
    str, *text(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?", "the name of a Kubernetes secret without dots", max_length=56)
]

# Prometheus shows nothing for a series whose last sample is older than 5m; two probes fit in.
LONGEST_INTERVAL: Final = "2m"
# The exporter gives up half a second before Prometheus does: --timeout-offset of its main.go.
ANSWER_SECONDS: Final = 1
# Set by Prometheus, its operator and this project.
RESERVED_LABELS: Final = ("cluster", "instance", "job")

_HOST: Final = r"(?:[A-Za-z0-9_](?:[\w.-]*[A-Za-z0-9_])?\.?|\[[0-9A-Fa-f:.]+\])"
_TARGETS: Final[dict[Prober, tuple[str, str]]] = {
    "http": (r"https?://.+", "a URL like https://host/path, without user and password"),
    "tcp": (rf"{_HOST}:\d{{1,5}}", "host:port"),
    "icmp": (rf"{_HOST}|[0-9A-Fa-f:.]+", "a host name or an IP address"),
    "dns": (rf"{_HOST}(?::\d{{1,5}})?", "a name server as host or host:port"),
    "grpc": (rf"{_HOST}:\d{{1,5}}", "host:port"),
}

# http_2xx as the chart has it, for Helm merges the chart's own into what it is given.
BUILT_IN_MODULES: Final = {
    "http_2xx": BlackboxModule(
        prober="http",
        http={
            "follow_redirects": True,
            "preferred_ip_protocol": "ip4",
            "valid_http_versions": ["HTTP/1.1", "HTTP/2.0"],
        },
    ),
    "tcp_connect": BlackboxModule(prober="tcp", tcp={"preferred_ip_protocol": "ip4"}),
    "icmp": BlackboxModule(prober="icmp", icmp={"preferred_ip_protocol": "ip4"}),
}


class ProbeTarget(Settings):
    """Something that is probed."""

    url: TargetUrl = Field(
        description="A URL for prober http, host:port for tcp and grpc, a host for icmp, a name server for dns."
    )
    module: ModuleName = Field(default="http_2xx", description="Module that probes it. Default: http_2xx.")
    interval: Duration = Field(default="15s", description="How often it is probed, at most 2m. Default: 15s.")
    labels: dict[LabelName, PlainText] = Field(
        default={},
        description="Labels of its metrics; namespace routes its alerts. Default: the release's namespace.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield an interval with gaps, and labels that would be overwritten."""
        if seconds_of(self.interval) > seconds_of(LONGEST_INTERVAL):
            yield Problem(
                ("interval",), f"{self.interval} is more than {LONGEST_INTERVAL}: samples older than 5m are stale"
            )
        for name in self.labels:
            if name in RESERVED_LABELS or name.startswith("__"):
                yield Problem(("labels", name), "is set by Prometheus and this project")


class ProbesSettings(Settings):
    """What is probed from inside the cluster; the exporter is installed while there are targets."""

    targets: dict[KubernetesName, ProbeTarget] = Field(
        default={}, description="What is probed, by name. Default: nothing."
    )
    modules: dict[ModuleName, BlackboxModule] = Field(
        default={}, description="Modules in addition to http_2xx, tcp_connect and icmp. Default: none."
    )
    secrets: tuple[MountedSecret, ...] = Field(
        default=(),
        description=f"Kubernetes secrets that modules read, as files below {SECRETS_FOLDER}/NAME/. Default: none.",
    )
    replicas: int = Field(default=1, ge=1, le=10, description="Replicas of the exporter. Default: 1.")
    resources: Resources = Field(
        default=Resources(requests=ResourceAmounts(cpu="10m", memory="32Mi"), limits=ResourceAmounts(memory="128Mi")),
        description="Default: requests 10m CPU and 32Mi, limit 128Mi of memory.",
    )
    chart_version: ChartVersion = chart_version(versions.PROMETHEUS_BLACKBOX_EXPORTER)
    chart_repository: ChartRepository = chart_repository(versions.PROMETHEUS_BLACKBOX_EXPORTER)

    @property
    def enabled(self) -> bool:
        """Whether there is anything to probe."""
        return bool(self.targets)

    @property
    def all_modules(self) -> dict[str, BlackboxModule]:
        """The built-in modules and those of the environment."""
        return {**BUILT_IN_MODULES, **self.modules}

    def problems(self) -> Iterator[Problem]:
        """Yield modules that are named twice, and targets that cannot be probed or are probed twice."""
        for name in self.modules:
            if name in BUILT_IN_MODULES:
                yield Problem(("modules", name), "is built in; choose another name")
            yield from self._option_problems(name)
        yield from unique("secrets", self.secrets)
        for name, target in self.targets.items():
            yield from self._target_problems(name, target)
        yield from self._duplicate_problems()

    def _option_problems(self, name: str) -> Iterator[Problem]:
        module = self.modules[name]
        if self.chart_version != versions.PROMETHEUS_BLACKBOX_EXPORTER.version:
            return  # another exporter knows other options
        for option in module.options:
            if option not in OPTIONS[module.prober]:
                yield Problem(("modules", name, module.prober, option), f"is no option of prober {module.prober}")

    def _target_problems(self, name: str, target: ProbeTarget) -> Iterator[Problem]:
        module = self.all_modules.get(target.module)
        if module is None:
            allowed = ", ".join(sorted(self.all_modules))
            yield Problem(("targets", name, "module"), f"there is no module {target.module}; there are: {allowed}")
            return
        if not _is_target(target.url, module.prober):
            meaning = _TARGETS[module.prober][1]
            yield Problem(
                ("targets", name, "url"), f"{target.url!r} is not {meaning}; module {target.module} needs that"
            )
        if seconds_of(target.interval) < seconds_of(module.timeout) + ANSWER_SECONDS:
            yield Problem(
                ("targets", name, "interval"),
                f"{target.interval} is less than the timeout {module.timeout} of module {target.module} "
                f"and {ANSWER_SECONDS}s for the answer",
            )

    def _duplicate_problems(self) -> Iterator[Problem]:
        seen: dict[tuple[str, str], str] = {}
        for name, target in self.targets.items():
            first = seen.setdefault((target.url, target.module), name)
            if first != name:
                yield Problem(
                    ("targets", name, "url"), f"{target.url} is probed by {first} with module {target.module} already"
                )


def _is_target(url: str, prober: Prober) -> bool:
    if re.fullmatch(_TARGETS[prober][0], url) is None:
        return False
    if prober == "icmp":
        return True
    try:
        parts = urlsplit(url if prober == "http" else f"//{url}")
        return bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:  # a port above 65535, or an address in brackets that is none
        return False
