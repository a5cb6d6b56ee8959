"""The settings that leave what already runs next to the cluster's own parts to the tool that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adoption.keeping.keep import Existing


def keep_companions(existing: Existing) -> None:
    """Switch off add-ons that a release of the layout already is: two autoscalers would work against each other."""
    releases = {str(one.attributes.get("chart")).rpartition("/")[2]: one for one in existing.all("helm_release")}
    for name in existing.environment.cluster_addons.enabled:
        release = releases.get(name.replace("_", "-"))
        if release is None:
            continue
        there = f"{release.attributes.get('namespace')}/{release.attributes['name']}"
        existing.keep(
            ("cluster_addons", name, "enabled"),
            value=False,
            comment=f"The old layout's release {there} does this. Better: true. Later: uninstall that release in the "
            "old layout, then remove this line.",
        )
