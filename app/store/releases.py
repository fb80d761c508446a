"""What a release and a store of releases are, whatever the database."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect

from app.store.limits import Limit

Row = Sequence[Any]
Rows = Sequence[Row]
STREAMED = 1000  # rows fetched at a time


class ReleaseNotKept(LookupError):
    """No release of that id is kept, or not any more."""


class Statement:
    """A query compiled once: its SQL, its parameters in the order of their places, and those that never change."""

    __slots__ = ("_constants", "_names", "sql")

    def __init__(self, query: Any, dialect: Dialect, **options: Any) -> None:
        compiled = query.compile(dialect=dialect, **options)
        self.sql: str = compiled.string
        self._names: tuple[str, ...] = tuple(compiled.positiontup or ())
        self._constants: dict[str, Any] = {name: value for name, value in compiled.params.items() if value is not None}

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The values of the parameters, in the order of their places in the SQL."""
        known = {**self._constants, **values} if self._constants else values
        return [known[name] for name in self._names]


class Release(ABC):
    """A release that is open to read. It never changes: whatever is read of it belongs together.

    `id` is a digest of its content, `number` one more than that of the load before.
    """

    id: str
    number: int
    loaded_at: datetime

    @abstractmethod
    def rows(self, statement: Statement, values: Mapping[str, Any], limit: Limit) -> Rows:
        """All rows; text comes as UTF-8 bytes, since answers are forwarded and not read.

        Raises TimedOut, NotReady, Unusable, and ReleaseNotKept where it was dropped meanwhile.
        """

    @abstractmethod
    def stream(self, statement: Statement, values: Mapping[str, Any], seconds: float) -> Iterator[Rows]:
        """The rows in pieces of at most STREAMED, each of which may take so many seconds.

        Raises as `rows` does; close the iterator to let go of its connection.
        """


class KeptRelease(NamedTuple):
    """A release as commands list it."""

    id: str
    number: int
    loaded_at: datetime
    is_current: bool


class Draft(ABC):
    """A release that is being written. Nobody reads it before it is published; left unpublished, nothing of it stays.

    `connection` is in its one transaction, over tables that the migrations have just made and that are empty.
    """

    connection: Connection

    @abstractmethod
    def publish(self, release_id: str) -> None:
        """Check what was written, move the pointer to it, and drop the releases that are kept no longer."""


class Store(ABC):
    """A database of releases. Any thread may use it."""

    embedded: bool  # whether statements run in this process
    dialect: Dialect
    lag: float | None = None  # seconds by which the standby that was asked last may be behind

    @abstractmethod
    def statement(self, query: Any) -> Statement:
        """A query compiled for this database; it may be run on every release."""

    @abstractmethod
    def known(self) -> Release | None:
        """The current release, where that can be told without waiting for another machine; else None."""

    @abstractmethod
    def current(self, *, at_least: int = 0) -> Release:
        """The current release, never one of a lower number than `at_least`, which a caller has been shown.

        Raises NotReady where there is none, or where no server has one so new; Unusable.
        """

    @abstractmethod
    def kept(self, release_id: str) -> Release:
        """A release by its id, the current one included. Raises ReleaseNotKept, NotReady, Unusable."""

    @abstractmethod
    def check(self, seconds: float) -> Release:
        """The current release, read from the database now, within so many seconds: what readiness means.

        It is the release that answers are made of from now on. Raises NotReady, Unusable.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of connections; whoever asks again gets new ones."""

    # For loads and other commands.

    @abstractmethod
    def reading(self, release_id: str | None = None) -> AbstractContextManager[Connection]:
        """A connection that cannot write, to a kept release or the current one, its tables unqualified.

        Raises ReleaseNotKept, NotReady, Unusable.
        """

    @abstractmethod
    def drafting(self) -> AbstractContextManager[Draft]:
        """A draft, once no other load runs: one load at a time."""

    @abstractmethod
    def releases(self) -> list[KeptRelease]:
        """The releases that are kept, the newest first."""

    @abstractmethod
    def use(self, release_id: str) -> None:
        """Make a kept release the current one. Raises ReleaseNotKept."""
