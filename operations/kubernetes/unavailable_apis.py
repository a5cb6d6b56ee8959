"""Aggregated APIs that do not answer: while there is one, no namespace can finish deleting.

The API server asks every API for what a namespace still holds; metrics-server and the Prometheus adapter serve such
APIs from pods, which a destroy removes, or whose data it removes.
https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from operations.environments.named import environment_named
from operations.kubernetes.open_service import Kubectl, OpenServiceError, kubectl_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from operations.terraform.events import Diagnostic

# What Terraform and Helm say of a namespace that does not go.
_RAN_OUT_OF_TIME: Final = re.compile(r"context deadline exceeded|timed out waiting|NamespaceDeletionDiscoveryFailure")
_RELEASE: Final = "meta.helm.sh/release-name"
# The add-ons of this project that serve an API.
OWN_RELEASES: Final = ("metrics-server", "prometheus-adapter")


class UnavailableApi(NamedTuple):
    """An APIService that does not answer, the release that made it, None where Helm did not, and the reason."""

    name: str
    release: str | None
    reason: str


def unavailable_apis(kubectl: Kubectl) -> Iterator[UnavailableApi]:
    """Yield the aggregated APIs that do not answer.

    Raises:
        OpenServiceError: The cluster is out of reach.

    """
    done = kubectl.ask("get", "apiservices", "-o", "json")
    if done.returncode != 0:
        raise OpenServiceError(f"the cluster cannot be asked: {' '.join(done.stderr.split())}")
    for item in json.loads(done.stdout)["items"]:
        condition = _availability(item)
        if (item.get("spec") or {}).get("service") and condition.get("status") == "False":
            reason = " ".join(str(condition.get("message") or condition.get("reason") or "no reason given").split())
            release = (item["metadata"].get("annotations") or {}).get(_RELEASE)
            yield UnavailableApi(item["metadata"]["name"], release, reason)


def _availability(item: dict[str, Any]) -> dict[str, Any]:
    conditions = (item.get("status") or {}).get("conditions") or ()
    return next((one for one in conditions if one["type"] == "Available"), {})


def clear_after(environment: str, diagnostics: Iterable[Diagnostic], say: Callable[[str], None]) -> None:
    """Delete the add-ons' APIs that do not answer, where a destroy ran out of time, and name those of others."""
    texts = [f"{one.summary} {one.detail}" for one in diagnostics if one.severity == "error"]
    if not any(_RAN_OUT_OF_TIME.search(text) for text in texts):
        return
    try:
        with kubectl_for(environment_named(environment)) as kubectl:
            for line in clear(kubectl):
                say(f"{environment}: {line}")
    except OpenServiceError as error:
        say(f"{environment}: not looked for aggregated APIs that keep namespaces: {error}")


def clear(kubectl: Kubectl) -> Iterator[str]:
    """Delete the add-ons' APIs that do not answer; yield what was done, and what remains to do.

    Raises:
        OpenServiceError: The cluster is out of reach.

    """
    for api in unavailable_apis(kubectl):
        delete = f"kubectl delete apiservice {api.name}"
        if api.release not in OWN_RELEASES:
            yield f"the API {api.name} does not answer, so that no namespace can go ({api.reason}): {delete}"
        elif kubectl.ask("delete", "apiservice", api.name, "--ignore-not-found").returncode == 0:
            yield f"deleted the API {api.name} of release {api.release}, which did not answer: no namespace could go"
        else:
            yield f"the API {api.name} of release {api.release} does not answer, and could not be deleted: {delete}"
