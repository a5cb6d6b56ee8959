"""The settings that keep what exists as it is, each with the better value and the way to it.

A setting is written only where the environment says something else. What has no setting and would be replaced for it
is found afterwards, when the stacks are compared with the states.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adoption.objects import first

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adoption.states import StateObject
    from config.environment import Environment


@dataclass(frozen=True)
class Setting:
    """A setting to write, and what a person should know about it."""

    path: tuple[str, ...]
    value: Any
    comment: str


@dataclass
class Kept:
    """Settings to write, the whole values of the release, and what could not be decided."""

    settings: list[Setting] = field(default_factory=list)
    release_values: dict[str, Any] | None = None
    undecided: list[str] = field(default_factory=list)


@dataclass
class Existing:
    """What exists, the environment that takes it over, and what was decided to keep so far."""

    environment: Environment
    objects: Sequence[StateObject]
    kept: Kept = field(default_factory=Kept)

    def all(self, type_: str) -> list[StateObject]:
        """Return the objects of a type."""
        return [one for one in self.objects if one.type == type_]

    def cluster(self) -> StateObject | None:
        """Return the cluster of the environment's name."""
        name = self.environment.cluster_name
        return only([one for one in self.all("aws_eks_cluster") if one.attributes["name"] == name])

    def vpc(self) -> StateObject | None:
        """Return the VPC of the cluster; without a cluster the only VPC, or that of the environment's block."""
        vpcs, cluster, network = self.all("aws_vpc"), self.cluster(), self.environment.network
        if cluster is not None:
            of_cluster = first(cluster.attributes.get("vpc_config")).get("vpc_id")
            return only([vpc for vpc in vpcs if vpc.attributes["id"] == of_cluster])
        if len(vpcs) == 1:
            return vpcs[0]
        block = None if network is None else str(network.vpc_cidr)
        return only([vpc for vpc in vpcs if vpc.attributes["cidr_block"] == block])

    def keep(self, path: str | tuple[str, ...], value: Any, comment: str) -> None:  # noqa: ANN401 - any setting
        """Write a setting, unless the environment has that value already."""
        parts = tuple(path.split(".")) if isinstance(path, str) else path
        current: Any = self.environment
        for part in parts:
            current = current.get(part) if isinstance(current, dict) else getattr(current, part, None)
        if _plain(current) != _plain(value):
            self.kept.settings.append(Setting(parts, value, comment))

    def keep_name(self, path: str, arn: str, usual: str, comment: str) -> None:
        """Write the name of a role, unless it is the usual one."""
        name = arn.rpartition("/")[2]
        self.keep(path, None if name == usual else name, comment)

    def say(self, problem: str) -> None:
        """Note what a person has to decide."""
        self.kept.undecided.append(problem)


def only(found: list[StateObject]) -> StateObject | None:
    """Return the only object, None if there are none or several."""
    return found[0] if len(found) == 1 else None


def _plain(value: Any) -> Any:  # noqa: ANN401 - any setting
    return json.loads(json.dumps(value, default=str, sort_keys=True))
