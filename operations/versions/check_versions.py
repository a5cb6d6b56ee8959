"""What `./eks check versions` does: it lists what is behind, and what it could not ask."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from config.core import aws
from operations.environments.named import environments_named
from operations.runs.folders import current_stacks
from operations.versions import sources
from operations.versions.pins import (
    Pin,
    action_pins,
    addon_pins,
    kubernetes_pins,
    product_pins,
    provider_pins,
    support_of,
)
from operations.versions.sources import UnreachableError, newest_of, order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

AT_ONCE: Final = 8


@dataclass(frozen=True)
class Version:
    """A version that is pinned, and the newest one; None where that is not known.

    Attributes:
        problem: Why the newest one is not known.

    """

    kind: str
    name: str
    pinned: str
    newest: str | None
    note: str = ""
    problem: str = ""

    @property
    def is_behind(self) -> bool:
        """Whether there is a newer one."""
        return self.newest is not None and order(self.newest) > order(self.pinned)


def check(names: Sequence[str], *, is_json: bool, fails_on_behind: bool) -> int:
    """Compare and print; return 1 where something is behind and that is to fail.

    Raises:
        UsageError: There is no environment of such a name.

    """
    stacks = current_stacks()
    chosen = environments_named(names)
    pins = [*product_pins(), *provider_pins(stacks), *action_pins(), *addon_pins(chosen)]
    region = next((environment.region for environment in chosen if environment.region), None)
    kubernetes = kubernetes_versions(kubernetes_pins(chosen), region, datetime.now(UTC).date())
    found = [*kubernetes, *compare(pins)]
    if is_json:
        sys.stdout.write(json.dumps([{**asdict(one), "is_behind": one.is_behind} for one in found], indent=2) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in report(found)))
    return 1 if fails_on_behind and any(one.is_behind for one in found) else 0


def kubernetes_versions(pins: Iterable[Pin], region: str | None, today: date) -> list[Version]:
    """Compare with the support calendar, and with what EKS offers in a region where there are credentials."""
    offered, problem = list(aws.KUBERNETES_SUPPORT), ""
    try:
        offered += sources.cluster_versions(region)
    except (UnreachableError, OSError, ValueError, KeyError) as error:
        problem = str(error)
    newest = newest_of(offered)
    return [Version(pin.kind, pin.name, pin.version, newest, support_of(pin.version, today), problem) for pin in pins]


def compare(pins: Sequence[Pin]) -> list[Version]:
    """Ask for the newest version of each pin, some at once."""
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return list(pool.map(_compare, pins))


def _compare(pin: Pin) -> Version:
    try:
        return Version(pin.kind, pin.name, pin.version, sources.newest(pin))
    except (UnreachableError, OSError, ValueError, KeyError, TypeError) as error:
        host = urlsplit(str(getattr(error, "url", "") or "")).netloc
        said = " ".join(str(getattr(error, "reason", "") or error).split())
        return Version(pin.kind, pin.name, pin.version, None, problem=f"{host or _place(pin)}: {said}")


def _place(pin: Pin) -> str:
    """Return the host that is asked about a pin."""
    asked = {"provider": sources.GITHUB, "action": sources.GITHUB, "plugin": sources.PLUGINS}
    address = asked.get(pin.kind, pin.source)
    return urlsplit(address).netloc or address.partition("/")[0]


def report(found: Sequence[Version]) -> list[str]:
    """Return the lines: what is behind, each source that did not answer, and a summary."""
    behind = [one for one in found if one.is_behind]
    lines = [_line("behind", one, f"newest {one.newest}") for one in behind]
    lines += [_line("newest", one) for one in found if one.note and not one.is_behind]
    lines += [f"not asked  {problem}" for problem in dict.fromkeys(one.problem for one in found if one.problem)]
    unknown = sum(one.newest is None for one in found)
    lines.append(f"{len(found)} versions: {len(behind)} behind, {unknown} unknown")
    return lines


def _line(state: str, one: Version, *said: str) -> str:
    notes = "; ".join([*said, *([one.note] if one.note else [])])
    return f"{state:9}  {one.kind:10}  {one.name:34}  {one.pinned:10}  {notes}"
