"""A release in a SQLite file. Its connections are lent to one read at a time, and closed once it is unused."""

import sqlite3
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.database_errors import DAMAGED, is_damage
from app.errors import NotReady, TimedOut, Unusable
from app.store.releases import (
    NO_LIMIT,
    NOTHING_LOADED,
    STREAMED,
    CompiledQuery,
    Deadline,
    Limit,
    OpenRelease,
    ReleaseCache,
    ReleaseNotKept,
    SqlRows,
)
from app.store.schema import check_schema
from app.store.sqlite_files import ReleaseFiles

LIMIT_CHECKED_EVERY = 5_000  # steps of SQLite's virtual machine, some 200 microseconds
MOST_IDLE = 16  # connections
LONGEST_WAIT = 5.0  # seconds to wait for a connection that another read holds
CACHED, CACHED_OF_A_STREAM = 16_000, 1_000  # KiB of page cache; a stream reads each page only once
STATEMENTS = 64  # compiled statements kept per connection; one of 28 kB of SQL takes a quarter of a megabyte
DAMAGE = f"The database file is damaged, or no database: {DAMAGED}."
NO_FILE = "The database file is not there, or cannot be opened: run `factbook load`, and let this user read it."
NO_ANSWER = "The database file cannot be read: see that it is a file and its disk is well, or bring back a copy of it."
SCHEMA_OF = "SELECT version_num FROM alembic_version"
LOADED = """SELECT revision, loaded_at, (SELECT max(number) FROM releases),
    (SELECT revision FROM releases ORDER BY number DESC LIMIT 1) FROM revisions"""
Identity = tuple[int, int, int, int]

# A damaged file may also break the text of the error that SQLite reports.
SqliteError = sqlite3.DatabaseError | UnicodeDecodeError
SQLITE_ERRORS = (sqlite3.DatabaseError, UnicodeDecodeError)


def identity(path: Path) -> Identity:
    """Identifies a file, to notice when it has been replaced or written to. Raises OSError.

    Inode numbers are reused, so size and time are included.
    """
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


class FileConnection(sqlite3.Connection):
    """A connection to the file of a release, and the time limit of the read that uses it."""

    limit: Limit = NO_LIMIT

    def is_over(self) -> bool:
        return self.limit.remaining() <= 0


def connect(path: Path) -> FileConnection:
    """A connection to an immutable file: without locks or checks for changes."""
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode=ro&immutable=1",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=STATEMENTS,
        factory=FileConnection,
    )


def loaded_of(connection: sqlite3.Connection) -> tuple[str, int, datetime]:
    """The id and number of the release in a file, and when it was loaded.

    Raises NotReady, and Unusable for a damaged file or one of a newer version.
    It may be damaged anywhere: before its digest is checked, not even types are certain.
    """
    try:
        for (schema,) in connection.execute(SCHEMA_OF):
            check_schema(_text(schema))
        row = connection.execute(LOADED).fetchone()
        if row is None or row[2] is None:
            raise NotReady(NOTHING_LOADED)
        name, loaded_at, number, last = row
        if name == last:  # else one of them is damaged; the digest is found by this name
            return _text(name), int(number), datetime.fromisoformat(_text(loaded_at))
    except SQLITE_ERRORS as error:
        if str(error).startswith("no such table"):
            raise NotReady("The database has no schema: run `factbook load`.") from error
        raise _unreadable(error) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise Unusable(DAMAGE) from error
    raise Unusable(DAMAGE)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


