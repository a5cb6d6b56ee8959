"""Settings of Karpenter's node pools: which nodes it may make, how many, and when it takes them away.

https://karpenter.sh/docs/concepts/nodepools/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, JsonValue

from config.cluster.instance_types import InstanceType, architecture_of
from config.cluster.node_groups import Taint
from config.core.languages.cron import Cron
from config.core.settings import Problem, Settings, unique
from config.core.types import KubernetesName, LabelKey, LabelValue, Quantity, Zone, text

if TYPE_CHECKING:
    from collections.abc import Iterator

# Patterns of the CRD: https://github.com/aws/karpenter-provider-aws/blob/main/pkg/apis/crds/karpenter.sh_nodepools.yaml
KarpenterDuration = Annotated[str, *text(r"(?:\d+[smh])+", "a duration like 30s, 5m or 720h")]
DurationOrNever = Annotated[str, *text(r"(?:\d+[smh])+|Never", "a duration like 5m or 720h, or Never")]
OWN_SETTINGS: Final = {
    "karpenter.sh/capacity-type": "capacity_types",
    "kubernetes.io/arch": "architectures",
    "node.kubernetes.io/instance-type": "instance_types",
    "topology.kubernetes.io/zone": "zones",
}
"""Labels by which nodes are chosen that have a setting of their own."""
CHOSEN_BY_KARPENTER: Final = ("karpenter.sh/nodepool", "kubernetes.io/hostname")


class Requirement(Settings):
    """A label that nodes have, and its values."""

    key: LabelKey = Field(description="Label, e.g. karpenter.k8s.aws/instance-family.")
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte", "Lte"] = Field(
        default="In", description="How values are compared. Default: In."
    )
    values: tuple[LabelValue, ...] = Field(default=(), description="Values of the label. Default: none.")
    min_values: Annotated[int, Field(ge=1, le=50)] | None = Field(
        default=None, description="Fewest different values that Karpenter has to choose among. Default: unset."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield what the CRD refuses."""
        if self.key in OWN_SETTINGS:
            yield Problem(("key",), f"has a setting of its own: {OWN_SETTINGS[self.key]}")
        if self.key in CHOSEN_BY_KARPENTER:
            yield Problem(("key",), "is set by Karpenter itself")
        if self.operator in ("In", "NotIn") and not self.values:
            yield Problem(("values",), f"is empty; operator {self.operator} needs some")
        elif self.operator in ("Exists", "DoesNotExist") and self.values:
            yield Problem(("values",), f"cannot be used with operator {self.operator}")
        elif self.operator in ("Gt", "Lt", "Gte", "Lte") and not (len(self.values) == 1 and self.values[0].isdigit()):
            yield Problem(("values",), f"operator {self.operator} takes one whole number, in quotes")


