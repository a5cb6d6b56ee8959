"""A stack of any engine and provider, with what is easily broken: `python any_provider.py OUTDIR PROVIDER…`.

Prints how many modules of the providers Python has loaded.
"""

from __future__ import annotations

import importlib
import json
import sys
from importlib.util import find_spec
from typing import Any

import faststart

faststart.install()

LIBRARY, PREFIX = ("cdktf", "cdktf_cdktf_provider") if find_spec("cdktf") is not None else ("cdktn", "cdktn_provider")
NAME = "ünïcode — \u2028 \U0001f680"
# A provider's settings, and its types with theirs: one alone, and one that takes a structure or refers to the first.
PROVIDERS: dict[str, tuple[dict[str, Any], list[tuple[str, str, dict[str, Any]]]]] = {
    "azurerm": (
        {"features": [{}]},
        [
            ("resource_group", "ResourceGroup", {"name": NAME, "location": "eu"}),
            (
                "virtual_network",
                "VirtualNetwork",
                {"name": "n", "location": "eu", "resource_group_name": "{0}", "address_space": ["10.0.0.0/16"]},
            ),
        ],
    ),
    "google": (
        {"project": "p", "region": "europe-west1"},
        [
            ("compute_network", "ComputeNetwork", {"name": "n", "description": NAME}),
            ("storage_bucket", "StorageBucket", {"name": "{0}", "location": "EU", "versioning": {"enabled": True}}),
        ],
    ),
    "random": (
        {},
        [
            ("pet", "Pet", {"keepers": {"name": NAME}, "length": 3}),
            ("password", "Password", {"length": 16, "keepers": {"pet": "{0}"}}),
        ],
    ),
}


def main(outdir: str, providers: list[str]) -> None:
    """Build one stack with all providers."""
    library: Any = importlib.import_module(LIBRARY)
    app = library.App(outdir=outdir)
    stack = library.TerraformStack(app, "stack")
    for provider in providers:
        settings, resources = PROVIDERS[provider]
        module = importlib.import_module(f"{PREFIX}_{provider}.provider")
        getattr(module, f"{provider.capitalize()}Provider")(stack, provider, **settings)
        first: Any = None
        for submodule, class_, values in resources:
            module = importlib.import_module(f"{PREFIX}_{provider}.{submodule}")
            made = {key: _refer(value, first) for key, value in values.items()}
            first = getattr(module, class_)(stack, f"{provider}-{submodule}", **made)
        library.TerraformOutput(stack, f"{provider}-id", value=first.id, description=NAME)
    stack.node.add_metadata("providers", json.dumps(providers))
    app.synth()
    print(sum("_provider_" in name and name.count(".") == 1 for name in sys.modules))


def _refer(value: Any, first: Any) -> Any:
    if isinstance(value, dict):
        return {key: _refer(inner, first) for key, inner in value.items()}
    return value.format(first.id) if value == "{0}" else value


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
