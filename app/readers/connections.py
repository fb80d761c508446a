"""A connection that reads: SQL in, rows of bytes out, each statement with a time it must end within."""

import random
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Dialect

from app.errors import NotReady

Row = Sequence[Any]
Rows = Sequence[Row]

FOR_STATEMENTS = 0.95  # of the time an answer may take; the rest is for telling that it was too little
STREAMED = 1000  # rows fetched at a time
NO_ANSWER = "The database does not answer; try again."
UNREACHABLE = "The database cannot be reached."


TRIED_FOR = 3.0  # seconds for which a read is tried again that met no server, or lost the one it had
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.5  # seconds


class MissingTable(Exception):
    """The database has no such table."""


class Passing(Exception):
    """The connection was lost or refused, or the server gave way to another: the same read may do the next time."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Patience:
    """How long one read is tried again, and the pauses between: short ones, by lot, so that not all come at once."""

    def __init__(self, until: float) -> None:
        """`until` is in `time.monotonic()` seconds."""
        self.until = until
        self._pause = FIRST_PAUSE

    def wait(self, reason: Passing) -> None:
        """Pause before the next try. Raises NotReady where there is no time for one."""
        pause = self._pause * random.uniform(0.5, 1)  # noqa: S311 - no secret
        if time.monotonic() + pause > self.until:
            raise NotReady(reason.detail) from reason.__cause__
        time.sleep(pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE)


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
        self._deadline = self._patient_until = float("inf")  # `time.monotonic()` seconds
        self._share = 0.0
        self.sessions = 0  # that it has had: it goes on in another where one was lost
        self.shown: bytes | None = None  # the mark of the revision that the present one has shown

    def allow(self, seconds: float, *, hurried: bool = False, since: float | None = None) -> None:
        """Let an answer take so many seconds, or, hurried, each of its statements; of an embedded database, of the
        processor's time.

        It is `since` then that a read is tried again, where several are to share the time for that.
        """
        now = time.monotonic()
        self._share = seconds if hurried else 0.0
        # Who hurries gives up a statement that takes long, not a server that is lost for a moment.
        self._deadline = now + (TRIED_FOR if hurried else seconds * FOR_STATEMENTS)
        if since is not None:
            self._patient_until = since + TRIED_FOR

    def patience(self) -> Patience:
        """For one read."""
        return Patience(min(self._deadline, self._patient_until, time.monotonic() + TRIED_FOR))

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
        """Let all that follows see one state of the data, until this is closed or begun anew. Raises Passing."""

    @abstractmethod
    def rows(self, statement: Statement, values: dict[str, Any]) -> Rows:
        """All rows, of one snapshot; tried again, unless begun. Raises TimedOut, NotReady, and Passing once begun."""

    @abstractmethod
    def stream(self, statement: Statement, values: dict[str, Any]) -> Iterator[Rows]:
        """The rows in pieces, once begun. Raises TimedOut, Passing, NotReady."""

    def leave(self) -> bool:
        """Go on over a server that was not left since this was last called in vain; False where there is none."""
        return False

    @abstractmethod
    def version(self) -> int | None:
        """Changes when another connection commits; None where only a query could tell."""

    @abstractmethod
    def close(self) -> None: ...
