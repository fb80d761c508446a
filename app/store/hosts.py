"""The servers in a PostgreSQL URL: which one to use, sessions lent to threads, and retries."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
from sqlalchemy import URL

from app.errors import NotReady, TimedOut
from app.store.addresses import PREPARE_AFTER, READING, THRESHOLD, WATCHFUL, arguments, is_pooled
from app.store.limits import Limit
from app.store.releases import UNREACHABLE
from app.store.sessions import POOLER, TRIED_FOR, Connection, RetryPolicy, Session, TransientError

UNHEALTHY_FOR = (5.0, 30.0)  # seconds for which a server that did not answer is tried last; longer each time
UNPOOLED = "unsupported startup parameter"  # how poolers reject `options`
MOST_IDLE = 16  # idle sessions per server
Result = TypeVar("Result")


class Host:
    """A server and its idle sessions. `newest` is the highest release number seen there."""

    def __init__(self, asked: dict[str, Any], *, pooled: bool) -> None:
        self._asked = {THRESHOLD: PREPARE_AFTER, **asked}
        self._pooled = pooled
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
            if session.is_lost:
                # The idle ones are probably lost, too, and each would cost a retry.
                self.close()
                self.mark_unhealthy()
            elif len(self._idle) < MOST_IDLE:
                self._learn_of(session)
                self._idle.append(session)
            else:
                session.close()

    def _connect(self) -> Session:
        if self._failures:  # one thread tries it, while the others skip it
            self._unhealthy_until = time.monotonic() + UNHEALTHY_FOR[0]
        try:
            # SQL_ASCII: text arrives as the stored bytes.
            asked = {**self._asked, "client_encoding": "SQL_ASCII"}
            session = Session(Connection.connect(**asked, autocommit=True), pooled=self._pooled)
        except psycopg.OperationalError as error:
            self.mark_unhealthy()
            if UNPOOLED in str(error):
                raise NotReady(POOLER) from error
            raise TransientError(UNREACHABLE) from error
        self._failures, self._unhealthy_until = 0, float("-inf")
        self._learn_of(session)
        return session

    def _learn_of(self, session: Session) -> None:
        said = session.is_primary
        if said is not None:
            self.is_primary = said

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
        while self._idle:
            try:
                self._idle.pop().close()
            except IndexError:  # another thread was faster
                return


class Hosts:
    """The servers in a URL. Standbys are preferred, in random order; servers that failed or lag are tried last."""

    def __init__(self, url: URL) -> None:
        asked = arguments(url, WATCHFUL, READING)
        # An explicit target_session_attrs is respected; otherwise standbys come first.
        self._prefers_standbys = "target_session_attrs" not in asked
        self._by_lot = asked.pop("load_balance_hosts", "") != "disable"
        names = str(asked.pop("host", "")).split(",")
        ports = str(asked.pop("port", "")).split(",")
        ports = ports * len(names) if len(ports) == 1 else ports
        self._hosts = [
            Host(asked | {name: value for name, value in (("host", host), ("port", port)) if value},
                 pooled=is_pooled(url))
            for host, port in zip(names, ports, strict=True)
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
        prefers_standbys = self._prefers_standbys and self._by_lot
        if prefers_standbys:
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
                prefers_standbys and host.is_primary is not False,
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
