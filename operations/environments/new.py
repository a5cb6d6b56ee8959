"""Writes a commented environment that plans: `./eks new shop`."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import yaml

from config.core.aws import KUBERNETES_SUPPORT
from config.core.errors import UsageError
from config.core.files.written_files import write_new
from config.core.problems import ConfigurationError
from config.loading import load_environments
from config.paths import ENVIRONMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ZONES: Final = "abcdef"
HEADER: Final = "# yaml-language-server: $schema=../environment.schema.json\n"


@dataclass(frozen=True)
class Wishes:
    """What a new environment is to be.

    Attributes:
        zones: Availability zones, e.g. us-east-2a; none for the first two or three of the region.
        existing_eks: Name of an EKS cluster that exists; then neither network nor cluster are made.
        context: Context of kubectl's configuration of a cluster outside EKS.
        state: `local`, `s3:<bucket>` or `cloud:<organization>`.
        alerts: Slack channel, or empty.

    """

    name: str
    region: str
    zones: tuple[str, ...] = ()
    is_production: bool = False
    existing_eks: str = ""
    context: str = ""
    state: str = "local"
    alerts: str = ""


def write(wishes: Wishes) -> str:
    """Write the file of the environment, and return its path in the project.

    Raises:
        UsageError: There is such an environment, or the wishes do not make one; then nothing is written.

    """
    file = ENVIRONMENTS / f"{wishes.name}.yaml"
    if file.name != f"{wishes.name}.yaml" or "/" in wishes.name or not wishes.name:
        raise UsageError(
            f"'{wishes.name}' is not a valid name of an environment: lower-case letters, digits and dashes"
        )
    content = text(wishes, list(_networks()))
    try:
        write_new(file, content)
    except FileExistsError:
        raise UsageError(f"the environment {wishes.name} exists already: {_shown(wishes.name)}") from None
    try:
        load_environments(ENVIRONMENTS)
    except ConfigurationError as problem:
        file.unlink()
        raise UsageError(f"{problem}\nNothing was written.") from problem
    return _shown(wishes.name)


def text(wishes: Wishes, taken: Sequence[ipaddress.IPv4Network] = ()) -> str:
    """Return the YAML of the environment; its network is none of those that are taken."""
    parts = [HEADER, f"# {_summary(wishes)}\n", f"name: {_quoted(wishes.name)}\n"]
    if not wishes.context:
        parts.append(f"region: {_quoted(wishes.region)}\n")
    parts.append("tags: # of every AWS resource\n  project: gd9\n")
    parts.append(_backend(wishes.state))
    if wishes.existing_eks or wishes.context:
        key, value = ("eks", wishes.existing_eks) if wishes.existing_eks else ("kubeconfig_context", wishes.context)
        parts.append(f"\ncluster:\n  existing: # docs/existing-clusters.md\n    {key}: {_quoted(value)}\n")
    else:
        block = _free_block(taken)
        parts += [_network(wishes, block), _cluster(wishes, block)]
    parts.append(_monitoring(wishes))
    return "".join(parts)


def _summary(wishes: Wishes) -> str:
    kind = "production" if wishes.is_production else "development"
    where = wishes.existing_eks or wishes.context
    return f"Monitoring on {where}, a cluster that exists." if where else f"A {kind} cluster in {wishes.region}."


def _backend(state: str) -> str:
    kind, _, place = state.partition(":")
    match kind:
        case "local":
            return "backend: {type: local} # files under .state/ of this checkout; a team needs s3 or cloud\n"
        case "s3" if place:
            return f"backend: # './eks state bucket' creates the bucket\n  type: s3\n  bucket: {_quoted(place)}\n"
        case "cloud" if place:
            return (
                "backend: # './eks cloud setup' creates the workspaces\n"
                f"  type: cloud\n  organization: {_quoted(place)}\n"
            )
    raise UsageError(f"--state {state}: local, s3:<bucket> or cloud:<organization>")


def _network(wishes: Wishes, block: ipaddress.IPv4Network) -> str:
    count = 3 if wishes.is_production else 2
    zones = wishes.zones or tuple(f"{wishes.region}{letter}" for letter in ZONES[:count])
    gateways = (
        "per_zone # each zone keeps its route to the Internet when another fails"
        if wishes.is_production
        else "single # an outage of one zone cuts all zones off the Internet"
    )
    return (
        f"\nnetwork:\n  vpc_cidr: {block} # no other environment has it\n"
        f"  zones: [{', '.join(map(_quoted, zones))}]\n  nat_gateways: {gateways}\n"
    )


def _cluster(wishes: Wishes, block: ipaddress.IPv4Network) -> str:
    version = sorted(KUBERNETES_SUPPORT, key=lambda text: int(text.split(".")[1]))[-2]
    capacity, types = ("ON_DEMAND", "m6i.large") if wishes.is_production else ("SPOT", "t3.medium, t3a.medium")
    return f"""
