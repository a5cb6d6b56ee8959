"""Asks for the newest versions: repositories of charts, registries of containers, GitHub, Grafana, AWS."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

from config.core.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from http.client import HTTPResponse

    from operations.versions.pins import Pin

TIMEOUT_SECONDS: Final = 20
MOST_PAGES: Final = 50
GITHUB: Final = "https://api.github.com/repos"
PLUGINS: Final = "https://grafana.com/api/plugins"
# The address of a registry that is not its name's.
REGISTRIES: Final = {"docker.io": "https://registry-1.docker.io"}
_RELEASE: Final = re.compile(r"v?\d+(?:\.\d+)+(?:-eksbuild\.\d+)?")
_CHALLENGE: Final = re.compile(r'(\w+)="([^"]*)"')


class UnreachableError(ExpectedError):
    """A source does not answer; the text is its address and why."""


def newest(pin: Pin) -> str:
    """Return the newest release of what is pinned.

    Raises:
        UnreachableError: Its source does not answer, or has none.

    """
    found = newest_of(ASK[pin.kind](pin), pin.within)
    if found is None:
        raise UnreachableError(f"{pin.source}: no release of {pin.name} was found")
    return found


def newest_of(found: Iterable[str], within: str = "") -> str | None:
    """Return the newest of versions without those before a release; None where there is none."""
    return max((one for one in found if _RELEASE.fullmatch(one) and one.startswith(within)), key=order, default=None)


def order(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, by which versions are compared."""
    return tuple(map(int, re.findall(r"\d+", version)))


def _chart_versions(pin: Pin) -> list[str]:
    if pin.source.startswith("oci://"):
        return _tags(f"{pin.source.removeprefix('oci://')}/{pin.name}")
    address = f"{pin.source.rstrip('/')}/index.yaml"
    # Some are so large that a reader of YAML would take half a minute.
    found, chart = [], None
    with _open(address) as answer:
        for line in answer:
            text = line.decode("utf-8", errors="replace").rstrip()
            if match := re.fullmatch(r" {2}([\w.-]+):", text):
                chart = match[1]
            elif chart == pin.name and (match := re.fullmatch(r" {4}version: [\"']?([^\"']+)[\"']?", text)):
                found.append(match[1])
    return found


def _tags(reference: str) -> list[str]:
    """List the tags of an image or of a chart in a registry of containers.

    https://distribution.github.io/distribution/spec/api/#listing-image-tags
    """
    host, _, path = reference.partition("/")
    base = REGISTRIES.get(host, f"https://{host}")
    address, headers, tags = f"{base}/v2/{path}/tags/list?n=1000", dict[str, str](), list[str]()
    for _ in range(MOST_PAGES):
        try:
            answer = _open(address, headers)
        except urllib.error.HTTPError as error:
            if error.code != 401 or headers:
                raise
            headers["Authorization"] = f"Bearer {_token(error.headers.get('WWW-Authenticate', ''))}"
            continue
        with answer:
            tags += json.load(answer).get("tags") or []
            following = re.match(r"<([^>]+)>", answer.headers.get("Link") or "")
        if following is None:
            break
        address = urljoin(address, following[1])
    return tags


def _token(challenge: str) -> str:
    """Ask for the token that a registry wants of everybody."""
    asked = dict(_CHALLENGE.findall(challenge))
    query = urlencode({key: asked[key] for key in ("service", "scope") if key in asked})
    answer = _json(f"{asked.get('realm', '')}?{query}")
    return str(answer.get("token") or answer.get("access_token"))


def _provider_releases(pin: Pin) -> list[str]:
    namespace, _, name = pin.source.partition("/")
    return [tag.removeprefix("v") for tag in _releases(f"{namespace}/terraform-provider-{name}")]


def _releases(repository: str) -> list[str]:
    token = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return [str(_json(f"{GITHUB}/{repository}/releases/latest", headers)["tag_name"])]


def _plugin_versions(pin: Pin) -> list[str]:
    return [str(_json(f"{PLUGINS}/{pin.source}")["version"])]


def _addon_versions(pin: Pin) -> list[str]:
    """List the versions of an add-on of EKS for the Kubernetes version of its cluster."""
    name, kubernetes, region = pin.source.split()
    found = _aws("describe-addon-versions", region, "--addon-name", name, "--kubernetes-version", kubernetes)
    return [str(one["addonVersion"]) for addon in found["addons"] for one in addon["addonVersions"]]


def cluster_versions(region: str | None) -> list[str]:
    """List the Kubernetes versions that EKS offers in a region.

    Raises:
        UnreachableError: There is no aws command, or it has no credentials.

    """
    return [str(one["clusterVersion"]) for one in _aws("describe-cluster-versions", region)["clusterVersions"]]


def _aws(operation: str, region: str | None, *arguments: str) -> dict[str, Any]:
    if shutil.which("aws") is None:
        raise UnreachableError("aws eks: aws is not on the path")
    command = ["aws", "eks", operation, *arguments, *(["--region", region] if region else []), "--output", "json"]
    try:
        done = subprocess.run(  # noqa: S603 - aws of the path
            command, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise UnreachableError(f"aws eks {operation}: no answer in {TIMEOUT_SECONDS} s") from None
    if done.returncode:
        said = " ".join(done.stderr.split())
        raise UnreachableError(f"aws eks {operation}: {said[:200]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _json(address: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    with _open(address, headers or {}) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def _open(address: str, headers: dict[str, str] | None = None) -> HTTPResponse:
    if urlsplit(address).scheme not in ("http", "https"):
        raise UnreachableError(f"{address} is no address of the web")
    request = urllib.request.Request(address, headers={"User-Agent": "eks", **(headers or {})})  # noqa: S310 - as above
    answer: HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)  # noqa: S310 - as above
    return answer


ASK: Final[dict[str, Callable[[Pin], list[str]]]] = {
    "chart": _chart_versions,
    "image": lambda pin: _tags(pin.source),
    "provider": _provider_releases,
    "action": lambda pin: _releases(pin.source),
    "plugin": _plugin_versions,
    "add-on": _addon_versions,
}
