"""Settings of who and what endpoints of the VPC let through."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import JsonValue

from config.core.settings import Problem
from config.core.types import text
from config.network.endpoints import InterfaceEndpoint
from config.network.reach import GATEWAYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.network.network import NetworkSettings

OWN: Final = "own"
EndpointAccount = Annotated[str, *text(rf"{OWN}|\d{{12}}", f"`{OWN}` or an AWS account id: 12 digits, in quotes")]
PolicyDocument = dict[str, JsonValue]
PolicyEndpoint = Literal["s3", "dynamodb"] | InterfaceEndpoint

# https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
MOST_CHARACTERS: Final = 20480


def endpoint_policy_problems(network: NetworkSettings) -> Iterator[Problem]:
    """Yield policies of endpoints that are not there, and documents that AWS refuses."""
    made = _endpoints(network)
    if network.endpoint_accounts is not None and not made:
        yield Problem(("endpoint_accounts",), "has no effect without an endpoint")
    for name, document in network.endpoint_policies.items():
        location = ("endpoint_policies", name)
        if name not in made:
            yield Problem(location, f"there is no such endpoint; add it to {GATEWAYS.get(name, 'interface_endpoints')}")
        if set(document) - {"Version", "Id", "Statement"}:
            yield Problem(location, "is not a policy document: its keys are Version, Id and Statement")
        statements = document.get("Statement")
        if not isinstance(statements, list) or not statements:
            yield Problem((*location, "Statement"), "is not a list of statements")
            continue
        for position, statement in enumerate(statements):
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
            missing = [
                key
                for key in ("Effect", "Principal", "Action", "Resource")
                if not isinstance(statement, dict) or not {key, f"Not{key}"} & set(statement)
            ]
            if missing:
                yield Problem((*location, "Statement", position), f"has no {', '.join(missing)}")
        size = len(json.dumps(document, separators=(",", ":")))
        if size > MOST_CHARACTERS:
            yield Problem(location, f"has {size} characters; AWS takes at most {MOST_CHARACTERS}")


def _endpoints(network: NetworkSettings) -> set[str]:
    gateways = () if network.existing else (name for name, field in GATEWAYS.items() if getattr(network, field))
    return {*gateways, *network.interface_endpoints}
