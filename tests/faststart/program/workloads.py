"""What runs in the cluster."""

from __future__ import annotations

import json

from cdktf import App, Fn, TerraformOutput
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_helm.provider import HelmProvider
from cdktf_cdktf_provider_helm.release import Release
from cdktf_cdktf_provider_kubernetes.config_map_v1 import ConfigMapV1
from cdktf_cdktf_provider_kubernetes.provider import KubernetesProvider
from cdktf_cdktf_provider_kubernetes.service_account_v1 import ServiceAccountV1

from constructs.kubernetes.namespace import create_namespace, name_of

from .common import EnvironmentStack, assume


def add_workloads(app: App, environment: str, part: str, cluster_stack: EnvironmentStack) -> None:
    """Four applications, each with a namespace, a role, a service account, settings and a chart."""
    workload = EnvironmentStack(app, environment, part)

    cluster_state = workload.state_of(cluster_stack)
    host = cluster_state.get_string("cluster_endpoint")
    certificate = Fn.base64decode(cluster_state.get_string("cluster_ca"))
    KubernetesProvider(workload, "kubernetes", host=host, cluster_ca_certificate=certificate)
    HelmProvider(workload, "helm", kubernetes={"host": host, "cluster_ca_certificate": certificate})
    for application in ("one", "two", "three", "four"):
        name = f"{part}-{application}"
        namespace = create_namespace(workload, f"{name}_namespace", name=name, labels={"app": name})
        pod_role = IamRole(workload, f"{name}_role", assume_role_policy=assume(workload, f"{name}_assume", "x"))
        IamRolePolicy(
            workload,
            f"{name}_policy",
            role=pod_role.id,
            policy=json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": pod_role.arn}]}),
        )
        account_object = ServiceAccountV1(
            workload,
            f"{name}_account",
            metadata={
                "name": name,
                "namespace": name_of(namespace),
                "annotations": {"eks.amazonaws.com/role-arn": pod_role.arn},
            },
        )
        ConfigMapV1(
            workload,
            f"{name}_settings",
            metadata={"name": name, "namespace": name},
            data={"ü": "dash — and \u2028 too", "number": "1"},
        )
        Release(
            workload,
            name,
            name=application,
            chart=application,
            namespace=name_of(namespace),
            values=[json.dumps({"serviceAccount": {"name": name}, "replicas": 2, "list": list(range(20))})],
            set=[{"name": "image.tag", "value": "1.2.3"}],
            depends_on=[account_object],
        )
    TerraformOutput(workload, "names", value=[f"{part}-one"])
