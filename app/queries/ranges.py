"""Ranges `x..y` of years and values, both ends included."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, true

from app.decimals import sort_key
from app.queries.filters import Column, Filter, Parameter, either
from app.queries.shapes import Range, Wanted
from app.queries.vocabulary import Vocabulary

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


@dataclass(frozen=True)
class Value(Filter[Range]):
    """A range of exact values, each in the unit of its metric, as sort keys. A leading `-` is a sign here."""

    column: Column

    def one(self, token: str, vocabulary: Vocabulary) -> Range:
        number = r"-?(?:0|[1-9][0-9]{0,26})(?:\.[0-9]{1,12})?"
        found = re.fullmatch(rf"({number})?(\.\.)?({number})?", token)
        if not found or not (found[1] or found[3]) or (found[1] and found[3] and not found[2]):
            raise self.refuse(
                token, f"{token!r} is not a value or range; write 100, 1.5..20, ..10 or 100000.. in digits."
            )
        low, high = (sort_key(Decimal(part)) if part else None for part in (found[1], found[3]))
        return _ordered(self, token, low, high if found[2] else low)

    def where(self, wanted: Wanted[Range]) -> ColumnElement[bool]:
        return either(wanted, [self._within(one) for one in wanted.any_of], self.column.is_not(None), [])

    def _within(self, values: Range) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = self.column.is_not(None)
        if values.low is not None:
            condition = and_(condition, self.column >= values.low)
        if values.high is not None:
            condition = and_(condition, self.column <= values.high)
        return condition

    def _excludes(self, token: str) -> bool:
        return False


def _ordered(parameter: Parameter[Any], token: str, low: str | None, high: str | None) -> Range:
    if low is not None and high is not None and low > high:
        raise parameter.refuse(token, f"{token!r} ends before it starts; write the smaller end first.")
    return Range(low, high)
