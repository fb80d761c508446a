"""A session with a PostgreSQL server: runs statements with a time limit, and translates errors."""

import random
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

from app.database_errors import DAMAGED, described
from app.errors import NotReady, TimedOut, Unusable
from app.store.releases import STREAMED, Row, Rows

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
PREPARED = 100  # prepared statements kept per session
LONGEST_KEPT = 10_000  # bytes of a statement that is cached, here or at a server: longer ones are rarely repeated

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


class Connection(psycopg.Connection[Row]):
    """Gives up on a frozen server: one whose machine still acknowledges packets, but that ends no overdue statement."""

    patience: float | None = None  # seconds to wait for a response

    def wait(self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError:
            if (
                self.info.transaction_status == TransactionStatus.ACTIVE
            ):  # a late response would be taken for the next one
                self.close()
            raise


class Session:
    """A connection, used by one thread at a time."""

    def __init__(self, connection: Connection, *, pooled: bool) -> None:
        """`pooled`: the next transaction may run in another server process."""
        connection.prepared_max = PREPARED
        self._connection = connection
        self._pooled = pooled
        self._timeout = 0  # milliseconds, the statement_timeout last set; 0 for none

    @property
    def is_lost(self) -> bool:
        return self._connection.closed

    @property
    def is_primary(self) -> bool | None:
        """As last reported by the server, which reports changes by itself; None if it is too old to do so."""
        said = self._connection.info.parameter_status("in_hot_standby")
        return None if said is None else said == "off"

    def rows(self, sql: bytes, arguments: Sequence[Any], seconds: float) -> Rows:
        """All rows. Raises TimedOut, TransientError, MissingTable, NotReady, Unusable."""
        self._wait_at_most(seconds)
        try:
            if self._pooled:
                with self._transaction(seconds):
                    return self._connection.execute(sql, arguments).fetchall()
            timeout = _milliseconds(seconds)
            if timeout != self._timeout:
                self._connection.execute(f"SET statement_timeout = {timeout}".encode(), prepare=False)
                self._timeout = timeout
            prepare = None if len(sql) <= LONGEST_KEPT else False  # None: as often as the session was told
            return self._connection.execute(sql, arguments, prepare=prepare).fetchall()
        except psycopg.Error as error:
            raise self._translated(error) from error

    def stream(self, sql: bytes, arguments: Sequence[Any], seconds: float) -> Generator[Rows]:
        """The rows in pieces, each of which may take `seconds`. Raises as `rows` does."""
        self._wait_at_most(seconds)
        try:
            # It does not matter if the server is lost after all rows were fetched.
            with self._transaction(seconds, "ISOLATION LEVEL REPEATABLE READ"), self._cursor() as cursor:
                cursor.execute(sql, arguments)
                while rows := cursor.fetchmany(STREAMED):
                    yield rows
                    if len(rows) < STREAMED:
                        return
        except psycopg.Error as error:
            raise self._translated(error) from error

    def _wait_at_most(self, seconds: float) -> None:
        self._connection.patience = None if seconds == float("inf") else seconds + OVERDUE

    @contextmanager
    def _transaction(self, seconds: float, mode: str = "") -> Iterator[None]:
        settings = f"SET LOCAL statement_timeout = {_milliseconds(seconds)}"
        idle = "SET LOCAL idle_in_transaction_session_timeout = 60000"
        self._connection.execute(f"BEGIN {mode} READ ONLY; {settings}; {idle}".encode(), prepare=False)
        try:
            yield
        finally:
            try:
                self._connection.execute(b"COMMIT", prepare=False)  # which rolls back a failed transaction
            except psycopg.Error:
                self._connection.close()

    @contextmanager
    def _cursor(self) -> Iterator[psycopg.ServerCursor[Row]]:
        """A server-side cursor."""
        cursor = self._connection.cursor("streamed")
        cursor.itersize = STREAMED
        try:
            yield cursor
        finally:
            try:
                cursor.close()
            except psycopg.Error:
                self._connection.close()
                cursor.close()  # in a closed session, this needs no server

    def _translated(self, error: psycopg.Error) -> Exception:
        state = error.sqlstate or ""
        meanings: list[tuple[bool, Exception]] = [
            (state in TIMED_OUT, TimedOut()),
            (state in MISSING, MissingTable(str(error))),
            (state in TRANSIENT or state.startswith("08") or (self.is_lost and not state), TransientError(NO_ANSWER)),
            (state in CORRUPTED, Unusable(DAMAGE)),
            (state in NOT_PREPARED, NotReady(POOLER)),
            (isinstance(error, psycopg.errors.InsufficientPrivilege), NotReady(described(error))),
            (isinstance(error, psycopg.OperationalError | psycopg.InterfaceError), NotReady(NO_ANSWER)),
        ]
        return next((meaning for holds, meaning in meanings if holds), error)

    def close(self) -> None:
        self._connection.close()


def _milliseconds(seconds: float) -> int:
    """A timeout, rounded to seconds, or hundredths below one, so that it is rarely set anew. 0 for no limit."""
    if seconds == float("inf"):
        return 0
    return int(seconds) * 1000 if seconds > 1 else max(1, round(seconds * 100)) * 10
