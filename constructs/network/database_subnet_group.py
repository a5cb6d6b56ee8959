"""The RDS subnet group of the subnets for databases."""

from __future__ import annotations

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.db_subnet_group import DbSubnetGroup

from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class DatabaseSubnetGroupProps:
    """`name` starts the group's name, `<name>-database`; subnets of two zones or more."""

    name: str
    subnet_ids: list[str]


@dataclass(frozen=True, kw_only=True)
class DatabaseSubnetGroupOutputs:
    """The name by which databases choose the group."""

    name: str


class DatabaseSubnetGroup(Construct):
    """Where RDS places databases."""

    def __init__(self, scope: Construct, id_: str, props: DatabaseSubnetGroupProps) -> None:
        super().__init__(scope, id_)
        name = f"{props.name}-database"
        group = DbSubnetGroup(
            self,
            "this",
            name=name,
            description=f"Subnets for databases of {props.name}",
            subnet_ids=props.subnet_ids,
            tags={"Name": name},
        )
        self.outputs = DatabaseSubnetGroupOutputs(name=group.name)
