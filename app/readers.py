"""One connection that reads: SQL in, rows of bytes out, each statement with a time it must end within."""

import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

import psycopg
from sqlalchemy import URL, Dialect, create_engine, make_url

from app.errors import NotReady, TimedOut

Row = Sequence[Any]
Rows = Sequence[Row]

CHECKED_EVERY = 2_000  # steps of SQLite's machine, about 100 microseconds
MAPPED = 2**40  # SQLite maps as much of the file as it was built to allow
STREAMED = 500  # rows fetched at a time
READ_ONLY = "-c default_transaction_read_only=on"
CONNECT_TIMEOUT = 5  # seconds
NO_ANSWER = "The database does not answer; try again."
PARAMETER_STYLE = {"sqlite": "qmark", "postgresql": "format"}


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
        """Let what runs next take so many seconds together, or, hurried, each statement so much of the processor."""
        self._share = seconds if hurried else 0.0
        self._deadline = time.monotonic() + seconds

    @abstractmethod
    def rows(self, statement: Statement, values: dict[str, Any]) -> Rows:
        """All rows, of one snapshot. Raises TimedOut, NotReady."""

    @abstractmethod
    def stream(self, statement: Statement, values: dict[str, Any]) -> Iterator[Rows]:
        """The rows in pieces, of one snapshot. Raises TimedOut, NotReady."""

    @abstractmethod
    def version(self) -> int | None:
        """Changes when another connection commits; None where only a query could tell."""

    @abstractmethod
    def close(self) -> None: ...


class SqliteReader(Reader):
    """A file, read in this process: a statement that takes too long is interrupted from within."""

    def __init__(self, url: URL) -> None:
        super().__init__()
        # mode=rw: a database that is not there is an error, not a new empty file.
        address = f"file:{quote(url.database or '')}?mode=rw"
        try:
            self._connection = sqlite3.connect(
                address, uri=True, isolation_level=None, timeout=5, cached_statements=512, check_same_thread=False
            )
            for pragma in ("query_only = ON", f"mmap_size = {MAPPED}", "cache_size = -16000"):
                self._connection.execute(f"PRAGMA {pragma}")
        except sqlite3.OperationalError as error:
            raise NotReady("The database cannot be reached.") from error
        self._connection.text_factory = bytes
        self._connection.set_progress_handler(self._is_late, CHECKED_EVERY)
        self._share_ends = 0.0

    def _is_late(self) -> bool:
        # A busy machine is no reason to give a short statement up.
        return time.thread_time() > self._share_ends if self._share else time.monotonic() > self._deadline

    def rows(self, statement: Statement, values: dict[str, Any]) -> Rows:
        if self._share:
            self._share_ends = time.thread_time() + self._share
        try:
            return self._connection.execute(statement.sql, statement.arguments(values)).fetchall()
        except sqlite3.OperationalError as error:
            raise _sqlite_trouble(error) from error

    def stream(self, statement: Statement, values: dict[str, Any]) -> Iterator[Rows]:
        try:
            cursor = self._connection.execute(statement.sql, statement.arguments(values))
            while rows := cursor.fetchmany(STREAMED):
                yield rows
        except sqlite3.OperationalError as error:
            raise _sqlite_trouble(error) from error

    def version(self) -> int | None:
        found: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return found

    def close(self) -> None:
        self._connection.close()


def _sqlite_trouble(error: sqlite3.OperationalError) -> Exception:
    if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
        return TimedOut()
    if str(error).startswith("no such table"):
        return MissingTable(str(error))
    # What is wrong with the SQL itself is a fault of ours.
    return error if error.sqlite_errorcode == sqlite3.SQLITE_ERROR else NotReady(NO_ANSWER)


class PostgresReader(Reader):
    """A session of its own; the server ends a statement that takes too long."""

    def __init__(self, url: URL) -> None:
        super().__init__()
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = self._connect()
        self._limit = 0

    def _connect(self) -> psycopg.Connection[Row]:
        try:
            # SQL_ASCII: text comes as the bytes it is stored as.
            connection = psycopg.connect(
                self._address,
                autocommit=True,
                prepare_threshold=1,
                client_encoding="SQL_ASCII",
                options=READ_ONLY,
                connect_timeout=CONNECT_TIMEOUT,
            )
        except psycopg.OperationalError as error:
            raise NotReady("The database cannot be reached.") from error
        connection.prepared_max = 500
        return connection

    def rows(self, statement: Statement, values: dict[str, Any]) -> Rows:
        found = statement.arguments(values)
        try:
            return self._execute(statement.sql, found)
        except psycopg.errors.QueryCanceled as error:
            raise TimedOut from error
        except psycopg.errors.UndefinedTable as error:
            raise MissingTable(str(error)) from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            if not self._connection.closed:
                raise NotReady(NO_ANSWER) from error
        # The session was lost since it was used last: a new one may do.
        self._connection, self._limit = self._connect(), 0
        try:
            return self._execute(statement.sql, found)
        except psycopg.Error as error:
            raise NotReady(NO_ANSWER) from error

    def _execute(self, sql: str, values: list[Any]) -> Rows:
        self._set_limit()
        return self._connection.execute(sql, values).fetchall()

    def _set_limit(self) -> None:
        """Tell the server how long a statement may take; it is told only what it does not know yet."""
        left = self._deadline - time.monotonic()
        limit = 0 if left == float("inf") else max(1, round(left)) * 1000
        if limit != self._limit:
            self._connection.execute(f"SET statement_timeout = {limit}".encode())
            self._limit = limit

    def stream(self, statement: Statement, values: dict[str, Any]) -> Iterator[Rows]:
        try:
            self._set_limit()
            with self._connection.transaction(), self._connection.cursor("streamed") as cursor:
                cursor.itersize = STREAMED
                cursor.execute(statement.sql, statement.arguments(values))
                while rows := cursor.fetchmany(STREAMED):
                    yield rows
        except psycopg.errors.QueryCanceled as error:
            raise TimedOut from error
        except psycopg.Error as error:
            raise NotReady(NO_ANSWER) from error

    def version(self) -> int | None:
        return None

    def close(self) -> None:
        self._connection.close()


class Readers:
    """A reader for each thread that asks."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self.embedded = self._url.get_backend_name() == "sqlite"
        # Only its dialect is used: it compiles what the readers run.
        self.dialect = create_engine(url, paramstyle=PARAMETER_STYLE[self._url.get_backend_name()]).dialect
        self._own = threading.local()
        self._opened: list[Reader] = []
        self.ran: Callable[[Statement, dict[str, Any]], None] | None = None  # told of what runs, where somebody listens

    def statement(self, query: Any) -> Statement:
        return Statement(query, self.dialect)

    def of_thread(self) -> Reader:
        """This thread's reader. Raises NotReady where there is no database."""
        found: Reader | None = getattr(self._own, "reader", None)
        if found is None:
            found = self._own.reader = self.new()
            self._opened.append(found)
        return found

    def rows(self, statement: Statement, values: dict[str, Any]) -> Rows:
        """All rows, of one snapshot, over this thread's reader. Raises TimedOut, NotReady."""
        if self.ran:
            self.ran(statement, values)
        return self.of_thread().rows(statement, values)

    def new(self) -> Reader:
        """One that nobody else has; who asks for it closes it."""
        return SqliteReader(self._url) if self.embedded else PostgresReader(self._url)

    def close(self) -> None:
        for reader in self._opened:
            reader.close()
        self._own, self._opened = threading.local(), []
