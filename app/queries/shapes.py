"""What is asked, parted into the shape that its SQL depends on and the values that fill it.

Questions of one shape share one statement, which is built and compiled once.
"""

from collections.abc import Hashable, Iterator
from functools import cache
from itertools import count
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Integer, Text, bindparam

from app.database import Database
from app.readers import Statement

MOST_STATEMENTS = 1_000
Asked = TypeVar("Asked")
Value = TypeVar("Value")


class Wanted(NamedTuple, Generic[Value]):
    """Alternatives, one of which must hold, and exclusions, none of which may."""

    any_of: list[Value]
    none_of: list[Value] = []  # noqa: RUF012 - never added to
    some: bool = False  # `any` is one of the alternatives
    missing: bool = False  # `none` is one of the alternatives

    def only(self) -> Value | None:
        """The one value that is asked for, where nothing else is."""
        alone = len(self.any_of) == 1 and not (self.none_of or self.some or self.missing)
        return self.any_of[0] if alone else None


class Found(NamedTuple):
    """What finds the facts of a question's words.

    `match` is an expression that all of them match, None where no index helps; `held` are the words
    that must be looked for in the text of each fact that matches. `counted` is the one word asked for,
    where it is one of the index, of which the loader counts the facts.
    """

    match: str | None = None
    held: list[str] = []  # noqa: RUF012 - never added to
    counted: str | None = None


class Range(NamedTuple):
    """Both ends included; an end that is left out is open."""

    low: str | None
    high: str | None


class Matching(NamedTuple):
    """Ranges of values, and which facts are wanted: those that certainly lie in one, those that may, or both."""

    ranges: Wanted[Range]
    certain: bool = True
    possible: bool = True


class Span(NamedTuple):
    """Characters of a text, counted from 0, both ends included; an end that is left out is open."""

    low: int | None
    high: int | None


FILLED = (Wanted, Range, Found, Matching, Span)


def parted(asked: Any, values: dict[str, Any]) -> Any:
    """The shape of what is asked. Its texts and numbers are added to `values`, as p0, p1, ... in their order."""
    kind = type(asked)
    if kind is str or kind is int:
        values[_name(len(values))] = asked
        return "text" if kind is str else "number"
    if asked is None or kind is bool:
        return asked
    if kind is Wanted and type(asked.only()) is str:  # most are
        values[_name(len(values))] = asked.any_of[0]
        return "only"
    return (kind.__name__, *[parted(one, values) for one in asked])


@cache
def _name(number: int) -> str:
    return f"p{number}"


def with_parameters(asked: Asked) -> Asked:
    """The same, with a parameter in the place of each text and number."""
    filled: Asked = _filled(asked, map(_name, count()))
    return filled


def _filled(asked: Any, names: Iterator[str]) -> Any:
    if asked is None or isinstance(asked, bool):
        return asked
    if isinstance(asked, str | int):
        return bindparam(next(names), type_=Text() if isinstance(asked, str) else Integer())
    inner = [_filled(one, names) for one in asked]
    return type(asked)(*inner) if isinstance(asked, FILLED) else inner


class Statements:
    """The statements of a list, one a shape."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Statement] = {}

    def of(self, shape: Hashable, database: Database, query: Any) -> Statement:
        """The statement of a shape. `query` is a select, or makes one where the shape is new."""
        key = (database.readers.dialect.name, shape)
        statement = self._known.get(key)
        if statement is None:
            if len(self._known) >= MOST_STATEMENTS:
                self._known.clear()
            statement = self._known[key] = database.statement(query() if callable(query) else query)
        return statement
