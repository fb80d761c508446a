"""Reading a PostgreSQL database."""

import time
from collections.abc import Iterator
from typing import Any

import psycopg
from sqlalchemy import URL

from app.errors import NotReady, TimedOut
from app.readers.connections import NO_ANSWER, STREAMED, UNREACHABLE, MissingTable, Reader, Row, Rows, Statement

READ_ONLY = "-c default_transaction_read_only=on"
CONNECT_TIMEOUT = 5  # seconds


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
            raise NotReady(UNREACHABLE) from error
        connection.prepared_max = 500
        return connection

    def begin(self) -> None:
        try:
            self._connection.execute(b"BEGIN ISOLATION LEVEL REPEATABLE READ")
        except psycopg.Error as error:
            raise NotReady(NO_ANSWER) from error

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
        left = self._share or self._deadline - time.monotonic()
        # In whole seconds, or below one in hundredths: else it would be told anew each time.
        seconds = 0 if left == float("inf") else int(left) if left > 1 else max(0.01, round(left, 2))
        limit = round(seconds * 1000)
        if limit != self._limit:
            self._connection.execute(f"SET statement_timeout = {limit}".encode())
            self._limit = limit

    def stream(self, statement: Statement, values: dict[str, Any]) -> Iterator[Rows]:
        try:
            self._set_limit()
            with self._connection.cursor("streamed") as cursor:
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
