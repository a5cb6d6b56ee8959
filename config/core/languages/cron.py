"""Times of cron: what the schedules of Kubernetes and of Velero take."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator

from config.core.problems import shown

# https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
_FIELDS: Final = {"minute": (0, 59), "hour": (0, 23), "day of the month": (1, 31), "month": (1, 12), "weekday": (0, 6)}
_NAMES: Final = {
    "month": ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    "weekday": ("sun", "mon", "tue", "wed", "thu", "fri", "sat"),
}
_MACROS: Final = ("@yearly", "@monthly", "@weekly", "@daily", "@hourly")
_PART: Final = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>[1-9]\d*))?", re.ASCII)
_EXAMPLE: Final = "a time of cron like 0 3 * * *: minute, hour, day of the month, month, weekday"


def _checked(text: str) -> str:
    fields = text.split(" ")
    if text in _MACROS:
        return text
    if len(fields) != len(_FIELDS):
        raise ValueError(f"{shown(text)} is not {_EXAMPLE}")
    for field, (name, (least, most)) in zip(fields, _FIELDS.items(), strict=True):
        if not all(_is_part(part, name) for part in field.split(",")):
            article = "an" if name == "hour" else "a"
            allowed = f"numbers from {least} to {most}, *, a-b, */n, a,b"
            raise ValueError(f"{shown(field)} is not {article} {name} of cron: {allowed}")
    return text


def _is_part(part: str, field: str) -> bool:
    match = _PART.fullmatch(part)
    if match is None:
        return False
    least, most = _FIELDS[field]
    ends = [_number(end, field) for end in (match["first"], match["last"]) if end is not None]
    return all(least <= end <= most for end in ends) and ends == sorted(ends)


def _number(text: str, field: str) -> int:
    names = _NAMES.get(field, ())
    if text.lower() in names:
        return names.index(text.lower()) + _FIELDS[field][0]
    return int(text) if text.isdecimal() else -1


Cron = Annotated[str, AfterValidator(_checked)]
