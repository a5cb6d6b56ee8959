"""The settings that keep what exists as it is, each with the better value and the way to it.

A setting is written only where the environment says something else. What has no setting and would be replaced for it
is found afterwards, when the stacks are compared with the states.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from adoption.reading.objects import vpc_of_cluster

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adoption.reading.state_model import StateObject
    from config.environment import Environment


@dataclass(frozen=True)
class Setting:
    """A setting to write or to take out, and what a person should know about it."""

    path: tuple[str, ...]
    value: Any
    comment: str
    is_removed: bool = False


@dataclass
class Kept:
    """Settings to write, the values of the release, what to know, and what could not be decided.

    `secrets` are the paths of values that look like secrets; those values are in `secret_values`, and in no file.
    """

    settings: list[Setting] = field(default_factory=list)
    release_values: dict[str, Any] | None = None
    secrets: tuple[str, ...] = ()
    secret_values: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)


@dataclass
class Existing:
    """What exists, the environment that takes it over, and what was decided to keep so far.

    `pins` are import ids that a person chose, by stack and path of the construct; `refused` are settings that the
    rules of the settings do not permit: overrides keep what they would have kept. `not_secret` are values of the
    release that the user permits in a file.
    """

    environment: Environment
    objects: Sequence[StateObject]
    pins: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    refused: frozenset[tuple[str, ...]] = frozenset()
    not_secret: frozenset[str] = frozenset()
    kept: Kept = field(default_factory=Kept)

    def all(self, type_: str) -> list[StateObject]:
        """Return the objects of a type."""
        return [one for one in self.objects if one.type == type_]

    def cluster(self) -> StateObject | None:
        """Return the cluster of the environment's name."""
        name = self.pin("cluster", "eks/this") or self.environment.cluster_name
        return only([one for one in self.all("aws_eks_cluster") if one.attributes["name"] == name])

    def pin(self, stack: str, path: str) -> str | None:
        """Return the import id that a person chose for a construct."""
        return self.pins.get(stack, {}).get(path)

    def vpc(self) -> StateObject | None:
        """Return the VPC of the cluster; without a cluster the only VPC, or that of the environment's block."""
        vpcs, network = self.all("aws_vpc"), self.environment.network
        wanted = self.pin("network", "vpc/this") or vpc_of_cluster(self.cluster(), self.objects)
        if wanted is not None:
            return only([vpc for vpc in vpcs if vpc.attributes["id"] == wanted])
        if len(vpcs) == 1:
            return vpcs[0]
        block = None if network is None else str(network.vpc_cidr)
        return only([vpc for vpc in vpcs if vpc.attributes["cidr_block"] == block])

    def keep(self, path: str | tuple[str, ...], value: Any, comment: str) -> None:  # noqa: ANN401 - any setting
        """Write a setting, unless the environment has that value already; None is not known, and nothing to keep."""
        parts = tuple(path.split(".")) if isinstance(path, str) else path
        if value is not None and parts not in self.refused:
            self._write(parts, value, comment)

    def drop(self, path: str, comment: str) -> None:
        """Take a setting out of the environment file, so that its default counts."""
        self._write(tuple(path.split(".")), None, comment, is_removed=True)

    def _write(self, parts: tuple[str, ...], value: Any, comment: str, *, is_removed: bool = False) -> None:  # noqa: ANN401 - any setting
        current: Any = self.environment
        for part in parts:
            current = current.get(part) if isinstance(current, dict) else getattr(current, part, None)
        if bool(current) if is_removed else _plain(current) != _plain(value):
            self.kept.settings.append(Setting(parts, value, comment, is_removed))

    def keep_name(self, path: str, arn: str | None, usual: str, comment: str) -> None:
        """Write the name of a role, unless it is the usual one."""
        name = (arn or "").rpartition("/")[2]
        if name == usual:
            self.drop(path, comment)
        elif name:
            self.keep(path, name, comment)

    def say(self, problem: str) -> None:
        """Note what a person has to decide."""
        self.kept.undecided.append(problem)


def only(found: list[StateObject]) -> StateObject | None:
    """Return the only object, None if there are none or several."""
    return found[0] if len(found) == 1 else None


def is_of(one: StateObject, cluster: StateObject) -> bool:
    """Whether an object is a part of a cluster."""
    return bool(one.attributes["cluster_name"] == cluster.attributes["name"])


def _plain(value: Any) -> Any:  # noqa: ANN401 - any setting
    return json.loads(json.dumps(value, default=_plain_object, sort_keys=True))


def _plain_object(value: Any) -> Any:  # noqa: ANN401 - any setting
    return value.model_dump(mode="json", exclude_defaults=True) if isinstance(value, BaseModel) else str(value)
