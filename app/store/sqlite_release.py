"""A release in a SQLite file. Its connections are lent to one read at a time, and closed once it is unused."""

import sqlite3
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from app.database_errors import DAMAGED, is_damage
from app.errors import NotReady, TimedOut, Unusable
from app.store.files import ReleaseFiles, identity
from app.store.limits import NO_LIMIT, Deadline, Limit
from app.store.migrating import hold_schema
from app.store.releases import STREAMED, Release, ReleaseNotKept, Rows, Statement

ASKED_EVERY = 5_000  # steps of SQLite's virtual machine, some 200 microseconds
MOST_IDLE = 16  # connections
LONGEST_WAIT = 5.0  # seconds to wait for a connection that another read holds
CACHED, CACHED_OF_A_STREAM = 16_000, 1_000  # KiB of page cache; a stream reads each page only once
STATEMENTS = 64  # compiled statements kept per connection; one of 28 kB of SQL takes a quarter of a megabyte
MAPPED = 2**40  # SQLite maps as much of the file as its build allows
DAMAGE = f"The database file is damaged, or no database: {DAMAGED}."
NO_FILE = "The database file is not there, or cannot be opened: run `factbook load`, and let this user read it."
NO_ANSWER = "The database file cannot be read: see that it is a file and its disk is well, or bring back a copy of it."
NOT_LOADED = "Nothing is loaded yet: run `factbook load`."
CLOSED = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
SCHEMA_OF = "SELECT version_num FROM alembic_version"
LOADED = """SELECT revision, loaded_at, (SELECT max(number) FROM releases),
    (SELECT revision FROM releases ORDER BY number DESC LIMIT 1) FROM revisions"""


class Loaded(NamedTuple):
    """What a file says about its release."""

    id: str
    number: int
    loaded_at: datetime


def connect(path: Path, options: Mapping[str, str]) -> sqlite3.Connection:
    """A connection to an immutable file: without locks or checks for changes."""
    address = f"file:{quote(str(path))}?{urlencode({**options, 'mode': 'ro', 'immutable': '1'})}"
    return sqlite3.connect(
        address, uri=True, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS
    )


def loaded_of(connection: sqlite3.Connection) -> Loaded:
    """What a file says about its release. Raises NotReady, and Unusable for a damaged file or one of a newer version.

    It may be damaged anywhere: before its digest is checked, not even types are certain.
    """
    try:
        for (schema,) in connection.execute(SCHEMA_OF):
            hold_schema(_text(schema))
        row = connection.execute(LOADED).fetchone()
        if row is None or row[2] is None:
            raise NotReady(NOT_LOADED)
        name, loaded_at, number, last = row
        if name == last:  # else one of them is damaged; the digest is found by this name
            return Loaded(_text(name), int(number), datetime.fromisoformat(_text(loaded_at)))
    except sqlite3.DatabaseError as error:
        if str(error).startswith("no such table"):
            raise NotReady("The database has no schema: run `factbook load`.") from error
        raise _unreadable(error) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise Unusable(DAMAGE) from error
    raise Unusable(DAMAGE)


def _unreadable(error: sqlite3.DatabaseError) -> NotReady:
    """Translate an error of our simplest statements, which can only mean damage."""
    found = trouble(error)
    return found if isinstance(found, NotReady) else Unusable(DAMAGE)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


class _Watch:
    """The progress handler that tells SQLite when the time limit is reached."""

    __slots__ = ("limit",)

    def __init__(self) -> None:
        self.limit: Limit = NO_LIMIT

    def is_over(self) -> bool:
        return self.limit.remaining() <= 0


class _Lent(NamedTuple):
    connection: sqlite3.Connection
    watch: _Watch


