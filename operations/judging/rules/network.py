"""Rules for VPCs, subnets, ways out of them, and endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from operations.judging.verdict import Effect

if TYPE_CHECKING:
    from operations.judging.planned import Plan, Planned
    from operations.judging.rules.rule import Rule
    from operations.judging.verdict import Verdict

MOST_NAMED: Final = 3


def judge_container(one: Planned, plan: Plan) -> Verdict | None:
    """Judge what holds others: AWS deletes no VPC, subnet, subnet group or security group while something is in it.

    https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html
    """
    if not (one.is_deleted or one.is_replaced):
        return None
    kind = one.type.removeprefix("aws_").replace("_", " ")
    named = str(one.before.get("cidr_block") or one.before.get("name") or "")
    title = f"{kind} {named}".strip()
    article = "a VPC" if kind == "vpc" else f"the {title}"
    users = [] if plan.is_destruction else _lasting_users(one, plan)
    if users:
        return one.verdict(
            Effect.IMPOSSIBLE,
            f"AWS deletes no {kind} that is in use, and {_listed(users)} use {named or 'it'}",
            way=_way_of(one, plan),
        )
    return one.verdict(Effect.LOSES, article)


def _lasting_users(one: Planned, plan: Plan) -> list[str]:
    """Name what keeps using an object: what is in other stacks, and what stays in this one as it is."""
    id_ = str(one.before.get("id"))
    users = [
        f"{other.type} {other.values.get('name') or other.values.get('node_group_name') or other.values.get('id')}"
        for other in plan.others
        if _uses(other.values, id_)
    ]
    lasting = (
        resource.address
        for resource in plan.resources
        if resource.address != one.address and resource.actions == ("no-op",) and _uses(resource.after, id_)
    )
    return [*users, *lasting]


def _uses(values: dict[str, object], id_: str) -> bool:
    return any(id_ in str(value) for key, value in values.items() if key != "id")


def _way_of(one: Planned, plan: Plan) -> str:
    if one.type != "aws_subnet":
        return ""
    moved = [
        other
        for other in plan.of_type("aws_subnet")
        if other.address != one.address
        and other.before
        and other.after.get("cidr_block") == one.before.get("cidr_block")
    ]
    if moved:
        zone, block = one.before.get("availability_zone"), one.before.get("cidr_block")
        return f"write the blocks by zone in network.cidrs, where {zone} has {block}"
    return "move node groups out of the zone first; the control plane never leaves a zone"


def _listed(users: list[str]) -> str:
    more = len(users) - MOST_NAMED
    return ", ".join(users[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def judge_vpc(vpc: Planned, plan: Plan) -> Verdict | None:
    """Judge a VPC, and one that is to have no IPv6 block any more, which AWS keeps while subnets have parts of it.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateVpcCidrBlock.html
    """
    before, after = (values.get("assign_generated_ipv6_cidr_block") for values in (vpc.before, vpc.after))
    if vpc.is_updated and before and not after:
        return vpc.verdict(
            Effect.IMPOSSIBLE,
            "AWS takes no IPv6 block from a VPC whose subnets have parts of it",
            way="set network.ipv6 to true",
        )
    return judge_container(vpc, plan)


def judge_egress_gateway(gateway: Planned, plan: Plan) -> Verdict | None:
    """Judge the removal of an egress-only internet gateway, the IPv6 route to the Internet."""
    if (gateway.is_deleted or gateway.is_replaced) and not plan.is_destruction:
        return gateway.verdict(Effect.INTERRUPTS, "connections of private subnets by IPv6 end")
    return None


def judge_nat_gateway(gateway: Planned, plan: Plan) -> Verdict | None:
    """Judge a NAT gateway that goes or changes its zone.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
    """
    address = gateway.before.get("public_ip") or "its address"
    if gateway.is_replaced:
        keeps = not gateway.changed("allocation_id")
        what = f"keeps {address}" if keeps else f"has another address than {address}"
        return gateway.verdict(
            Effect.INTERRUPTS,
            f"private subnets cannot reach the Internet for about 3 minutes during the replacement; the gateway {what}",
        )
    if gateway.is_deleted and not plan.is_destruction:
        return gateway.verdict(Effect.INTERRUPTS, f"connections through the NAT gateway {address} end")
    return None


def judge_address(address: Planned, plan: Plan) -> Verdict | None:
    """Judge an address that goes: a released address is not given to the same account again.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing-eips-releasing.html
    """
    del plan
    if address.is_deleted or address.is_replaced:
        public = address.before.get("public_ip") or address.before.get("id")
        return address.verdict(Effect.LOSES, f"the public address {public}, which others may have allowed")
    return None


def judge_route_table(table: Planned, plan: Plan) -> Verdict | None:
    """Judge a table that is deleted: without subnets it has no use."""
    if not (table.is_deleted or table.is_replaced):
        return None
    users = [] if plan.is_destruction else list(plan.users_of(str(table.before.get("id"))))
    if users:
        return table.verdict(Effect.LOSES, f"a route table that {_listed(users)} use")
    return table.verdict(Effect.HARMLESS, "no subnet uses the route table")


def judge_route(route: Planned, plan: Plan) -> Verdict | None:
    """Judge a route that goes while its table stays."""
    if not (route.is_deleted or route.is_replaced):
        return None
    table = str(route.before.get("route_table_id"))
    if plan.is_destruction or table in plan.deleted_ids:
        return route.verdict(Effect.HARMLESS, "the route is deleted together with its table")
    seconds = "for seconds" if route.is_replaced else "permanently"
    destination = route.before.get("destination_cidr_block") or route.before.get("destination_ipv6_cidr_block")
    return route.verdict(Effect.INTERRUPTS, f"no traffic to {destination} by table {table}, {seconds}")


def judge_association(association: Planned, plan: Plan) -> Verdict | None:
    """Judge another route table: the subnet keeps a route to the Internet, and connections through another gateway end.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRouteTableAssociation.html
    """
    subnet = str(association.before.get("subnet_id"))
    if association.is_updated and association.changed("route_table_id"):
        return association.verdict(
            Effect.INTERRUPTS,
            f"subnet {subnet} gets another route to the Internet: open connections end, its public address changes",
        )
    if not (association.is_deleted or association.is_replaced):
        return None
    if plan.is_destruction or subnet in plan.deleted_ids:
        return association.verdict(Effect.HARMLESS, "the association is deleted together with its subnet")
    return association.verdict(Effect.INTERRUPTS, f"subnet {subnet} has the VPC's main route table for some seconds")


def judge_endpoint(endpoint: Planned, plan: Plan) -> Verdict | None:
    """Judge an endpoint that goes: without it a service is reached through the NAT gateway, or not at all.

    https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
    """
    if endpoint.is_updated and endpoint.changed("policy"):
        service = str(endpoint.before.get("service_name")).rpartition(".")[2]
        return endpoint.verdict(
            Effect.INTERRUPTS, f"the endpoint of {service} refuses at once what its new policy does not permit"
        )
    if not (endpoint.is_deleted or endpoint.is_replaced) or plan.is_destruction:
        return None
    service = str(endpoint.before.get("service_name")).rpartition(".")[2]
    return endpoint.verdict(
        Effect.INTERRUPTS,
        f"connections to {service} by its endpoint end; new ones take the NAT gateway, if there is one",
    )


def judge_flow_log(log: Planned, plan: Plan) -> Verdict | None:
    """Judge a flow log that goes: what was recorded stays in the log group."""
    if (log.is_deleted or log.is_replaced) and not plan.is_destruction:
        seconds = "for seconds" if log.is_replaced else "from now on"
        return log.verdict(Effect.INTERRUPTS, f"no traffic of the VPC is recorded {seconds}")
    return None


RULES: Final[dict[str, Rule]] = {
    "aws_db_subnet_group": judge_container,
    "aws_egress_only_internet_gateway": judge_egress_gateway,
    "aws_eip": judge_address,
    "aws_flow_log": judge_flow_log,
    "aws_nat_gateway": judge_nat_gateway,
    "aws_route": judge_route,
    "aws_route_table": judge_route_table,
    "aws_route_table_association": judge_association,
    "aws_security_group": judge_container,
    "aws_subnet": judge_container,
    "aws_vpc": judge_vpc,
    "aws_vpc_endpoint": judge_endpoint,
}
