"""Looks into a cluster for what neither Terraform nor Helm says: `./eks check cluster dev`.

Before a deploy: secrets and StorageClass that the settings name. After it: monitors that nobody selects, claims
without a volume, and what the operator could not reconcile. It reads keys of secrets, never their values.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from operations.console import print_text
from operations.kubernetes.open_service import Kubectl, OpenServiceError, kubectl_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from config.environment import Environment

MONITORS: Final = "servicemonitors,podmonitors,probes,prometheusrules,scrapeconfigs"
KEYS: Final = 'go-template={{range $key, $_ := .data}}{{$key}}{{"\\n"}}{{end}}'
# One line an object; `kubectl get` of several kinds in text would put a heading between them.
COLUMNS: Final = "custom-columns=K:.kind,S:.metadata.namespace,N:.metadata.name"
CONDITIONS: Final = ("Available", "Reconciled")
# Of a pull secret: https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets
PULL_SECRET_KEY: Final = ".dockerconfigjson"  # noqa: S105 (the name of a key)


def problems(environment: Environment, kubectl: Kubectl) -> Iterator[str]:
    """Yield what is missing or wrong, a sentence each.

    Raises:
        OpenServiceError: The cluster is out of reach.

    """
    namespace = environment.kube_prom_stack.namespace
    yield from _missing_storage_class(environment, kubectl)
    if _names(kubectl, "get", "namespace", namespace) is None:
        names = ", ".join(sorted(needed_secrets(environment)))
        if names:
            yield f"namespace {namespace} comes with the first deploy; then these secrets are needed in it: {names}"
        return
    yield from _missing_secrets(environment, kubectl)
    yield from _unselected(environment, kubectl)
    yield from _unbound_claims(namespace, kubectl)
    yield from _unreconciled(namespace, kubectl)


def needed_secrets(environment: Environment) -> dict[str, list[str]]:
    """Return the keys of each Kubernetes secret that the settings name; without keys where they are not known."""
    stack = environment.kube_prom_stack
    needed: dict[str, list[str]] = {name: [PULL_SECRET_KEY] for name in stack.image_pull_secrets}
    for secret in stack.alertmanager.secrets():
        if secret.secret is not None and secret.key is not None:
            needed.setdefault(secret.secret, []).append(secret.key)
    login = stack.grafana.admin_secret
    if stack.grafana.enabled and login is not None:
        needed.setdefault(login.name, []).extend([login.user_key, login.password_key])
    for name in stack.probes.secrets if stack.probes.enabled else ():
        needed.setdefault(name, [])
    return needed


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
            literals = " ".join(f"--from-file={key}=FILE" for key in keys) or "--from-file=KEY=FILE"
            yield (
                f"there is no secret {name}; pods that mount it do not start: "
                f"kubectl --namespace {namespace} create secret generic {name} {literals}"
            )
        else:
            yield from (f"secret {name} has no key {key}" for key in keys if key not in there)


def _unselected(environment: Environment, kubectl: Kubectl) -> Iterator[str]:
    """Yield monitors and rules without the label, and those with it in namespaces without theirs."""
    stack = environment.kube_prom_stack
    label = f"{stack.monitor_label.key}={stack.monitor_label.value}"
    for line in _objects(kubectl, label.replace("=", "!=")):
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


def _unreconciled(namespace: str, kubectl: Kubectl) -> Iterator[str]:
    """Yield what the operator says of its resources; Helm does not wait for them."""
    lines = _names(kubectl, "--namespace", namespace, "get", "prometheuses,alertmanagers", "-o", "json")
    for one in json.loads("\n".join(lines))["items"] if lines else ():
        for condition in (one.get("status") or {}).get("conditions") or ():
            if condition["type"] in CONDITIONS and condition["status"] != "True":
                reason = condition.get("message") or condition.get("reason") or "no reason given"
                yield f"{one['kind']} {one['metadata']['name']} is not {condition['type']}: {' '.join(reason.split())}"


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
        print_text(f"{environment.name}: nothing is missing, every monitor is selected, every claim has its volume")
    return 1 if found else 0
