"""What the providers document of the attributes of each type: `terraform providers schema -json`, cached in a file.

    python -m adoption.provider.provider_schema      # after a provider's new version: writes the file again

A test compares the file's versions with those that the stacks require.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final

from config.core.files.written_files import TRACKED, write_whole
from config.core.resource_kinds import KINDS

FILE: Final = Path(__file__).with_suffix(".json")
_FLAGS: Final = {"required": "r", "optional": "o", "computed": "c", "sensitive": "s", "write_only": "w"}


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return content


def versions() -> dict[str, str]:
    """Return the version of each provider, by its name."""
    return dict(_content()["versions"])


def schema_of(type_: str) -> dict[str, Any] | None:
    """Return the attributes of a type as `{name: [type, flags]}`, its blocks as `{name: [nesting, block, most]}`.

    `most` is how many blocks there may be, 0 without a limit. Flags are letters: required, optional, computed,
    sensitive, write-only.
    """
    found: dict[str, Any] | None = _content()["types"].get(type_)
    return found


def is_configurable(flags: str) -> bool:
    """Whether a configuration may give the attribute."""
    return ("r" in flags or "o" in flags) and "w" not in flags


def reduced(answer: dict[str, Any], required: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Return what the file holds of the answer of `terraform providers schema -json`."""
    types = {
        type_: _block(found["block"])
        for provider in answer["provider_schemas"].values()
        for type_, found in provider["resource_schemas"].items()
        if type_ in KINDS
    }
    return {"versions": {name: one["version"] for name, one in required.items()}, "types": types}


def _block(block: dict[str, Any]) -> dict[str, Any]:
    return {
        "attributes": {
            name: [_type_of(one), "".join(flag for key, flag in _FLAGS.items() if one.get(key))]
            for name, one in block.get("attributes", {}).items()
        },
        "blocks": {
            name: [one["nesting_mode"], _block(one["block"]), one.get("max_items", 0)]
            for name, one in block.get("block_types", {}).items()
            if name != "timeouts"
        },
    }


def _type_of(attribute: dict[str, Any]) -> Any:  # noqa: ANN401 - Terraform's notation of types
    nested = attribute.get("nested_type")
    if nested is None:
        return attribute["type"]
    of = ["object", {name: _type_of(one) for name, one in nested["attributes"].items()}]
    return of if nested["nesting_mode"] == "single" else [nested["nesting_mode"], of]


def main(terraform: str, required: dict[str, dict[str, str]]) -> None:
    """Ask Terraform and write the file."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {"terraform": {"required_providers": required}}
        (Path(folder) / "main.tf.json").write_text(json.dumps(settings), encoding="utf-8")
        subprocess.run([terraform, "init", "-no-color"], cwd=folder, check=True)  # noqa: S603 - the caller's Terraform
        command = [terraform, "providers", "schema", "-json"]
        answer = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout  # noqa: S603 - as above
    content = reduced(json.loads(answer), required)
    lines = [f"{json.dumps(name)}: {json.dumps(one)}" for name, one in sorted(content["types"].items())]
    text = f'{{"versions": {json.dumps(content["versions"])},\n"types": {{\n' + ",\n".join(lines) + "\n}}\n"
    write_whole(FILE, text, mode=TRACKED)


if __name__ == "__main__":
    sources: dict[str, dict[str, str]] = {}
    for stack in Path("cdktf.out").rglob("cdk.tf.json"):
        sources |= json.loads(stack.read_text(encoding="utf-8"))["terraform"].get("required_providers", {})
    main(sys.argv[1] if len(sys.argv) > 1 else "terraform", sources)
