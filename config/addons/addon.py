"""What the settings of every add-on of the cluster have in common."""

from __future__ import annotations

from pydantic import Field

from config.core.features import Feature


class Addon(Feature):
    """Settings of an add-on: a Helm release of the cluster-addons stack."""

    enabled: bool = Field(default=False, description="Install it. Default: false.")
