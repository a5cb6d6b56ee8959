"""Every setting of a workload changes what is made: there is no option that does nothing."""

from __future__ import annotations

import json
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

import pytest

from config.core.resources import Placement, Resources
from config.core.settings import Settings
from config.workloads.workloads import Workload
from tests.monitoring.small_stack import synthesize_stack
from tests.synthesis import synthesize
from tests.workloads.examples import ADDONS, everything, objects_of, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cdktf import TerraformStack

    from constructs.aws.account import Account
    from tests.conftest import Vary

KEY = "arn:aws:kms:us-east-2:123456789012:key/4e5f6a7b"
CERTIFICATE = "arn:aws:acm:us-east-2:123456789012:certificate/ffffffff-0a1b-2c3d-4e5f-0a1b2c3d4e5f"
# Sections that are tried as one setting.
WHOLE = (Resources, Placement)

# A value other than the example's for each setting; the path is that of the example, with positions in lists.
CHANGES: dict[str, Any] = {
    "kind": "Deployment",
    "image": "registry.example.com/team/app:2",
    "image_pull_secrets": ["another"],
    "command": ["/other"],
    "args": ["--quiet"],
    "replicas": 4,
    "ports": {"http": 8088, "grpc": 9000, "http-metrics": 8081},
    "env": {"LEVEL": "info"},
    "secret_env.PASSWORD.secret": "other",
    "secret_env.PASSWORD.key": "other",
    "env_from_secrets": ["other"],
    "config.mount_path": "/etc/other",
    "config.files": {"app.yaml": "a: c\n"},
    "secret_files.tls.secret": "other",
    "secret_files.tls.mount_path": "/etc/other",
    "shared_volumes.content.mount_path": "/other",
    "shared_volumes.content.size_limit": "1Mi",
    "volumes.data.mount_path": "/other",
    "volumes.data.volume_gib": 11,
    "volumes.data.storage_class_name": "slow",
    "init_containers.0.name": "other",
    "init_containers.0.image": "other:1",
    "init_containers.0.command": ["wget"],
    "init_containers.0.args": ["-q"],
    "init_containers.0.env": {"A": "c"},
    "init_containers.0.secret_env.TOKEN.secret": "other",
    "init_containers.0.secret_env.TOKEN.key": "other",
    "init_containers.0.resources": {"limits": {"memory": "1Gi"}},
    "probes.startup.path": "/other",
    "probes.startup.port": "grpc",
    "probes.startup.command": ["/other"],
    "probes.startup.initial_delay_seconds": 2,
    "probes.startup.period_seconds": 6,
    "probes.startup.timeout_seconds": 7,
    "probes.startup.failure_threshold": 8,
    "probes.readiness": {"path": "/other"},
    "probes.liveness": {"path": "/other"},
    "resources": {"requests": {"cpu": "1"}},
    "security.pod_security": "baseline",
    "security.run_as_user": 1001,
    "security.fs_group": 2001,
    "security.read_only_root_filesystem": True,
    "placement": {"node_selector": {"role": "other"}},
    "spread_over_zones": "off",
    "spread_over_nodes": "off",
    "termination_grace_seconds": 61,
    "most_unavailable": 1,
    "service.type": "ClusterIP",
    "service.ports": {"http": 81},
    "service.scheme": "internal",
    "service.source_cidrs": ["203.0.113.0/24"],
    "service.annotations": {"example.com/owner": "other"},
    "ingress.host": "b.example.com",
    "ingress.path": "/other",
    "ingress.port": "grpc",
    "ingress.certificate_arn": CERTIFICATE,
    "ingress.tls_secret": "other",
    "ingress.scheme": "internal",
    "ingress.source_cidrs": ["203.0.113.0/24"],
    "ingress.group": "other",
    "ingress.health_check_path": "/other",
    "ingress.ingress_class": "other",
    "ingress.annotations": {"example.com/owner": "other"},
    "autoscaling.min_replicas": 3,
    "autoscaling.max_replicas": 6,
    "autoscaling.cpu_percent": 71,
    "autoscaling.metric.name": "other",
    "autoscaling.metric.average_value": "51",
    "metrics.port": "grpc",
    "metrics.path": "/other",
    "metrics.interval": "16s",
    "metrics.service_monitor": False,
    "metrics.service_name": "other",
    "metrics.pod_monitor": False,
    "alerts.AppIsDown.expr": "up == 0",
    "alerts.AppIsDown.for_duration": "3m",
    "alerts.AppIsDown.severity": "info",
    "alerts.AppIsDown.summary": "Other.",
    "alerts.AppIsDown.description": "Other.",
    "alerts.AppIsDown.runbook_url": "https://example.com/other",
}
# What the role may do.
ACCESS: dict[str, Any] = {
    "aws.s3.0.bucket": "other",
    "aws.s3.0.access": "read",
    "aws.s3.0.prefix": "other/",
    "aws.s3.0.kms_key_arn": KEY,
    "aws.sqs.0.queue": "other",
    "aws.sqs.0.access": "send",
    "aws.sqs.0.kms_key_arn": KEY,
    "aws.sns.0.topic": "other",
    "aws.sns.0.kms_key_arn": KEY,
    "aws.dynamodb.0.table": "other",
    "aws.dynamodb.0.access": "write",
    "aws.dynamodb.0.kms_key_arn": KEY,
    "aws.secrets_manager.0.secret": "other",
    "aws.secrets_manager.0.kms_key_arn": KEY,
}
# What is around the objects: their namespace, the release, the dashboards.
AROUND: dict[str, Any] = {"namespace": "other", "timeout_seconds": 301, "dashboards": ["monitoring/probes"]}
# What goes with a change, in the second making only; None takes a setting away.
TOGETHER: dict[str, dict[str, Any]] = {
    "kind": {"volumes": None},
    "replicas": {"autoscaling": None},
    "probes.startup.command": {"probes.startup.path": None, "probes.startup.port": None},
    "service.type": {"service.scheme": None, "service.source_cidrs": None},
    "ingress.tls_secret": {"ingress.certificate_arn": None},
    "metrics.service_monitor": {"metrics.service_name": None},
}
# Probes are alike, so that the fields of one are tried.
ALIKE = ("probes.readiness", "probes.liveness")


