"""The servers in a PostgreSQL URL: how to connect to them, which one to use, sessions lent to threads, and retries.

The URL may name several, in SQLAlchemy's notation: postgresql://USER@/NAME?host=A:5432&host=B:5432&host=C:5432

`prepare_threshold=none` in it says that a pooler which lends connections by the transaction, such as PgBouncer, stands
in front of the servers: nothing is then prepared, and nothing is set for longer than a transaction.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from sqlalchemy import URL, make_url

from app.errors import NotReady, TimedOut
from app.store.postgresql_sessions import POOLER, TRIED_FOR, Result, RetryPolicy, Session, TransientError
from app.store.releases import UNREACHABLE, Limit

# A server that has silently disappeared is detected within two seconds: data that was sent is not acknowledged or,
# while waiting for a response, a keepalive probe is not answered.
WATCHFUL = {"connect_timeout": 2, "tcp_user_timeout": 1000, "keepalives": 1, "keepalives_idle": 1,
            "keepalives_interval": 1, "keepalives_count": 1}  # fmt: skip
# A writer may wait for other writers, but not for hours for a server that is gone.
PATIENT = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "keepalives": 1, "keepalives_idle": 5,
           "keepalives_interval": 5, "keepalives_count": 2,
           # Text arrives as str whatever the database encoding is; with SQL_ASCII it would arrive as bytes.
           "client_encoding": "utf8"}  # fmt: skip
READ_ONLY = "-c default_transaction_read_only=on"
# A stream that nobody fetches from any more must not keep a server from vacuuming for ever. With an empty search_path,
# a table name without a schema finds nothing, rather than a table of that name in `public`.
READING = f"{READ_ONLY} -c idle_in_transaction_session_timeout=60000 -c search_path="
THRESHOLD = "prepare_threshold"
PREPARE_AFTER, MOST_PREPARED = 1, 100  # runs of a statement before it is prepared; prepared statements per session

UNHEALTHY_FOR = (5.0, 30.0)  # seconds for which a server that did not answer is tried last; longer each time
UNPOOLED = "unsupported startup parameter"  # how poolers reject `options`
MOST_IDLE = 16  # idle sessions per server


def is_pooled(url: URL | str) -> bool:
    """Whether the URL says that it leads to a pooler in transaction mode."""
    return str(make_url(url).query.get(THRESHOLD, "")).lower() == "none"


def arguments(url: URL | str, defaults: Mapping[str, Any], options: str = "", role: str = "") -> dict[str, Any]:
    """Connection arguments; those in the URL take precedence. `role` is the server to use if there are several."""
    url = make_url(url).set(drivername="postgresql+psycopg")
    _, given = url.get_dialect()().create_connect_args(url)
    given.pop("context", None)  # SQLAlchemy's type adapters: readers get bytes
    given.pop(THRESHOLD, None)
    if is_pooled(url):
        given[THRESHOLD] = None
    elif options:  # poolers refuse options
        given["options"] = f"{options} {given.get('options', '')}".strip()  # of an option repeated, the last one wins
    several = "," in str(given.get("host", ""))
    return {**defaults, **({"target_session_attrs": role} if role and several else {}), **given}


class Host:
    """A server and its idle sessions. `newest` is the highest release number seen there."""

    def __init__(self, connect_with: dict[str, Any], *, is_pooled: bool) -> None:
        # SQL_ASCII: text arrives as the stored bytes.
        self._connect_with = {THRESHOLD: PREPARE_AFTER, **connect_with, "client_encoding": "SQL_ASCII"}
        self._is_pooled = is_pooled
        self._idle: list[Session] = []
        self._unhealthy_until = float("-inf")  # in `time.monotonic()` seconds
        self._failures = 0
        self.is_primary: bool | None = None  # when it was seen last
        self.newest: int | None = None

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Lend a session. Raises TransientError if none is available."""
        try:
            session = self._idle.pop()
        except IndexError:
            session = self._connect()
        try:
            yield session
        finally:
            if session.closed:
                # The idle ones are probably lost, too, and each would cost a retry.
                self.close()
                self.mark_unhealthy()
            else:
                if session.is_primary is not None:
                    self.is_primary = session.is_primary
                if len(self._idle) < MOST_IDLE:
                    self._idle.append(session)
                else:
                    session.close()

    def _connect(self) -> Session:
        if self._failures:  # one thread tries it, while the others skip it
            self._unhealthy_until = time.monotonic() + UNHEALTHY_FOR[0]
        try:
            session = Session.connect(**self._connect_with, autocommit=True)
        except psycopg.OperationalError as error:
            self.mark_unhealthy()
            if UNPOOLED in str(error):
                raise NotReady(POOLER) from error
            raise TransientError(UNREACHABLE) from error
        session.is_pooled, session.prepared_max = self._is_pooled, MOST_PREPARED
        self._failures, self._unhealthy_until = 0, float("-inf")
        return session

    def learn_role(self) -> None:
        """Find out whether it is a primary; if it does not answer, that stays unknown."""
        with suppress(TransientError, NotReady), self.session():
            pass

    @property
    def is_unhealthy(self) -> bool:
        return self._unhealthy_until > time.monotonic()

    def mark_unhealthy(self) -> None:
        """Try this server last for a while."""
        shortest, longest = UNHEALTHY_FOR
        self._unhealthy_until = time.monotonic() + min(shortest * 2**self._failures, longest)
        self._failures = min(self._failures + 1, 10)

    def close(self) -> None:
        """Close the idle sessions."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()


class Hosts:
    """The servers in a URL. Standbys are preferred, in random order; servers that failed or lag are tried last."""

    def __init__(self, url: URL) -> None:
        given = arguments(url, WATCHFUL, READING)
        self._by_lot = given.pop("load_balance_hosts", "") != "disable"
        # An explicit target_session_attrs is respected; otherwise standbys come first.
        self._prefers_standbys = self._by_lot and "target_session_attrs" not in given
        names = str(given.pop("host", "")).split(",")
        ports = str(given.pop("port", "")).split(",")
        ports = ports * len(names) if len(ports) == 1 else ports
        self._hosts = [
            Host(given | {key: value for key, value in (("host", name), ("port", port)) if value},
                 is_pooled=is_pooled(url))
            for name, port in zip(names, ports, strict=True)
        ]  # fmt: skip

    def __len__(self) -> int:
        return len(self._hosts)

    def in_order(self, number: int = 0) -> list[Host]:
        """The servers in the order in which to try them for a release with this number."""
        if len(self._hosts) == 1:
            return self._hosts
        hosts = list(self._hosts)
        if self._by_lot:
            random.shuffle(hosts)
        if self._prefers_standbys:
            for host in hosts:
                if any(one.is_primary is False and not one.is_unhealthy for one in hosts):
                    break
                if host.is_primary is None and not host.is_unhealthy:
                    host.learn_role()
        return sorted(
            hosts,
            key=lambda host: (
                host.is_unhealthy,
                host.newest is not None and host.newest < number,
                self._prefers_standbys and host.is_primary is not False,
            ),
        )

    def ask(self, limit: Limit, attempt: Callable[[Host], Result], number: int = 0) -> Result:
        """The result of an attempt at the first server where it succeeds; transient errors are retried.

        Raises what the attempt raises, but NotReady instead of TransientError; TimedOut if the time limit is reached,
        since the caller may be able to try again with a longer one.
        """
        retry: RetryPolicy | None = None  # most reads need none
        failed: TransientError | None = None
        while True:
            for host in self.in_order(number):
                if limit.remaining() <= 0:
                    raise TimedOut from failed
                try:
                    return attempt(host)
                except TransientError as error:
                    failed = error
                retry = retry or RetryPolicy(TRIED_FOR)
                if retry.is_over and limit.remaining() > 0:
                    raise NotReady(failed.detail) from failed
            if retry and failed:
                retry.wait(failed)

    def close(self) -> None:
        for host in self._hosts:
            host.close()
