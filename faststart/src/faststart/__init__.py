"""Lazy loading for CDKTF provider packages: call `install()` before the first provider import."""

from __future__ import annotations

from ._settings import EAGER_VARIABLE, FastStartWarning, is_switched_off
from .garbage_collection import leave
from .node import early_node
from .node.options import add_preload
from .node.own_node import use_own_node

__all__ = ["EAGER_VARIABLE", "FastStartWarning", "install", "leave", "use_own_node"]


def install() -> None:
    """Make every provider package that is imported from now on load only the parts that are used.

    Calling it again changes nothing. With `EAGER_PROVIDERS=1` in the environment it only names the Node of this virtual
    environment to jsii.

    Raises:
        SystemExit: There is no Node; the message states what installs it.

    """
    use_own_node()
    if is_switched_off():
        return
    add_preload()
    early_node.start()
    # These take 15 ms to import, in which Node starts.
    from . import garbage_collection  # noqa: PLC0415 - only where it is on
    from .imports import (  # noqa: PLC0415 - only where it is on
        deferred_annotations,
        mock_class,
        package_versions,
        providers,
        type_checks,
    )
    from .imports.hooks import after_import  # noqa: PLC0415 - only where it is on
    from .node.kernel import install as install_kernel  # noqa: PLC0415 - only where it is on

    deferred_annotations.install()
    providers.install()
    package_versions.install()
    garbage_collection.install()
    after_import("typeguard", type_checks.install, mock_class.stand_in)
    after_import("jsii", install_kernel)
