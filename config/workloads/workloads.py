"""Settings of a workload: an application that runs in the cluster, and is reached, scaled and watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from config.core.resources import Placement, ResourceAmounts, Resources
from config.core.secret_references import SecretName
from config.core.settings import Problem, Settings, unique
from config.core.types import KubernetesName, find_duplicates, text
from config.monitoring.grafana.dashboard_files import DASHBOARD_PATTERN
from config.workloads.workload_access import AwsAccess
from config.workloads.workload_alerts import WorkloadAlert
from config.workloads.workload_containers import (
    ConfigFiles,
    Image,
    InitContainer,
    Probe,
    Probes,
    ReplicaVolume,
    SecretFiles,
    SecretVariable,
    Security,
    SharedVolume,
    VariableName,
    VolumeName,
)
from config.workloads.workload_ports import PortName, PortNumber, WorkloadIngress, WorkloadMetrics, WorkloadService
from config.workloads.workload_scaling import Autoscaling, Replicas

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.core.problems import Location

TMP: Final = "/tmp"  # noqa: S108 (in the container)
# Volumes that this project makes in addition to those of the settings.
RESERVED_VOLUMES: Final = ("config", "tmp")
AlertName = Annotated[str, *text(r"[a-zA-Z_]\w*", "the name of an alert (letters, digits, _)")]
Spread = Literal["soft", "hard", "off"]


class Workload(Settings):
    """An application: its pods, and everything that belongs to them."""

    kind: Literal["Deployment", "StatefulSet"] = Field(
        default="Deployment",
        description="`StatefulSet` gives replicas names and volumes of their own. Default: Deployment.",
    )
    namespace: KubernetesName | None = Field(
        default=None,
        description="Namespace; made and labelled unless kube_prom_stack.monitored_namespaces has it. "
        "Default: the workload's name.",
    )
    image: Image = Field(description="Image, with a tag or digest.")
    image_pull_secrets: tuple[SecretName, ...] = Field(
        default=(), description="Kubernetes secrets in the namespace that pull images. Default: none."
    )
    command: tuple[str, ...] = Field(default=(), description="Program. Default: the image's.")
    args: tuple[str, ...] = Field(default=(), description="Arguments of the program. Default: the image's.")
    replicas: Replicas = Field(default=1, description="Replicas, unless autoscaling decides. Default: 1.")
    ports: dict[PortName, PortNumber] = Field(
        default={},
        description="Named TCP ports that the container listens on; most users know the first. Default: none.",
    )
    env: dict[VariableName, str] = Field(default={}, description="Environment variables. Default: none.")
    secret_env: dict[VariableName, SecretVariable] = Field(
        default={}, description="Environment variables from keys of secrets. Default: none."
    )
    env_from_secrets: tuple[SecretName, ...] = Field(
        default=(), description="Kubernetes secrets whose every key becomes an environment variable. Default: none."
    )
    config: ConfigFiles | None = Field(default=None, description="Files of a ConfigMap. Default: none.")
    secret_files: dict[VolumeName, SecretFiles] = Field(
        default={}, description="Kubernetes secrets as files, by a name of your choice. Default: none."
    )
    shared_volumes: dict[VolumeName, SharedVolume] = Field(
        default={}, description="Empty volumes, e.g. for what an init container downloads. Default: none."
    )
    volumes: dict[VolumeName, ReplicaVolume] = Field(
        default={}, description="Volumes of each replica's own, with kind StatefulSet. Default: none."
    )
    init_containers: tuple[InitContainer, ...] = Field(
        default=(), description="Containers that run one after another before the workload starts. Default: none."
    )
    probes: Probes = Field(default=Probes(), description="Checks of the container. Default: none.")
    resources: Resources = Field(
        default=Resources(requests=ResourceAmounts(cpu="50m", memory="64Mi"), limits=ResourceAmounts(memory="256Mi")),
        description="Default: requests 50m CPU and 64Mi, limit 256Mi of memory.",
    )
    security: Security = Field(default=Security(), description="The user of the containers.")
    placement: Placement = Field(default=Placement(), description="Nodes of the pods. Default: any.")
    spread_over_zones: Spread = Field(
        default="soft",
        description="Whether replicas should (soft) or must (hard) spread evenly over zones. Default: soft.",
    )
    spread_over_nodes: Spread = Field(
        default="soft",
        description="Whether replicas should (soft) or must (hard) spread evenly over nodes. Default: soft.",
    )
    termination_grace_seconds: int = Field(
        default=30, ge=1, le=3600, description="How long a pod may take to end. Default: 30."
    )
    most_unavailable: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=1,
        description="How many of several replicas may be away while nodes are drained. Default: 1.",
    )
    service: WorkloadService = Field(
        default=WorkloadService(), description="How the workload is reached. Default: from inside the cluster."
    )
    ingress: WorkloadIngress | None = Field(default=None, description="Address for users, with TLS. Default: none.")
    autoscaling: Autoscaling | None = Field(default=None, description="How many replicas, by load. Default: replicas.")
    metrics: WorkloadMetrics | None = Field(default=None, description="Metrics for Prometheus. Default: none.")
    alerts: dict[AlertName, WorkloadAlert] = Field(default={}, description="Alerts by name. Default: none.")
    dashboards: tuple[Annotated[str, *text(DASHBOARD_PATTERN, "FOLDER/NAME of a file in values/dashboards")], ...] = (
        Field(
            default=(),
            description="Files of values/dashboards, FOLDER/NAME, that are installed even if kube_prom_stack.grafana."
            "dashboards leaves them out. Default: none.",
        )
    )
    aws: AwsAccess = Field(default=AwsAccess(), description="What it may do in AWS. Default: nothing.")
    timeout_seconds: int = Field(
        default=600, ge=60, le=3600, description="How long a deploy waits for the pods to be ready. Default: 600."
    )

    @property
    def least_replicas(self) -> int:
        """How many replicas there are when load is lowest."""
        return self.replicas if self.autoscaling is None else self.autoscaling.min_replicas

    @property
    def service_ports(self) -> Mapping[str, int]:
        """The port of the service for each named port of the container; empty: there is no service."""
        if self.service.ports:
            return self.service.ports
        metrics = None if self.metrics is None else self.metrics.port
        return {name: port for name, port in self.ports.items() if name != metrics}

    @property
    def mounts(self) -> dict[Location, str]:
        """The folder of each volume by the setting that says it."""
        config: dict[Location, str] = {} if self.config is None else {("config",): self.config.mount_path}
        return config | {
            (section, name): volume.mount_path
            for section, volumes in (
                ("secret_files", self.secret_files),
                ("shared_volumes", self.shared_volumes),
                ("volumes", self.volumes),
            )
            for name, volume in volumes.items()
        }

    def problems(self) -> Iterator[Problem]:
        """Yield what names something that the workload lacks, and what would have no effect."""
        yield from self._port_problems()
        yield from self._volume_problems()
        yield from self._container_problems()
        if self.autoscaling is not None:
            yield from self._autoscaling_problems()
        yield from unique("dashboards", self.dashboards)

    def _port_problems(self) -> Iterator[Problem]:
        names = tuple(self.ports)
        for position in find_duplicates(str(port) for port in self.ports.values()):
            yield Problem(("ports", names[position]), f"{self.ports[names[position]]} has a name already")
        for location, name in self._named_ports():
            if name not in self.ports:
                known = f"there are: {', '.join(names)}" if names else "ports has none"
                yield Problem(location, f"there is no port {name}; {known}")
        service_ports = tuple(self.service.ports)
        for position in find_duplicates(str(port) for port in self.service.ports.values()):
            yield Problem(("service", "ports", service_ports[position]), "is the port of another name already")
        if not self.service_ports and self.service.model_fields_set:
            yield Problem(("service",), "has no port; name those of the container under ports")
        if self.ingress is not None:
            yield from self._ingress_problems(self.ingress)

    def _named_ports(self) -> Iterator[tuple[Location, str]]:
        for name in self.service.ports:
            yield ("service", "ports", name), name
        if self.metrics is not None:
            yield ("metrics", "port"), self.metrics.port
        for kind, probe in self._probes():
            if probe.port is not None:
                yield ("probes", kind, "port"), probe.port

    def _probes(self) -> Iterator[tuple[str, Probe]]:
        for kind in ("startup", "readiness", "liveness"):
            probe = getattr(self.probes, kind)
            if probe is not None:
                yield kind, probe

    def _ingress_problems(self, ingress: WorkloadIngress) -> Iterator[Problem]:
        served = self.service_ports
        if not served:
            yield Problem(("ingress",), "leads to a port of the service, which has none; name one under ports")
        elif ingress.port is not None and ingress.port not in served:
            yield Problem(("ingress", "port"), f"the service has no port {ingress.port}; it has: {', '.join(served)}")

    def _volume_problems(self) -> Iterator[Problem]:
        if self.kind == "Deployment" and self.volumes:
            yield Problem(("volumes",), "require kind StatefulSet: the replicas of a Deployment have no volume each")
        for name in self.volumes:
            if name in RESERVED_VOLUMES or name.startswith(("secret-", "shared-")):
                yield Problem(("volumes", name), "is the name of a volume that this project makes; choose another")
        locations = tuple(self.mounts)
        for position in find_duplicates(self.mounts.values()):
            location = locations[position]
            yield Problem((*location, "mount_path"), f"{self.mounts[location]} is the folder of another volume already")

    def _container_problems(self) -> Iterator[Problem]:
        for position in find_duplicates(container.name for container in self.init_containers):
            yield Problem(("init_containers", position, "name"), "is the name of another container already")
        for name in self.secret_env:
            if name in self.env:
                yield Problem(("secret_env", name), "is set under env as well; keep one")
        for position, container in enumerate(self.init_containers):
            for name in container.secret_env:
                if name in container.env:
                    yield Problem(
                        ("init_containers", position, "secret_env", name), "is set under env as well; keep one"
                    )
        if not self.ports:
            for kind, probe in self._probes():
                if not probe.command and probe.port is None:
                    yield Problem(("probes", kind), "checks a port, and ports has none; give a port or a command")

    def _autoscaling_problems(self) -> Iterator[Problem]:
        if "replicas" in self.model_fields_set:
            yield Problem(("replicas",), "is decided by autoscaling; remove one of the two")
        if self.autoscaling is not None and self.autoscaling.cpu_percent is not None:
            requested = self.resources.requests.cpu
            if requested is None:
                yield Problem(("autoscaling", "cpu_percent"), "is of what is requested; give resources.requests.cpu")
