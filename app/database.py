"""Where the facts are: which revision is loaded, and what one answer sees of it."""

import os
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from app.errors import NotReady, TimedOut, Unusable
from app.readers import MissingTable, Reader, Readers, Rows, Statement

# The schema that this version reads, as the last migration names it; each database says which it has.
SCHEMA = max(path.name for path in (Path(__file__).parents[1] / "migrations" / "versions").glob("[0-9]*.py"))[:4]
LATEST_SCHEMA = text("SELECT version_num FROM alembic_version")
LATEST_REVISION = text(f"SELECT revision, loaded_at, ({LATEST_SCHEMA}) FROM revisions")  # noqa: S608 - our own
# Seconds for which the revision seen last may be given out: of a database on another machine, and of an embedded one.
FRESH_FOR, FRESH_FOR_A_GLANCE = 1.0, 0.02
LOOK = 5.0  # seconds that a look at what is loaded may take
MOST_TOTALS = 100_000
LOWER_RANK = 10  # of -20 to 19, 19 the lowest


class Superseded(Exception):
    """Other data was loaded while an answer was made: it has to be made again."""


@dataclass(frozen=True, slots=True)
class Revision:
    """What is loaded. `totals` keeps how many answers, or bytes, a question has, once that was counted."""

    name: str
    mark: bytes  # the name, as rows have it
    loaded_at: datetime
    totals: dict[str, int] = field(default_factory=dict, compare=False)

    def remember_total(self, question: str, total: int) -> None:
        if len(self.totals) >= MOST_TOTALS:
            self.totals.clear()
        self.totals[question] = total


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
            reader.allow(self.seconds, hurried=False)
            self.database.begin(reader, self.revision)
            for rows in reader.stream(statement, values):
                yield rows
                reader.allow(self.seconds, hurried=False)
        except Exception as error:
            self.database.learn(error)
            raise
        finally:
            reader.close()


class Database:
    """The facts, read only."""

    def __init__(self, url: str, pool_size: int) -> None:
        self.readers = Readers(url)
        self._pool_size = pool_size
        self._threads: ThreadPoolExecutor | None = None
        self._latest_statement = Statement(LATEST_REVISION, self.readers.dialect)
        self._schema_statement = Statement(LATEST_SCHEMA, self.readers.dialect)
        self._unusable: str | None = None
        self._latest: Revision | None = None
        self._known_until = float("-inf")
        self._versions: dict[Reader, int] = {}

    @property
    def threads(self) -> ThreadPoolExecutor:
        """Where answers are made that others shall not wait for: beside an embedded database those that take long."""
        if self._threads is None:
            give_way = _give_way if self.readers.embedded else None
            self._threads = ThreadPoolExecutor(self._pool_size, "answering", initializer=give_way)
        return self._threads

    def statement(self, query: Any) -> Statement:
        return self.readers.statement(query)

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
        try:
            rows = self.readers.rows(statement, values)
        except Exception as error:
            self.learn(error)
            raise
        self.hold(rows, revision)
        return rows

    def learn(self, error: Exception) -> None:
        """What an error tells: a damaged database is not trusted any more; another may be of another schema."""
        if isinstance(error, Unusable):
            self._unusable = error.detail
        elif not isinstance(error, NotReady | TimedOut | Superseded):
            self._hold_schema()

    def hold(self, rows: Rows, revision: Revision) -> None:
        """Hold rows against a revision; where there are none, what is loaded now tells. Raises Superseded."""
        if not rows:
            self.forget()
        seen = rows[0][0] if rows else self.revision().mark
        if seen != revision.mark:
            raise Superseded

    @property
    def fresh(self) -> Revision | None:
        """What is loaded, or was a moment ago, without asking: see FRESH_FOR."""
        return self.latest if time.monotonic() < self._known_until else None

    def revision(self) -> Revision:
        """What is loaded, or was a moment ago. Raises NotReady, and Unusable for good."""
        if self._unusable:  # what could still be read of it cannot be trusted
            raise Unusable(self._unusable)
        if fresh := self.fresh:
            return fresh
        reader = self.readers.of_thread()
        with reader.in_own_time(LOOK):
            return self._revision(reader)

    def _revision(self, reader: Reader) -> Revision:
        latest, version = self._latest, reader.version()
        if latest is None or version is None or self._versions.get(reader) != version:
            found = self.revision_of(reader)
            if latest is None or found != latest:
                self._latest = latest = found
            if version is not None:
                self._versions[reader] = version
        self._known_until = time.monotonic() + (FRESH_FOR if version is None else FRESH_FOR_A_GLANCE)
        return latest

    def begin(self, reader: Reader, revision: Revision) -> None:
        """Let a reader see this revision from now on. Raises Superseded, NotReady."""
        reader.begin()
        if self.revision_of(reader) != revision:
            raise Superseded

    def revision_of(self, reader: Reader) -> Revision:
        """What one reader sees loaded. Raises NotReady, Unusable."""
        try:
            rows = self.readers.rows(self._latest_statement, {}, reader)
        except MissingTable as error:
            raise NotReady("The database has no schema: run `factbook load`.") from error
        except Exception as error:
            self.learn(error)
            raise
        if not rows:
            raise NotReady("Nothing is loaded yet: run `factbook load`.")
        name, loaded_at, schema = rows[0]
        _hold(schema.decode())
        return Revision(name.decode(), name, datetime.fromisoformat(loaded_at.decode()))

    def _hold_schema(self) -> None:
        for (schema,) in self.readers.rows(self._schema_statement, {}):
            _hold(schema.decode())

    def forget(self) -> None:
        """Other data may be there: look when asked for the revision again."""
        self._known_until = float("-inf")

    def close(self) -> None:
        """Let go of threads and connections; whoever asks again gets new ones."""
        if self._threads is not None:
            self._threads.shutdown()
            self._threads = None
        self._versions.clear()
        self.readers.close()


def _hold(schema: str) -> None:
    """Hold a schema against the one this version reads. Raises NotReady, Unusable."""
    if schema < SCHEMA:
        raise NotReady(f"The database has the older schema {schema}, this version reads {SCHEMA}: run `factbook load`.")
    if schema > SCHEMA:
        newer = f"The database has the schema {schema}, which is newer than this version reads ({SCHEMA})"
        raise Unusable(f"{newer}: run the version that loaded it, or load into another database.")


def _give_way() -> None:
    """Let what takes long go behind what is answered at once, where the system knows threads of lower rank."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWER_RANK)


def reading_engine(url: str) -> Engine:
    """An engine that cannot write, for commands; its transactions see one state of the data throughout."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        # mode=rw: a database that is not there is an error, not a new empty file.
        existing = parsed.set(database=f"file:{quote(parsed.database or '')}", query={"mode": "rw", "uri": "true"})
        engine = create_engine(existing, connect_args={"timeout": 5})
        _begin_with(engine, "BEGIN", query_only=True)
        return engine
    return create_engine(
        url,
        isolation_level="REPEATABLE READ",
        connect_args={"options": "-c default_transaction_read_only=on", "connect_timeout": 5},
    )


def writing_engine(url: str) -> Engine:
    """An engine for migrations and loads; a SQLite transaction takes the write lock at its start."""
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": 60})
        _begin_with(engine, "BEGIN IMMEDIATE", query_only=False)
        return engine
    return create_engine(url, connect_args={"connect_timeout": 5})


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
