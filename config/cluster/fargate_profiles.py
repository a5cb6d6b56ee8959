"""Settings of Fargate profiles: pods that run without nodes of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from config.core.settings import Settings, unique
from config.core.types import LabelKey, LabelValue, Zone, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.core.settings import Problem

# https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateFargateProfile.html
ProfileName = Annotated[
    str, *text(r"[0-9A-Za-z][A-Za-z0-9_-]*", "the name of a Fargate profile (letters, digits, _ and -)", max_length=63)
]
# https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html#fargate-profile-wildcards
NamespacePattern = Annotated[
    str, *text(r"[a-z0-9*?](?:[-a-z0-9*?]*[a-z0-9*?])?", "a namespace, with * and ? as wildcards", max_length=63)
]


class FargateSelector(Settings):
    """Pods of a namespace that have some labels."""

    namespace: NamespacePattern = Field(description="Namespace; * stands for any characters, ? for one.")
    labels: dict[LabelKey, LabelValue] = Field(
        default={}, max_length=5, description="Labels that a pod must have, at most 5. Default: none."
    )


class FargateProfile(Settings):
    """A Fargate profile; another selector or zone replaces it, while pods that run stay."""

    selectors: tuple[FargateSelector, ...] = Field(
        min_length=1, max_length=5, description="Which pods run on Fargate, 1 to 5; one that fits is enough."
    )
    zones: tuple[Zone, ...] = Field(
        default=(), description="Zones of the pods, some of network.zones. Default: all that the network has."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield a zone that is listed twice."""
        yield from unique("zones", self.zones)
