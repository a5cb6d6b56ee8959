"""NodePools and EC2NodeClasses of Karpenter as the objects that they are in Kubernetes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.core.naming import DISCOVERY_TAG
from constructs.helm.helm_values import Values, merged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import JsonValue

    from config.addons.karpenter.karpenter import KarpenterSettings
    from config.addons.karpenter.node_classes import NodeClass
    from config.addons.karpenter.node_pools import DisruptionBudget, NodePool, Requirement
    from config.cluster.node_groups import Taint

# Of EKS' API for node groups, by those of Kubernetes.
EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}


@dataclass(frozen=True, kw_only=True)
class NodeObjects:
    """What nodes of every class have.

    Attributes:
        cluster_name: Name of the cluster.
        labels: Labels of the objects.
        tags: Tags of instances and volumes.
        instance_profile: Instance profile with the role of the nodes.
        subnet_ids: Subnets that are known by their ids; empty: those with the discovery tag.

    """

    cluster_name: str
    labels: Mapping[str, str]
    tags: Mapping[str, str]
    instance_profile: str
    subnet_ids: Sequence[str]

    def of(self, settings: KarpenterSettings) -> Values:
        """Return every object by a name that is its own."""
        return {
            **{f"class-{name}": self._node_class(name, one) for name, one in settings.node_classes.items()},
            **{f"pool-{name}": self._node_pool(name, one) for name, one in settings.node_pools.items()},
        }

    def _node_class(self, name: str, settings: NodeClass) -> Values:
        discovery = {DISCOVERY_TAG: self.cluster_name}
        subnets: list[JsonValue] = [{"tags": dict(settings.subnet_tags or discovery)}]
        if self.subnet_ids and not settings.subnet_tags:
            subnets = [{"id": subnet_id} for subnet_id in self.subnet_ids]
        spec: Values = {
            "amiSelectorTerms": [{"alias": settings.image}],
            "blockDeviceMappings": _volumes(settings),
            "instanceProfile": self.instance_profile,
            # One hop: pods without host networking reach no instance credentials.
            "metadataOptions": {
                "httpEndpoint": "enabled",
                "httpProtocolIPv6": "disabled",
                "httpPutResponseHopLimit": 1,
                "httpTokens": "required",
            },
            "securityGroupSelectorTerms": [{"tags": dict(settings.security_group_tags or discovery)}],
            "subnetSelectorTerms": subnets,
            "tags": {key: value for key, value in self.tags.items() if not key.startswith("kubernetes.io/cluster")},
            **({} if settings.max_pods is None else {"kubelet": {"maxPods": settings.max_pods}}),
        }
        return self._object("karpenter.k8s.aws/v1", "EC2NodeClass", name, merged(spec, settings.spec))

    def _node_pool(self, name: str, settings: NodePool) -> Values:
        template: Values = {
            "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": settings.node_class},
            "requirements": _requirements(settings),
            "expireAfter": settings.expire_after,
        }
        for key, taints in (("taints", settings.taints), ("startupTaints", settings.startup_taints)):
            if taints:
                template[key] = [_taint(taint) for taint in taints]
        if settings.termination_grace_period is not None:
            template["terminationGracePeriod"] = settings.termination_grace_period
        metadata: Values = {"metadata": {"labels": dict(settings.labels)}} if settings.labels else {}
        spec: Values = {
            "disruption": {
                "budgets": [_budget(budget) for budget in settings.disruption_budgets],
                "consolidateAfter": settings.consolidate_after,
                "consolidationPolicy": settings.consolidation_policy,
            },
            "limits": settings.limits.model_dump(mode="json", exclude_none=True),
            "template": {**metadata, "spec": template},
            **({} if settings.weight is None else {"weight": settings.weight}),
        }
        return self._object("karpenter.sh/v1", "NodePool", name, merged(spec, settings.spec))

    def _object(self, api_version: str, kind: str, name: str, spec: Values) -> Values:
        metadata: Values = {"name": name, "labels": dict(self.labels)}
        return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


def _volumes(settings: NodeClass) -> list[JsonValue]:
    """Return the volumes of a node: of Bottlerocket one for the system and one for images and containers.

    https://bottlerocket.dev/en/os/latest/concepts/storage/
    """
    ebs: Values = {
        "volumeType": "gp3",
        "encrypted": True,
        "deleteOnTermination": True,
        **({} if settings.volume_kms_key_arn is None else {"kmsKeyID": settings.volume_kms_key_arn}),
    }
    data: Values = {**ebs, "volumeSize": f"{settings.disk_size_gib}Gi"}
    if settings.is_bottlerocket:
        # Of the size that Karpenter gives to a volume of the system by default.
        return [
            {"deviceName": "/dev/xvda", "ebs": {**ebs, "volumeSize": "4Gi"}},
            {"deviceName": "/dev/xvdb", "ebs": data},
        ]
    return [{"deviceName": "/dev/xvda", "ebs": data}]


def _requirements(settings: NodePool) -> list[JsonValue]:
    generation = str(settings.oldest_instance_generation - 1)
    types: list[JsonValue] = [
        _in("karpenter.k8s.aws/instance-category", settings.instance_categories),
        {"key": "karpenter.k8s.aws/instance-generation", "operator": "Gt", "values": [generation]},
    ]
    if settings.instance_types:
        types = [_in("node.kubernetes.io/instance-type", settings.instance_types)]
    return [
        _in("kubernetes.io/arch", settings.architectures),
        _in("kubernetes.io/os", ["linux"]),
        _in("karpenter.sh/capacity-type", settings.capacity_types),
        *types,
        *([_in("topology.kubernetes.io/zone", settings.zones)] if settings.zones else []),
        *map(_requirement, settings.requirements),
    ]


def _requirement(given: Requirement) -> Values:
    values: Values = {"values": list(given.values)} if given.values else {}
    least: Values = {} if given.min_values is None else {"minValues": given.min_values}
    return {"key": given.key, "operator": given.operator, **values, **least}


def _in(key: str, values: Sequence[str]) -> Values:
    return {"key": key, "operator": "In", "values": list(values)}


def _taint(taint: Taint) -> Values:
    value: Values = {"value": taint.value} if taint.value else {}
    return {"key": taint.key, **value, "effect": EFFECTS[taint.effect]}


def _budget(budget: DisruptionBudget) -> Values:
    return {key: value for key, value in budget.model_dump(mode="json", exclude_none=True).items() if value != []}
