"""Filters of lists: by year, industry, initiative, id, choice and so on."""

import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Any, ClassVar, TypeVar

from sqlalchemy import Column, ColumnElement, Integer, Text, and_, bindparam, exists, false, not_, or_, true

from app import tables
from app.errors import Mistake, MistakeKind
from app.queries.expressions import FilterExpression, Found, Matching, Range, Span
from app.queries.parameters import Context, Parameter, Refused
from app.queries.vocabulary import nearest

ANY, NONE = "any", "none"
MOST_ALTERNATIVES = 100
LONGEST_TEXT = 200
UNKNOWN_ID: MistakeKind = "unknown-id"
Years = str | Range  # one year of four digits, or a range of them
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Filter(Parameter[FilterExpression[Answer]]):
    """A parameter with alternatives `a,b`, exclusions `-a`, and `any` or `none`."""

    is_filter: ClassVar[bool] = True

    @abstractmethod
    def one(self, token: str, context: Context) -> Answer:
        """Parse one alternative. Raises Refused."""

    @abstractmethod
    def where(self, expression: FilterExpression[Answer]) -> ColumnElement[bool]:
        """The SQL condition on a row."""

    def read(self, values: list[str], context: Context) -> FilterExpression[Answer]:
        first = values[0]
        if len(values) == 1 and "," not in first and first not in (ANY, NONE) and first[0] != "-":
            return FilterExpression([self.one(first, context)])  # the usual case
        expression: FilterExpression[Answer] = FilterExpression([], [])
        present = missing = False
        mistakes: list[Mistake] = []
        tokens = [token for value in values for token in value.split(",")]
        if len(tokens) > MOST_ALTERNATIVES:
            raise self.refuse(values[0], f"{self.name} has over {MOST_ALTERNATIVES} values; ask for fewer at a time.")
        for token in tokens:
            if token in (ANY, NONE):
                present, missing = present or token == ANY, missing or token == NONE
                continue
            try:
                excluded = self._excludes(token)
                found = self.one(token[1:] if excluded else token, context)
            except Refused as refused:
                mistakes += refused.mistakes
            else:
                (expression.none_of if excluded else expression.any_of).append(found)
        if mistakes:
            raise Refused(*mistakes)
        return FilterExpression(expression.any_of, expression.none_of, present, missing)

    def _excludes(self, token: str) -> bool:
        return token.startswith("-")

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "minLength": 1}}


@dataclass(frozen=True)
class Choice(Filter[str]):
    """A column with a fixed set of values."""

    column: Column[Any]
    choices: tuple[str, ...]

    def one(self, token: str, context: Context) -> str:
        if token not in self.choices:
            allowed = ", ".join(self.choices)
            raise self.refuse(
                token, f"{token!r} is not a {self.name}; it is one of {allowed}.", nearest(token, self.choices)
            )
        return token

    def where(self, expression: FilterExpression[str]) -> ColumnElement[bool]:
        return _column_is(self.column, expression)

    def schema(self) -> dict[str, Any]:
        values = [*self.choices, *(f"-{choice}" for choice in self.choices), ANY, NONE]
        return {"type": "array", "items": {"type": "string", "enum": values}}


@dataclass(frozen=True)
class IdFilter(Filter[str]):
    """A filter whose alternatives are ids of entities."""

    has_ids: ClassVar[bool] = True

    def ids(self, values: list[str]) -> Iterable[str]:
        tokens = [token for value in values for token in value.split(",")]
        if len(tokens) > MOST_ALTERNATIVES:  # it will be refused
            return ()
        return [token.removeprefix("-") for token in tokens if token not in (ANY, NONE)]


@dataclass(frozen=True)
class Ids(IdFilter):
    """A column with ids of entities of certain types."""

    column: Column[Any]
    types: tuple[str, ...]

    def one(self, token: str, context: Context) -> str:
        return _known(self, token, self.types, context)

    def where(self, expression: FilterExpression[str]) -> ColumnElement[bool]:
        return _column_is(self.column, expression)


@dataclass(frozen=True, kw_only=True)
class Tag(IdFilter):
    """Tags of a row, ancestors included: filtering by a parent also finds its descendants.

    The name of the parameter is the kind of tag.
    """

    def one(self, token: str, context: Context) -> str:
        # A kind of tag has the name of its entity type, except `company`, which may be any organization.
        return _known(self, token, ("organization" if self.name == "company" else self.name,), context)


@dataclass(frozen=True, kw_only=True)
class EntityTag(Tag):
    """A tag of an entity."""

    def where(self, expression: FilterExpression[str]) -> ColumnElement[bool]:
        tag = tables.entity_tags
        tagged = exists().where(tag.c.entity_id == tables.entities.c.id, tag.c.kind == self.name)
        alternatives: list[ColumnElement[bool]] = []
        if expression.any_of:
            alternatives.append(tagged.where(tag.c.tag_id.in_(expression.any_of)))
        return either(expression, alternatives, tagged, [tagged.where(tag.c.tag_id.in_(expression.none_of))])


