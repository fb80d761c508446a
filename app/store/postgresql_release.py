"""A release in PostgreSQL: its SQL is qualified with its schema, and any server that has it is used."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, closing
from typing import Any, TypeVar

from app.errors import NotReady, TimedOut
from app.store.hosts import Host, Hosts
from app.store.limits import Deadline, Limit
from app.store.migrating import SCHEMA
from app.store.pointer import BEHIND, KEPT, ONE_LOOK, Found, Pointer
from app.store.releases import Release, ReleaseNotKept, Rows, Statement
from app.store.sessions import LONGEST_KEPT, MissingTable, Session, TransientError

PLACEHOLDER = "$release$"  # stands for the schema of a release in a compiled statement
MOST_SQL = 1_000_000  # bytes cached, per release
STANDING = f"""SELECT (SELECT newest FROM factbook.current),
    (SELECT schema FROM factbook.releases WHERE {KEPT} AND id = %s AND version = %s)""".encode()  # noqa: S608 - our own
NOT_KEPT = "The release {} is not kept, or not any more."

Result = TypeVar("Result")


class PostgresRelease(Release):
    """A release, read from any server that has it."""

    def __init__(self, found: Found, hosts: Hosts, pointer: "Pointer[PostgresRelease]") -> None:
        self.id, self.number, self.loaded_at = found.id, found.number, found.loaded_at
        self._hosts, self._pointer = hosts, pointer
        # Its schema, and the SQL qualified with it.
        self._stored: tuple[str, dict[Statement, bytes]] = (found.schema, {})
        self._sql_kept = 0  # bytes

    def rows(self, statement: Statement, values: Mapping[str, Any], limit: Limit) -> Rows:
        asked = statement.arguments(values)

        def attempt(host: Host) -> Rows:
            with host.session() as session:
                return self._found(host, session, lambda: session.rows(self._sql(statement), asked, limit.remaining()))

        return self._ask(limit, attempt)

    def stream(self, statement: Statement, values: Mapping[str, Any], seconds: float) -> Iterator[Rows]:
        asked = statement.arguments(values)

        def begun(session: Session) -> tuple[Rows, Generator[Rows]]:
            pieces = session.stream(self._sql(statement), asked, seconds)
            return next(pieces, ()), pieces

        def attempt(host: Host) -> tuple[Rows, Generator[Rows], ExitStack]:
            with ExitStack() as held:
                session = held.enter_context(host.session())
                first, pieces = self._found(host, session, lambda: begun(session))
                held.enter_context(closing(pieces))
                return first, pieces, held.pop_all()

        first, pieces, held = self._ask(Deadline(seconds), attempt)
        with held:
            if first:
                yield first
            try:
                yield from pieces
            except TransientError as error:
                raise NotReady(error.detail) from error

    def _ask(self, limit: Limit, attempt: Callable[[Host], Result]) -> Result:
        try:
            return self._hosts.ask(limit, attempt, self.number)
        except (NotReady, TimedOut) as error:
            if isinstance(error.__cause__, TransientError):
                # The next request then waits for the one look for a server, and does not run into the lost one, too.
                self._pointer.forget()
            raise

    def _sql(self, statement: Statement) -> bytes:
        schema, known = self._stored
        sql = known.get(statement)
        if sql is None:
            sql = statement.sql.replace(PLACEHOLDER, schema).encode()
            if len(sql) <= LONGEST_KEPT:
                if self._sql_kept + len(sql) > MOST_SQL:
                    known.clear()
                    self._sql_kept = 0
                known[statement] = sql
                self._sql_kept += len(sql)
        return sql

    def _found(self, host: Host, session: Session, run: Callable[[], Result]) -> Result:
        """Run a read; if the server lacks its tables, find out why, and try again."""
        try:
            return run()
        except MissingTable:
            self._find(host, session)
        try:
            return run()
        except MissingTable as missing:  # a bug of ours
            raise missing.__cause__ or missing from None

    def _find(self, host: Host, session: Session) -> None:
        """Find the schema of this release at a server. Raises ReleaseNotKept, or TransientError if the server lags."""
        try:
            ((newest, schema),) = session.rows(STANDING, (self.id, SCHEMA), ONE_LOOK)
        except MissingTable:
            newest, schema = None, None
        host.newest = newest or 0
        if host.newest < self.number:
            raise TransientError(BEHIND)
        if schema is None:
            self._pointer.forget_release(self._stored[0])
            raise ReleaseNotKept(NOT_KEPT.format(self.id))
        if schema.decode() != self._stored[0]:  # loaded again, with the same content
            self._stored, self._sql_kept = (schema.decode(), {}), 0
