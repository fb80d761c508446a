"""Filters of lists, by id, tag, choice or year, with alternatives and exclusions; and what their SQL depends on."""

import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import repeat
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    Text,
    and_,
    bindparam,
    exists,
    false,
    not_,
    or_,
    select,
    true,
)

from app import tables
from app.errors import ErrorDetail
from app.queries.parameters import InvalidParameterError, Parameter, Value
from app.queries.reading import RequestContext
from app.queries.vocabulary import Suggest, is_known, nearest, similar_ids

ANY, NONE = "any", "none"
FLAGS = ("true", "false")
MOST_ALTERNATIVES = 100
LONGEST_TEXT = 200
# Names of bind parameters, more than any query needs.
PARAMETERS = [f"p{number}" for number in range(1_000)]
RangeEnd = TypeVar("RangeEnd", str, int)


class FilterExpression(NamedTuple, Generic[Value]):
    """Alternatives, one of which must match, and exclusions, none of which may."""

    any_of: list[Value]
    none_of: list[Value] = []  # noqa: RUF012 - never added to
    present: bool = False  # `any` is one of the alternatives
    missing: bool = False  # `none` is one of the alternatives

    def only(self) -> Value | None:
        """The value, if the filter asks for exactly one and nothing else."""
        alone = len(self.any_of) == 1 and not (self.none_of or self.present or self.missing)
        return self.any_of[0] if alone else None

    def condition(
        self,
        alternatives: list[ColumnElement[bool]],
        present: ColumnElement[bool],
        excluded: Iterable[ColumnElement[bool]],
    ) -> ColumnElement[bool]:
        """The condition for one of the alternatives (`any` and `none` included) and none of the exclusions."""
        if self.present:
            alternatives = [*alternatives, present]
        if self.missing:
            alternatives = [*alternatives, not_(present)]
        condition = or_(false(), *alternatives) if alternatives else true()
        return and_(condition, *(not_(one) for one in excluded)) if self.none_of else condition


class Range(NamedTuple, Generic[RangeEnd]):
    """A range, both ends included; a missing end is open."""

    low: RangeEnd | None
    high: RangeEnd | None


Alternatives = FilterExpression[str] | None


def read_range(token: str, end: str, read_end: Callable[[str], RangeEnd], detail: str) -> Range[RangeEnd]:
    """Parse `x..y`, `x..`, `..y` or `x`, where the ends match a pattern. Raises ValueError with the detail."""
    found = re.fullmatch(rf"({end})?(\.\.)?({end})?", token)
    if not found or not (found[1] or found[3]) or (found[1] and found[3] and not found[2]):
        raise ValueError(detail)
    low, high = (read_end(part) if part else None for part in (found[1], found[3]))
    if low is not None and high is not None and low > high:
        raise ValueError(f"{token!r} ends before it starts; write the smaller end first.")
    return Range(low, high if found[2] else low)


@dataclass(eq=False)
class Filter(Parameter[FilterExpression[Value]]):
    """A parameter with alternatives `a,b`, exclusions `-a`, and `any` or `none`."""

    is_filter: ClassVar[bool] = True
    has_exclusions: ClassVar[bool] = True  # otherwise a leading `-` is a minus sign

    @abstractmethod
    def one(self, token: str, reading: RequestContext) -> Value:
        """Parse one alternative. Raises InvalidParameterError, or ValueError, which says what to write instead."""

    @abstractmethod
    def where(self, expression: FilterExpression[Value]) -> ColumnElement[bool]:
        """The SQL condition on a row."""

    def read(self, values: list[str], reading: RequestContext) -> FilterExpression[Value]:
        first = values[0]
        if len(values) == 1 and "," not in first and first not in (ANY, NONE) and first[0] != "-":
            return FilterExpression([self.one(first, reading)])  # the usual case
        any_of: list[Value] = []
        none_of: list[Value] = []
        errors: list[ErrorDetail] = []
        tokens = ",".join(values).split(",")
        if len(tokens) > MOST_ALTERNATIVES:
            raise self.invalid(first, f"{self.name} has over {MOST_ALTERNATIVES} values; ask for fewer at a time.")
        for token in tokens:
            excludes = self.has_exclusions and token.startswith("-")
            if token not in (ANY, NONE):
                try:
                    (none_of if excludes else any_of).append(self.one(token[excludes:], reading))
                except InvalidParameterError as error:
                    errors += error.errors
                except ValueError as error:
                    errors += self.invalid(token[excludes:], str(error)).errors
        if errors:
            raise InvalidParameterError(*errors)
        return FilterExpression(any_of, none_of, ANY in tokens, NONE in tokens)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "minLength": 1}}


@dataclass(eq=False)
class ChoiceFilter(Filter[str]):
    """A column with a fixed set of values."""

    choices: tuple[str, ...]
    column: Column[Any] | None  # None: it selects no rows of a table

    def one(self, token: str, reading: RequestContext) -> str:
        if token not in self.choices:
            detail = f"{token!r} is not a {self.name}; it is one of {', '.join(self.choices)}."
            raise self.invalid(token, detail, nearest(token, self.choices))
        return token

    def where(self, expression: FilterExpression[str]) -> ColumnElement[bool]:
        return true() if self.column is None else column_is(self.column, expression)

    def schema(self) -> dict[str, Any]:
        values = [*self.choices, *(f"-{choice}" for choice in self.choices), ANY, NONE]
        return {"type": "array", "items": {"type": "string", "enum": values}}


