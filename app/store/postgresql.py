"""Releases in PostgreSQL: each in its own schema, read with qualified names, without session state."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, create_engine, make_url

from app.errors import NotReady, TimedOut
from app.store import postgresql_draft as drafts
from app.store.engines import listed, reading, search_in, writing
from app.store.hosts import Hosts
from app.store.migrating import SCHEMA
from app.store.pointer import FRESH_FOR, ONE_LOOK, RELEASES, Found, Pointer
from app.store.postgresql_release import NOT_KEPT, PLACEHOLDER, PostgresRelease
from app.store.releases import Draft, KeptRelease, Release, ReleaseNotKept, Rows, Statement, Store
from app.store.sessions import TRIED_FOR, MissingTable, RetryPolicy, TransientError

MOST_RELEASES = 32  # that are kept open
LISTED = f"{RELEASES} AND id = %s".encode()
OTHER_VERSION = "The release {} was loaded by a version of this software that reads other tables."


class PostgresStore(Store):
    """Releases on one server, or on a primary and its standbys."""

    embedded = False

    def __init__(self, url: str, *, keep: int = 5, grace: float = 60) -> None:
        """A load keeps `keep` releases; older ones are dropped after `grace` seconds."""
        super().__init__()
        self._url = make_url(url).set(drivername="postgresql+psycopg")
        self._keep, self._grace = keep, grace
        # Only its dialect is used, to compile the SQL that sessions run.
        self.dialect = create_engine(self._url, paramstyle="format").dialect
        self._hosts = Hosts(self._url)
        self._open: dict[str, PostgresRelease] = {}  # by schema
        self._kept: dict[str, tuple[float, PostgresRelease]] = {}  # by id, with an expiry time
        self._pointer: Pointer[PostgresRelease] = Pointer(self._hosts, self._opened)

    def statement(self, query: Any) -> Statement:
        schemas = {None: PLACEHOLDER}
        return Statement(query, self.dialect, schema_translate_map=schemas, render_schema_translate=True)

    def known(self, *, at_least: int = 0) -> Release | None:
        found = self._pointer.known()
        return found if found and found.number >= at_least else None

    def current(self, *, at_least: int = 0) -> Release:
        release = self._pointer.current(at_least)
        self.lag = self._pointer.lag
        return release

    def check(self, seconds: float) -> Release:
        release = self._pointer.look(seconds)
        self.lag = self._pointer.lag
        return release

    def kept(self, release_id: str) -> Release:
        current = self._pointer.known()
        if current and current.id == release_id:
            return current
        until, release = self._kept.get(release_id, (float("-inf"), None))
        if release is None or time.monotonic() > until:
            release = self._opened(self._look_up(release_id))
            if len(self._kept) >= MOST_RELEASES:
                self._kept.clear()
            self._kept[release_id] = time.monotonic() + FRESH_FOR, release
        return release

    def _look_up(self, release_id: str) -> Found:
        """A release as listed by a server; standbys may lag, so if one does not list it, the others are asked, too."""
        retry = RetryPolicy(TRIED_FOR)
        while True:
            answered, failed = False, None
            for host in self._hosts.in_order():
                try:
                    with host.session() as session:
                        rows = session.rows(LISTED, (release_id,), ONE_LOOK)
                except MissingTable:
                    rows = ()
                except (TransientError, NotReady, TimedOut) as error:
                    failed = TransientError(str(error))
                    continue
                if rows or host.is_primary:
                    return readable(rows, release_id)
                answered = True
            if failed is None:
                return readable((), release_id)
            if answered:  # only by standbys, which may not have it yet
                raise NotReady(failed.detail)
            retry.wait(failed)

    def _opened(self, found: Found) -> PostgresRelease:
        release = self._open.get(found.schema)
        if release is None or release.number != found.number:
            if len(self._open) >= MOST_RELEASES:
                self._open.clear()
            release = self._open[found.schema] = PostgresRelease(found, self._hosts, self._pointer)
        return release

    def close(self) -> None:
        self._pointer.forget()
        self._kept.clear()
        self._hosts.close()

    @contextmanager
    def reading(self, release_id: str | None = None) -> Iterator[Connection]:
        with reading(self._url) as connection:
            search_in(connection, listed(connection, release_id))
            yield connection

    def prepare(self) -> None:
        """Check, before a long load, that it will be able to write. Raises NotReady."""
        with writing(self._url) as engine:
            drafts.hold_writable(engine)

    @contextmanager
    def drafting(self) -> Iterator[Draft]:
        with writing(self._url) as engine, drafts.drafting(engine, self._keep, self._grace) as draft:
            yield draft
        self._pointer.forget()

    def releases(self) -> list[KeptRelease]:
        with reading(self._url) as connection:
            return drafts.releases(connection)

    def use(self, release_id: str) -> None:
        with writing(self._url) as engine:
            drafts.use(engine, release_id, self._keep, self._grace)
        self._pointer.forget()


def readable(rows: Rows, release_id: str) -> Found:
    """The release in the row of a look-up. Raises ReleaseNotKept."""
    if not rows:
        raise ReleaseNotKept(NOT_KEPT.format(release_id))
    found = Found.of(rows[0])
    if found.version != SCHEMA:
        raise ReleaseNotKept(OTHER_VERSION.format(release_id))
    return found
