"""Settings of instances on EC2 that Prometheus scrapes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.core.settings import Settings
from config.core.types import Duration, Region, SecurityGroupId, text

MetricLabel = Annotated[str, *text(r"[a-zA-Z_][a-zA-Z0-9_]*", "a label name")]


class Ec2Targets(Settings):
    """Instances of EC2 with some tags, scraped at their private addresses; labels: instance, name, zone, your own."""

    port: int = Field(ge=1, le=65535, description="Port of the metrics, e.g. 9100.")
    tags: dict[Annotated[str, Field(min_length=1, max_length=128)], Annotated[str, Field(max_length=256)]] = Field(
        min_length=1, description="Tags that an instance must have; * in a value stands for anything."
    )
    region: Region | None = Field(default=None, description="Region. Default: the environment's.")
    path: Annotated[str, *text(r"/\S*", "a path like /metrics")] = Field(
        default="/metrics", description="Path of the metrics. Default: /metrics."
    )
    scheme: Literal["http", "https"] = Field(default="http", description="http or https. Default: http.")
    interval: Duration | None = Field(default=None, description="How often they are scraped. Default: Prometheus' own.")
    labels: dict[MetricLabel, str] = Field(default={}, description="Labels of all their metrics. Default: none.")
    security_group_id: SecurityGroupId | None = Field(
        default=None,
        description="Security group of the instances, in the cluster's VPC or a peer of it; gets a rule that lets the "
        "cluster's nodes in. Default: none, the port is open to them already.",
    )
