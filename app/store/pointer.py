"""The current release, according to servers that may not all have it yet: never older than one shown before."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Generic, NamedTuple, TypeVar

from app.errors import NotReady, Problem, TimedOut
from app.store.hosts import Host, Hosts
from app.store.limits import Deadline, Limit
from app.store.migrating import SCHEMA, hold_schema
from app.store.releases import UNREACHABLE, Row
from app.store.sessions import MissingTable, RetryPolicy, TransientError

LOG = logging.getLogger("factbook")

# Seconds by which a standby may be behind; 0 if it has replayed everything it received.
LAG = """CASE WHEN NOT pg_is_in_recovery() THEN NULL
    WHEN EXISTS (SELECT FROM pg_stat_wal_receiver) AND pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn() THEN 0
    ELSE CAST(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) AS float) END"""
# A partly restored database may list releases that it does not have.
EXISTING = "EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = schema)"
KEPT = f"retired_at IS NULL AND {EXISTING}"
COLUMNS = "id, number, schema, loaded_at, version"
RELEASES = f"SELECT {COLUMNS} FROM factbook.releases WHERE {KEPT}"  # noqa: S608 - our own, as those below
CURRENT = f"""SELECT {COLUMNS}, moves, newest, pg_is_in_recovery(), {LAG}
    FROM factbook.current JOIN factbook.releases USING (schema) WHERE {EXISTING}""".encode()  # noqa: S608

NOTHING_LOADED = "Nothing is loaded yet: run `factbook load`."
BEHIND = "Newer data was loaded than the servers have that can be reached; try again."
FRESH_FOR = 1.0  # seconds for which the release seen last is used without another look
LOOK, ONE_LOOK = 3.0, 2.0  # seconds that a look may take: in all, and per server
CATCHES_UP = 0.25  # seconds to wait for standbys, if there is no primary to ask
GONE_AFTER = 2.0  # seconds after which a release that was shown is given up, if the primary does not have it
MOST_MISSED = 1_000  # entries; clients may make up numbers


class Found(NamedTuple):
    """A release as listed by a server."""

    id: str
    number: int
    schema: str
    loaded_at: datetime  # UTC
    version: str  # of its tables: the last migration

    @classmethod
    def of(cls, row: Row) -> "Found":
        id, number, schema, loaded_at, version = row  # noqa: A001 - as the column
        return cls(id.decode(), number, schema.decode(), loaded_at.astimezone(UTC), version.decode())


class Seen(NamedTuple):
    """The pointer at a server: the release, how often it was moved, and the highest release number it has had."""

    release: Found
    moves: int
    newest: int

    def is_enough(self, moves: int, at_least: int) -> bool:
        """Whether a client may be shown this release: a lower number is fine if an operator has rolled back to it."""
        return self.moves >= moves and self.newest >= at_least


Opened = TypeVar("Opened")


class Pointer(Generic[Opened]):
    """The current release. `lag` is the lag of the standby used last, in seconds."""

    def __init__(self, hosts: Hosts, opened: Callable[[Found], Opened]) -> None:
        """`opened` opens a release that was found."""
        self._hosts = hosts
        self._opened = opened
        self._shown: tuple[Seen, Opened] | None = None
        self._fresh_until = float("-inf")  # in `time.monotonic()` seconds, like all times below
        self._lock = threading.Lock()  # held by the one thread that looks
        self._failed: tuple[float, int, Problem] = (float("-inf"), 0, NotReady(NOTHING_LOADED))
        # The highest number that any server had, and until when no server is waited for to have a higher one: clients
        # may invent numbers, and nobody else can look meanwhile.
        self._highest, self._hurried_until = 0, float("-inf")
        # (moves, number known to a client) that no server had although the primary answered -> since when.
        self._missed: dict[tuple[int, int], float] = {}
        self._refused = ""  # the schema of an unreadable release, to be logged only once
        self.lag: float | None = None

    def known(self) -> Opened | None:
        """The current release, if it was seen within the last second."""
        return self._shown[1] if self._shown and time.monotonic() < self._fresh_until else None

    def current(self, at_least: int) -> Opened:
        """The current release, with a number not lower than any shown before, or than `at_least`. Raises NotReady."""
        known = self._known(at_least)
        if known is not None:
            return known
        came = time.monotonic()
        with self._lock:
            known = self._known(at_least)
            if known is not None:
                return known
            failed_at, wanted, problem = self._failed
            if failed_at > came and wanted <= at_least:  # it failed while this thread waited, which need not wait again
                raise problem
            return self._look(at_least, Deadline(LOOK))

    def look(self, seconds: float) -> Opened:
        """The current release, looked up now. Raises NotReady."""
        limit = Deadline(seconds)
        if not self._lock.acquire(timeout=seconds):
            raise NotReady(UNREACHABLE)
        try:
            return self._look(0, limit)
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Forget the last look, so that the next request looks again."""
        self._fresh_until = float("-inf")

    def forget_release(self, schema: str) -> None:
        """Forget a release that is gone, so that it does not stand in for one that this version cannot read."""
        with self._lock:
            if self._shown and self._shown[0].release.schema == schema:
                seen, opened = self._shown
                self._shown = seen._replace(release=seen.release._replace(schema="")), opened
        self.forget()

    def _known(self, at_least: int) -> Opened | None:
        shown = self._shown
        return self.known() if shown and shown[0].newest >= at_least else None

    def _look(self, at_least: int, limit: Limit) -> Opened:
        try:
            return self._asked(at_least, limit)
        except Problem as problem:
            self._failed = time.monotonic(), at_least, problem
            raise

    def _asked(self, at_least: int, limit: Limit) -> Opened:
        moves, hurried = self._floor(), self._hurries(at_least)
        retry, catching_up = RetryPolicy(limit.remaining()), RetryPolicy(min(CATCHES_UP, limit.remaining()))
        while True:
            answered, failed = False, TransientError(UNREACHABLE)
            for host in self._in_order(hurried=hurried):
                try:
                    seen = self._seen_at(host, limit)
                except (TransientError, NotReady, TimedOut) as error:
                    failed = TransientError(str(error))
                else:
                    answered = True
                    if seen and seen.is_enough(moves, at_least):
                        return self._taken(seen, at_least)
                    if host.is_primary:
                        return self._told_by_primary(seen, moves, at_least)
                if limit.remaining() <= 0:
                    break
            if hurried:
                raise NotReady(BEHIND)
            if answered:
                catching_up.wait(TransientError(BEHIND if moves or at_least else NOTHING_LOADED))
            else:
                retry.wait(failed)

    def _floor(self) -> int:
        """The move count when the pointer was seen last: a server with a lower count is behind."""
        return self._shown[0].moves if self._shown else 0

    def _hurries(self, at_least: int) -> bool:
        """Whether what no server had a moment ago is looked for again: then it is not waited for."""
        if at_least <= self._highest:
            return False
        now = time.monotonic()
        hurries = now < self._hurried_until
        if not hurries and self._highest:
            self._hurried_until = now + FRESH_FOR
        return hurries

    def _in_order(self, *, hurried: bool) -> list[Host]:
        """The servers to ask: who hurries does not find out whether those are back that did not answer."""
        hosts = self._hosts.in_order()
        return [host for host in hosts if not host.is_unhealthy] if hurried else hosts

    def _seen_at(self, host: Host, limit: Limit) -> Seen | None:
        """The pointer at a server; None if nothing is loaded there."""
        with host.session() as session:
            try:
                rows = session.rows(CURRENT, (), min(ONE_LOOK, max(limit.remaining(), 0.01)))
            except MissingTable:
                rows = ()
        host.newest = 0
        for *found, moves, newest, in_recovery, lag in rows:
            host.is_primary, host.newest = not in_recovery, newest
            self.lag, self._highest = lag, max(self._highest, newest)
            return Seen(Found.of(found), moves, newest)
        return None

    def _told_by_primary(self, seen: Seen | None, moves: int, at_least: int) -> Opened:
        """What a primary has is right, after a while, though other data was shown before: a backup was restored, or a
        standby promoted that had not got the last load. Until then, a standby may have shown it a moment before.
        """
        if seen is None and not (moves or at_least):
            raise NotReady(NOTHING_LOADED)
        missed = (
            moves if seen is None or seen.moves < moves else 0,
            at_least if seen is None or seen.newest < at_least else 0,
        )
        now = time.monotonic()
        if len(self._missed) >= MOST_MISSED and missed not in self._missed:
            self._missed.clear()
        if now - self._missed.setdefault(missed, now) < GONE_AFTER:
            raise NotReady(BEHIND)
        if seen is None:
            raise NotReady(NOTHING_LOADED)
        if self._shown and seen.moves < moves:
            LOG.warning("release %d is gone, %d is current", self._shown[0].release.number, seen.release.number)
        return self._taken(seen, at_least)

    def _taken(self, seen: Seen, at_least: int) -> Opened:
        """The release to read from now on."""
        if seen.release.version != SCHEMA:
            return self._kept_in_place_of(seen.release, at_least)
        self._missed = {missed: since for missed, since in self._missed.items() if not seen.is_enough(*missed)}
        if self._shown is None or self._shown[0].release != seen.release:
            self._shown = seen, self._opened(seen.release)
        else:
            self._shown = seen, self._shown[1]
        self._fresh_until = time.monotonic() + FRESH_FOR
        return self._shown[1]

    def _kept_in_place_of(self, found: Found, at_least: int) -> Opened:
        """The open release, in place of one that this version cannot read. Raises NotReady, Unusable."""
        if self._shown is None or not self._shown[0].release.schema or self._shown[0].newest < at_least:
            hold_schema(found.version)
            raise NotReady(BEHIND)
        if self._refused != found.schema:
            self._refused = found.schema
            LOG.warning(
                "release %d has the schema %s, this version reads %s: the release before is answered",
                found.number,
                found.version,
                SCHEMA,
            )
        self._fresh_until = time.monotonic() + FRESH_FOR
        return self._shown[1]
