"""The files of packs: those that are shipped, and those in `values/policies/`. What is in them, few commands read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from config.core.files.yaml_source import read_yaml
from config.paths import ROOT, VALUES
from config.policy.policy import POLICIES, RULE_NAME

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED: Final = ROOT / "config" / "policy" / "shipped"
# A rule in a shipped pack: to parse the packs would take longer than to synthesize a stack.
_NAME: Final = re.compile(rf"^  ({RULE_NAME}):$", re.MULTILINE)


def pack_files(values: Path = VALUES) -> dict[str, Path]:
    """Return the files of all packs by name, the shipped ones first."""
    return {path.stem: path for path in (*sorted(SHIPPED.glob("*.yaml")), *own_files(values))}


def shipped_rule_names() -> list[str]:
    """Return the names of the rules of shipped packs."""
    return [name for path in sorted(SHIPPED.glob("*.yaml")) for name in _NAME.findall(path.read_text(encoding="utf-8"))]


def rule_names(values: Path = VALUES) -> list[str]:
    """Return the names of all rules, as far as the files can be read."""
    found = [read_yaml(path, path.name).node_at(("rules",)) for path in own_files(values)]
    own = (name for rules in found if rules is not None and isinstance(rules.content, dict) for name in rules.content)
    return [*shipped_rule_names(), *own]


def own_files(values: Path) -> list[Path]:
    """Return the files in `values/policies/`."""
    return sorted((values / POLICIES).glob("*.yaml"))
