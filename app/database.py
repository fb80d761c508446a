"""Where the facts are: which revision is loaded, and what one answer sees of it."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import Connection, Engine, create_engine, event, make_url

from app.errors import NotReady, TimedOut, Unusable
from app.readers import Passing, Patience, Reader, Readers, Rows, Statement
from app.readers.addresses import READ_ONLY, WRITING, arguments
from app.readers.connections import NO_ANSWER
from app.readers.sqlite import file_address
from app.releases import Releases
from app.revisions import Revision, Revisions, Unloaded

# Seconds for which the revision seen last may be given out: of a database on another machine, and of an embedded one.
FRESH_FOR, FRESH_FOR_A_GLANCE = 1.0, 0.02
LOOK = 5.0  # seconds that a look at what is loaded may take
MOST_TRIES = 5  # at an answer while one load comes after the other
LOADED_AGAIN = "Data is being loaded again and again; try again."


class Superseded(Exception):
    """Other data was loaded while an answer was made: it has to be made again."""


@dataclass(slots=True)
class Snapshot:
    """What one answer sees: one revision."""

    database: "Database"
    revision: Revision
    seconds: float  # that it may take
    hurried: bool  # others wait for it

    def take_time(self) -> None:
        """Say that what follows may take long. Raises TimedOut where others wait for it."""
        if self.hurried:
            raise TimedOut

    def rows(self, statement: Statement, values: dict[str, Any]) -> Rows:
        """The rows of a statement whose first column is the revision. Raises Superseded, TimedOut, NotReady."""
        return self.database.rows(statement, values, self.revision)

    def stream(self, statement: Statement, values: dict[str, Any]) -> Iterator[Rows]:
        """The rows of any statement in pieces, over a connection of its own; the time limit is for each piece.

        Raises Superseded before the first, TimedOut, NotReady.
        """
        reader = self.database.readers.new(to_stream=True)
        try:
            reader.allow(self.seconds)
            first, pieces = self._begun(reader, statement, values)
            yield first
            for rows in pieces:
                yield rows
                reader.allow(self.seconds)
        except Passing as error:
            raise NotReady(NO_ANSWER) from error
        except Exception as error:
            self.database.learn(error)
            raise
        finally:
            reader.close()

    def _begun(self, reader: Reader, statement: Statement, values: dict[str, Any]) -> tuple[Rows, Iterator[Rows]]:
        """The first piece and those to come: until there is one, all can be tried again."""
        patience = reader.patience()
        while True:
            try:
                self.database.begin(reader, self.revision, patience)
                pieces = reader.stream(statement, values)
                return next(pieces, ()), pieces
            except Passing as passing:
                patience.wait(passing)


class Database:
    """The facts, read only."""

    def __init__(self, url: str) -> None:
        self.readers = Readers(url)
        self.revisions = Revisions(self.readers)
        self.releases = Releases(self.readers, self.revisions)
        self._unusable: str | None = None
        self._latest: Revision | None = None
        self._known_until = float("-inf")
        self._versions: dict[Reader, int] = {}
        self._watcher: Reader | None = None
        self._watching, self._learning = threading.Lock(), threading.RLock()

    def statement(self, query: Any) -> Statement:
        return self.readers.statement(query)

    def allow(self, seconds: float, since: float) -> None:
        """Let the answer that this thread begins take so many seconds; it is waited for `since` then."""
        self.readers.of_thread().allow(seconds, since=since)

    def snapshot(self, seconds: float, revision: Revision | None = None, *, hurried: bool = False) -> Snapshot:
        """For an answer that is made within so many seconds. Raises NotReady where nothing is loaded."""
        self.readers.of_thread().allow(seconds, hurried=hurried)
        return Snapshot(self, revision or self.revision(), seconds, hurried)

    @property
    def latest(self) -> Revision | None:
        """What was loaded when that was last looked at; rows tell whether it still is."""
        return None if self._unusable else self._latest

    def rows(self, statement: Statement, values: dict[str, Any], revision: Revision) -> Rows:
        """The rows of a statement whose first column is the revision. Raises Superseded, TimedOut, NotReady."""
        reader = self.readers.of_thread()
        while True:
            before = reader.sessions, reader.shown
            try:
                rows = self.readers.rows(statement, values)
            except Exception as error:
                self.learn(error)
                raise
            seen = rows[0][0] if rows else self._revision(reader).mark
            self.hold(seen, revision)
            if rows or self.readers.embedded or before == (reader.sessions, seen):
                reader.shown = seen
                return rows
            # No rows: none of this revision, if the session had shown it before; now it has.

    def hold(self, seen: bytes, revision: Revision) -> None:
        """Hold what rows say they are of against a revision. Raises Superseded."""
        if seen != revision.mark:
            raise Superseded

    def learn(self, error: Exception) -> None:
        """What an error tells: a damaged database is not trusted any more; another may be of another schema."""
        if isinstance(error, Unusable):
            self._unusable = error.detail
        elif not isinstance(error, NotReady | TimedOut | Superseded | Passing | Unloaded):
            try:
                self.revisions.hold_schema()
            except Unloaded as unloaded:
                raise NotReady(str(unloaded)) from error

    @property
    def fresh(self) -> Revision | None:
        """What is loaded, or was a moment ago, without asking: see FRESH_FOR."""
        return self.latest if time.monotonic() < self._known_until else None

    def revision(self) -> Revision:
        """What is loaded, or was a moment ago. Raises NotReady, and Unusable for good."""
        if fresh := self.fresh:
            return fresh
        reader = self.readers.of_thread()
        with reader.in_own_time(LOOK):
            return self._revision(reader)

    def revision_within(self, seconds: float) -> Revision:
        """The same, over a connection of its own: it waits for no answer. Raises NotReady."""
        with self._watching:
            if self._watcher is None:
                self._watcher = self.readers.new()
            self._watcher.allow(seconds, since=time.monotonic())
            return self.fresh or self._revision(self._watcher)

    def renewed(self) -> Revision:
        """What is loaded, looked at anew over this thread's connection. Raises NotReady, and Unusable for good."""
        reader = self.readers.of_thread()
        self._versions.pop(reader, None)
        return self._revision(reader)

    def newest(self, since: float) -> Revision:
        """What is loaded, as of a moment after `since`, on any server. Raises NotReady."""
        if self.readers.embedded:
            self.forget()
            return self.revision()
        patience = self.readers.of_thread().patience()
        while True:
            try:
                self.releases.look(since)
                break
            except Passing as passing:
                patience.wait(passing)
        latest = self.latest
        return self.renewed() if latest is None or self.releases.is_behind(latest.release) else latest

    def _revision(self, reader: Reader) -> Revision:
        if self._unusable:  # what could still be read of it cannot be trusted
            raise Unusable(self._unusable)
        with self._learning if self.readers.embedded else nullcontext():
            return self._looked_up(reader)

    def _looked_up(self, reader: Reader) -> Revision:
        latest, version = self._latest, reader.version()
        if latest is None or version is None or self._versions.get(reader) != version:
            try:
                found = self.releases.caught_up(reader)
            except Exception as error:
                self.learn(error)
                raise
            latest = self._learn_of(found)
            if version is not None:
                self._versions[reader] = version
        self._known_until = time.monotonic() + (FRESH_FOR if version is None else FRESH_FOR_A_GLANCE)
        return latest

    def _learn_of(self, found: Revision) -> Revision:
        """Keep what was found, unless another thread has found newer data meanwhile."""
        with self._learning:
            if self._latest is None or (found != self._latest and not self.releases.is_behind(found.release)):
                self._latest = found
            return self._latest

    def begin(self, reader: Reader, revision: Revision, patience: Patience) -> None:
        """Let a reader see this revision from now on. Raises Superseded, Passing, NotReady."""
        if not self.releases.begun(reader, revision, patience):
            raise Superseded

    def forget(self) -> None:
        """Other data may be there: look when asked for the revision again."""
        self._known_until = float("-inf")

    def close(self) -> None:
        """Let go of connections; whoever asks again gets new ones."""
        self._versions.clear()
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None
        self.readers.close()


