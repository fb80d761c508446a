"""Filters of facts by ranges of values and of characters, and how facts with a bound, such as "over 5", match."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import Column, ColumnElement, and_, func, not_, true

from app.answers import Match
from app.errors import ErrorDetail
from app.queries.filters import Filter, FilterExpression, Range, overlap, read_range
from app.queries.reading import RequestContext
from app.text.decimals import sort_key

NUMBER = r"-?(?:0|[1-9][0-9]{0,26})(?:\.[0-9]{1,12})?"
POSITION = r"[0-9]{1,9}"


@dataclass(eq=False, kw_only=True)
class ValueFilter(Filter[Range[str]]):
    """A range of exact values, each in the unit of its metric, as sort keys. A leading `-` is a minus sign here.

    A range with two ends finds values that are printed between them. A range with an open end means "at least" or "at
    most", and also finds facts whose bound allows such a value (see `intervals.ends`).
    """

    has_exclusions: ClassVar[bool] = False
    column: Column[Any]
    low: Column[Any]
    high: Column[Any]

    def one(self, token: str, reading: RequestContext) -> Range[str]:
        detail = f"{token!r} is not a value or range; write 100, 1.5..20, ..10 or 100000.. in digits."
        return read_range(token, NUMBER, lambda number: sort_key(Decimal(number)), detail)

    def where(self, ranges: FilterExpression[Range[str]], match: Match | None = None) -> ColumnElement[bool]:
        """The condition for all matches, or only for certain or possible ones, as `match` says."""
        if match is Match.CERTAIN:
            return self.certainly(ranges)
        found = ranges.condition([self._meets(one) for one in ranges.any_of], self.column.is_not(None), [])
        return and_(found, not_(self.certainly(ranges))) if match else found

    def certainly(self, ranges: FilterExpression[Range[str]]) -> ColumnElement[bool]:
        """The condition that every value the fact allows lies in one of the ranges."""
        return ranges.condition([self._lies_in(one) for one in ranges.any_of], self.column.is_not(None), [])

    def _meets(self, values: Range[str]) -> ColumnElement[bool]:
        """Null, and so not true, for facts without a value."""
        if values.low is not None and values.high is not None:
            return self.column.between(values.low, values.high)
        lowest, highest = (func.coalesce(end, self.column) for end in (self.low, self.high))
        return highest >= values.low if values.high is None else lowest <= values.high

    def _lies_in(self, values: Range[str]) -> ColumnElement[bool]:
        lowest, highest = (func.coalesce(end, self.column) for end in (self.low, self.high))
        return and_(
            true() if values.low is None else lowest >= values.low,
            true() if values.high is None else highest <= values.high,
        )


@dataclass(eq=False, kw_only=True)
class CharactersFilter(Filter[Range[int]]):
    """Rows whose span in the text of their source overlaps these characters."""

    start: Column[Any]
    end: Column[Any]

    def one(self, token: str, reading: RequestContext) -> Range[int]:
        return read_characters(token)

    def where(self, expression: FilterExpression[Range[int]]) -> ColumnElement[bool]:
        last = self.end - 1  # `end` is behind the last character
        alternatives = [overlap(self.start, last, one) for one in expression.any_of]
        excluded = [overlap(self.start, last, one) for one in expression.none_of]
        return expression.condition(alternatives, self.start.is_not(None), excluded)


def read_characters(token: str) -> Range[int]:
    """Parse characters as `263..339`, `263`, `263..` or `..339`. Raises ValueError."""
    detail = f"{token[:40]!r} is no range of characters; write 263..339, 263, 263.. or ..339, counted from 0."
    return read_range(token, POSITION, int, detail)


def needs_one_source(_values: list[str], reading: RequestContext, others: Mapping[str, Any]) -> Iterable[ErrorDetail]:
    """Checks that exactly one source is given, since characters are counted within a source."""
    source = others.get("source")
    if "source" not in reading.given:
        detail = "char counts the characters of one source; add source=ID."
        yield ErrorDetail("missing-parameter", "source", "", detail)
    elif source is not None and source.only() is None:
        detail = "char counts the characters of one source; give source one id."
        yield ErrorDetail("invalid-value", "source", ",".join(reading.given["source"]), detail)


def needs_value(_values: list[str], reading: RequestContext, _others: Mapping[str, Any]) -> Iterable[ErrorDetail]:
    """Checks that `value` is given, since `match` says how a fact matches it."""
    if "value" not in reading.given:
        yield ErrorDetail("missing-parameter", "value", "", "match says how a fact matches `value`; add value=100.. .")


def match_needs_value(values: list[str], reading: RequestContext, _others: Mapping[str, Any]) -> Iterable[ErrorDetail]:
    """Checks that `value` is given if `fields` has `match`."""
    if "match" in ",".join(values).split(",") and "value" not in reading.given:
        detail = "match is shown only where value is asked for; add value= or leave it out."
        yield ErrorDetail("missing-parameter", "value", "", detail)
