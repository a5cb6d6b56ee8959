"""Reads values of resources as several rules need them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from operations.judging.planned import Values


def minor(values: Values) -> int | None:
    """Return the minor version of Kubernetes; None where there is none yet."""
    _, _, number = str(values.get("version") or "").partition(".")
    return int(number) if number.isdigit() else None


def first(blocks: Any) -> Values:  # noqa: ANN401 - a list of blocks, or nothing
    """Return the only block of a list; empty where there is none."""
    return blocks[0] if blocks else {}


def ip_family(cluster: Values) -> str:
    """Return the family of the addresses of a cluster's pods and services, `ipv4` or `ipv6`."""
    return str(first(cluster.get("kubernetes_network_config")).get("ip_family") or "ipv4")
