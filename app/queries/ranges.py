"""Ranges `x..y` of years, values and characters, both ends included."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import Column, ColumnElement, and_, func, not_

from app import answers
from app.errors import Mistake
from app.queries.expressions import FilterExpression, Matching, Range, Span
from app.queries.filters import Filter, either, ordered
from app.queries.parameters import Context, Parameter
from app.queries.vocabulary import nearest
from app.text.decimals import sort_key


@dataclass(frozen=True, kw_only=True)
class Value(Filter[Range]):
    """A range of exact values, each in the unit of its metric, as sort keys. A leading `-` is a minus sign here.

    A range with two ends finds values that are printed between them. A range with an open end means "at least" or "at
    most", and also finds facts whose bound allows such a value (see `intervals.ends`).
    """

    column: Column[Any]
    low: Column[Any]
    high: Column[Any]

    def one(self, token: str, context: Context) -> Range:
        number = r"-?(?:0|[1-9][0-9]{0,26})(?:\.[0-9]{1,12})?"
        found = re.fullmatch(rf"({number})?(\.\.)?({number})?", token)
        if not found or not (found[1] or found[3]) or (found[1] and found[3] and not found[2]):
            raise self.refuse(
                token, f"{token!r} is not a value or range; write 100, 1.5..20, ..10 or 100000.. in digits."
            )
        low, high = (sort_key(Decimal(part)) if part else None for part in (found[1], found[3]))
        return ordered(self, token, low, high if found[2] else low)

    def where(self, expression: FilterExpression[Range] | Matching) -> ColumnElement[bool]:
        ranges, certain, possible = expression if isinstance(expression, Matching) else Matching(expression)
        if not possible:
            return self.certainly(ranges)
        found = either(ranges, [self._meets(one) for one in ranges.any_of], self.column.is_not(None), [])
        return found if certain else and_(found, not_(self.certainly(ranges)))

    def certainly(self, ranges: FilterExpression[Range]) -> ColumnElement[bool]:
        """The condition that every value the fact allows lies in one of the ranges."""
        return either(ranges, [self._lies_in(one) for one in ranges.any_of], self.column.is_not(None), [])

    def _meets(self, values: Range) -> ColumnElement[bool]:
        """Null, and so not true, for facts without a value."""
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
    """Which of the facts found by `value` to return: certain or possible matches."""

    has_beside: ClassVar[bool] = True
    single: ClassVar[bool] = True

    def read(self, values: list[str], context: Context) -> answers.Match:
        if values[0] not in tuple(answers.Match):
            detail = f"match is {' or '.join(answers.Match)}, not {values[0][:20]!r}."
            raise self.refuse(values[0], detail, nearest(values[0], answers.Match))
        return answers.Match(values[0])

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(answers.Match)}

    def beside(self, values: list[str], context: Context, others: Mapping[str, Any]) -> Iterable[Mistake]:
        if "value" not in context.given:
            yield Mistake("missing-parameter", "value", "", "match says how a fact matches `value`; add value=100.. .")


@dataclass(frozen=True, kw_only=True)
class Char(Filter[Span]):
    """Rows whose span in the text of their source overlaps these characters."""

    has_beside: ClassVar[bool] = True
    start: Column[Any]
    end: Column[Any]

    def one(self, token: str, context: Context) -> Span:
        return read_span(self, token)

    def where(self, expression: FilterExpression[Span]) -> ColumnElement[bool]:
        alternatives = [self._overlaps(one) for one in expression.any_of]
        excluded = [and_(self.start.is_not(None), self._overlaps(one)) for one in expression.none_of]
        return either(expression, alternatives, self.start.is_not(None), excluded)

    def _overlaps(self, expression: Span) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = self.start.is_not(None)
        if expression.low is not None:
            condition = and_(condition, self.end > expression.low)  # which is behind the last character
        if expression.high is not None:
            condition = and_(condition, self.start <= expression.high)
        return condition

    def beside(self, values: list[str], context: Context, others: Mapping[str, Any]) -> Iterable[Mistake]:
        source = others.get("source")
        if "source" not in context.given:
            detail = "char counts the characters of one source; add source=ID."
            yield Mistake("missing-parameter", "source", "", detail)
        elif source is not None and source.only() is None:
            detail = "char counts the characters of one source; give source one id."
            yield Mistake("invalid-value", "source", ",".join(context.given["source"]), detail)


def read_span(parameter: Parameter[Any], token: str) -> Span:
    """Parse characters as `263..339`, `263`, `263..` or `..339`. Raises Refused."""
    found = re.fullmatch(r"([0-9]{1,9})?(\.\.)?([0-9]{1,9})?", token)
    if not found or not (found[1] or found[3]) or (found[1] and found[3] and not found[2]):
        raise parameter.refuse(
            token, f"{token[:40]!r} is no range of characters; write 263..339, 263, 263.. or ..339, counted from 0."
        )
    low, high = (int(part) if part else None for part in (found[1], found[3]))
    if low is not None and high is not None and low > high:
        raise parameter.refuse(token, f"{token!r} ends before it starts; write the smaller end first.")
    return Span(low, high if found[2] else low)
