"""What the last release made: environments, the addresses in their states, and the Terraform JSON of some stacks.

After a release: replace `addresses.json`, the environments and the JSON in `tests/data/last_release/` by what it
synthesizes from them.
"""

from __future__ import annotations

import json
from typing import Any

import yaml

from config.environment import Environment
from config.paths import ROOT

FOLDER = ROOT / "tests" / "data" / "last_release"


def environment_of(name: str) -> Environment:
    """Read an environment as it was, by the models of today."""
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    return Environment.model_validate_json(json.dumps(yaml.safe_load(text)))


def addresses() -> dict[str, list[str]]:
    """Return the addresses of all resources by stack."""
    found: dict[str, list[str]] = json.loads((FOLDER / "addresses.json").read_text(encoding="utf-8"))
    return found


def stacks_of(environment: str) -> dict[str, dict[str, Any]]:
    """Return the Terraform JSON of the stacks of an environment, in the order in which they deploy."""
    order = ("network", "cluster", "csi-addon", "cluster-addons")
    paths = {f"{environment}-{stack}": FOLDER / f"{environment}-{stack}.tf.json" for stack in order}
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.exists()}
