"""Reading a SQLite file, in this process."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

from sqlalchemy import URL

from app.errors import NotReady, TimedOut, Unusable
from app.readers.connections import NO_ANSWER, STREAMED, MissingTable, Reader, Rows, Statement
from app.troubles import DAMAGED, is_damage

CHECKED_EVERY = 2_000  # steps of SQLite's machine, about 100 microseconds
DAMAGE = f"The database file is damaged, or no database: {DAMAGED}; then start the service again."
NO_FILE = (
    "The database file is not there, or cannot be opened: run `factbook load`; "
    "let this user read it, and write to its folder, where SQLite keeps its log."
)
UNFINISHED = "The database file is said to be immutable, and has a log: copy it when no load runs and nobody serves it."
FILE = "file:"
CLOSED = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
KEPT, KEPT_OF_A_STREAM = 16_000, 1_000  # KiB of pages in memory; a stream comes by each but once
MAPPED = 2**40  # SQLite maps as much of the file as it was built to allow


def file_address(url: URL) -> str:
    """As SQLite takes it; what the URL asks of SQLite itself, as `mode=ro` and `immutable=1`, wins.

    mode=rw: a database that is not there is an error, not a new empty file.
    """
    path = url.database or ""
    plain = not path.startswith(FILE)
    asked = {"mode": "rw", **{name: str(value) for name, value in url.query.items() if name != "uri"}}
    return f"{FILE}{quote(path)}?{urlencode(asked)}" if plain else f"{path}?{urlencode(asked)}"


def _refuse_unfinished(url: URL) -> None:
    """A file that is said never to change is read without its log, and what stands there would be missed."""
    log = Path(f"{unquote((url.database or '').removeprefix(FILE))}-wal")
    if "immutable" in url.query and log.exists() and log.stat().st_size:
        raise NotReady(UNFINISHED)


class SqliteReader(Reader):
    """A file, read in this process: a statement that takes too long is interrupted from within."""

    def __init__(self, url: URL, *, mapped: bool = True) -> None:
        """`mapped` reads through the file's pages in memory, which is quick, and counts as memory of the process."""
        super().__init__()
        _refuse_unfinished(url)
        try:
            self._connection = sqlite3.connect(
                file_address(url),
                uri=True,
                isolation_level=None,
                timeout=5,
                cached_statements=512,
                check_same_thread=False,
            )
            size, kept = (MAPPED, KEPT) if mapped else (0, KEPT_OF_A_STREAM)
            for pragma in ("query_only = ON", f"mmap_size = {size}", f"cache_size = -{kept}"):
                self._connection.execute(f"PRAGMA {pragma}")
        except sqlite3.DatabaseError as error:
            raise (Unusable(DAMAGE) if is_damage(error) else NotReady(NO_FILE)) from error
        self._connection.text_factory = bytes
        self._connection.set_progress_handler(self._is_late, CHECKED_EVERY)
        self._share_ends = 0.0

    def _is_late(self) -> bool:
        # A busy machine is no reason to give a short statement up.
        return time.thread_time() > self._share_ends if self._share else time.monotonic() > self._deadline

    def begin(self) -> None:
        try:
            self._connection.execute("BEGIN")
        except sqlite3.DatabaseError as error:
            raise _sqlite_trouble(error) from error

    def rows(self, statement: Statement, values: dict[str, Any]) -> Rows:
        if self._share:
            self._share_ends = time.thread_time() + self._share
        try:
            return self._connection.execute(statement.sql, statement.arguments(values)).fetchall()
        except sqlite3.DatabaseError as error:
            raise _sqlite_trouble(error) from error

    def stream(self, statement: Statement, values: dict[str, Any]) -> Iterator[Rows]:
        try:
            cursor = self._connection.execute(statement.sql, statement.arguments(values))
            while rows := cursor.fetchmany(STREAMED):
                yield rows
        except sqlite3.DatabaseError as error:
            raise _sqlite_trouble(error) from error

    def version(self) -> int | None:
        try:
            found: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise _sqlite_trouble(error) from error
        return found

    def close(self) -> None:
        self._connection.close()


def _sqlite_trouble(error: sqlite3.DatabaseError) -> Exception:
    if is_damage(error):
        return Unusable(DAMAGE)
    if not isinstance(error, sqlite3.OperationalError):
        return error
    if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
        return TimedOut()
    if str(error).startswith("no such table"):
        return MissingTable(str(error))
    if error.sqlite_errorcode & 0xFF in CLOSED:
        return NotReady(NO_FILE)
    # What is wrong with the SQL itself is a fault of ours.
    return error if error.sqlite_errorcode == sqlite3.SQLITE_ERROR else NotReady(NO_ANSWER)