def section_of(annotation: Any) -> tuple[type[Settings] | None, bool]:
    """Return the model that a setting holds, and whether under names or positions."""
    if get_origin(annotation) in (Union, UnionType):
        (annotation,) = (member for member in get_args(annotation) if member is not NoneType)
    is_many = get_origin(annotation) in (dict, tuple)
    if is_many:
        annotation = get_args(annotation)[1 if get_origin(annotation) is dict else 0]
    is_model = isinstance(annotation, type) and issubclass(annotation, Settings) and annotation not in WHOLE
    return (annotation if is_model else None), is_many


def leaves(model: type[Settings], example: Any, prefix: str = "") -> Iterator[str]:
    """Yield the path of each setting that is not itself a section, with the names that the example gives."""
    for name, field in model.model_fields.items():
        path = f"{prefix}{name}"
        section, is_many = section_of(field.annotation)
        if section is None or path in ALIKE:
            yield path
        elif is_many:
            key = next(iter(example[name])) if isinstance(example[name], dict) else 0
            yield from leaves(section, example[name][key], f"{path}.{key}.")
        else:
            yield from leaves(section, example.get(name, {}), f"{path}.")


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the example with one setting changed, and what goes with it."""
    settings = everything()
    for place, new in {**TOGETHER.get(path, {}), path: value}.items():
        *parents, last = place.split(".")
        target: Any = settings
        for parent in parents:
            target = target[int(parent) if isinstance(target, list) else parent]
        if new is None:
            del target[last]
        else:
            target[last] = new
    return settings


def test_every_setting_is_tried() -> None:
    assert set(leaves(Workload, everything())) == {*CHANGES, *ACCESS, *AROUND}


@pytest.mark.parametrize("path", CHANGES)
def test_setting_changes_the_objects(path: str) -> None:
    assert objects_of(changed(path, CHANGES[path])) != objects_of(everything())


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """The statements of the example, under an empty name, and those after each change, by one synthesis."""
    from constructs.aws.iam_role import IamRole, IamRoleProps, trust_service
    from constructs.workloads.workload_policies import workload_policies

    access = {"": parsed(everything()).aws, **{path: parsed(changed(path, ACCESS[path])).aws for path in ACCESS}}

    def build(stack: TerraformStack, account: Account) -> None:
        for path, wanted in access.items():
            props = IamRoleProps(
                name=path, description=path, trust=trust_service("x"), policies=workload_policies(wanted, account)
            )
            IamRole(stack, f"role-{path}", props)

    stack = synthesize_stack(tmp_path_factory.mktemp("policies") / "out", build)
    names = {id_: role["name"] for id_, role in stack.resources("aws_iam_role").items()}
    found: dict[str, list[Any]] = {path: [] for path in access}
    for policy in stack.resources("aws_iam_role_policy").values():
        role = names[policy["role"].removeprefix("${aws_iam_role.").removesuffix(".name}")]
        found[role].append(stack.policy_document(policy["policy"])["statement"])
    return found


@pytest.mark.parametrize("path", ACCESS)
def test_setting_changes_what_the_role_may_do(path: str, policies: dict[str, list[Any]]) -> None:
    assert len(policies[path]) == len(policies[""]) == 5
    assert policies[path] != policies[""]


def made(settings: dict[str, Any], vary: Vary, outdir: Path) -> str:
    """Return the stack of a workload, where the monitoring installs no dashboard itself."""
    grafana: dict[str, Any] = {"dashboards": [], "home_dashboard": None}
    environment = vary({**ADDONS, "workloads": {"app": settings}, "kube_prom_stack.grafana": grafana})
    return json.dumps(synthesize([environment], outdir)["dev-workloads"].json)


@pytest.fixture(scope="module")
def example(vary: Vary, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The stack of the example."""
    return made(everything(), vary, tmp_path_factory.mktemp("example"))


@pytest.mark.parametrize("path", AROUND)
def test_setting_changes_the_stack(path: str, example: str, vary: Vary, tmp_path: Path) -> None:
    assert made(changed(path, AROUND[path]), vary, tmp_path / "after") != example
