"""A connection that reads: SQL in, rows of bytes out, each statement with a time it must end within."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Dialect

Row = Sequence[Any]
Rows = Sequence[Row]

FOR_STATEMENTS = 0.95  # of the time an answer may take; the rest is for telling that it was too little
STREAMED = 1000  # rows fetched at a time
NO_ANSWER = "The database does not answer; try again."
UNREACHABLE = "The database cannot be reached."


class MissingTable(Exception):
    """The database has no such table."""


class Statement:
    """A query compiled once: its SQL, its parameters in the order of their places, and those that never change."""

    __slots__ = ("_constants", "_names", "sql")

    def __init__(self, query: Any, dialect: Dialect) -> None:
        compiled = query.compile(dialect=dialect)
        self.sql: str = compiled.string
        self._names: tuple[str, ...] = tuple(compiled.positiontup or ())
        self._constants: dict[str, Any] = {name: value for name, value in compiled.params.items() if value is not None}

    def arguments(self, values: dict[str, Any]) -> list[Any]:
        known = self._constants | values if self._constants else values
        return [known[name] for name in self._names]


class Reader(ABC):
    """A connection of one thread. Text comes as UTF-8 bytes, since answers are forwarded and not read."""

    def __init__(self) -> None:
        self._deadline = float("inf")  # `time.monotonic()` seconds
        self._share = 0.0

    def allow(self, seconds: float, *, hurried: bool) -> None:
        """Let an answer take so many seconds, or, hurried, each of its statements so much of the processor."""
        self._share = seconds if hurried else 0.0
        self._deadline = time.monotonic() + seconds * FOR_STATEMENTS

    @contextmanager
    def in_own_time(self, seconds: float) -> Iterator[None]:
        """Run what belongs to no answer: the time of the one before is over, that of the one being made goes on."""
        before = self._deadline, self._share
        self.allow(seconds, hurried=False)
        try:
            yield
        finally:
            self._deadline, self._share = before

    @abstractmethod
    def begin(self) -> None:
        """Let all that follows see one state of the data, until this is closed. Raises NotReady."""

    @abstractmethod
    def rows(self, statement: Statement, values: dict[str, Any]) -> Rows:
        """All rows, of one snapshot. Raises TimedOut, NotReady."""

    @abstractmethod
    def stream(self, statement: Statement, values: dict[str, Any]) -> Iterator[Rows]:
        """The rows in pieces, once begun. Raises TimedOut, NotReady."""

    @abstractmethod
    def version(self) -> int | None:
        """Changes when another connection commits; None where only a query could tell."""

    @abstractmethod
    def close(self) -> None: ...
