"""Whatever servers lag, go away or come back: no process shows a release older than one it has shown, or was told of.

Servers are made up here, so that many histories can be tried; tests/store/test_postgresql_standbys.py has real ones.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import NotReady
from app.store import postgresql_pointer
from app.store.postgresql_hosts import Hosts
from app.store.postgresql_pointer import Pointer
from app.store.postgresql_sessions import RetryPolicy, TransientError, _milliseconds
from app.store.releases import SqlRow
from app.store.schema import SCHEMA

SERVERS = 3
LOADED_AT = datetime(2026, 1, 1, tzinfo=UTC)


class MadeUpHost:
    """A server that has got so many loads; the first of all is the primary."""

    def __init__(self, *, primary: bool) -> None:
        self.is_primary = primary
        self.number = 0
        self.is_away = self.is_unhealthy = False
        self.newest: int | None = None

    @contextmanager
    def session(self) -> Iterator["MadeUpHost"]:
        if self.is_away:
            raise TransientError("away")
        yield self

    def rows(self, _sql: bytes, _arguments: object, _seconds: float) -> list[SqlRow]:
        name = f"r{self.number}".encode()
        found = (
            name,
            self.number,
            name,
            LOADED_AT,
            SCHEMA.encode(),
            self.number,
            self.number,
            not self.is_primary,
            None,
        )
        return [found] if self.number else []


class MadeUpHosts:
    def __init__(self) -> None:
        self.hosts = [MadeUpHost(primary=number == 0) for number in range(SERVERS)]

    def in_order(self, _number: int = 0) -> list[MadeUpHost]:
        return [*self.hosts[1:], self.hosts[0]]


class Impatient(RetryPolicy):
    """Nothing changes while somebody waits here."""

    def wait(self, reason: TransientError) -> None:
        raise NotReady(reason.detail)


# Load; let a server catch up; let it go or come back; ask, with what another process has shown.
STEPS = st.one_of(
    st.just(("load", 0)),
    st.tuples(st.just("replay"), st.integers(1, SERVERS - 1)),
    st.tuples(st.just("switch"), st.integers(0, SERVERS - 1)),
    st.tuples(st.just("ask"), st.integers(0, 3)),
    st.tuples(st.just("check"), st.just(0)),
)


@given(st.lists(STEPS, max_size=40))
def test_nobody_is_shown_an_older_release(steps: list[tuple[str, int]]) -> None:
    hosts = MadeUpHosts()
    primary = hosts.hosts[0]
    asked: Pointer = Pointer(cast(Hosts, hosts))
    shown = 0
    with patch.object(postgresql_pointer, "RetryPolicy", Impatient):
        for step, number in steps:
            host = hosts.hosts[number % SERVERS]
            if step == "load" and not primary.is_away:
                primary.number += 1
            elif step == "replay":
                host.number = primary.number
            elif step == "switch":
                host.is_away = not host.is_away
            elif step in {"ask", "check"}:
                at_least = max(0, primary.number - number) if step == "ask" else 0
                asked.forget()
                shown = max(shown, hold(asked, step, at_least, shown, hosts))


def hold(asked: Pointer, step: str, at_least: int, shown: int, hosts: MadeUpHosts) -> int:
    """The number of what is shown: none below what was, and an answer wherever a server has one."""
    wanted = max(at_least, shown, 1)
    try:
        found = asked.current(at_least) if step == "ask" else asked.look(60)
    except NotReady:
        assert not any(one.number >= wanted and not one.is_away for one in hosts.hosts)
        return shown
    assert found.number >= wanted
    return found.number


def test_numbers_that_are_made_up_keep_nobody_waiting() -> None:
    hosts, now, sessions = MadeUpHosts(), [1000.0], []

    class Counted(MadeUpHost):
        @contextmanager
        def session(self) -> Iterator["MadeUpHost"]:
            sessions.append(self)
            with super().session() as session:
                yield session

    away = hosts.hosts[0] = Counted(primary=True)
    for host in hosts.hosts:
        host.number = 1
    away.is_away = away.is_unhealthy = True
    asked = Pointer(cast(Hosts, hosts))
    with (
        patch.object(RetryPolicy, "wait", side_effect=AssertionError),
        patch.object(postgresql_pointer, "time") as clock,
    ):
        clock.monotonic = lambda: now[0]
        assert asked.current(0).number == 1
        for number in range(1000, 900, -1):  # in the end they are below all that were asked for before
            now[0] += 0.03
            with pytest.raises(NotReady):
                asked.current(number)
            assert asked.current(0).number == 1
        assert sessions == [], "nor is the server tried that does not answer"
        hosts.hosts[1].number = 2
        assert asked.current(2).number == 2, "what a server has got by now is shown at once"


@given(st.floats(min_value=1e-6, max_value=1e5))
def test_a_statement_timeout_is_never_zero_and_never_longer_than_its_limit(seconds: float) -> None:
    told: Any = _milliseconds(seconds)
    assert 10 <= told <= max(10, seconds * 1000 + 5)
