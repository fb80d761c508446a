"""Filters by time: the years or days that a period overlaps, and dates as precise as they are told."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Column, ColumnElement, and_, exists, true

from app.queries.filters import Filter, FilterExpression, Range, overlap, read_range
from app.queries.reading import RequestContext
from app.text.periods import read_period

YEAR = re.compile(r"[0-9]{4}")
DATE = r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?"


class DaySpan(NamedTuple):
    """Days, both included; a missing end is open. `year` is the year that they all lie in, if they do."""

    low: str | None
    high: str | None
    year: str | None


Years = str | Range[str] | DaySpan  # one year of four digits, a range of them, or days


@dataclass(eq=False, kw_only=True)
class Year(Filter[Years]):
    """Rows whose period overlaps a year or a range of years."""

    start: Column[Any]
    end: Column[Any]
    # The join condition, if the periods are rows of another table.
    join_on: ColumnElement[bool] | None = None

    def one(self, token: str, reading: RequestContext) -> Years:
        if YEAR.fullmatch(token):
            return token
        detail = f"{token!r} is not a year; write 2024, 2022..2024, ..2020, 2025.. or none."
        return read_range(token, YEAR.pattern, str, detail)

    def where(self, expression: FilterExpression[Years]) -> ColumnElement[bool]:
        alternatives = [self._overlap(years) for years in expression.any_of]
        excluded = [self._overlap(years) for years in expression.none_of]
        return expression.condition(alternatives, self._exists(true()), excluded)

    def _overlap(self, years: Years) -> ColumnElement[bool]:
        return self._exists(overlap(self.start, self.end, self._days(years)))

    def _days(self, years: Any) -> Range[Any]:
        low, high = years if isinstance(years, Range) else (years, years)
        return Range(None if low is None else low + "-01-01", None if high is None else high + "-12-31")

    def _exists(self, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        if self.join_on is None:
            return and_(self.start.is_not(None), condition)
        return exists().where(self.join_on, condition)


@dataclass(eq=False, kw_only=True)
class Days(Year):
    """Rows whose period overlaps another, at the precision typed: 2024-09, 2024-Q3, 2024-07..2025-06."""

    def one(self, token: str, reading: RequestContext) -> DaySpan:
        first, dots, last = token.partition("..")
        try:
            ends = [read_period(part) if part else None for part in (first, last)]
        except ValueError:
            ends = [None, None]
        low, high = ends if dots else (ends[0], ends[0])
        if (low is None) != (not first) or (dots and (high is None) != (not last)) or not (low or high):
            raise ValueError(f"{token!r} is not a period; write 2024-09, 2024-Q3, 2024-H1, 2024-07..2025-06 or ..2018.")
        if low and high and low.start > high.end:
            raise ValueError(f"{token!r} ends before it starts; write the earlier end first.")
        year = f"{low.start.year:04d}" if low and high and low.start.year == high.end.year else None
        return DaySpan(low.start.isoformat() if low else None, high.end.isoformat() if high else None, year)

    def _days(self, years: Any) -> Range[Any]:
        return Range(years.low, years.high)


@dataclass(eq=False)
class TextRange(Filter[Range[str]]):
    """A column with dates as precise as they are told, compared as text: `..2024-06-30` is what is not later. One date
    also finds those within it: 2024 finds 2024-07.
    """

    has_exclusions: ClassVar[bool] = False
    column: Column[Any]

    def one(self, token: str, reading: RequestContext) -> Range[str]:
        detail = f"{token!r} is not a date or a range; write 2024, 2024-07, 2024-07-01, ..2024-06-30 or 2024.. ."
        found = read_range(token, DATE, str, detail)
        return found if ".." in token else Range(found.low, f"{found.high}~")  # follows all texts that begin so

    def where(self, expression: FilterExpression[Range[str]]) -> ColumnElement[bool]:
        alternatives = [overlap(self.column, self.column, dates) for dates in expression.any_of]
        return expression.condition(alternatives, self.column.is_not(None), [])
