"""Looks into a cluster for what neither Terraform nor Helm says: `./eks check cluster dev`.

Before a deploy: secrets and StorageClass that the settings name. After it: monitors that are not selected, claims
without a volume, pods that are not ready, Services without a load balancer, and what the operator could not or did not
reconcile. It reads keys of secrets, never their values.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from config.monitoring.discovery import RULER_LABEL
from operations.console import print_text
from operations.kubernetes.needed_secrets import PULL_SECRET_KEY, needed_secrets, pull_secrets_elsewhere
from operations.kubernetes.open_service import Kubectl, OpenServiceError, kubectl_for
from operations.kubernetes.unavailable_apis import unavailable_apis

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from config.environment import Environment
    from config.monitoring.kube_prom_stack import KubePromStackSettings

MONITORS: Final = "servicemonitors,podmonitors,probes,prometheusrules,scrapeconfigs,alertmanagerconfigs"
KEYS: Final = 'go-template={{range $key, $_ := .data}}{{$key}}{{"\\n"}}{{end}}'
# One line an object; `kubectl get` of several kinds in text would put a heading between them.
COLUMNS: Final = "custom-columns=K:.kind,S:.metadata.namespace,N:.metadata.name"
CONDITIONS: Final = ("Available", "Reconciled")


def problems(environment: Environment, kubectl: Kubectl) -> Iterator[str]:
    """Yield what is missing or wrong, a sentence each.

    Raises:
        OpenServiceError: The cluster is out of reach.

    """
    namespace = environment.kube_prom_stack.namespace
    yield from _missing_storage_class(environment, kubectl)
    yield from _nodes_without_container_labels(kubectl)
    for api in unavailable_apis(kubectl):
        yield f"the API {api.name} does not answer, and until then no namespace can be deleted: {api.reason}"
    yield from _missing_pull_secrets(environment, kubectl)
    if _names(kubectl, "get", "namespace", namespace) is None:
        names = ", ".join(sorted(needed_secrets(environment)))
        if names:
            yield f"namespace {namespace} is created by the first deploy; then it needs these secrets: {names}"
        return
    yield from _missing_secrets(environment, kubectl)
    yield from _unselected(environment, kubectl)
    yield from _unbound_claims(namespace, kubectl)
    yield from _unready_pods(namespace, kubectl)
    yield from _waiting_services(namespace, kubectl)
    yield from _unreconciled(environment.kube_prom_stack, kubectl)


def _missing_storage_class(environment: Environment, kubectl: Kubectl) -> Iterator[str]:
    chosen = environment.kube_prom_stack.storage_class_name
    # The csi-addon makes its own class.
    if chosen is not None and _names(kubectl, "get", "storageclass", chosen) is None:
        yield f"there is no StorageClass {chosen} (kube_prom_stack.storage_class_name): no volume would be made"


def _missing_secrets(environment: Environment, kubectl: Kubectl) -> Iterator[str]:
    namespace = environment.kube_prom_stack.namespace
    for name, keys in needed_secrets(environment).items():
        there = _names(kubectl, "--namespace", namespace, "get", "secret", name, "-o", KEYS)
        if there is None:
            yield f"there is no secret {name}; pods that mount it do not start: {_command(namespace, name, keys)}"
        elif PULL_SECRET_KEY in keys and PULL_SECRET_KEY not in there:
            yield f"secret {name} is no pull secret, which kubelets ignore: {_command(namespace, name, keys)}"
        else:
            yield from (f"secret {name} has no key {key}" for key in keys if key not in there)


def _command(namespace: str, name: str, keys: Sequence[str]) -> str:
    """Return the command that makes a secret; an Opaque one with the key of a pull secret would pull nothing."""
    create = f"kubectl --namespace {namespace} create secret"
    if PULL_SECRET_KEY in keys:
        return f"{create} docker-registry {name} --docker-server=HOST --docker-username=USER --docker-password=PASSWORD"
    return f"{create} generic {name} {' '.join(f'--from-file={key}=FILE' for key in keys) or '--from-file=KEY=FILE'}"


def _missing_pull_secrets(environment: Environment, kubectl: Kubectl) -> Iterator[str]:
    for namespace, name in pull_secrets_elsewhere(environment):
        there = _names(kubectl, "--namespace", namespace, "get", "secret", name, "-o", KEYS)
        if there is None or PULL_SECRET_KEY not in there:
            state = "there is no secret" if there is None else "an Opaque secret pulls no image:"
            yield f"{state} {name} in namespace {namespace}: {_command(namespace, name, [PULL_SECRET_KEY])}"


def _nodes_without_container_labels(kubectl: Kubectl) -> Iterator[str]:
    """Yield nodes whose cAdvisor names no containers: without that label dashboards and rules about pods are empty."""
    columns = "custom-columns=N:.metadata.name,R:.status.nodeInfo.containerRuntimeVersion"
    for line in _names(kubectl, "get", "nodes", "-o", columns, "--no-headers") or ():
        name, _, runtime = line.partition(" ")
        if runtime.strip().startswith("docker://"):
            yield (
                f"node {name} runs the Docker runtime, whose metrics name no container: CPU and memory of pods stay "
                "empty; on minikube: minikube delete, then minikube start --container-runtime=containerd"
            )


def _unselected(environment: Environment, kubectl: Kubectl) -> Iterator[str]:
    """Yield monitors and rules without the label, and those with it in namespaces without theirs."""
    stack = environment.kube_prom_stack
    label = f"{stack.monitor_label.key}={stack.monitor_label.value}"
    for line in _objects(kubectl, f"{label.replace('=', '!=')},!{RULER_LABEL}"):
        yield f"{line} lacks the label {label}: Prometheus does not select it"
    watched = f"{stack.namespace_label.key}={stack.namespace_label.value}"
    labelled = _names(kubectl, "get", "namespaces", "--selector", watched, "-o", COLUMNS, "--no-headers") or ()
    namespaces = {line.split()[-1] for line in labelled}
    for line in _objects(kubectl, label):
        if line.split()[1].partition("/")[0] not in namespaces:
            yield f"{line} is in a namespace without the label {watched}: add it to monitored_namespaces"


def _objects(kubectl: Kubectl, selector: str) -> list[str]:
    """Return monitors and rules as KIND NAMESPACE/NAME; none where their CRDs are not there yet."""
    lines = _names(kubectl, "get", MONITORS, "--all-namespaces", "--selector", selector, "-o", COLUMNS, "--no-headers")
    return [f"{kind} {namespace}/{name}" for kind, namespace, name in (line.split() for line in lines or ())]


def _unbound_claims(namespace: str, kubectl: Kubectl) -> Iterator[str]:
    columns = "custom-columns=N:.metadata.name,P:.status.phase,C:.spec.storageClassName"
    for line in _names(kubectl, "--namespace", namespace, "get", "pvc", "-o", columns, "--no-headers") or ():
        name, phase, storage_class = line.split()
        if phase != "Bound":
            yield f"claim {name} of class {storage_class} has no volume: it is {phase}"


def _unready_pods(namespace: str, kubectl: Kubectl) -> Iterator[str]:
    """Yield pods that are not ready, with what they wait for; those of finished jobs are done."""
    for pod in _items(kubectl, namespace, "pods"):
        status = pod.get("status") or {}
        conditions = {one["type"]: one for one in status.get("conditions") or ()}
        if status.get("phase") == "Succeeded" or conditions.get("Ready", {}).get("status") == "True":
            continue
        yield f"pod {pod['metadata']['name']} is not ready: {_why_unready(status, conditions)}"


def _why_unready(status: dict[str, Any], conditions: dict[str, dict[str, Any]]) -> str:
    for container in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        state = container.get("state") or {}
        details = state.get("waiting") or state.get("terminated")
        if details and not (state.get("terminated") and details.get("exitCode") == 0):
            reason = " ".join(filter(None, (details.get("reason"), details.get("message"))))
            return f"container {container['name']}: {' '.join(reason.split()) or 'no reason given'}"
    scheduled = conditions.get("PodScheduled", {})
    if scheduled.get("status") == "False":
        return " ".join(str(scheduled.get("message") or scheduled.get("reason")).split())
    return " ".join(str(status.get("message") or status.get("phase") or "no reason given").split())


def _waiting_services(namespace: str, kubectl: Kubectl) -> Iterator[str]:
    for service in _items(kubectl, namespace, "services"):
        is_balanced = (service.get("spec") or {}).get("type") == "LoadBalancer"
        if is_balanced and not ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress"):
            name = service["metadata"]["name"]
            yield f"Service {name} has no load balancer yet; on minikube, keep `minikube tunnel` running"


def _reconciled(stack: KubePromStackSettings) -> dict[str, str]:
    """Return what the operator makes of an environment: the resource of the API by its kind."""
    if stack.prometheus.agent_mode:
        return {"PrometheusAgent": "prometheusagents"}
    ruler = {"ThanosRuler": "thanosrulers"} if stack.thanos.ruler.enabled else {}
    return {"Prometheus": "prometheuses", "Alertmanager": "alertmanagers", **ruler}


def _unreconciled(stack: KubePromStackSettings, kubectl: Kubectl) -> Iterator[str]:
    """Yield what the operator says of its resources, or that it says nothing; Helm does not wait for them."""
    namespace, wanted = stack.namespace, _reconciled(stack)
    lines = _names(kubectl, "--namespace", namespace, "get", ",".join(wanted.values()), "-o", "json")
    if lines is None:
        return
    items = json.loads("\n".join(lines))["items"] if lines else []
    for kind in wanted:
        if not any(one["kind"] == kind for one in items):
            yield f"there is no {kind} in namespace {namespace}: deploy the kube-prom-stack stack"
    for one in items:
        name, status = f"{one['kind']} {one['metadata']['name']}", one.get("status") or {}
        conditions = {condition["type"]: condition for condition in status.get("conditions") or ()}
        if not set(CONDITIONS) <= set(conditions):
            yield f"{name} does not exist yet: the operator has not reconciled it; is its pod ready?"
        for condition in conditions.values():
            if condition["type"] in CONDITIONS and condition["status"] != "True":
                reason = condition.get("message") or condition.get("reason") or "no reason given"
                yield f"{name} is not {condition['type']}: {' '.join(reason.split())}"


def _items(kubectl: Kubectl, namespace: str, kind: str) -> list[dict[str, Any]]:
    lines = _names(kubectl, "--namespace", namespace, "get", kind, "-o", "json")
    items: list[dict[str, Any]] = json.loads("\n".join(lines))["items"] if lines else []
    return items


def _names(kubectl: Kubectl, *arguments: str) -> Sequence[str] | None:
    """Return the lines that kubectl writes; None where what is asked for is not there.

    Raises:
        OpenServiceError: The cluster is out of reach.

    """
    done = kubectl.ask(*arguments)
    if done.returncode == 0:
        return done.stdout.splitlines()
    if "NotFound" in done.stderr or "doesn't have a resource type" in done.stderr:
        return None
    raise OpenServiceError(f"the cluster cannot be asked: {' '.join(done.stderr.split())}")


def check(environment: Environment) -> int:
    """Print what is missing or wrong in the environment's cluster; return 1 where anything is."""
    with kubectl_for(environment) as kubectl:
        found = list(problems(environment, kubectl))
    for problem in found:
        print_text(problem)
    if not found:
        sound = "nothing is missing, every monitor is selected, every claim has its volume, every pod is ready"
        print_text(f"{environment.name}: {sound}")
    return 1 if found else 0
