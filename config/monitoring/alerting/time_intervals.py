"""Times at which nobody is notified of alerts, or only at which somebody is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from config.core.settings import Problem, Settings
from config.core.types import text

if TYPE_CHECKING:
    from collections.abc import Iterator


# https://prometheus.io/docs/alerting/latest/configuration/#time_interval
ClockTime = Annotated[str, *text(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00", "a time like 09:00, in quotes")]
_WEEKDAYS: Final = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_WEEKDAY: Final = f"(?:{'|'.join(_WEEKDAYS)})"
WeekdayRange = Annotated[str, *text(rf"{_WEEKDAY}(?::{_WEEKDAY})?", "a weekday like saturday, or monday:friday")]
_DAY: Final = r"-?(?:[1-9]|[12]\d|3[01])"
DayRange = Annotated[str, *text(rf"{_DAY}(?::{_DAY})?", 'a day of the month like "1", "1:7" or "-1"')]
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTH: Final = f"(?:{'|'.join(_MONTHS)}|[1-9]|1[0-2])"
MonthRange = Annotated[str, *text(rf"{_MONTH}(?::{_MONTH})?", "a month like december, or june:august")]
YearRange = Annotated[str, *text(r"\d{4}(?::\d{4})?", 'a year like "2026", or "2026:2027"')]
IntervalName = Annotated[str, *text(r"[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?", "a name of lower-case letters and digits")]


def _order(part: str) -> int:
    """Return the number of a weekday, month, day or year as Alertmanager compares them; days from the end come last."""
    for names in (_WEEKDAYS, _MONTHS):
        if part in names:
            return names.index(part) + 1
    return int(part) if int(part) > 0 else 100 + int(part)


class TimeRange(Settings):
    """A part of a day, from a minute up to another of the same day."""

    start: ClockTime = Field(description="First minute, in quotes.")
    end: ClockTime = Field(description="First minute after it, up to 24:00, in quotes.")

    def problems(self) -> Iterator[Problem]:
        """Yield an end before the start, which Alertmanager refuses."""
        if self.start >= self.end:
            yield Problem(("end",), f"{self.end} is not after {self.start}; write two ranges for a night")


class TimeInterval(Settings):
    """When something holds: all of what is given; of each list, any entry."""

    times: tuple[TimeRange, ...] = Field(default=(), description="Parts of the day. Default: the whole day.")
    weekdays: tuple[WeekdayRange, ...] = Field(
        default=(), description="Days like saturday or monday:friday. Default: every day."
    )
    days_of_month: tuple[DayRange, ...] = Field(
        default=(), description='Days like "1" or "1:7", from the end with -1, in quotes. Default: every day.'
    )
    months: tuple[MonthRange, ...] = Field(
        default=(), description="Months like december or june:august. Default: every month."
    )
    years: tuple[YearRange, ...] = Field(default=(), description='Years like "2026:2027". Default: every year.')
    location: Annotated[str, *text(r"[A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+)*", "a time zone like Europe/Berlin")] = Field(
        default="UTC", description="Time zone of the tz database. Default: UTC."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield an interval that always holds."""
        if not any((self.times, self.weekdays, self.days_of_month, self.months, self.years)):
            yield Problem((), "always holds; give times, weekdays, days_of_month, months or years")
        for field in ("weekdays", "days_of_month", "months", "years"):
            for position, item in enumerate(getattr(self, field)):
                start, _, end = item.partition(":")
                if end and _order(start) > _order(end):
                    yield Problem(
                        (field, position), f"{end} is before {start}: weeks start with sunday; write two entries"
                    )
