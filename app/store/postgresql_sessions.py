"""A session with a PostgreSQL server: runs statements with a time limit, and translates errors."""

import random
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TypeVar

import psycopg
from psycopg.abc import Params, PQGen
from psycopg.pq import TransactionStatus

from app.database_errors import DAMAGED, described
from app.errors import NotReady, TimedOut, Unusable
from app.store.releases import STREAMED, SqlRow, SqlRows

# SQLSTATEs after which the same read may succeed: the server is stopping or starting (57P..), has no connection left or
# ended an idle transaction, a standby cancelled the read, a deadlock. So may class 08 (connection lost).
TRANSIENT = {"57P01", "57P02", "57P03", "53300", "25P03", "40001", "40P01"}
TIMED_OUT = {"57014"}
MISSING = {"42P01", "3F000"}
CORRUPTED = {"XX001", "XX002"}
NOT_PREPARED = {"26000", "42P05"}

NO_ANSWER = "The database does not answer; try again."
DAMAGE = f"The database says that its data is damaged: {DAMAGED}."
POOLER = (
    "A pooler seems to stand in front of the database and to lend connections by the transaction: "
    "add prepare_threshold=none to FACTBOOK_DATABASE_URL."
)

TRIED_FOR = 3.0  # seconds for which a read that reached no server, or lost it, is retried
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.5  # seconds
OVERDUE = 0.5  # seconds after the time limit of a statement until a server that has not ended it is given up
TRIES = 5  # to set a time limit
LONGEST_PREPARED = 10_000  # bytes of a statement: longer ones are rarely repeated

Result = TypeVar("Result")


class MissingTable(Exception):
    """The server has no such table, or no such schema."""


class TransientError(Exception):
    """The connection was lost or refused, or the server is failing over: the same read may succeed next time."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class RetryPolicy:
    """How long to retry a read, with short random pauses, so that not all clients retry at once."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._pause = FIRST_PAUSE

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._until

    def wait(self, reason: TransientError) -> None:
        """Pause before the next try. Raises NotReady if there is no time left."""
        pause = self._pause * random.uniform(0.5, 1)  # noqa: S311 - no secret
        if time.monotonic() + pause > self._until:
            raise NotReady(reason.detail) from reason
        time.sleep(pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE)


class Session(psycopg.Connection[SqlRow]):
    """A connection, used by one thread at a time."""

    is_pooled = False  # the next transaction may run in another server process
    _patience: float | None = None  # seconds to wait for a response
    _statement_timeout = 0  # milliseconds, as last set; 0 for none

    @property
    def is_primary(self) -> bool | None:
        """As last reported by the server, which reports changes by itself; None if it is too old to do so."""
        in_hot_standby = self.info.parameter_status("in_hot_standby")
        return None if in_hot_standby is None else in_hot_standby == "off"

    def rows(self, sql: bytes, arguments: Params, seconds: float) -> SqlRows:
        """All rows. Raises TimedOut, TransientError, MissingTable, NotReady, Unusable."""
        self._wait_at_most(seconds)
        try:
            if self.is_pooled:
                with self._transaction_within(seconds):
                    return self.execute(sql, arguments).fetchall()
            self._limit_statements(seconds)
            prepare = None if len(sql) <= LONGEST_PREPARED else False  # None: as often as the session was told
            return self.execute(sql, arguments, prepare=prepare).fetchall()
        except psycopg.Error as error:
            raise self._translated(error) from error

    def stream(self, sql: bytes, arguments: Params, seconds: float) -> Generator[SqlRows]:
        """The rows in pieces, each of which may take `seconds`. Raises as `rows` does."""
        self._wait_at_most(seconds)
        try:
            if not self.is_pooled:
                self._limit_statements(seconds)
            # It does not matter if the server is lost after all rows were fetched.
            with self._transaction_within(seconds, "ISOLATION LEVEL REPEATABLE READ"):
                self.execute(b"DECLARE streamed NO SCROLL CURSOR FOR " + sql, arguments, prepare=False)
                fetch = f"FETCH {STREAMED} FROM streamed".encode()
                while rows := self.execute(fetch, prepare=False).fetchall():
                    yield rows
                    if len(rows) < STREAMED:
                        return
        except psycopg.Error as error:
            raise self._translated(error) from error

    def wait(self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        """Give up on a frozen server: one whose machine acknowledges packets, but that ends no overdue statement."""
        try:
            return super().wait(gen, interval, self._patience if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.info.transaction_status == TransactionStatus.ACTIVE:
                self.close()  # a late response would be taken for the next one
            raise

    def _wait_at_most(self, seconds: float) -> None:
        self._patience = None if seconds == float("inf") else seconds + OVERDUE

    def _limit_statements(self, seconds: float) -> None:
        """Set the time limit of the statements that follow."""
        timeout = _milliseconds(seconds)
        for tries_left in range(TRIES, -1, -1) if timeout != self._statement_timeout else ():
            try:
                self.execute(f"SET statement_timeout = {timeout}".encode(), prepare=False)
            except psycopg.errors.QueryCanceled:
                # A slow server has cancelled it at the limit of the statement before, which may be a few milliseconds.
                if not tries_left:
                    raise
            else:
                self._statement_timeout = timeout
                return

    @contextmanager
    def _transaction_within(self, seconds: float, mode: str = "") -> Iterator[None]:
        """A read-only transaction; its end closes its cursor, too."""
        timeout = f"SET LOCAL statement_timeout = {_milliseconds(seconds)}"
        idle = "SET LOCAL idle_in_transaction_session_timeout = 60000"
        try:
            self.execute(f"BEGIN {mode} READ ONLY; {timeout}; {idle}".encode(), prepare=False)
            yield
        finally:
            try:
                self.execute(b"COMMIT", prepare=False)  # which rolls back a failed transaction
            except psycopg.Error:
                self.close()

    def _translated(self, error: psycopg.Error) -> Exception:
        state = error.sqlstate or ""
        if state in TIMED_OUT:
            return TimedOut()
        if state in MISSING:
            return MissingTable(str(error))
        if state in TRANSIENT or state.startswith("08") or (self.closed and not state):
            return TransientError(NO_ANSWER)
        if state in CORRUPTED:
            return Unusable(DAMAGE)
        if state in NOT_PREPARED:
            return NotReady(POOLER)
        if isinstance(error, psycopg.errors.InsufficientPrivilege):
            return NotReady(described(error))
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            return NotReady(NO_ANSWER)
        return error


def _milliseconds(seconds: float) -> int:
    """A timeout, rounded to seconds, or hundredths below one, so that it is rarely set anew. 0 for no limit."""
    if seconds == float("inf"):
        return 0
    return int(seconds) * 1000 if seconds > 1 else max(1, round(seconds * 100)) * 10
