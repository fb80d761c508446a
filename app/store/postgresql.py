"""Releases in PostgreSQL: each in its own schema, read with qualified names, from any server that has it."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from functools import lru_cache
from typing import Any, ClassVar

from sqlalchemy import Connection, create_engine, make_url

from app.errors import NotReady, TimedOut
from app.store import postgresql_draft as drafts
from app.store.postgresql_hosts import Host, Hosts
from app.store.postgresql_pointer import BEHIND, COLUMNS, KEPT, ONE_LOOK, ListedRelease, Pointer
from app.store.postgresql_sessions import MissingTable, Result, Session, TransientError
from app.store.releases import (
    NO_LIMIT,
    CompiledQuery,
    Deadline,
    Draft,
    KeptRelease,
    Limit,
    OpenRelease,
    ReleaseCache,
    ReleaseNotKept,
    SqlRows,
    Store,
)
from app.store.schema import SCHEMA

PLACEHOLDER = "$release$"  # stands for the schema of a release in a compiled statement
MOST_RELEASES = 32  # that are kept open
LISTED = f"SELECT {COLUMNS} FROM factbook.releases WHERE {KEPT} AND id = %s".encode()  # noqa: S608 - our own
STANDING = f"""SELECT (SELECT newest FROM factbook.current),
    (SELECT schema FROM factbook.releases WHERE {KEPT} AND id = %s AND version = %s)""".encode()  # noqa: S608
NOT_KEPT = "The release {} is not kept, or not any more."
OTHER_VERSION = "The release {} was loaded by a version of this software that reads other tables."


class PostgresRelease(OpenRelease):
    """A release, read from any server that has it."""

    def __init__(self, found: ListedRelease, hosts: Hosts, pointer: Pointer) -> None:
        self.id, self.number, self.loaded_at = found.id, found.number, found.loaded_at
        self._schema, self._hosts, self._pointer, self.cache = found.schema, hosts, pointer, ReleaseCache()

    def rows(self, statement: CompiledQuery, values: Mapping[str, Any], limit: Limit) -> SqlRows:
        arguments = {**statement.constants, **values}

        def attempt(host: Host) -> SqlRows:
            with host.session() as session:
                return self._run(host, session, statement, lambda sql: session.rows(sql, arguments, limit.remaining()))

        return self._ask(limit, attempt)

    def stream(self, statement: CompiledQuery, values: Mapping[str, Any], seconds: float) -> Iterator[SqlRows]:
        arguments = {**statement.constants, **values}

        def attempt(host: Host) -> tuple[SqlRows, Generator[SqlRows], ExitStack]:
            with ExitStack() as entered:
                session = entered.enter_context(host.session())

                def begin(sql: bytes) -> tuple[SqlRows, Generator[SqlRows]]:
                    pieces = session.stream(sql, arguments, seconds)
                    return next(pieces, ()), pieces

                first, pieces = self._run(host, session, statement, begin)
                entered.enter_context(closing(pieces))
                return first, pieces, entered.pop_all()

        first, pieces, entered = self._ask(Deadline(seconds), attempt)
        with entered:
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

    def _run(self, host: Host, session: Session, statement: CompiledQuery, read: Callable[[bytes], Result]) -> Result:
        """Run a read; if the server lacks its tables, find out why, and try again."""

        def run() -> Result:
            return read(statement.sql.replace(PLACEHOLDER, self._schema).encode())

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
            self._pointer.forget(gone=self._schema)
            raise ReleaseNotKept(NOT_KEPT.format(self.id))
        self._schema = schema.decode()  # another, if it was loaded again with the same content


class PostgresStore(Store):
    """Releases on one server, or on a primary and its standbys."""

    embedded = False
    compiling: ClassVar = {"schema_translate_map": {None: PLACEHOLDER}, "render_schema_translate": True}

    def __init__(self, url: str, *, keep: int = 5, grace: float = 60) -> None:
        """A load keeps `keep` releases; older ones are dropped after `grace` seconds."""
        super().__init__()
        self._url = make_url(url).set(drivername="postgresql+psycopg")
        self._keep, self._grace = keep, grace
        # Only its dialect is used, to compile the SQL that sessions run.
        self.dialect = create_engine(self._url, paramstyle="pyformat").dialect
        self._hosts = Hosts(self._url)
        self._pointer = Pointer(self._hosts)
        # The same object for the same release: what was read from it is remembered with it.
        self._opened = lru_cache(MOST_RELEASES)(lambda found: PostgresRelease(found, self._hosts, self._pointer))

    @property
    def lag(self) -> float | None:
        return self._pointer.lag

    def known(self, *, at_least: int = 0) -> OpenRelease | None:
        found = self._pointer.known()
        return self._opened(found) if found and found.number >= at_least else None

    def current(self, *, at_least: int = 0) -> OpenRelease:
        return self._opened(self._pointer.current(at_least))

    def check(self, seconds: float) -> OpenRelease:
        return self._opened(self._pointer.look(seconds))

    def kept(self, release_id: str) -> OpenRelease:
        current = self._pointer.known()
        return self._opened(current if current and current.id == release_id else self._look_up(release_id))

    def _look_up(self, release_id: str) -> ListedRelease:
        """A release as listed by a server; standbys may lag, so if one does not list it, the others are asked, too."""
        without_it: set[Host] = set()

        def attempt(host: Host) -> SqlRows:
            try:
                with host.session() as session:
                    rows = session.rows(LISTED, (release_id,), ONE_LOOK)
            except MissingTable:
                rows = ()
            except (NotReady, TimedOut) as error:  # another server may do better
                raise TransientError(error.detail) from error
            if not rows and not host.is_primary:
                without_it.add(host)
                if len(without_it) < len(self._hosts):
                    raise TransientError(BEHIND)
            return rows

        rows = self._hosts.ask(NO_LIMIT, attempt)
        if not rows:
            raise ReleaseNotKept(NOT_KEPT.format(release_id))
        found = ListedRelease.of(rows[0])
        if found.version != SCHEMA:
            raise ReleaseNotKept(OTHER_VERSION.format(release_id))
        return found

    def close(self) -> None:
        self._pointer.forget()
        self._hosts.close()

    @contextmanager
    def reading(self, release_id: str | None = None, *, check_digest: bool = True) -> Iterator[Connection]:
        with drafts.reading(self._url) as connection:
            drafts.search_in(connection, drafts.listed(connection, release_id).schema)
            yield connection

    def prepare(self) -> None:
        drafts.check_writable(drafts.writing(self._url))

    @contextmanager
    def drafting(self) -> Iterator[Draft]:
        with drafts.drafting(drafts.writing(self._url), self._keep, self._grace) as draft:
            yield draft
        self._pointer.forget()

    def releases(self) -> list[KeptRelease]:
        with drafts.reading(self._url) as connection:
            return drafts.releases(connection)

    def use(self, release_id: str) -> None:
        drafts.use(drafts.writing(self._url), release_id, self._keep, self._grace)
        self._pointer.forget()
