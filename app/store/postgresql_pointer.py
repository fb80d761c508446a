"""The current release, according to servers that may not all have it yet: never older than one shown before."""

import logging
import threading
import time
from datetime import UTC, datetime
from typing import NamedTuple

from app.errors import ApiError, NotReady, TimedOut
from app.store.postgresql_hosts import Host, Hosts
from app.store.postgresql_sessions import MissingTable, RetryPolicy, TransientError
from app.store.releases import NOTHING_LOADED, UNREACHABLE, Deadline, Limit, SqlRow
from app.store.schema import SCHEMA, check_schema

LOG = logging.getLogger("factbook")

# Seconds by which a standby may be behind; 0 if it has replayed everything it received.
LAG = """CASE WHEN NOT pg_is_in_recovery() THEN NULL
    WHEN EXISTS (SELECT FROM pg_stat_wal_receiver) AND pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn() THEN 0
    ELSE CAST(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) AS float) END"""
# A partly restored database may list releases that it does not have.
EXISTING = "EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = schema)"
KEPT = f"retired_at IS NULL AND {EXISTING}"
COLUMNS = "id, number, schema, loaded_at, version"
CURRENT = f"""SELECT {COLUMNS}, moves, newest, pg_is_in_recovery(), {LAG}
    FROM factbook.current JOIN factbook.releases USING (schema) WHERE {EXISTING}""".encode()  # noqa: S608 - our own

BEHIND = "Newer data was loaded than the servers have that can be reached; try again."
FRESH_FOR = 1.0  # seconds for which the release seen last is used without another look
LOOK, ONE_LOOK = 3.0, 2.0  # seconds that a look may take: in all, and per server
GONE_AFTER = 2.0  # seconds after which a release that was shown is given up, if the primary does not have it
MOST_MISSED = 1_000  # entries; clients may make up numbers


class ListedRelease(NamedTuple):
    """A release as listed by a server."""

    id: str
    number: int
    schema: str
    loaded_at: datetime  # UTC
    version: str  # of its tables: the last migration

    @classmethod
    def of(cls, row: SqlRow) -> "ListedRelease":
        id, number, schema, loaded_at, version = row  # noqa: A001 - as the column
        return cls(id.decode(), number, schema.decode(), loaded_at.astimezone(UTC), version.decode())


class Seen(NamedTuple):
    """The pointer at a server: the release, how often it was moved, and the highest release number it has had."""

    release: ListedRelease
    moves: int
    newest: int

    def is_enough(self, moves: int, at_least: int) -> bool:
        """Whether a client may be shown this release: a lower number is fine if an operator has rolled back to it."""
        return self.moves >= moves and self.newest >= at_least


