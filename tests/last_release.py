"""What the last release made: environments, the addresses in their states, and the Terraform JSON of some stacks.

After a release `python -m tests.last_release` replaces all of it by what this checkout makes, and empties
`expected.json`: the replacements, moves and interruptions that an upgrade from there is known to plan.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import yaml

from config.environment import Environment
from config.paths import ENVIRONMENTS, ROOT

FOLDER = ROOT / "tests" / "data" / "last_release"
STACKS = ("network", "cluster", "csi-addon", "cluster-addons")
# Environments of which the addresses are kept, with their files; `qa` is kept as it was.
SOURCES = {
    "dev": ENVIRONMENTS / "dev.yaml",
    "prod": ENVIRONMENTS / "prod.yaml",
    "everything": ROOT / "tests" / "data" / "everything.yaml",
    "qa": FOLDER / "qa.yaml",
}
# Those whose stacks are deployed in a test; the JSON of others is not kept.
DEPLOYED = ("dev", "prod", "qa")


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
    paths = {f"{environment}-{stack}": FOLDER / f"{environment}-{stack}.tf.json" for stack in STACKS}
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.exists()}


def expected() -> dict[str, Any]:
    """Return what an upgrade from the last release is known to plan: `replaced`, `moved` and `interrupted`."""
    known: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
    return known


def write(folder: Path = FOLDER) -> None:
    """Write what this checkout makes."""
    from tests.synthesis import synthesize

    found: dict[str, list[str]] = {}
    for name, source in SOURCES.items():
        text = source.read_text(encoding="utf-8")
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        environment = Environment.model_validate_json(json.dumps(yaml.safe_load(text)))
        with tempfile.TemporaryDirectory() as outdir:
            synthesized = synthesize([environment], Path(outdir) / "cdktf.out")
            for stack, content in synthesized.stacks.items():
                found[stack] = sorted(
                    f"{type_}.{resource}"
                    for type_, resources in content.json.get("resource", {}).items()
                    for resource in resources
                )
                if name in DEPLOYED and stack.removeprefix(f"{name}-") in STACKS:
                    (folder / f"{stack}.tf.json").write_text(json.dumps(content.json, indent=1), encoding="utf-8")
    (folder / "addresses.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (folder / "expected.json").write_text('{"replaced": {}, "moved": [], "interrupted": {}}\n', encoding="utf-8")


if __name__ == "__main__":
    import faststart

    faststart.install()
    for old in FOLDER.glob("*.tf.json"):
        old.unlink()
    write()
