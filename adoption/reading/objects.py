"""What exists according to the states, one object for each resource type that this project writes separately.

Older modules put routes into route tables, policies into roles and settings into buckets; the newer types of the AWS
provider are objects of their own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from adoption.reading.state_model import KUBERNETES_TYPES, Attributes, StateObject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from adoption.reading.state_model import UnitState


def first(value: Any) -> dict[str, Any]:  # noqa: ANN401 - blocks are lists in a state
    """Return the first element of a block, an empty mapping if there is none."""
    if isinstance(value, list):
        value = value[0] if value else {}
    return value if isinstance(value, dict) else {}


def vpc_of_cluster(cluster: StateObject | None, objects: Iterable[StateObject]) -> str | None:
    """Return the id of a cluster's VPC: as the cluster says, else that of its subnets or security groups."""
    if cluster is None:
        return None
    config = first(cluster.attributes["vpc_config"])
    if config.get("vpc_id"):
        return str(config["vpc_id"])
    used = {*(config.get("subnet_ids") or ()), *(config.get("security_group_ids") or ())}
    ids = {
        one.attributes["vpc_id"]
        for one in objects
        if one.type in ("aws_subnet", "aws_security_group") and one.attributes["id"] in used
    } - {None}
    return str(next(iter(ids))) if len(ids) == 1 else None


def objects_of(states: Iterable[UnitState]) -> list[StateObject]:
    """Return every object of the states and every part of one that is an object of its own to this project."""
    found = [current for state in states for current in state.objects if not current.is_deposed]
    listed = {(one.type, key_of(one)) for one in found}
    for whole in tuple(found):
        for part in _parts(whole):
            if (part.type, key_of(part)) not in listed:
                listed.add((part.type, key_of(part)))
                found.append(part)
    return found


def key_of(one: StateObject) -> object:
    """Return what makes an object the same as another of its type, where its id does not identify it."""
    attributes = one.attributes
    keys = {
        "aws_iam_role_policy_attachment": ("role", "policy_arn"),
        "aws_iam_role_policy": ("role", "name"),
        "aws_route": ("route_table_id", "destination_cidr_block"),
        "helm_release": ("namespace", "name"),
    }.get(one.type, ("id",))
    # A damaged id of an unknown type is none.
    return tuple(value if isinstance(value := attributes.get(key), str) else None for key in keys)


def _parts(whole: StateObject) -> Iterator[StateObject]:
    attributes = whole.attributes
    kind = whole.type.removeprefix("kubernetes_")
    if whole.type.startswith("kubernetes_") and kind in KUBERNETES_TYPES:
        yield replace(whole, type=f"{whole.type}_v1")
    if whole.type == "aws_route_table":
        yield from _parts_of_route_table(whole)
    if whole.type == "aws_iam_role":
        yield from _parts_of_role(whole)
    if whole.type == "aws_s3_bucket":
        yield from _parts_of_bucket(whole)
    if whole.type == "helm_release" and attributes.get("namespace"):
        # A release is in a namespace that exists.
        metadata = [{"name": attributes["namespace"]}]
        yield _part(whole, "kubernetes_namespace_v1", id=attributes["namespace"], metadata=metadata)


def _parts_of_route_table(table: StateObject) -> Iterator[StateObject]:
    for route in (table.attributes["id"] and table.attributes["route"]) or []:
        if route.get("cidr_block"):
            yield _part(
                table,
                "aws_route",
                route_table_id=table.attributes["id"],
                destination_cidr_block=route["cidr_block"],
                gateway_id=route.get("gateway_id"),
                nat_gateway_id=route.get("nat_gateway_id"),
            )


def _parts_of_role(role: StateObject) -> Iterator[StateObject]:
    name = role.attributes["name"]
    if name is None:
        return
    for arn in role.attributes.get("managed_policy_arns") or []:
        yield _part(role, "aws_iam_role_policy_attachment", role=name, policy_arn=arn)
    for policy in role.attributes.get("inline_policy") or []:
        if policy.get("name"):
            yield _part(role, "aws_iam_role_policy", role=name, name=policy["name"], policy=policy.get("policy"))


def _parts_of_bucket(bucket: StateObject) -> Iterator[StateObject]:
    attributes, name = bucket.attributes, bucket.attributes["bucket"]
    if name is None:
        return
    if first(attributes.get("versioning")).get("enabled"):
        versioning = [{"status": "Enabled"}]
        yield _part(bucket, "aws_s3_bucket_versioning", id=name, bucket=name, versioning_configuration=versioning)
    if attributes.get("lifecycle_rule"):
        rules = attributes["lifecycle_rule"]
        yield _part(bucket, "aws_s3_bucket_lifecycle_configuration", id=name, bucket=name, rule=rules)
    if attributes.get("policy"):
        yield _part(bucket, "aws_s3_bucket_policy", id=name, bucket=name, policy=attributes["policy"])
    encryption = first(first(attributes.get("server_side_encryption_configuration")).get("rule"))
    if first(encryption.get("apply_server_side_encryption_by_default")).get("sse_algorithm"):
        type_ = "aws_s3_bucket_server_side_encryption_configuration"
        yield _part(bucket, type_, id=name, bucket=name, rule=[encryption])


def _part(whole: StateObject, type_: str, **attributes: Any) -> StateObject:  # noqa: ANN401 - as in a state
    return StateObject(
        whole.unit, f"{whole.address} (its part)", type_, Attributes(attributes), is_tainted=whole.is_tainted
    )


def account_of(
    objects: Iterable[StateObject], region: str | None, account_id: str | None
) -> tuple[str | None, list[str]]:
    """Return the account of the objects, and those that are of another one than is wanted, or of another region."""
    accounts: dict[str, StateObject] = {}
    problems = []
    for one in objects:
        parts = str(one.attributes.get("arn") or "").split(":", 5)
        if not one.type.startswith("aws_") or len(parts) < 6:
            continue
        if parts[4] and parts[4] != "aws":
            accounts.setdefault(parts[4], one)
        if parts[3] and parts[3] != region:
            problems.append(f"{one}: is in region {parts[3]}, the environment in {region}")
    expected = account_id or next(iter(accounts), None)
    problems += [
        f"{one}: is of account {account}, not {expected}" for account, one in accounts.items() if account != expected
    ]
    return expected, problems


def problems_of_objects_in_two_states(states: Iterable[UnitState]) -> Iterator[str]:
    """Yield every object that two units have."""
    owners: dict[tuple[str, object], StateObject] = {}
    for state in states:
        for one in state.objects:
            if one.is_deposed:
                continue
            key = key_of(one)
            if not all(key if isinstance(key, tuple) else (key,)):
                continue
            other = owners.setdefault((one.type, key), one)
            if other.unit != one.unit:
                yield f"{one} and {other} are the same object; remove it from one of the states"
