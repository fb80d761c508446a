"""What is asked, parted into the shape that its SQL depends on and the values that fill it.

Questions of one shape share one statement, which is built and compiled once.
"""

from collections.abc import Hashable, Iterator
from dataclasses import fields
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import Integer, Text, bindparam

from app.database import Database
from app.readers import Statement

MOST_STATEMENTS = 1_000
Asked = TypeVar("Asked")


def parted(asked: Any, values: dict[str, Any]) -> Hashable:
    """The shape of what is asked. Its texts and numbers are added to `values`, as p0, p1, ... in their order."""
    if asked is None or asked is True or asked is False:
        return asked
    if isinstance(asked, str | int):
        values[f"p{len(values)}"] = asked
        return asked.__class__.__name__
    if isinstance(asked, list | tuple):
        return tuple([parted(one, values) for one in asked])
    return tuple([parted(getattr(asked, name), values) for name in type(asked).__slots__])


def with_parameters(asked: Asked) -> Asked:
    """The same, with a parameter in the place of each text and number."""
    filled: Asked = _filled(asked, (f"p{number}" for number in count()))
    return filled


def _filled(asked: Any, names: Iterator[str]) -> Any:
    if asked is None or asked is True or asked is False:
        return asked
    if isinstance(asked, str | int):
        return bindparam(next(names), type_=Text() if isinstance(asked, str) else Integer())
    if isinstance(asked, list | tuple):
        return [_filled(one, names) for one in asked]
    shape: Any = type(asked)  # a dataclass
    return shape(*[_filled(getattr(asked, one.name), names) for one in fields(asked)])


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
