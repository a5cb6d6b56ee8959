"""A namespace, with either shape of the provider's bindings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdktf_cdktf_provider_kubernetes import namespace_v1

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

# Bindings from cdktn-provider-kubernetes 17 on take the one metadata block as a list.
_METADATA_IS_LIST = hasattr(namespace_v1, "NamespaceV1MetadataList")


def create_namespace(scope: Construct, id_: str, *, name: str, labels: Mapping[str, str]) -> namespace_v1.NamespaceV1:
    """Create a namespace with labels."""
    one = namespace_v1.NamespaceV1Metadata(name=name, labels=labels)
    metadata: Any = [one] if _METADATA_IS_LIST else one
    return namespace_v1.NamespaceV1(scope, id_, metadata=metadata)


def name_of(namespace: namespace_v1.NamespaceV1) -> str:
    """Return a reference to the name; resources that use it depend on the namespace."""
    metadata: Any = namespace.metadata
    name: str = (metadata.get(0) if _METADATA_IS_LIST else metadata).name
    return name