class Pointer:
    """The current release. `lag` is the lag of the standby used last, in seconds."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._shown: Seen | None = None
        self._fresh_until = float("-inf")  # in `time.monotonic()` seconds, like all times below
        self._lock = threading.Lock()  # held by the one thread that looks
        self._failed: tuple[float, int, ApiError] = (float("-inf"), 0, NotReady(NOTHING_LOADED))
        # (moves, number known to a client) that no server had although the primary answered -> since when.
        self._missed: dict[tuple[int, int], float] = {}
        self._unreadable = ""  # the schema of a release of another version, to be logged only once
        self._gone = ""  # the schema of a release that was found to be gone
        self.lag: float | None = None

    def known(self, at_least: int = 0) -> ListedRelease | None:
        """The current release, if it was seen within the last second and no client has seen a newer one."""
        shown = self._shown
        is_known = shown and shown.newest >= at_least and time.monotonic() < self._fresh_until
        return shown.release if shown and is_known else None

    def current(self, at_least: int) -> ListedRelease:
        """The current release, with a number not lower than any shown before, or than `at_least`. Raises NotReady."""
        if known := self.known(at_least):
            return known
        came = time.monotonic()
        with self._lock:
            if known := self.known(at_least):
                return known
            failed_at, number, problem = self._failed
            if failed_at > came and number <= at_least:  # it failed while this thread waited, which need not wait again
                raise problem.with_traceback(None)  # which would grow each time it is raised again
            return self._look(at_least, Deadline(LOOK))

    def look(self, seconds: float) -> ListedRelease:
        """The current release, looked up now. Raises NotReady."""
        limit = Deadline(seconds)
        if not self._lock.acquire(timeout=seconds):
            raise NotReady(UNREACHABLE)
        try:
            return self._look(0, limit)
        finally:
            self._lock.release()

    def forget(self, gone: str = "") -> None:
        """Forget the last look, so that the next request looks again. The release in the schema `gone` is not shown
        again, not even in place of one that this version cannot read.
        """
        self._gone = gone or self._gone
        self._fresh_until = float("-inf")

    def _look(self, at_least: int, limit: Limit) -> ListedRelease:
        try:
            return self._ask(at_least, limit)
        except ApiError as problem:
            self._failed = time.monotonic(), at_least, problem
            raise

    def _ask(self, at_least: int, limit: Limit) -> ListedRelease:
        moves, retry = self._floor(), RetryPolicy(limit.remaining())
        while True:
            answered, failed, hosts = False, TransientError(UNREACHABLE), self._hosts.in_order()
            is_made_up = at_least > max(host.newest or 0 for host in hosts)  # perhaps; or another process has seen it
            for host in hosts:
                # Clients who make up numbers must not keep others waiting for a server that does not answer.
                if limit.remaining() <= 0 or (is_made_up and answered and host.is_unhealthy):
                    break
                try:
                    seen = self._seen_at(host, limit)
                except (TransientError, NotReady, TimedOut) as error:
                    failed = TransientError(str(error))
                    failed.__cause__ = error
                    continue
                answered = True
                if seen and seen.is_enough(moves, at_least):
                    return self._taken(seen, at_least)
                if host.is_primary:
                    return self._taken_from_primary(seen, moves, at_least)
            if answered:
                raise NotReady(BEHIND if moves or at_least else NOTHING_LOADED)
            retry.wait(failed)

    def _floor(self) -> int:
        """The move count when the pointer was seen last: a server with a lower count is behind."""
        return self._shown.moves if self._shown else 0

    def _seen_at(self, host: Host, limit: Limit) -> Seen | None:
        """The pointer at a server; None if nothing is loaded there."""
        with host.session() as session:
            try:
                rows = session.rows(CURRENT, (), min(ONE_LOOK, max(limit.remaining(), 0.01)))
            except MissingTable:
                rows = ()
        host.newest = 0
        for *found, moves, newest, in_recovery, lag in rows:
            host.is_primary, host.newest, self.lag = not in_recovery, newest, lag
            return Seen(ListedRelease.of(found), moves, newest)
        return None

    def _taken_from_primary(self, seen: Seen | None, moves: int, at_least: int) -> ListedRelease:
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
            LOG.warning("release %d is gone, %d is current", self._shown.release.number, seen.release.number)
        return self._taken(seen, at_least)

    def _taken(self, seen: Seen, at_least: int) -> ListedRelease:
        """The release to read from now on: if this version cannot read it, the one shown before."""
        if seen.release.version == SCHEMA:
            self._missed = {missed: since for missed, since in self._missed.items() if not seen.is_enough(*missed)}
            self._shown = seen
        elif self._shown is None or self._shown.release.schema == self._gone or self._shown.newest < at_least:
            check_schema(seen.release.version)
        elif self._unreadable != seen.release.schema:
            self._unreadable = seen.release.schema
            LOG.warning(
                "release %d has the schema %s, this version reads %s: the release before is answered",
                seen.release.number,
                seen.release.version,
                SCHEMA,
            )
        self._fresh_until = time.monotonic() + FRESH_FOR
        return (self._shown or seen).release
