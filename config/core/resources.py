"""Settings that every workload of the monitoring stack shares: resources, volumes, placement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, JsonValue

from config.core import aws
from config.core.settings import Problem, Settings
from config.core.types import LabelKey, LabelValue, Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

VolumeGib = Annotated[int, Field(ge=aws.GP3_GIB[0], le=aws.GP3_GIB[1])]


class ResourceAmounts(Settings):
    """CPU and memory."""

    cpu: Quantity | None = Field(default=None, description="CPU, e.g. 500m. Default: unset.")
    memory: Quantity | None = Field(default=None, description="Memory, e.g. 512Mi. Default: unset.")


class Resources(Settings):
    """What a container asks for and what it may use at most."""

    requests: ResourceAmounts = Field(default=ResourceAmounts(), description="What the scheduler reserves.")
    limits: ResourceAmounts = Field(default=ResourceAmounts(), description="What the container may use at most.")

    def values(self) -> dict[str, JsonValue]:
        """Return the resources in Kubernetes' form."""
        return self.model_dump(mode="json", exclude_none=True)


def resources(cpu: str, memory: str, memory_limit: str, *, of: str = "") -> Any:  # noqa: ANN401 (the type is the field's)
    """Declare the setting for the resources of a container: its requests, and its limit of memory."""
    return Field(
        default=Resources(
            requests=ResourceAmounts(cpu=cpu, memory=memory), limits=ResourceAmounts(memory=memory_limit)
        ),
        description=f"{of}Default: requests {cpu} CPU and {memory}, limit {memory_limit} of memory.",
    )


class Toleration(Settings):
    """A taint that pods put up with."""

    key: LabelKey | None = Field(
        default=None, description="Key of the taint. Default: every key, with operator Exists."
    )
    operator: Literal["Equal", "Exists"] = Field(
        default="Equal", description="How the taint is compared. Default: Equal."
    )
    value: LabelValue | None = Field(
        default=None, description="Value of the taint, with operator Equal. Default: unset."
    )
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = Field(
        default=None, description="Effect of the taint. Default: every effect."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield what the Kubernetes API refuses."""
        if self.operator == "Exists" and self.value is not None:
            yield Problem(("value",), "requires operator Equal, not Exists")
        if self.operator == "Equal" and self.key is None:
            yield Problem(("key",), "is needed with operator Equal")


class Placement(Settings):
    """On which nodes the pods of the release run; node-exporter runs on every node."""

    node_selector: dict[LabelKey, LabelValue] = Field(
        default={}, description="Labels that the nodes have. Default: none."
    )
    tolerations: tuple[Toleration, ...] = Field(
        default=(), description="Taints that the pods put up with. Default: none."
    )

    def values(self) -> dict[str, JsonValue]:
        """Return the node selector and the tolerations under the keys that pods and most charts have for them."""
        values: dict[str, JsonValue] = {}
        if self.node_selector:
            values["nodeSelector"] = dict(self.node_selector)
        if self.tolerations:
            values["tolerations"] = [
                toleration.model_dump(mode="json", exclude_none=True) for toleration in self.tolerations
            ]
        return values
