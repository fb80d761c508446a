"""Connections that read, one a thread: what answers are made over."""

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import create_engine, make_url

from app.readers.connections import STREAMED, MissingTable, Reader, Rows, Statement
from app.readers.sqlite import SqliteReader

__all__ = ["STREAMED", "MissingTable", "Reader", "Readers", "Rows", "Statement"]

PARAMETER_STYLE = {"sqlite": "qmark", "postgresql": "format"}


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

    def new(self, *, to_stream: bool = False) -> Reader:
        """One that nobody else has; who asks for it closes it."""
        if self.embedded:
            return SqliteReader(self._url, mapped=not to_stream)
        from app.readers.postgresql import PostgresReader  # noqa: PLC0415 - its driver is large, and not needed for SQLite

        return PostgresReader(self._url)

    def close(self) -> None:
        for reader in self._opened:
            reader.close()
        self._own, self._opened = threading.local(), []
