"""Objects that a plan creates although they exist: left by a deploy that was killed before it wrote its state.

AWS and Kubernetes answer such a create with "already exists". What the object is called is in the plan, so that an
`import` block can take it over: with the id that the provider documents for its type, or with one that a data source
finds. https://developer.hashicorp.com/terraform/language/import
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from config.core.files.tokens import literal
from config.core.files.written_files import write_whole
from config.core.resource_kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from operations.terraform.events import Diagnostic

_KEY_OF_A_CLUSTER: Final = "encryption_config.provider.key_arn"
IMPORTS_FILE: Final = "import-existing.tf.json"

_EXISTS: Final = re.compile(
    r"already[ _]?exists|AlreadyExists|already ?associated|already in use on this cluster|AlreadyOwnedByYou"
    r"|\.Duplicate\b|InvalidSubnet\.Conflict|conflicts with another subnet|cannot reuse a name that is still in use",
    re.IGNORECASE,
)
_EKS_LOG_GROUP: Final = re.compile(r"/aws/eks/[^/]+/cluster")
_VALUE: Final = re.compile(r"\{([\w.]+)\}")
# An id that only the answer names.
_IDS_IN_ANSWERS: Final = {
    "aws_eks_pod_identity_association": (re.compile(r"\b(a-[0-9a-z]+)\b"), "{cluster_name},<found>"),
}


@dataclass(frozen=True)
class Lookup:
    """A data source that finds an object by what identifies it, and the attribute that is its import id."""

    data: str
    arguments: Mapping[str, str]
    id: str = "id"
    filters: Mapping[str, str] = field(default_factory=dict)


LOOKUPS: Final = {
    "aws_subnet": Lookup("aws_subnet", {"vpc_id": "vpc_id", "cidr_block": "cidr_block"}),
    "aws_security_group": Lookup("aws_security_group", {"vpc_id": "vpc_id", "name": "name"}),
    "aws_vpc_endpoint": Lookup("aws_vpc_endpoint", {"vpc_id": "vpc_id", "service_name": "service_name"}),
    "aws_internet_gateway": Lookup(
        "aws_internet_gateway", {}, "internet_gateway_id", filters={"attachment.vpc-id": "vpc_id"}
    ),
    "aws_nat_gateway": Lookup("aws_nat_gateway", {"subnet_id": "subnet_id"}),
    "aws_launch_template": Lookup("aws_launch_template", {"name": "name"}),
    "aws_iam_openid_connect_provider": Lookup("aws_iam_openid_connect_provider", {"url": "url"}, "arn"),
    "aws_iam_policy": Lookup("aws_iam_policy", {"name": "name"}, "arn"),
    "aws_sns_topic": Lookup("aws_sns_topic", {"name": "name"}, "arn"),
}


@dataclass(frozen=True)
class Existing:
    """An object that a plan would create: the resource's address, and how it is imported.

    Attributes:
        import_id: The id, or where a data source finds it.
        lookup: The data source, and what it is given.

    """

    address: str
    import_id: str
    lookup: tuple[str, dict[str, Any]] | None = None

    def __str__(self) -> str:
        if self.lookup is None:
            return f"{self.address} ({self.import_id})"
        kind, arguments = self.lookup
        return f"{self.address} ({kind} of {json.dumps(arguments, sort_keys=True)})"


def says_that_something_exists(diagnostics: Iterable[Diagnostic]) -> bool:
    """Return whether an error of a resource is that its object is there."""
    return any(map(_is_about_existing, diagnostics))


def _is_about_existing(diagnostic: Diagnostic) -> bool:
    said = f"{diagnostic.summary}\n{diagnostic.detail}"
    return diagnostic.severity == "error" and bool(diagnostic.address) and _EXISTS.search(said) is not None


def existing_objects(diagnostics: Iterable[Diagnostic], plan: Mapping[str, Any]) -> tuple[Existing, ...]:
    """Return the objects that errors call existing, as far as the plan that would create them says which they are.

    `plan` is what `terraform show -json` prints of it.
    """
    changes = plan.get("resource_changes", ())
    created = {change["address"]: change for change in changes if change["change"]["actions"] == ["create"]}
    found: dict[str, Existing] = {}
    for diagnostic in diagnostics:
        said = f"{diagnostic.summary}\n{diagnostic.detail}"
        change = created.get(diagnostic.address)
        if change is None or not _is_about_existing(diagnostic):
            continue
        existing = _existing(diagnostic.address, change["type"], change["change"]["after"] or {}, said)
        if existing is not None:
            found[diagnostic.address] = existing
    return tuple(found.values())


@dataclass(frozen=True)
class EarlierKey:
    """The key that encrypts a cluster which is imported, where the stack has made another one since."""

    key: Existing
    made_since: str


def earlier_key(plan: Mapping[str, Any]) -> EarlierKey | None:
    """Return the key of a cluster that a plan imports, where it is not the stack's: EKS never takes another one.

    https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html
    """
    changes = plan.get("resource_changes", ())
    keys = {str((one["change"]["before"] or {}).get("arn")): one for one in changes if one["type"] == "aws_kms_key"}
    for cluster in changes:
        if cluster["type"] != "aws_eks_cluster" or not cluster["change"].get("importing"):
            continue
        before, after = (_value(cluster["change"][side] or {}, _KEY_OF_A_CLUSTER) for side in ("before", "after"))
        made = keys.get(str(after))
        if isinstance(before, str) and before != after and made is not None:
            key_id = before.rpartition("/")[2]
            return EarlierKey(Existing(made["address"], key_id), made["change"]["before"]["key_id"])
    return None


def import_existing(folder: Path, objects: Iterable[Existing]) -> None:
    """Write the import blocks of objects into the folder of a stack, next to those of earlier calls."""
    path = folder / IMPORTS_FILE
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"import": []}
    for one in objects:
        id_ = literal(one.import_id)
        if one.lookup is not None:
            kind, arguments = one.lookup
            name = f"existing_{len(content['import'])}"
            content.setdefault("data", {}).setdefault(kind, {})[name] = _literals(arguments)
            id_ = f"${{data.{kind}.{name}.{one.import_id}}}"
        content["import"].append({"to": one.address, "id": id_})
    write_whole(path, json.dumps(content, indent=2, sort_keys=True))


def _existing(address: str, type_: str, values: Mapping[str, Any], said: str) -> Existing | None:
    lookup = LOOKUPS.get(type_)
    if lookup is not None:
        arguments: dict[str, Any] = {key: _value(values, path) for key, path in lookup.arguments.items()}
        filters = [{"name": name, "values": [_value(values, path)]} for name, path in lookup.filters.items()]
        arguments |= {"filter": filters} if filters else {}
        is_known = all(_value(values, path) for path in (*lookup.arguments.values(), *lookup.filters.values()))
        return Existing(address, lookup.id, (lookup.data, arguments)) if is_known else None
    if type_ in _IDS_IN_ANSWERS:
        pattern, form = _IDS_IN_ANSWERS[type_]
        answer = pattern.search(said)
        id_ = None if answer is None else _filled(form.replace("<found>", answer[1]), values)
    else:
        id_ = _filled(KINDS[type_].import_id, values) if type_ in KINDS else None
    return None if id_ is None else Existing(address, id_)


def _filled(form: str, values: Mapping[str, Any]) -> str | None:
    """Return an import id; None where the plan does not know all of it yet."""
    needed = {path: _value(values, path) for path in _VALUE.findall(form)}
    if not needed or not all(isinstance(value, str) and value for value in needed.values()):
        return None
    return _VALUE.sub(lambda part: str(needed[part[1]]), form)


def _value(values: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 (whatever a resource has)
    value: Any = values
    for key in path.split("."):
        if isinstance(value, list):
            value = value[0] if value else None
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _literals(value: Any) -> Any:  # noqa: ANN401 (as above)
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, list):
        return [_literals(item) for item in value]
    return {key: _literals(item) for key, item in value.items()} if isinstance(value, dict) else value


def is_written_by_eks(one: Existing) -> bool:
    """Return whether an object is the log group of a cluster, which EKS writes once more after the cluster is deleted.

    https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html
    """
    return one.address.startswith("aws_cloudwatch_log_group.") and _EKS_LOG_GROUP.fullmatch(one.import_id) is not None


def advice(objects: Iterable[Existing]) -> str:
    """Return what to say of objects that exist: which they are, and how to import them."""
    listed = ", ".join(map(str, objects))
    return (
        f"This exists already, left by a killed deploy or created elsewhere: {listed}. "
        "If it is this environment's, deploy again with --adopt-existing: that imports it"
    )