def _known(parameter: Parameter[Any], token: str, types: tuple[str, ...], context: Context) -> str:
    if context.reading.vocabulary.has(token, types, context.reading):
        return token
    shown = token if len(token) <= LONGEST_TEXT else token[:LONGEST_TEXT] + "…"
    detail = (
        f"{shown!r} is no {' or '.join(types)}." if token else f"{parameter.name} has an empty value; leave it out."
    )
    context.reading.look_at_clock()
    similar = context.reading.vocabulary.nearest(token, types, context.reading)
    raise parameter.refuse(token, detail, similar, kind=UNKNOWN_ID)


def _column_is(column: Column[Any], expression: FilterExpression[str]) -> ColumnElement[bool]:
    alternatives: list[ColumnElement[bool]] = [column.in_(expression.any_of)] if expression.any_of else []
    excluded = [and_(column.is_not(None), column.in_(expression.none_of))]
    return either(expression, alternatives, column.is_not(None), excluded)


def either(
    expression: FilterExpression[Any],
    alternatives: list[ColumnElement[bool]],
    present: ColumnElement[bool],
    excluded: list[ColumnElement[bool]],
) -> ColumnElement[bool]:
    """The condition for one of the alternatives (`any` and `none` included) and none of the exclusions."""
    if expression.present:
        alternatives = [*alternatives, present]
    if expression.missing:
        alternatives = [*alternatives, not_(present)]
    condition = or_(false(), *alternatives) if alternatives else true()
    return and_(condition, *(not_(one) for one in excluded)) if expression.none_of else condition


@dataclass(frozen=True, kw_only=True)
class Year(Filter[Years]):
    """Rows whose period overlaps a year or a range of years."""

    start: Column[Any]
    end: Column[Any]
    # The join condition, if the periods are rows of another table.
    join_on: ColumnElement[bool] | None = None

    def one(self, token: str, context: Context) -> Years:
        found = re.fullmatch(r"([0-9]{4})?(\.\.)?([0-9]{4})?", token)
        if not found or not (found[1] or found[3]) or (found[1] and found[3] and not found[2]):
            raise self.refuse(token, f"{token!r} is not a year; write 2024, 2022..2024, ..2020, 2025.. or none.")
        return ordered(self, token, found[1], found[3]) if found[2] else token

    def where(self, expression: FilterExpression[Years]) -> ColumnElement[bool]:
        alternatives = [self._overlap(years) for years in expression.any_of]
        return either(
            expression, alternatives, self._exists(true()), [self._overlap(years) for years in expression.none_of]
        )

    def _overlap(self, years: Years) -> ColumnElement[bool]:
        years = years if isinstance(years, Range) else Range(years, years)
        condition: ColumnElement[bool] = self.start.is_not(None)
        if years.low is not None:
            condition = and_(condition, self.end >= years.low + "-01-01")
        if years.high is not None:
            condition = and_(condition, self.start <= years.high + "-12-31")
        return self._exists(condition)

    def _exists(self, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        if self.join_on is None:
            return and_(self.start.is_not(None), condition)
        return exists().where(self.join_on, condition)


def ordered(parameter: Parameter[Any], token: str, low: str | None, high: str | None) -> Range:
    if low is not None and high is not None and low > high:
        raise parameter.refuse(token, f"{token!r} ends before it starts; write the smaller end first.")
    return Range(low, high)


FILLED = (FilterExpression, Range, Found, Matching, Span)
PARAMETERS = [f"p{number}" for number in range(1_000)]  # names of bind parameters, more than any query needs


def split(asked: Any, values: dict[str, Any]) -> Any:
    """The structure of a filter, on which its SQL depends. Strings and numbers are moved to `values`, in order."""
    kind = type(asked)
    if kind is str or kind is int:
        values[PARAMETERS[len(values)]] = asked
        return "text" if kind is str else "number"
    if asked is None or kind is bool:
        return asked
    return (kind.__name__, *map(split, asked, repeat(values)))


def with_bind_parameters(asked: Any) -> Any:
    """The same filter, with a bind parameter in place of each string and number."""
    return _filled(asked, iter(PARAMETERS))


def _filled(asked: Any, names: Iterator[str]) -> Any:
    if asked is None or isinstance(asked, bool):
        return asked
    if isinstance(asked, str | int):
        return bindparam(next(names), type_=Text() if isinstance(asked, str) else Integer())
    inner = [_filled(one, names) for one in asked]
    return type(asked)(*inner) if isinstance(asked, FILLED) else inner
