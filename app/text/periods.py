"""Periods as written in a seed: 2024, 2024-H1, 2024-Q1, 2024-09, 2024-09-27/2024-09-29, ../2025-07, undated."""

import calendar
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

UNDATED = "undated"
OPEN = ".."  # in place of a start that nobody told
FORMS = "write 2024, 2024-H1, 2024-Q1, 2024-09, 2024-09-27, two of them as A/B, ../A without a start, or undated"
PART = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?:H(?P<half>[12])|Q(?P<quarter>[1-4])|(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?))?"
)


class Precision(StrEnum):
    YEAR = "year"
    HALF = "half"
    QUARTER = "quarter"
    MONTH = "month"
    DAY = "day"
    RANGE = "range"


class Frequency(StrEnum):
    """How long a period is: `annual`, `half`, `quarter`, `month` and `day` are exactly one of these. `year-to-date`
    begins on 1 January and ends on any other day of that year; `multi-year` crosses years; `days` is any other span.
    """

    ANNUAL = "annual"
    HALF = "half"
    QUARTER = "quarter"
    MONTH = "month"
    DAY = "day"
    YEAR_TO_DATE = "year-to-date"
    MULTI_YEAR = "multi-year"
    DAYS = "days"


class Basis(StrEnum):
    """How a period is known: printed, resolved from a word such as 去年, inferred, or not at all."""

    STATED = "stated"
    RELATIVE = "relative"
    INFERRED = "inferred"
    UNDATED = "undated"


FREQUENCIES = {
    Precision.YEAR: Frequency.ANNUAL,
    Precision.HALF: Frequency.HALF,
    Precision.QUARTER: Frequency.QUARTER,
    Precision.MONTH: Frequency.MONTH,
    Precision.DAY: Frequency.DAY,
}


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, both included; `written` is its shortest form in a seed. A period that is open has no start: it
    overlaps every day up to its end, and `start` is the first day there is.
    """

    start: date
    end: date
    precision: Precision
    written: str

    @property
    def is_open(self) -> bool:
        return self.written.startswith(OPEN)

    @property
    def first_day(self) -> str | None:
        """ISO 8601, as it is shown; None where the period is open."""
        return None if self.is_open else self.start.isoformat()


@lru_cache(maxsize=10_000)
def read_period(text: str) -> Period | None:
    """A period, or None for `undated`. Raises ValueError that says what to write instead."""
    if text == UNDATED:
        return None
    first, slash, last = text.partition("/")
    if slash and first == OPEN:
        return Period(date.min, _part(last).end, Precision.RANGE, text)
    opening = _part(first)
    if not slash:
        return opening
    closing = _part(last)
    if closing.end < opening.start:
        raise ValueError(f"the period {text!r} ends before it starts; write the earlier end first")
    return Period(opening.start, closing.end, Precision.RANGE, text)


@lru_cache(maxsize=10_000)
def period_between(start: str, end: str) -> Period:
    """The period of these first and last days, in its shortest form."""
    year = start[:4]
    parts = (year, *(f"{year}-H{number}" for number in (1, 2)), *(f"{year}-Q{number}" for number in (1, 2, 3, 4)))
    for text in (*parts, start[:7], start):
        found = _part(text)
        if (found.start.isoformat(), found.end.isoformat()) == (start, end):
            return found
    return Period(date.fromisoformat(start), date.fromisoformat(end), Precision.RANGE, f"{start}/{end}")


def frequency_of(period: Period, *, is_stock: bool) -> Frequency | None:
    """How often such a value is observed: None for an open period. A stock told for 31 December is that of the year."""
    if period.is_open:
        return None
    start, end = period.start, period.end
    if is_stock and start == end and (end.month, end.day) == (12, 31):
        return Frequency.ANNUAL
    named = period_between(start.isoformat(), end.isoformat()).precision
    if named is not Precision.RANGE:
        return FREQUENCIES[named]
    if start.year != end.year:
        return Frequency.MULTI_YEAR
    return Frequency.YEAR_TO_DATE if (start.month, start.day) == (1, 1) else Frequency.DAYS


def _part(text: str) -> Period:
    found = PART.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a period; {FORMS}")
    half, quarter, month = (int(found[name] or 0) for name in ("half", "quarter", "month"))
    first, last, precision = 1, 12, Precision.YEAR
    if half:
        first, last, precision = 6 * half - 5, 6 * half, Precision.HALF
    elif quarter:
        first, last, precision = 3 * quarter - 2, 3 * quarter, Precision.QUARTER
    elif found["month"]:
        first, last, precision = month, month, Precision.DAY if found["day"] else Precision.MONTH
    try:
        start = date(int(found["year"]), first, int(found["day"] or 1))
    except ValueError:
        raise ValueError(f"{text!r} is not a date of the calendar; {FORMS}") from None
    if precision is Precision.DAY:
        return Period(start, start, precision, text)
    return Period(start, start.replace(month=last, day=calendar.monthrange(start.year, last)[1]), precision, text)
