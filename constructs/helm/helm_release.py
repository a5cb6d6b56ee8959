"""A Helm release as this project makes them: ready before what waits for it, and taken up again if it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cdktf_cdktf_provider_helm.release import Release

from config.core.files.json_text import json_for_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdktf import ITerraformDependable

    from config.versions import ChartPin
    from constructs import Construct
    from constructs.helm.helm_values import Values


class LocalChart(NamedTuple):
    """A chart next to the stack's JSON: its folder and version."""

    name: str
    version: str
    repository: None = None


def create_release(
    scope: Construct,
    *,
    name: str,
    namespace: str,
    chart: ChartPin | LocalChart,
    values: Values,
    timeout_seconds: int,
    secret_values: str | None = None,
    depends_on: Sequence[ITerraformDependable] = (),
    is_awaited: bool = True,
) -> Release:
    """Create the release of a construct, with the id `this`; `secret_values` is text of more values, which win.

    `is_awaited` is false for what gets ready by a step that comes after the deploy.
    """
    return Release(
        scope,
        "this",
        name=name,
        namespace=namespace,
        chart=chart.name,
        repository=chart.repository,
        version=chart.version,
        # Sorted, so that the order of settings is no change to the release.
        values=[json_for_yaml(values), *([] if secret_values is None else [secret_values])],
        timeout=timeout_seconds,
        wait=is_awaited,
        # A first install that fails stays in the cluster but not in the state: the next apply takes it over.
        upgrade_install=True,
        depends_on=list(depends_on) or None,
    )