cluster:
  name: {_quoted(wishes.name)}
  version: "{version}" # docs/environments.md has the others
  enable_cluster_creator_admin_permissions: true # the identity of the first apply administers the cluster
  deletion_protection: {str(wishes.is_production).lower()}
  endpoint_private_access_cidrs: [{block}] # runners in the VPC; add the blocks of a VPN or of peered networks
  # The Kubernetes API is private. To deploy from elsewhere than these networks, name your own addresses:
  # endpoint_public_access: true
  # endpoint_public_access_cidrs: [198.51.100.0/24]
  node_groups:
    general:
      capacity_type: {capacity}
      instance_types: [{types}]
      one_group_per_zone: true # volumes on EBS stay in their zone; the sizes are those of a zone
      min_size: 1
      desired_size: 1
      max_size: 3

csi_addon:
  storage_class:
    name: gp3

cluster_addons:
  cluster_autoscaler:
    enabled: true # between min_size and max_size of each node group
"""


def _monitoring(wishes: Wishes) -> str:
    days, volume = ("30d", 50) if wishes.is_production else ("10d", 20)
    lines = f"\nkube_prom_stack:\n  prometheus:\n    retention: {days}\n    volume_gib: {volume}\n"
    if not wishes.alerts:
        return f"{lines}  # alertmanager: docs/monitoring.md, 'Alerts'\n"
    return f"""{lines}  alertmanager:
    receivers:
      team:
        slack:
          channel: {_quoted(wishes.alerts)}
          # kubectl --namespace monitoring create secret generic alertmanager-slack --from-file=webhook-url=/dev/stdin
          webhook_url: {{secret: alertmanager-slack, key: webhook-url}}
    default_receiver: team
    routes:
      - {{receiver: "null", severities: [info]}}
"""


def _networks() -> Iterator[ipaddress.IPv4Network]:
    """Give the blocks of the other environments, as far as their files can be read."""
    for file in ENVIRONMENTS.glob("*.yaml"):
        try:
            settings = yaml.safe_load(file.read_text(encoding="utf-8"))
            yield ipaddress.IPv4Network(settings["network"]["vpc_cidr"])
        except (yaml.YAMLError, KeyError, TypeError, ValueError):
            continue


def _free_block(taken: Sequence[ipaddress.IPv4Network]) -> ipaddress.IPv4Network:
    blocks = ipaddress.IPv4Network("10.0.0.0/8").subnets(new_prefix=16)
    return next(block for block in blocks if not any(block.overlaps(other) for other in taken))


def _quoted(value: str) -> str:
    """Write a text as YAML reads it back, whatever is in it."""
    dumped: str = yaml.safe_dump(value, width=1000, allow_unicode=True, default_flow_style=True)
    return dumped.removesuffix("\n").removesuffix("\n...")


def _shown(name: str) -> str:
    return f"values/environments/{name}.yaml"