@dataclass(eq=False)
class IdFilter(Filter[str]):
    """A column with ids of entities of certain types."""

    has_ids: ClassVar[bool] = True
    types: tuple[str, ...]
    column: Column[Any]

    def ids(self, value: str) -> Iterable[str]:
        tokens = value.split(",")
        if len(tokens) > MOST_ALTERNATIVES:  # it will be refused
            return ()
        return [token.removeprefix("-") for token in tokens if token not in (ANY, NONE)]

    def one(self, token: str, reading: RequestContext) -> str:
        """An id that exists. Raises InvalidParameterError with similar ids."""
        if is_known(token, self.types, reading):
            return token
        shown = token if len(token) <= LONGEST_TEXT else token[:LONGEST_TEXT] + "…"
        detail = f"{shown!r} is no {' or '.join(self.types)}."
        if not token:
            detail = f"{self.name} has an empty value; leave it out."
        reading.check_time_limit()  # comparing takes long
        raise self.invalid(token, detail, similar_ids(token, self.types, reading), kind="unknown-id")

    def where(self, expression: FilterExpression[str]) -> ColumnElement[bool]:
        return column_is(self.column, expression)


@dataclass(eq=False)
class TagFilter(IdFilter):
    """Tags of an entity, ancestors included: filtering by a parent also finds its descendants.

    The name of the parameter is the kind of tag; `column` is that of the owner of a tag, in the table of tags, and
    `key` what it equals. The list of facts has conditions of its own for its tags.
    """

    column: Column[Any] = tables.entity_tags.c.entity_id
    key: Column[Any] = tables.entities.c.id

    def where(self, expression: FilterExpression[str]) -> ColumnElement[bool]:
        tag = self.column.table
        tagged = exists().where(self.column == self.key, tag.c.kind == self.name)
        alternatives: list[ColumnElement[bool]] = []
        if expression.any_of:
            owners = select(self.column).where(tag.c.kind == self.name, tag.c.tag_id.in_(expression.any_of))
            alternatives.append(self.key.in_(owners))
        return expression.condition(alternatives, tagged, [tagged.where(tag.c.tag_id.in_(expression.none_of))])


@dataclass(eq=False)
class FlagFilter(Parameter[bool]):
    """A column that is true or false, and never null."""

    single: ClassVar[bool] = True
    column: Column[Any] | None  # None: it selects no rows

    def read(self, values: list[str], reading: RequestContext) -> bool:
        if values[0] not in FLAGS:
            raise ValueError(f"{self.name} is true or false, not {values[0][:20]!r}.")
        return values[0] == "true"

    def where(self, value: Any) -> ColumnElement[bool]:
        return true() if self.column is None else self.column.is_(true() if value else false())

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(FLAGS)}


@dataclass(eq=False)
class Known(Filter[str]):
    """A column with ids of rows of another table, where there are too many to name those that are similar."""

    column: Column[Any]
    known: Column[Any]  # the ids that exist
    suggest: Suggest

    @cached_property
    def _one(self) -> Select[Any]:
        return select(self.known).where(self.known == bindparam("id"))

    def one(self, token: str, reading: RequestContext) -> str:
        if reading.run(self._one, id=token):
            return token
        detail = f"{token[:LONGEST_TEXT]!r} is no {self.name}."
        raise self.invalid(token, detail, self.suggest(token, reading), kind="unknown-id")

    def where(self, expression: FilterExpression[str]) -> ColumnElement[bool]:
        return column_is(self.column, expression)


def column_is(column: Column[Any], expression: FilterExpression[str]) -> ColumnElement[bool]:
    alternatives: list[ColumnElement[bool]] = [column.in_(expression.any_of)] if expression.any_of else []
    present = column.is_not(None)
    return expression.condition(alternatives, present, [and_(present, column.in_(expression.none_of))])


def overlap(start: SQLColumnExpression[Any], end: SQLColumnExpression[Any], span: Range[Any]) -> ColumnElement[bool]:
    """The condition that what goes from `start` to `end`, which may be null, overlaps a range."""
    low = [end >= span.low] if span.low is not None else []
    high = [start <= span.high] if span.high is not None else []
    return and_(start.is_not(None), *low, *high)


def structure(filters: Any, values: dict[str, Any]) -> Any:
    """The structure of filters, on which their SQL depends. Strings and numbers are moved to `values`, in order."""
    kind = type(filters)
    if kind is str or kind is int:
        values[PARAMETERS[len(values)]] = filters
        return "text" if kind is str else "number"
    if filters is None or kind is bool or issubclass(kind, Enum):
        return filters
    return (kind.__name__, *map(structure, filters, repeat(values)))


def with_bind_parameters(filters: Any) -> Any:
    """The same filters, with a bind parameter in place of each string and number, in order."""
    return _bound(filters, iter(PARAMETERS))


def _bound(filters: Any, names: Iterator[str]) -> Any:
    if filters is None or isinstance(filters, bool | Enum):
        return filters
    if isinstance(filters, str | int):
        return bindparam(next(names), type_=Text() if isinstance(filters, str) else Integer())
    bound = [_bound(one, names) for one in filters]
    return type(filters)(*bound) if isinstance(filters, tuple) else bound
