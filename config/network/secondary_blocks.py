"""Checks of further blocks of a VPC, in addition to its first."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from config.core import aws
from config.core.settings import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from ipaddress import IPv4Network


def secondary_problems(vpc: IPv4Network, cidrs: Sequence[IPv4Network]) -> Iterator[Problem]:
    """Yield blocks that AWS does not associate with a VPC."""
    shortest, longest = aws.VPC_PREFIX_LENGTHS
    for position, cidr in enumerate(cidrs):
        location = ("secondary_cidrs", position)
        if not shortest <= cidr.prefixlen <= longest:
            yield Problem(location, f"{cidr} is outside the sizes of a block, /{shortest} to /{longest}")
        elif cidr.overlaps(vpc):
            yield Problem(location, f"{cidr} overlaps vpc_cidr {vpc}")
        else:
            unfit = next((block for block in _restricted(vpc) if cidr.overlaps(block)), None)
            if unfit is not None:
                yield Problem(location, f"{cidr} is in {unfit}, which AWS does not add to a VPC in {vpc}")
    for (_, first), (position, second) in combinations(enumerate(cidrs), 2):
        if first.overlaps(second):
            yield Problem(("secondary_cidrs", position), f"{second} overlaps {first}")


def _restricted(vpc: IPv4Network) -> tuple[IPv4Network, ...]:
    """Return what AWS adds to no VPC whose own block is this one: private ranges that it is not in.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#add-cidr-block-restrictions
    """
    return (*aws.NEVER_A_VPC, *(block for block in aws.RFC1918 if not vpc.subnet_of(block)))
