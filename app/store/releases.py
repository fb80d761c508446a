"""The interfaces of releases and their store, common to both databases, and the time limits of reads."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Connection, Dialect

SqlRow = Sequence[Any]
SqlRows = Sequence[SqlRow]
STREAMED = 1000  # rows fetched at a time
MOST_SQL = 2_000_000  # characters of cached statements
UNREACHABLE = "The database cannot be reached."  # a service may start all the same, and wait
NOTHING_LOADED = "Nothing is loaded yet: run `factbook load`."


class ReleaseNotKept(LookupError):
    """No release with that id is kept (any more)."""


class Limit(ABC):
    """The time limit of a read."""

    @abstractmethod
    def remaining(self) -> float:
        """Seconds left; zero or less once the limit is reached."""


class Deadline(Limit):
    """A number of seconds from now, in wall-clock time; `float("inf")` for no limit."""

    __slots__ = ("_until",)

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def remaining(self) -> float:
        return self._until - time.monotonic()


@dataclass(slots=True)
class Budget(Limit):
    """A limit on the CPU time of this thread: a busy machine is no reason to abort a short read."""

    until: float  # by `time.thread_time()`

    def remaining(self) -> float:
        return self.until - time.thread_time()


NO_LIMIT = Deadline(float("inf"))


class CompiledQuery:
    """A compiled query: its SQL, with named parameters, and the values of those that are constant."""

    __slots__ = ("constants", "sql")

    def __init__(self, query: Any, dialect: Dialect, **options: Any) -> None:
        compiled = query.compile(dialect=dialect, **options)
        self.sql: str = compiled.string
        self.constants = {name: value for name, value in compiled.params.items() if value is not None}


@dataclass(slots=True)
class ReleaseCache:
    """What queries have read of a release before, as long as it is open: they fill it, the store does not look."""

    totals: dict[str, int] = field(default_factory=dict)  # rows or bytes by query; cleared when there are too many
    types: dict[str, str] = field(default_factory=dict)  # by id, if it was looked up
    spellings: dict[str, dict[str, str]] = field(default_factory=dict)  # type -> spelling -> id
    lexicon: Any = None
    folding: dict[int, str] | None = None  # traditional characters to simplified ones
    names: Any = None  # all of them, for searches
    first_year: str | None = None  # that a fact begins in; empty if none does
    document: bytes = b""  # OpenAPI, with examples of this release


class OpenRelease(ABC):
    """A release that is open for reading. It never changes, so all reads from it are consistent.

    `id` is a digest of its content, `number` is one higher than that of the previous load.
    """

    id: str
    number: int
    loaded_at: datetime
    cache: ReleaseCache

    @abstractmethod
    def rows(self, statement: CompiledQuery, values: Mapping[str, Any], limit: Limit) -> SqlRows:
        """All rows, with text as UTF-8 bytes, since answers are sent as they are stored.

        Raises TimedOut, NotReady, Unusable, and ReleaseNotKept if it was dropped in the meantime.
        """

    @abstractmethod
    def stream(self, statement: CompiledQuery, values: Mapping[str, Any], seconds: float) -> Iterator[SqlRows]:
        """The rows in pieces of at most STREAMED, each of which may take `seconds`.

        Raises as `rows` does; close the iterator to release its connection.
        """


class KeptRelease(NamedTuple):
    """A release as listed by commands."""

    id: str
    number: int
    loaded_at: datetime
    is_current: bool


class Draft(ABC):
    """A release that is being written. It is invisible until it is published; an unpublished one leaves nothing.

    `connection` is in its only transaction, on empty tables that the migrations have just created.
    """

    connection: Connection

    @abstractmethod
    def publish(self, release_id: str) -> None:
        """Check what was written, make it current, and drop releases that are no longer kept."""


class Store(ABC):
    """A database of releases. Thread-safe."""

    embedded: bool  # whether statements run in this process
    dialect: Dialect
    compiling: ClassVar[Mapping[str, Any]] = {}  # options

    def __init__(self) -> None:
        self.statements: dict[Hashable, CompiledQuery] = {}
        self._sql_kept = 0  # characters

    @property
    def lag(self) -> float | None:
        """Seconds by which the standby used last may be behind."""
        return None

    def statement(self, query: Any) -> CompiledQuery:
        """Compile a query for this database; it can be run on any release."""
        return CompiledQuery(query, self.dialect, **self.compiling)

    def compiled(self, key: Hashable, build: Callable[[], Any]) -> CompiledQuery:
        """The statement of a query that is built once per key, and cached in `statements`."""
        statement = self.statements.get(key)
        if statement is None:
            statement = self.statement(build())
            if self._sql_kept + len(statement.sql) > MOST_SQL:
                self.statements.clear()
                self._sql_kept = 0
            self.statements[key] = statement
            self._sql_kept += len(statement.sql)
        return statement

    @abstractmethod
    def known(self, *, at_least: int = 0) -> OpenRelease | None:
        """The current release, if it is known without waiting for another machine; else None.

        Also None if its number is lower than `at_least` and a newer one may exist.
        """

    @abstractmethod
    def current(self, *, at_least: int = 0) -> OpenRelease:
        """The current release; its number is not lower than `at_least`, which a client has seen.

        Raises NotReady if there is none, or if no server has one that new; Unusable.
        """

    @abstractmethod
    def kept(self, release_id: str) -> OpenRelease:
        """A release by its id, the current one included. Raises ReleaseNotKept, NotReady, Unusable."""

    @abstractmethod
    def check(self, seconds: float) -> OpenRelease:
        """The current release, looked up in the database now, within `seconds`: the readiness check.

        It is the release to read from now on. Raises NotReady, Unusable.
        """

    @abstractmethod
    def close(self) -> None:
        """Close connections; new ones are opened when needed."""

    # For loads and other commands.

    @abstractmethod
    def reading(
        self, release_id: str | None = None, *, check_digest: bool = True
    ) -> AbstractContextManager[Connection]:
        """A read-only connection to a kept release or the current one, where table names need no schema.

        Without `check_digest`, the digest of a file is not computed unless the file has been written to.

        Raises ReleaseNotKept, NotReady, Unusable.
        """

    @abstractmethod
    def prepare(self) -> None:
        """Before a long load: check that it can write, and remove what killed loads left. Raises NotReady."""

    @abstractmethod
    def drafting(self) -> AbstractContextManager[Draft]:
        """A draft, once no other load is running."""

    @abstractmethod
    def releases(self) -> list[KeptRelease]:
        """The kept releases, newest first."""

    @abstractmethod
    def use(self, release_id: str) -> None:
        """Make a kept release the current one. Raises ReleaseNotKept."""
