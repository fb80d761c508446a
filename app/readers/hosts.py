"""The servers that a PostgreSQL URL names, and which of them to read from now."""

import random
import time
from collections.abc import Collection

import psycopg
from sqlalchemy import URL

from app.readers.addresses import READING, WATCHFUL, arguments
from app.readers.connections import UNREACHABLE, Passing, Row

Connection = psycopg.Connection[Row]

SHUNNED_FOR = 5.0  # seconds for which a server is asked last that did not answer
RENEWED_AFTER = (20.0, 40.0)  # seconds, by lot: where there are several servers, one that comes back is found again


class Hosts:
    """The servers of a URL. Standbys are preferred, by lot, and those last that did not answer a moment ago."""

    def __init__(self, url: URL, only: int | None = None) -> None:
        """`only` one of the servers, by its number."""
        self._arguments = arguments(url, WATCHFUL, READING)
        # Whoever says which servers he wants gets those; of all others standbys are taken first.
        self._picky = "target_session_attrs" in self._arguments
        self._ordered = self._arguments.pop("load_balance_hosts", "") == "disable"
        names = str(self._arguments.pop("host", "")).split(",")
        ports = str(self._arguments.pop("port", "")).split(",")
        ports = ports * len(names) if len(ports) == 1 else ports
        self._servers = [
            {name: value for name, value in (("host", host), ("port", port)) if value}
            for host, port in zip(names, ports, strict=True)
        ]
        self.numbers = list(range(len(self._servers))) if only is None else [only]
        self._shunned: dict[int, float] = {}  # until when, in `time.monotonic()` seconds
        self._primary: int | None = None  # the one that was seen last

    def connect(self, left: Collection[int], deadline: float) -> tuple[Connection, int]:
        """A session at one of the servers and its number, of those `left` only where no other will do. Raises Passing.

        No server is tried any more after the deadline, in `time.monotonic()` seconds.
        """
        fallback: tuple[Connection, int] | None = None
        failed: psycopg.Error | None = None
        for number in self._in_order(left):
            if failed and time.monotonic() > deadline:
                break
            if fallback and (number in left or self._is_shunned(number)):
                break
            try:
                connection = self._connect(number)
            except psycopg.OperationalError as error:
                failed = error
                self.shun(number)
                continue
            if self._picky or not self._is_primary(number, connection) or number in left:
                if fallback:
                    fallback[0].close()
                return connection, number
            fallback = connection, number
        if fallback:
            return fallback
        raise Passing(UNREACHABLE) from failed

    def _connect(self, number: int) -> Connection:
        # SQL_ASCII: text comes as the bytes it is stored as.
        asked = {**self._arguments, **self._servers[number], "client_encoding": "SQL_ASCII"}
        return psycopg.connect(**asked, autocommit=True, prepare_threshold=1)

    def _is_primary(self, number: int, connection: Connection) -> bool:
        primary = connection.info.parameter_status("in_hot_standby") == "off"
        if primary:
            self._primary = number
        return primary and len(self.numbers) > 1

    def _in_order(self, left: Collection[int]) -> list[int]:
        order = list(self.numbers)
        if not self._ordered:
            random.shuffle(order)
            order.sort(key=lambda number: number == self._primary)
        return sorted(order, key=lambda number: (number in left, self._is_shunned(number)))

    def _is_shunned(self, number: int) -> bool:
        return self._shunned.get(number, 0.0) > time.monotonic()

    def shun(self, number: int) -> None:
        """Ask this server last for a while."""
        self._shunned[number] = time.monotonic() + SHUNNED_FOR
