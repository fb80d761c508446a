"""Reading a PostgreSQL database: over one of its servers, and over another where that one is lost."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg

from app.errors import NotReady, TimedOut
from app.readers.connections import NO_ANSWER, STREAMED, MissingTable, Passing, Reader, Row, Rows, Statement
from app.readers.hosts import RENEWED_AFTER, Connection, Hosts

# SQLSTATEs after which the same read may do: of the connection (class 08), the server stops or starts (57P..), it has
# no connection left, the transaction was idle, a standby had to give way, a deadlock. A time limit (57014) is none.
PASSING = {"57P01", "57P02", "57P03", "53300", "25P03", "40001", "40P01"}
TIMED_OUT = (psycopg.errors.QueryCanceled,)
PREPARED = 500

Result = TypeVar("Result")


class PostgresReader(Reader):
    """A session of its own; the server ends a statement that takes too long."""

    def __init__(self, hosts: Hosts) -> None:
        super().__init__()
        self._hosts = hosts
        self._connection: Connection | None = None
        self._host = 0
        self._left: set[int] = set()
        self._limit = 0
        self._renewed_at = float("inf")
        self._begun = False

    def allow(self, seconds: float, *, hurried: bool = False, since: float | None = None) -> None:
        super().allow(seconds, hurried=hurried, since=since)
        if time.monotonic() > self._renewed_at and not self._begun:
            self._renew()

    def _renew(self) -> None:
        """Spread over the servers anew; a session that works is not given up for none."""
        before = self._connection
        self._left.clear()
        try:
            self._connect()
        except Passing:
            self._connection, self._renewed_at = before, time.monotonic() + RENEWED_AFTER[0]
        else:
            if before:
                before.close()

    def _connect(self) -> Connection:
        self._connection, self._host = self._hosts.connect(self._left, self._deadline)
        self._connection.prepared_max = PREPARED
        self._limit = 0
        self._begun = False
        self.sessions += 1
        self.shown = None
        if len(self._hosts.numbers) > 1:
            self._renewed_at = time.monotonic() + random.uniform(*RENEWED_AFTER)  # noqa: S311 - no secret
        return self._connection

    def _session(self) -> Connection:
        """The present one, or a new one; where a transaction has begun, only that will do."""
        if self._connection is None or (self._connection.closed and not self._begun):
            return self._connect()
        return self._connection

    def leave(self) -> bool:
        if self._connection is not None:
            self.close()
        again = self._host in self._left  # no other could be reached
        self._left.add(self._host)
        if again or self._left.issuperset(self._hosts.numbers):
            self._left.clear()
            return False
        return True

    def begin(self) -> None:
        if self._begun:
            self.close()
        try:
            self._session().execute(b"BEGIN ISOLATION LEVEL REPEATABLE READ")
        except psycopg.Error as error:
            raise self._trouble(error) from error
        self._begun = True

    def rows(self, statement: Statement, values: dict[str, Any]) -> Rows:
        if self._begun:
            return self._rows(statement, values)
        patience = self.patience()
        while True:
            try:
                return self._rows(statement, values)
            except Passing as passing:
                patience.wait(passing)

    def _rows(self, statement: Statement, values: dict[str, Any]) -> Rows:
        connection = self._session()
        try:
            self._set_limit(connection)
            return connection.execute(statement.sql, statement.arguments(values)).fetchall()
        except psycopg.Error as error:
            raise self._trouble(error) from error

    def _trouble(self, error: psycopg.Error) -> Exception:
        if isinstance(error, TIMED_OUT):
            return TimedOut()
        if isinstance(error, psycopg.errors.UndefinedTable):
            return MissingTable(str(error))
        state = error.sqlstate
        lost = self._connection is None or self._connection.closed
        if lost and state is None:
            self._hosts.shun(self._host)
        if state in PASSING or (state or "").startswith("08") or (lost and state is None):
            return Passing(NO_ANSWER)
        return NotReady(NO_ANSWER) if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) else error

    def _set_limit(self, connection: Connection) -> None:
        """Tell the server how long a statement may take; it is told only what it does not know yet."""
        left = self._share or self._deadline - time.monotonic()
        # In whole seconds, or below one in hundredths: else it would be told anew each time.
        seconds = 0 if left == float("inf") else int(left) if left > 1 else max(0.01, round(left, 2))
        limit = round(seconds * 1000)
        if limit != self._limit:
            connection.execute(f"SET statement_timeout = {limit}".encode())
            self._limit = limit

    def stream(self, statement: Statement, values: dict[str, Any]) -> Iterator[Rows]:
        connection = self._session()
        try:
            self._set_limit(connection)
            with _streamed(connection) as cursor:
                cursor.execute(statement.sql, statement.arguments(values))
                while rows := cursor.fetchmany(STREAMED):
                    yield rows
                    if len(rows) < STREAMED:
                        return
                    self._set_limit(connection)
        except psycopg.Error as error:
            raise self._trouble(error) from error

    def version(self) -> int | None:
        return None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection, self._begun = None, False


@contextmanager
def _streamed(connection: Connection) -> Iterator[psycopg.ServerCursor[Row]]:
    """A cursor whose rows stay on the server; a server that is lost when all were fetched is no trouble."""
    cursor = connection.cursor("streamed")
    cursor.itersize = STREAMED
    try:
        yield cursor
    finally:
        try:
            cursor.close()
        except psycopg.Error:
            connection.close()
            cursor.close()  # of a closed session it needs no server
