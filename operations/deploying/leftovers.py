"""Reports what stays in AWS after a destroy, how to find it, and how to remove it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from operations.planning.changes import Change


def leftovers(destroyed: Iterable[Change]) -> tuple[str, ...]:
    """Name what the destroyed resources leave behind, each with a command."""
    return tuple(dict.fromkeys(line for change in destroyed for line in _of(change.type, change.before or {})))


def _of(type_: str, before: dict[str, Any]) -> Iterator[str]:
    match type_:
        case "aws_eks_cluster":
            yield from _of_cluster(before)
        case "aws_kms_key":
            days = before.get("deletion_window_in_days") or 30
            key, region = before.get("key_id") or before.get("arn"), _region(before)
            yield (
                f"KMS key {key}, which AWS deletes in {days} days: to keep it, "
                f"aws kms cancel-key-deletion --key-id {key}{region}"
            )
        case "helm_release":
            name = (before.get("name"), before.get("namespace"))
            yield (
                f"volumes of release {name[0]}, where the cluster stays: kubectl --namespace {name[1]} get "
                "persistentvolumeclaims; and its custom resource definitions: kubectl get crds"
            )


def _of_cluster(before: dict[str, Any]) -> Iterator[str]:
    name, region = before.get("name"), _region(before)
    yield (
        f"log group /aws/eks/{name}/cluster, which EKS writes once more after the cluster is deleted: "
        f"aws logs delete-log-group --log-group-name /aws/eks/{name}/cluster{region}"
    )
    owned = f"--filters Name=tag:kubernetes.io/cluster/{name},Values=owned{region}"
    yield (
        f"volumes that the EBS CSI driver made: aws ec2 describe-volumes {owned} --query 'Volumes[].VolumeId'; "
        f"remove each: aws ec2 delete-volume{region} --volume-id ID"
    )
    yield (
        "load balancers that controllers made: aws resourcegroupstaggingapi get-resources --resource-type-filters "
        f"elasticloadbalancing --tag-filters Key=elbv2.k8s.aws/cluster,Values={name}{region}; "
        f"remove each: aws elbv2 delete-load-balancer{region} --load-balancer-arn ARN"
    )


def _region(before: dict[str, Any]) -> str:
    return f" --region {before['region']}" if before.get("region") else ""
