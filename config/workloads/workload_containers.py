"""Settings of the containers of a workload: image, probes, files, volumes, and the user that they run as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from config.core.resources import ResourceAmounts, Resources, VolumeGib
from config.core.secret_references import SecretKey, SecretName
from config.core.settings import Problem, Settings
from config.core.types import KubernetesName, Quantity, text
from config.workloads.workload_ports import PortName, UrlPath

if TYPE_CHECKING:
    from collections.abc import Iterator

# https://github.com/distribution/reference: a name, and a tag or a digest.
Image = Annotated[
    str,
    *text(
        r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?::\d+)?(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::\w[\w.-]{0,127}|@sha256:[0-9a-f]{64})",
        "an image with a tag or digest, like registry.example.com/team/app:1.2.3",
    ),
]
# https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/
VariableName = Annotated[str, *text(r"[-._a-zA-Z][-._a-zA-Z0-9]*", "the name of an environment variable")]
# Files of the workload's own: /tmp is made by this project, and kubelet separates mounts by colons.
MountPath = Annotated[str, *text(r"/[^\s:]*[^\s:/]", "an absolute path without spaces and colons, like /data")]
FileName = Annotated[
    str, *text(r"(?!\.{1,2}$)(?!\.\.)[-._a-zA-Z0-9]+", "a file name (letters, digits, -._)", max_length=253)
]
# Names of volumes are prefixed with what they are, in 63 characters.
VolumeName = Annotated[
    str, *text(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?", "a volume name (lower-case letters, digits, inner -)", max_length=40)
]
User = Annotated[int, Field(ge=0, le=65535)]


class SecretVariable(Settings):
    """A key of a Kubernetes secret that exists."""

    secret: SecretName = Field(description="Kubernetes secret in the workload's namespace, made by yourself.")
    key: SecretKey = Field(description="Key in the secret.")


class ConfigFiles(Settings):
    """Files of a ConfigMap; pods restart when one changes."""

    mount_path: MountPath = Field(description="Folder of the files in the containers, read-only.")
    files: dict[FileName, str] = Field(min_length=1, description="Text of each file by its name.")


class SecretFiles(Settings):
    """The keys of a Kubernetes secret that exists, as files."""

    secret: SecretName = Field(description="Kubernetes secret in the workload's namespace, made by yourself.")
    mount_path: MountPath = Field(description="Folder of the files in the containers, read-only.")


class SharedVolume(Settings):
    """An empty volume that the containers of a pod share, as long as the pod lives."""

    mount_path: MountPath = Field(description="Folder in the containers.")
    size_limit: Quantity = Field(default="1Gi", description="The pod is evicted when it holds more. Default: 1Gi.")


class ReplicaVolume(Settings):
    """A volume that each replica has of its own; it stays when the replica is removed."""

    mount_path: MountPath = Field(description="Folder in the containers.")
    volume_gib: VolumeGib = Field(description="Size in GiB.")
    storage_class_name: KubernetesName | None = Field(
        default=None, description="StorageClass. Default: the csi-addon stack's, or the cluster's default."
    )


class InitContainer(Settings):
    """A container that ends before the workload starts; it has the same volumes at the same paths."""

    name: KubernetesName = Field(description="Name of the container.")
    image: Image = Field(description="Image, with a tag or digest.")
    command: tuple[str, ...] = Field(default=(), description="Program. Default: the image's.")
    args: tuple[str, ...] = Field(default=(), description="Arguments of the program. Default: the image's.")
    env: dict[VariableName, str] = Field(default={}, description="Environment variables. Default: none.")
    secret_env: dict[VariableName, SecretVariable] = Field(
        default={}, description="Environment variables from secrets. Default: none."
    )
    resources: Resources = Field(
        default=Resources(requests=ResourceAmounts(cpu="10m", memory="32Mi"), limits=ResourceAmounts(memory="128Mi")),
        description="Default: requests 10m CPU and 32Mi, limit 128Mi of memory.",
    )


class Probe(Settings):
    """A check of a container: an HTTP path, a command, or else whether a port takes connections."""

    path: UrlPath | None = Field(default=None, description="Path that answers 200 to 399 over HTTP. Default: unset.")
    command: tuple[str, ...] = Field(default=(), description="Program that ends with 0. Default: unset.")
    port: PortName | None = Field(default=None, description="Name of the port. Default: the first of ports.")
    initial_delay_seconds: int = Field(default=0, ge=0, le=3600, description="Wait before the first check. Default: 0.")
    period_seconds: int = Field(default=10, ge=1, le=3600, description="How often it is checked. Default: 10.")
    timeout_seconds: int = Field(default=2, ge=1, le=300, description="How long an answer may take. Default: 2.")
    failure_threshold: int = Field(default=3, ge=1, le=1000, description="Failures in a row that count. Default: 3.")

    def problems(self) -> Iterator[Problem]:
        """Yield two checks in one."""
        if self.command and (self.path is not None or self.port is not None):
            yield Problem(("command",), "is a check already; give either command, or path and port")


class Probes(Settings):
    """When a replica gets requests, and when its container is restarted."""

    startup: Probe | None = Field(
        default=None, description="Until it succeeds, the others wait; for slow starts. Default: none."
    )
    readiness: Probe | None = Field(
        default=None, description="While it fails, the replica gets no requests. Default: none."
    )
    liveness: Probe | None = Field(default=None, description="When it fails, the container restarts. Default: none.")


class Security(Settings):
    """The user of the containers, and the Pod Security Standard that they meet."""

    pod_security: Literal["restricted", "baseline"] = Field(
        default="restricted",
        description="Pod Security Standard of the pods and, if no other workload there needs less, of the namespace. "
        "`baseline` is for images that must run as root. Default: restricted.",
    )
    run_as_user: User | None = Field(
        default=65532,
        description="User and group id of the processes; null takes the image's. Default: 65532, distroless' nonroot.",
    )
    fs_group: User = Field(default=65532, description="Group that volumes belong to. Default: 65532.")
    read_only_root_filesystem: bool = Field(
        default=True, description="Let containers write to their volumes and /tmp only. Default: true."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield root where the standard does not let it in."""
        if self.run_as_user == 0 and self.pod_security == "restricted":
            yield Problem(("run_as_user",), "0 is root, which needs pod_security baseline")
