"""One engine a process, one short read transaction a request."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from app.errors import NotReady

LATEST_REVISION = text("SELECT revision, loaded_at FROM revisions")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one request sees: a read transaction, and the revision of the data in it."""

    connection: Connection
    revision: str
    loaded_at: datetime


class Database:
    """The facts, read only: every answer comes from one snapshot of one revision."""

    def __init__(self, url: str, pool_size: int) -> None:
        self._engine = reading_engine(url, pool_size)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """A read transaction. Raises NotReady where there is no database or nothing is loaded."""
        try:
            connection = self._engine.connect()
        except DBAPIError as error:
            raise NotReady("The database cannot be reached.") from error
        with connection:
            revision, loaded_at = _latest(connection)
            yield Snapshot(connection, revision, loaded_at)

    def close(self) -> None:
        self._engine.dispose()


def _latest(connection: Connection) -> tuple[str, datetime]:
    try:
        row = connection.execute(LATEST_REVISION).one_or_none()
    except (OperationalError, ProgrammingError) as error:
        raise NotReady("The database has no schema, or does not answer: run `factbook load`.") from error
    if row is None:
        raise NotReady("Nothing is loaded yet: run `factbook load`.")
    return row.revision, datetime.fromisoformat(row.loaded_at)


def reading_engine(url: str, pool_size: int) -> Engine:
    """An engine that cannot write, whose transactions see one state of the data throughout."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        # mode=rw: a database that is not there is an error, not a new empty file.
        existing = parsed.set(database=f"file:{quote(parsed.database or '')}", query={"mode": "rw", "uri": "true"})
        engine = create_engine(existing, pool_size=pool_size, max_overflow=0, connect_args={"timeout": 5})
        _begin_with(engine, "BEGIN", query_only=True)
        return engine
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
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
        # Readers go on with the old data while a load writes the new.
        connection.execute("PRAGMA query_only = ON" if query_only else "PRAGMA journal_mode = WAL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)
