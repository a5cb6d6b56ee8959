"""What would be replaced or lost, each by the name by which it can be accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.core.problems import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from adoption.comparing.differences import Change
    from adoption.comparing.matching import Matches


def replacements(matches: Matches, changes: Mapping[str, Iterable[Change]]) -> Iterator[str]:
    """Yield what would be replaced, which nothing allows."""
    for found in matches.found:
        for change in changes[str(found.resource)]:
            if change.replaces:
                yield (
                    f"{found.resource}: {found.object} would be replaced: {change.attribute} is "
                    f"{shown(change.before)}, the settings make it {shown(change.after)}, and nothing is known that "
                    "keeps it"
                )


def losses(matches: Matches, changes: Mapping[str, Iterable[Change]], accepted: Collection[str]) -> Iterator[str]:
    """Yield what would be lost, each by the name by which it can be accepted."""
    names = set()
    for found in matches.found:
        of_object = f"{found.resource.stack}/{found.resource.path}"
        names.add(of_object)
        if found.object.is_tainted and of_object not in accepted:
            yield (
                f"{found.object} is tainted: the old layout would replace it. Untaint it or let the layout replace it "
                f"first, or take it over as it is with --accept {of_object}"
            )
        for change in changes[str(found.resource)]:
            if change.is_wanted or change.replaces:
                continue
            name = f"{of_object}.{change.attribute}"
            if name not in accepted:
                before, after = shown(change.before), shown(change.after)
                yield (
                    f"{found.object}: {change.attribute} would be lost: it is {before}, and would be {after}; "
                    f"--accept {name} lets it go"
                )
    for name in accepted:
        if not any(name == one or name.startswith(f"{one}.") for one in names):
            yield f"--accept {name}: nothing of that name is taken over"
