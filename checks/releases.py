"""The Helm releases of synthesized environments, with the values that the chart gets from Terraform."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from config.environment import Environment


@dataclass(frozen=True)
class Release:
    """A Helm release; references of Terraform are stand-ins that are fit for names."""

    name: str
    namespace: str
    chart: str
    repository: str | None
    version: str | None
    values: dict[str, Any]


def as_deployed(value: Any) -> Any:  # noqa: ANN401 (any part of the values)
    """Return what the chart is given: references replaced by stand-ins, and no template sequence doubled."""
    if isinstance(value, str):
        return _unescaped(re.sub(r"(?<!\$)\$\{[^}]*}", lambda reference: _stand_in(reference[0]), value))
    if isinstance(value, list):
        return [as_deployed(item) for item in value]
    if isinstance(value, dict):
        return {as_deployed(key): as_deployed(item) for key, item in value.items()}
    return value


def _stand_in(reference: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", reference.lower()).strip("-")
    return f"https://{name}/" if name.endswith(("-endpoint", "-url")) else name


def _unescaped(text: str) -> str:
    return text.replace("$${", "${").replace("%%{", "%{")


def releases(environment: Environment, outdir: Path) -> list[Release]:
    """Synthesize an environment into a folder, and return its releases of others' charts.

    The project's own chart takes any values; tests read the objects in them.
    """
    from cdktf import App  # noqa: PLC0415 (after the lazy loading is on)

    from stacks.build import APP_OPTIONS, build_stacks  # noqa: PLC0415 - as main.py does

    app = App(outdir=str(outdir), **APP_OPTIONS)
    build_stacks(app, environment)
    app.synth()
    found: list[Release] = []
    for path in sorted(outdir.glob("stacks/*/cdk.tf.json")):
        stack = json.loads(path.read_text(encoding="utf-8"))
        found.extend(_releases(stack.get("resource", {}).get("helm_release", {}).values(), environment))
    return found


def _releases(bodies: Iterable[dict[str, Any]], environment: Environment) -> Iterator[Release]:
    for body in bodies:
        if "repository" not in body:
            continue
        values: dict[str, Any] = {}
        for text in body.get("values", ()):
            values |= as_deployed(json.loads(text))
        namespace = body.get("namespace", "default")
        yield Release(
            name=body["name"],
            namespace=environment.kube_prom_stack.namespace if namespace.startswith("${") else namespace,
            chart=body["chart"],
            repository=body.get("repository"),
            version=body.get("version"),
            values=values,
        )