def reading_engine(url: str) -> Engine:
    """An engine that cannot write, for commands; its transactions see one state of the data throughout."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        path, _, how = file_address(parsed).partition("?")
        existing = parsed.set(database=path, query=dict(parse_qsl(how)) | {"uri": "true"})
        engine = create_engine(existing, connect_args={"timeout": 5})
        _begin_with(engine, "BEGIN", query_only=True)
        return engine
    # A standby may not have got the last load yet.
    asked = arguments(url, WRITING, READ_ONLY, role="primary")
    return create_engine(url, isolation_level="REPEATABLE READ", connect_args=asked)


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """A connection of such an engine, for as long as the context lasts."""
    engine = reading_engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def writing_engine(url: str) -> Engine:
    """An engine for migrations and loads; a SQLite transaction takes the write lock at its start."""
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": 60})
        _begin_with(engine, "BEGIN IMMEDIATE", query_only=False)
        return engine
    return create_engine(url, connect_args=arguments(url, WRITING, role="read-write"))


def _begin_with(engine: Engine, statement: str, *, query_only: bool) -> None:
    """Let SQLAlchemy, not the sqlite3 module, say when a SQLite transaction begins."""

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        if not query_only:
            # Of a file that is still empty; larger pages hold more of long answers.
            connection.execute("PRAGMA page_size = 8192")
            write_ahead(connection)
        else:
            connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)


def write_ahead(connection: sqlite3.Connection) -> None:
    """Let readers of a SQLite file go on with the old data while a load writes the new."""
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        # This alone does not wait for others who write; a transaction will, and whoever writes last asks again.
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