class DisruptionBudget(Settings):
    """How many nodes of a pool Karpenter may remove at once."""

    nodes: Annotated[str, *text(r"(?:100|[0-9]{1,2})%|[0-9]+", 'a number or a percentage of nodes like "10%"')] = Field(
        default="10%", description="Number or percentage of the pool's nodes, in quotes. Default: 10%."
    )
    schedule: Cron | None = Field(
        default=None, description="When the budget begins to count, as a time of cron in UTC. Default: always."
    )
    duration: (
        Annotated[str, *text(r"\d+h\d+m|\d+[hm]", "a duration of hours and minutes like 8h, 30m or 1h30m")] | None
    ) = Field(default=None, description="For how long it then counts, e.g. 8h. Default: always.")
    reasons: tuple[Literal["Underutilized", "Empty", "Drifted"], ...] = Field(
        default=(), description="What it limits. Default: everything."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield half of a time."""
        if (self.schedule is None) != (self.duration is None):
            yield Problem((), "give both schedule and duration, or neither")
        yield from unique("reasons", self.reasons)


class Limits(Settings):
    """What the nodes of a pool have at most, all together."""

    cpu: Quantity | None = Field(default="100", description="CPUs, in quotes. Default: 100.")
    memory: Quantity | None = Field(default=None, description="Memory, e.g. 400Gi. Default: no limit.")
    nodes: Annotated[int, Field(ge=1)] | None = Field(default=None, description="Nodes. Default: no limit.")


class NodePool(Settings):
    """Nodes that Karpenter makes for pods without room."""

    node_class: KubernetesName = Field(
        default="default", description="One of node_classes: image, volume and network. Default: default."
    )
    capacity_types: tuple[Literal["on-demand", "spot", "reserved"], ...] = Field(
        default=("on-demand",),
        min_length=1,
        description="What Karpenter may buy; spot nodes are cheaper and can be taken away at two minutes' notice. "
        "Default: on-demand.",
    )
    architectures: tuple[Literal["amd64", "arm64"], ...] = Field(
        default=("amd64",), min_length=1, description="Architectures of the nodes. Default: amd64."
    )
    instance_categories: tuple[Annotated[str, *text(r"[a-z]+", "a category of instances like m")], ...] = Field(
        default=("c", "m", "r"), description="Categories of instance types, by their letters. Default: c, m, r."
    )
    oldest_instance_generation: int = Field(
        default=3, ge=1, le=99, description="Oldest generation of them: 3 stands for m3 and newer. Default: 3."
    )
    instance_types: tuple[InstanceType, ...] = Field(
        default=(), description="These types alone, in place of categories and generation. Default: all of those."
    )
    zones: tuple[Zone, ...] = Field(default=(), description="Zones of the nodes. Default: those of the subnets.")
    requirements: tuple[Requirement, ...] = Field(
        default=(), max_length=90, description="Further labels by which nodes are chosen. Default: none."
    )
    labels: dict[LabelKey, LabelValue] = Field(default={}, description="Labels of the nodes. Default: none.")
    taints: tuple[Taint, ...] = Field(default=(), description="Taints of the nodes. Default: none.")
    startup_taints: tuple[Taint, ...] = Field(
        default=(), description="Taints that something else removes once a node is ready. Default: none."
    )
    limits: Limits = Field(
        default=Limits(), description="What the nodes have at most; without a limit a mistake costs without one, too."
    )
    weight: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="The pool with the highest is used first, 1 to 100. Default: unset, the lowest."
    )
    expire_after: DurationOrNever = Field(
        default="720h", description="Age at which a node is replaced, so that none gets old. Default: 720h, 30 days."
    )
    termination_grace_period: KarpenterDuration | None = Field(
        default=None,
        description="How long a node drains before its pods are ended whatever protects them. Default: no limit.",
    )
    consolidation_policy: Literal["WhenEmpty", "WhenEmptyOrUnderutilized", "Balanced"] = Field(
        default="WhenEmptyOrUnderutilized",
        description="Which nodes are taken away or replaced by cheaper ones. Default: WhenEmptyOrUnderutilized.",
    )
    consolidate_after: DurationOrNever = Field(
        default="1m", description="How long no pod came to a node or went before that. Default: 1m."
    )
    disruption_budgets: tuple[DisruptionBudget, ...] = Field(
        default=(DisruptionBudget(),),
        max_length=50,
        description="How many nodes at once are taken away; the lowest that counts. Default: 10% of them.",
    )
    spec: dict[str, JsonValue] = Field(
        default={}, description="Further fields of the NodePool's `spec`, which win over the settings. Default: none."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield nodes that could never be made."""
        for field in ("capacity_types", "architectures", "instance_categories", "instance_types", "zones"):
            yield from unique(field, getattr(self, field))
        if not self.instance_types and not self.instance_categories:
            yield Problem(("instance_categories",), "is empty, and so is instance_types; no node could be made")
        for field in ("instance_categories", "oldest_instance_generation"):
            if self.instance_types and field in self.model_fields_set:
                yield Problem((field,), "has no effect together with instance_types")
        for position, instance_type in enumerate(self.instance_types):
            architecture = {"x86_64": "amd64", "arm64": "arm64"}[architecture_of(instance_type)]
            if architecture not in self.architectures:
                yield Problem(
                    ("instance_types", position), f"{instance_type} is {architecture}, architectures lacks it"
                )
        for key in self.labels:
            if key in OWN_SETTINGS or key in CHOSEN_BY_KARPENTER or key.partition("/")[0].endswith("karpenter.sh"):
                yield Problem(("labels", key), "is set by Karpenter itself")
