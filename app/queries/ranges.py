"""Ranges `x..y` of years, values and characters, both ends included."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, and_, exists, func, not_, true

from app import answers
from app.decimals import sort_key
from app.errors import Mistake
from app.queries.filters import Column, Filter, Given, Parameter, either
from app.queries.shapes import Matching, Range, Span, Wanted
from app.queries.vocabulary import Vocabulary, nearest

Years = str | Range  # one year of four digits, or a range of them


@dataclass(frozen=True, kw_only=True)
class Year(Filter[Years]):
    """Rows whose period overlaps a year or a range of years."""

    start: Column
    end: Column
    # Where an entity's periods are rows of another table: the condition that joins them.
    joined: ColumnElement[bool] | None = None

    def one(self, token: str, vocabulary: Vocabulary) -> Years:
        found = re.fullmatch(r"([0-9]{4})?(\.\.)?([0-9]{4})?", token)
        if not found or not (found[1] or found[3]) or (found[1] and found[3] and not found[2]):
            raise self.refuse(token, f"{token!r} is not a year; write 2024, 2022..2024, ..2020, 2025.. or none.")
        return _ordered(self, token, found[1], found[3]) if found[2] else token

    def where(self, wanted: Wanted[Years]) -> ColumnElement[bool]:
        alternatives = [self._overlap(years) for years in wanted.any_of]
        return either(wanted, alternatives, self._exists(true()), [self._overlap(years) for years in wanted.none_of])

    def _overlap(self, years: Years) -> ColumnElement[bool]:
        years = years if isinstance(years, Range) else Range(years, years)
        condition: ColumnElement[bool] = self.start.is_not(None)
        if years.low is not None:
            condition = and_(condition, self.end >= years.low + "-01-01")
        if years.high is not None:
            condition = and_(condition, self.start <= years.high + "-12-31")
        return self._exists(condition)

    def _exists(self, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        if self.joined is None:
            return and_(self.start.is_not(None), condition)
        return exists().where(self.joined, condition)


@dataclass(frozen=True, kw_only=True)
class Value(Filter[Range]):
    """A range of exact values, each in the unit of its metric, as sort keys. A leading `-` is a sign here.

    A range of two ends finds the values that are printed between them. One that is open at an end asks how much at
    least, or at most: it finds what the bound of a value allows, too (see `intervals.ends`).
    """

    column: Column
    low: Column
    high: Column

    def one(self, token: str, vocabulary: Vocabulary) -> Range:
        number = r"-?(?:0|[1-9][0-9]{0,26})(?:\.[0-9]{1,12})?"
        found = re.fullmatch(rf"({number})?(\.\.)?({number})?", token)
        if not found or not (found[1] or found[3]) or (found[1] and found[3] and not found[2]):
            raise self.refuse(
                token, f"{token!r} is not a value or range; write 100, 1.5..20, ..10 or 100000.. in digits."
            )
        low, high = (sort_key(Decimal(part)) if part else None for part in (found[1], found[3]))
        return _ordered(self, token, low, high if found[2] else low)

    def where(self, wanted: Wanted[Range] | Matching) -> ColumnElement[bool]:
        ranges, certain, possible = wanted if isinstance(wanted, Matching) else Matching(wanted)
        if not possible:
            return self.certainly(ranges)
        found = either(ranges, [self._meets(one) for one in ranges.any_of], self.column.is_not(None), [])
        return found if certain else and_(found, not_(self.certainly(ranges)))

    def certainly(self, ranges: Wanted[Range]) -> ColumnElement[bool]:
        """Whether every value that is meant lies in one of the ranges."""
        return either(ranges, [self._lies_in(one) for one in ranges.any_of], self.column.is_not(None), [])

    def _meets(self, values: Range) -> ColumnElement[bool]:
        """Null, and so not true, of what has no value."""
        if values.low is not None and values.high is not None:
            return self.column.between(values.low, values.high)
        return self._high >= values.low if values.high is None else self._low <= values.high

    def _lies_in(self, values: Range) -> ColumnElement[bool]:
        conditions = [] if values.low is None else [self._low >= values.low]
        return and_(*conditions, *([] if values.high is None else [self._high <= values.high]))

    @property
    def _low(self) -> ColumnElement[str]:
        return func.coalesce(self.low, self.column)

    @property
    def _high(self) -> ColumnElement[str]:
        return func.coalesce(self.high, self.column)

    def _excludes(self, token: str) -> bool:
        return False


@dataclass(frozen=True, kw_only=True)
class Match(Parameter[answers.Match]):
    """Which of the facts that a question for values finds are wanted."""

    name: str = "match"
    description: str = (
        "`certain`: all that a value with its bound may stand for lies in the range of `value`; `possible`: only some "
        "of it may, as of more than 230,000 in `240000..`. Both where it is left out."
    )
    example: Any = answers.Match.CERTAIN.value
    single: ClassVar[bool] = True

    def read(self, values: list[str], vocabulary: Vocabulary) -> answers.Match:
        if values[0] not in tuple(answers.Match):
            detail = f"match is {' or '.join(answers.Match)}, not {values[0][:20]!r}."
            raise self.refuse(values[0], detail, nearest(values[0], answers.Match))
        return answers.Match(values[0])

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(answers.Match)}

    def beside(self, given: Given, asked: Mapping[str, Any]) -> Iterable[Mistake]:
        if "value" not in given:
            yield Mistake("missing-parameter", "value", "", "match says how a fact matches `value`; add value=100.. .")


@dataclass(frozen=True, kw_only=True)
class Char(Filter[Span]):
    """Rows whose span in the text of their source has some of these characters."""

    start: Column
    end: Column

    def one(self, token: str, vocabulary: Vocabulary) -> Span:
        return read_span(self, token)

    def where(self, wanted: Wanted[Span]) -> ColumnElement[bool]:
        alternatives = [self._overlaps(one) for one in wanted.any_of]
        excluded = [and_(self.start.is_not(None), self._overlaps(one)) for one in wanted.none_of]
        return either(wanted, alternatives, self.start.is_not(None), excluded)

    def _overlaps(self, wanted: Span) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = self.start.is_not(None)
        if wanted.low is not None:
            condition = and_(condition, self.end > wanted.low)  # which is behind the last character
        if wanted.high is not None:
            condition = and_(condition, self.start <= wanted.high)
        return condition

    def beside(self, given: Given, asked: Mapping[str, Any]) -> Iterable[Mistake]:
        if "source" not in given:
            detail = "char counts the characters of one source; add source=ID."
            yield Mistake("missing-parameter", "source", "", detail)
        elif "source" in asked and asked["source"].only() is None:
            detail = "char counts the characters of one source; give source one id."
            yield Mistake("invalid-value", "source", ",".join(given["source"]), detail)


def read_span(parameter: Parameter[Any], token: str) -> Span:
    """Characters as `263..339`, `263`, `263..` or `..339`. Raises Refused."""
    found = re.fullmatch(r"([0-9]{1,9})?(\.\.)?([0-9]{1,9})?", token)
    if not found or not (found[1] or found[3]) or (found[1] and found[3] and not found[2]):
        raise parameter.refuse(
            token, f"{token[:40]!r} is no range of characters; write 263..339, 263, 263.. or ..339, counted from 0."
        )
    low, high = (int(part) if part else None for part in (found[1], found[3]))
    if low is not None and high is not None and low > high:
        raise parameter.refuse(token, f"{token!r} ends before it starts; write the smaller end first.")
    return Span(low, high if found[2] else low)


def _ordered(parameter: Parameter[Any], token: str, low: str | None, high: str | None) -> Range:
    if low is not None and high is not None and low > high:
        raise parameter.refuse(token, f"{token!r} ends before it starts; write the smaller end first.")
    return Range(low, high)
