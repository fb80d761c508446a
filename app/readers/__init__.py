"""Connections that read, one a thread: what answers are made over."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import URL, create_engine, make_url

from app.readers.connections import MissingTable, Passing, Patience, Reader, Rows, Statement
from app.readers.sqlite import SqliteReader

__all__ = ["MissingTable", "Passing", "Patience", "Reader", "Readers", "Rows", "Statement"]

PARAMETER_STYLE = {"sqlite": "qmark", "postgresql": "format"}


class Readers:
    """A reader for each thread that asks."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self.embedded = self._url.get_backend_name() == "sqlite"
        # Only its dialect is used: it compiles what the readers run.
        self.dialect = create_engine(url, paramstyle=PARAMETER_STYLE[self._url.get_backend_name()]).dialect
        self._new, self._new_of_each = _of_sqlite(self._url) if self.embedded else _of_postgresql(self._url)
        self._own = threading.local()
        self._opened: list[Reader] = []
        self._of_each: Sequence[Reader] = ()
        self.ran: Callable[[Statement, dict[str, Any]], None] | None = None  # told of what runs, where somebody listens

    def statement(self, query: Any) -> Statement:
        return Statement(query, self.dialect)

    def of_thread(self) -> Reader:
        """This thread's reader. Raises NotReady where there is no file."""
        found: Reader | None = getattr(self._own, "reader", None)
        if found is None:
            found = self._own.reader = self.new()
            self._opened.append(found)
        return found

    def rows(self, statement: Statement, values: dict[str, Any], reader: Reader | None = None) -> Rows:
        """All rows, of one snapshot, over a reader, this thread's where none is named. Raises TimedOut, NotReady."""
        if self.ran:
            self.ran(statement, values)
        return (reader or self.of_thread()).rows(statement, values)

    def new(self, *, to_stream: bool = False) -> Reader:
        """One that nobody else has; who asks for it closes it."""
        return self._new(to_stream)

    def of_each_server(self) -> Sequence[Reader]:
        """One for each server that the URL names, and always the same: one thread at a time may use them."""
        if not self._of_each:
            self._of_each = self._new_of_each()
            self._opened += self._of_each
        return self._of_each

    def close(self) -> None:
        for reader in self._opened:
            reader.close()
        self._own, self._opened, self._of_each = threading.local(), [], ()


New = Callable[[bool], Reader]
NewOfEach = Callable[[], Sequence[Reader]]


def _of_sqlite(url: URL) -> tuple[New, NewOfEach]:
    return (lambda to_stream: SqliteReader(url, mapped=not to_stream)), tuple


def _of_postgresql(url: URL) -> tuple[New, NewOfEach]:
    # Its driver is large, and not needed for SQLite.
    from app.readers.hosts import Hosts  # noqa: PLC0415
    from app.readers.postgresql import PostgresReader  # noqa: PLC0415

    hosts = Hosts(url)
    return (lambda _: PostgresReader(hosts)), lambda: [PostgresReader(Hosts(url, only=one)) for one in hosts.numbers]
