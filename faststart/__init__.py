"""Lazy loading for CDKTF provider packages: call `install()` before the first provider import."""

from __future__ import annotations

from . import kernel, node_providers, package_versions, python_providers, type_checks
from ._settings import EAGER_VARIABLE, FastStartWarning, is_switched_off
from .import_hooks import after_import

__all__ = ["EAGER_VARIABLE", "FastStartWarning", "install"]


def install() -> None:
    """Make every provider package that is imported from now on load only the parts that are used.

    Calling it again changes nothing. With `EAGER_PROVIDERS=1` in the environment it does nothing at all.
    """
    if is_switched_off():
        return
    node_providers.install()
    kernel.start_node()
    python_providers.install()
    package_versions.install()
    type_checks.install_hints()
    after_import("typeguard", type_checks.install_checks)
    after_import("jsii._kernel.providers.process", kernel.install)
