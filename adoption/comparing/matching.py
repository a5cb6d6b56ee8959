"""Finds the existing object of each resource of the stacks, by its type and identity, and reports where it finds two.

What refers to an object identifies it: the NAT gateway its address, the associations their route table, the
cluster its role. Where nothing refers to it, what AWS and Kubernetes distinguish objects of a type by does.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from adoption.comparing.stack_resources import UNKNOWN, Unknown, at
from adoption.provider.comparison import TOLD_BY_USE
from adoption.reading.objects import vpc_of_cluster
from adoption.reading.state_model import StateObject
from config.core.resource_kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from adoption.comparing.stack_resources import Resource, Stacks

NO_STATE: Final = "no state"


@dataclass(frozen=True)
class Match:
    """A resource of the stacks, and the object that it takes over."""

    resource: Resource
    object: StateObject

    @property
    def import_id(self) -> str:
        """The id by which Terraform imports the object."""
        return import_id_of(self.object.attributes, self.resource.type)


@dataclass
class Matches:
    """What was found, and what was found more than once."""

    found: list[Match] = field(default_factory=list)
    ambiguous: dict[str, list[str]] = field(default_factory=dict)


def import_id_of(attributes: Mapping[str, Any], type_: str) -> str:
    """Return the id by which Terraform imports an object of a type."""
    return re.sub(r"\{([\w.]+)\}", lambda part: str(at(attributes, part[1])), KINDS[type_].import_id)


def match(stacks: Stacks, objects: Iterable[StateObject], pinned: Mapping[str, Mapping[str, str]]) -> Matches:
    """Find the object of each resource; `pinned` are import ids that a person chose, by stack and path."""
    return _Search(stacks, objects, pinned).run()


class _Search:
    def __init__(self, stacks: Stacks, objects: Iterable[StateObject], pinned: Mapping[str, Mapping[str, str]]) -> None:
        self.stacks = stacks
        self.by_type: dict[str, list[StateObject]] = defaultdict(list)
        for one in objects:
            self.by_type[one.type].append(one)
        self.open = [resource for resource in stacks.resources() if resource.type in KINDS]
        self.pinned = pinned
        self.matches = Matches()
        self.taken: set[tuple[str, str]] = set()
        self.indexes: dict[tuple[str, str], Mapping[str, list[StateObject]]] = {}

    def run(self) -> Matches:
        for resource in tuple(self.open):
            wanted = self.pinned.get(resource.stack, {}).get(resource.path)
            if wanted is not None:
                self._settle(resource, self._with_import_id(resource.type, wanted))
        while self._step() or self._take_used():
            pass
        self._note_ambiguous()
        return self.matches

    def _with_import_id(self, type_: str, wanted: str) -> list[StateObject]:
        return [one for one in self.by_type[type_] if import_id_of(one.attributes, type_) == wanted]

    def _step(self) -> bool:
        """Settle whatever can be: first by use, then by identity, last what is better identified by use."""
        usual = [resource for resource in self.open if resource.type not in TOLD_BY_USE]
        return (
            self._settle_each(tuple(self.open), self._by_use)
            or self._settle_each(usual, self._by_identity)
            or self._settle_each(tuple(self.open), self._by_identity)
        )

    def _settle_each(self, resources: Iterable[Resource], candidates: Callable[[Resource], list[StateObject]]) -> bool:
        return sum(self._settle(resource, candidates(resource)) for resource in resources) > 0

    def _settle(self, resource: Resource, candidates: list[StateObject]) -> bool:
        # What one resource took is no other's: two imports of one object would be two owners.
        key = (resource.type, import_id_of(candidates[0].attributes, resource.type)) if len(candidates) == 1 else None
        if key is None or key in self.taken:
            return False
        self.taken.add(key)
        self.open.remove(resource)
        self.matches.found.append(Match(resource, candidates[0]))
        self.stacks.know(resource, candidates[0].attributes)
        return True

    def _by_use(self, resource: Resource) -> list[StateObject]:
        uses = set(self._uses(resource))
        if not uses:
            return []
        return self._having(resource.type, tuple(uses))

    def _take_used(self) -> bool:
        """Take over objects that no state has, where what refers to them determines their import id."""
        for resource in tuple(self.open):
            uses = set(self._uses(resource))
            if len(uses) != 1 or self._by_use(resource):
                continue
            attribute, value = next(iter(uses))
            attributes = {attribute: value, **({"name": value.rpartition("/")[2]} if attribute == "arn" else {})}
            needed = re.findall(r"\{([\w.]+)\}", KINDS[resource.type].import_id)
            if all(key in attributes for key in needed):
                self._settle(resource, [StateObject(NO_STATE, f"{resource.type} {value}", resource.type, attributes)])
                return True
        return False

    def _uses(self, resource: Resource) -> Iterator[tuple[str, str]]:
        """Yield attribute and value by which objects that were found refer to this one."""
        for found in self.matches.found:
            for path, value in _leaves(found.resource.arguments()):
                target = self.stacks.target(found.resource.stack, value)
                if target is None or (target[0].stack, target[0].logical_id) != (resource.stack, resource.logical_id):
                    continue
                actual = at(found.object.attributes, path)
                if isinstance(actual, str) and actual:
                    yield target[1], actual

    def _by_identity(self, resource: Resource) -> list[StateObject]:
        if resource.type == "aws_vpc":
            return self._vpcs(resource)
        identity = KINDS[resource.type].identity
        if not identity:
            return []
        wanted = {key: self._configured(resource, key) for key in identity}
        if any(isinstance(value, Unknown) or value is None for value in wanted.values()):
            return []
        return self._having(resource.type, tuple(wanted.items()))

    def _having(self, type_: str, wanted: Sequence[tuple[str, Any]]) -> list[StateObject]:
        """Return the objects of a type that have all of these values, each of a path of attributes."""
        if not all(isinstance(value, str) for _, value in wanted):
            return []
        found = [self._index(type_, path).get(_bare(value), []) for path, value in wanted]
        fewest = min(found, key=len)
        return [one for one in fewest if all(_same_name(at(one.attributes, path), value) for path, value in wanted)]

    def _index(self, type_: str, path: str) -> Mapping[str, list[StateObject]]:
        """Return the objects of a type by a value: a state may have tens of thousands."""
        if (type_, path) not in self.indexes:
            index: dict[str, list[StateObject]] = defaultdict(list)
            for one in self.by_type[type_]:
                value = at(one.attributes, path)
                if isinstance(value, str):
                    index[_bare(value)].append(one)
            self.indexes[type_, path] = dict(index)
        return self.indexes[type_, path]

    def _configured(self, resource: Resource, key: str) -> Any:  # noqa: ANN401 - any JSON value
        if (resource.type, key) == ("aws_eks_node_group", "node_group_name"):
            # A group that exists has the name of the settings, without the hash of those that this project makes.
            return resource.path.partition("/")[0].removeprefix("node-group-")
        value = at(resource.arguments(), key)
        return UNKNOWN if value is None else self.stacks.value(resource.stack, value)

    def _vpcs(self, resource: Resource) -> list[StateObject]:
        """Return the VPC of the cluster; without a cluster, those of the environment's block."""
        clusters = [found.object for found in self.matches.found if found.resource.type == "aws_eks_cluster"]
        networked = [*self.by_type["aws_subnet"], *self.by_type["aws_security_group"]]
        ids = {vpc_of_cluster(cluster, networked) for cluster in clusters}
        if ids:
            return [vpc for vpc in self.by_type["aws_vpc"] if vpc.attributes.get("id") in ids]
        if any(open_.type == "aws_eks_cluster" and self._by_identity(open_) for open_ in self.open):
            return []
        block = resource.config["cidr_block"]
        return [vpc for vpc in self.by_type["aws_vpc"] if vpc.attributes.get("cidr_block") == block]

    def _note_ambiguous(self) -> None:
        for resource in self.open:
            candidates = self._by_use(resource) or self._by_identity(resource)
            if len(candidates) > 1:
                self.matches.ambiguous[str(resource)] = [
                    f"{import_id_of(one.attributes, one.type)} ({one})" for one in candidates
                ]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _leaves(item, f"{path}[{position}]")
    else:
        yield path, value


def _same_name(one: Any, other: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Compare names; AWS gives the URL of an OIDC provider with or without its scheme."""
    return isinstance(one, str) and isinstance(other, str) and _bare(one) == _bare(other)


def _bare(name: str) -> str:
    return name.removeprefix("https://")
