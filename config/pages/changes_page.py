"""What a change of each setting does to an environment that is deployed, as the tests try it; written into docs/."""

from __future__ import annotations

import json
from collections import Counter
from typing import Final, NamedTuple

from config.paths import ROOT

DATA_FILE: Final = ROOT / "config" / "changes.json"
PAGE_FILE: Final = ROOT / "docs" / "changes.md"

_INTRODUCTION: Final = """\
# What a change of a setting does

<!-- Generated from config/changes.json by `python -m config.schema`; a test reports when it is out of date. -->

Each setting was changed on `dev` with one node group over its zones, and what differs was judged as `./eks plan`
judges it: the plan on the provider stand-ins, or the JSON before and after where only values of a Helm release differ.
What no plan can show (`backend`, `name`, an existing cluster) is described. [planning.md](planning.md#deploy) explains
the effects. The text is about that one change: yours may do something else, which its own plan says.

"""


class SettingChange(NamedTuple):
    """What a change does: the effect, by the names of the judge; what happens; and the way where one is needed."""

    effect: str
    what: str = ""
    way: str = ""


def changes() -> dict[str, SettingChange]:
    """Return what a change of each setting does, by the path of the setting."""
    entries: dict[str, dict[str, str]] = json.loads(DATA_FILE.read_text(encoding="utf-8"))
    return {setting: SettingChange(**entry) for setting, entry in entries.items()}


def page() -> str:
    """Return the text of the page."""
    known = changes()
    counts = Counter(change.effect for change in known.values())
    counted = ", ".join(f"{count} `{effect}`" for effect, count in counts.most_common())
    text = f"{_INTRODUCTION}{len(known)} settings: {counted}.\n"
    section = None
    for setting, change in known.items():
        if setting.partition(".")[0] != section:
            section = setting.partition(".")[0]
            title = section if any(other.startswith(f"{section}.") for other in known) else "The rest"
            text += "" if title == "The rest" and "## The rest" in text else _heading(title)
        said = "; ".join(part for part in (change.what, change.way) if part)
        text += f"| `{setting}` | {change.effect} | {said.replace('|', chr(92) + '|')} |\n"
    return text


def _heading(title: str) -> str:
    return f"\n## {title}\n\n| setting | effect | what happens |\n| --- | --- | --- |\n"