class SqliteRelease(Release):
    """An open file. Reads continue even after it has been replaced or removed."""

    def __init__(self, files: ReleaseFiles, path: Path, options: Mapping[str, str], *, mapped: bool = False) -> None:
        """Raises NotReady, Unusable."""
        self._files, self._path, self._options, self._mapped = files, path, options, mapped
        self._idle: deque[_Lent] = deque()
        # Readers hold a reference to the release: once there is none, no connection is lent.
        self._closing = weakref.finalize(self, _close_all, self._idle)
        self._returned = threading.Condition()
        self._waiting = self._connections = 0
        self._damaged = False
        try:
            self.identity = identity(path)  # before it is opened, so that a newer file is noticed
            first = self._open()
        except OSError as error:
            raise NotReady(NO_FILE) from error
        self._idle.append(first)
        try:
            self.id, self.number, self.loaded_at = loaded_of(first.connection)
            files.hold_digest(path, self.id)  # which also warms the page cache
        except (OSError, LookupError) as error:
            self.close()
            raise Unusable(DAMAGE) from error
        except NotReady:
            self.close()
            raise

    def rows(self, statement: Statement, values: Mapping[str, Any], limit: Limit) -> Rows:
        try:
            lent = self._idle.pop()
            lent.watch.limit = limit
        except IndexError:
            lent = self._lend(limit)
        try:
            if self._damaged:
                raise Unusable(DAMAGE)
            values = {**statement.constants, **values} if statement.constants else values
            return lent.connection.execute(statement.sql, statement.pick(values)).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._trouble(error) from error
        finally:
            self._idle.append(lent)
            if self._waiting or len(self._idle) > MOST_IDLE:
                self._tell_of_idle()

    def stream(self, statement: Statement, values: Mapping[str, Any], seconds: float) -> Iterator[Rows]:
        # An extra connection, if possible, so that other reads still find one.
        lent = self._lend(Deadline(seconds), self._opened())
        connection, watch = lent
        try:
            connection.execute(f"PRAGMA cache_size = -{CACHED_OF_A_STREAM}")
            with closing(connection.execute(statement.sql, statement.arguments(values))) as cursor:
                while rows := cursor.fetchmany(STREAMED):
                    yield rows
                    watch.limit = Deadline(seconds)
        except sqlite3.DatabaseError as error:
            raise self._trouble(error) from error
        finally:
            with suppress(sqlite3.DatabaseError):
                connection.execute(f"PRAGMA cache_size = -{CACHED}")
            self._take_back(lent)

    def close(self) -> None:
        """Close the idle connections; later reads open new ones."""
        with self._returned:
            closed = _close_all(self._idle)
            self._connections -= closed

    def _lend(self, limit: Limit, lent: _Lent | None = None) -> _Lent:
        if self._damaged:
            raise Unusable(DAMAGE)
        if lent is None:
            try:
                lent = self._idle.pop()
            except IndexError:
                lent = self._opened() or self._returned_soon(min(limit.remaining(), LONGEST_WAIT))
        lent.watch.limit = limit
        return lent

    def _take_back(self, lent: _Lent) -> None:
        self._idle.append(lent)
        self._tell_of_idle()

    def _tell_of_idle(self) -> None:
        """Wake up a waiting read, and keep no more connections than needed."""
        if self._waiting:
            with self._returned:
                self._returned.notify()
        elif len(self._idle) > MOST_IDLE:
            with suppress(IndexError):
                self._close(self._idle.popleft())

    def _close(self, lent: _Lent) -> None:
        lent.connection.close()
        with self._returned:
            self._connections -= 1

    def _trouble(self, error: sqlite3.DatabaseError) -> Exception:
        self._damaged = self._damaged or is_damage(error)  # whatever can still be read from it cannot be trusted
        return trouble(error)

    def _opened(self) -> _Lent | None:
        """Another connection to the same file, if a path still leads to it."""
        for path in (self._path, self._files.kept(self.id)):
            with suppress(OSError, NotReady):
                if identity(path) == self.identity:
                    lent = self._open(path)
                    if identity(path) == self.identity:
                        return lent
                    self._close(lent)
        return None

    def _returned_soon(self, seconds: float) -> _Lent:
        """Wait for a connection that another read returns."""
        until = time.monotonic() + seconds
        with self._returned:
            self._waiting += 1
            try:
                while self._connections:
                    with suppress(IndexError):
                        return self._idle.pop()
                    if not self._returned.wait(until - time.monotonic()):
                        raise TimedOut
            finally:
                self._waiting -= 1
        raise ReleaseNotKept(self.id)

    def _open(self, path: Path | None = None) -> _Lent:
        try:
            connection = connect(path or self._path, self._options)
        except sqlite3.DatabaseError as error:
            raise trouble(error) from error
        lent = _Lent(connection, _Watch())
        connection.text_factory = bytes
        connection.set_progress_handler(lent.watch.is_over, ASKED_EVERY)
        try:
            for pragma in (
                "query_only = ON",
                f"mmap_size = {MAPPED if self._mapped else 0}",
                f"cache_size = -{CACHED}",
            ):
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.DatabaseError as error:
            connection.close()
            raise _unreadable(error) from error
        with self._returned:
            self._connections += 1
        return lent


def _close_all(idle: deque[_Lent]) -> int:
    closed = 0
    with suppress(IndexError):
        while True:
            idle.pop().connection.close()
            closed += 1
    return closed


def trouble(error: sqlite3.DatabaseError) -> Exception:
    """Translate an error of SQLite for readers."""
    if is_damage(error):
        return Unusable(DAMAGE)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if code == sqlite3.SQLITE_INTERRUPT:
        return TimedOut()
    if code & 0xFF in CLOSED:
        return NotReady(NO_FILE)
    # An error in the SQL itself is a bug of ours.
    return error if code == sqlite3.SQLITE_ERROR else NotReady(NO_ANSWER)