class SqliteRelease(OpenRelease):
    """An open file. Reads continue even after it has been replaced or removed."""

    def __init__(self, files: ReleaseFiles, path: Path, *, check_digest: bool = True) -> None:
        """Raises NotReady, Unusable."""
        self._files, self._path = files, path
        self._idle: deque[FileConnection] = deque()
        self._damaged, self.cache = False, ReleaseCache()
        try:
            self.identity = identity(path)  # before it is opened, so that a newer file is noticed
        except OSError as error:
            raise NotReady(NO_FILE) from error
        connection = _opened(path)
        self._idle.append(connection)
        try:
            self.id, self.number, self.loaded_at = loaded_of(connection)
            if check_digest or not files.is_as_written(path, self.id):
                files.check_digest(path, self.id)  # which also warms the page cache
        except (OSError, ReleaseNotKept) as error:
            self.close()
            raise Unusable(DAMAGE) from error
        except NotReady:
            self.close()
            raise

    def rows(self, statement: CompiledQuery, values: Mapping[str, Any], limit: Limit) -> SqlRows:
        connection = self._lend(limit)
        try:
            return connection.execute(statement.sql, {**statement.constants, **values}).fetchall()
        except SQLITE_ERRORS as error:
            raise self._failed(error) from error
        finally:
            self._take_back(connection)

    def stream(self, statement: CompiledQuery, values: Mapping[str, Any], seconds: float) -> Iterator[SqlRows]:
        # An extra connection, if possible, so that other reads still find one.
        connection = self._another() or self._lend(Deadline(seconds))
        connection.limit = Deadline(seconds)
        try:
            connection.execute(f"PRAGMA cache_size = -{CACHED_OF_A_STREAM}")
            with closing(connection.execute(statement.sql, {**statement.constants, **values})) as cursor:
                while rows := cursor.fetchmany(STREAMED):
                    yield rows
                    connection.limit = Deadline(seconds)
        except SQLITE_ERRORS as error:
            raise self._failed(error) from error
        finally:
            with suppress(*SQLITE_ERRORS):
                connection.execute(f"PRAGMA cache_size = -{CACHED}")
            self._take_back(connection)

    def close(self) -> None:
        """Close the idle connections; later reads open new ones."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    __del__ = close

    def _lend(self, limit: Limit) -> FileConnection:
        if self._damaged:
            raise Unusable(DAMAGE)
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._another() or self._returned(min(limit.remaining(), LONGEST_WAIT))
        connection.limit = limit
        return connection

    def _take_back(self, connection: FileConnection) -> None:
        self._idle.append(connection)
        if len(self._idle) > MOST_IDLE:
            with suppress(IndexError):
                self._idle.popleft().close()

    def _another(self) -> FileConnection | None:
        """Another connection to the same file, if a path still leads to it."""
        for path in (self._path, self._files.kept(self.id)):
            with suppress(OSError, NotReady):
                if identity(path) == self.identity:
                    connection = _opened(path)
                    if identity(path) == self.identity:
                        return connection
                    connection.close()
        return None

    def _returned(self, seconds: float) -> FileConnection:
        """A connection that another read returns. Raises TimedOut."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with suppress(IndexError):
                return self._idle.pop()
            time.sleep(0.001)
        raise TimedOut

    def _failed(self, error: SqliteError) -> Exception:
        self._damaged = self._damaged or is_damage(error)  # whatever can still be read from it cannot be trusted
        return _translated(error)


def _opened(path: Path) -> FileConnection:
    """A connection set up for reads. Raises NotReady, Unusable."""
    try:
        connection = connect(path)
        # With mmap, `cp` over the open file would kill this process.
        for pragma in ("query_only = ON", "mmap_size = 0", f"cache_size = -{CACHED}"):
            connection.execute(f"PRAGMA {pragma}")
    except SQLITE_ERRORS as error:
        raise _unreadable(error) from error
    connection.text_factory = bytes
    connection.set_progress_handler(connection.is_over, LIMIT_CHECKED_EVERY)
    return connection


def _translated(error: SqliteError) -> Exception:
    """An error of SQLite as readers are told it."""
    if is_damage(error):
        return Unusable(DAMAGE)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if code == sqlite3.SQLITE_INTERRUPT:
        return TimedOut()
    if code & 0xFF in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        return NotReady(NO_FILE)
    # An error in the SQL itself is a bug of ours.
    return error if code == sqlite3.SQLITE_ERROR else NotReady(NO_ANSWER)


def _unreadable(error: SqliteError) -> NotReady:
    """An error of our simplest statements, which can only mean damage."""
    translated = _translated(error)
    return translated if isinstance(translated, NotReady) else Unusable(DAMAGE)
