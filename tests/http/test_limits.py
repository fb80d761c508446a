"""Concurrency and time limits: Busy and TimedOut are 503 with Retry-After."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.errors import Busy
from app.http import limits
from app.http.limits import ConcurrencyLimiter
from app.http.telemetry import Telemetry
from app.main import create_app
from app.settings import Settings
from app.store.releases import OpenRelease
from tests.conftest import CITY, KeptDatabase

SLOW = ["/v1/facts/groups?by=year", "/v1/facts?sort=-value&limit=2"]
QUICK = ["/v1/facts?limit=2", "/v1/places/lindow", "/v1"]
EXPORT = "/v1/facts.csv"


@contextmanager
def limiter(slots: int, queue: int) -> Iterator[tuple[ConcurrencyLimiter, Telemetry]]:
    telemetry = Telemetry()
    made = ConcurrencyLimiter("test", slots, queue, telemetry)
    try:
        yield made, telemetry
    finally:
        made.close()


def measured(telemetry: Telemetry) -> dict[str, float]:
    telemetry._text_made_at = float("-inf")  # noqa: SLF001 - the text is kept for a second
    lines = telemetry.metrics_text()[0].decode().splitlines()
    pairs = [line.rsplit(" ", 1) for line in lines if line.startswith("factbook_answers")]
    return {name: float(value) for name, value in pairs}


@settings(max_examples=40)
@given(slots=st.integers(1, 4), queue=st.integers(0, 6), asked=st.integers(1, 14))
def test_so_many_run_so_many_wait_and_more_are_refused_at_once(slots: int, queue: int, asked: int) -> None:
    go_on = threading.Event()
    with limiter(slots, queue) as (made, telemetry):

        async def ask() -> list[object]:
            tasks = [asyncio.create_task(made.run(go_on.wait, 30)) for _ in range(asked)]
            try:
                for _ in range(3):  # each has begun, and what is refused has ended
                    await asyncio.sleep(0)
                refused, running = max(asked - slots - queue, 0), min(asked, slots)
                assert sum(task.done() for task in tasks) == refused
                shown = measured(telemetry)
                assert shown['factbook_answers{limiter="test",state="running"}'] == running
                assert shown['factbook_answers{limiter="test",state="waiting"}'] == asked - running - refused
                assert shown['factbook_answers_refused_total{limiter="test"}'] == refused
                assert shown['factbook_answers_limit{limiter="test"}'] == slots
            finally:
                go_on.set()
            return await asyncio.gather(*tasks, return_exceptions=True)

        answers = asyncio.run(ask())
        assert sum(isinstance(one, Busy) for one in answers) == max(asked - slots - queue, 0)
        assert all(one is True for one in answers if not isinstance(one, Busy))
        assert measured(telemetry)['factbook_answers{limiter="test",state="running"}'] == 0


def test_who_waits_is_refused_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LONGEST_WAIT", 0.05)
    go_on = threading.Event()

    async def ask(made: ConcurrencyLimiter) -> list[object]:
        asked = [asyncio.create_task(made.run(go_on.wait, 30)) for _ in range(3)]
        await asyncio.wait([asked[2]], timeout=30)
        go_on.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    with limiter(2, 3) as (made, _):
        assert [type(one) for one in asyncio.run(ask(made))] == [bool, bool, Busy]


def test_a_failure_and_a_caller_who_leaves_give_the_slot_back() -> None:
    def fail() -> None:
        raise ValueError

    async def ask(made: ConcurrencyLimiter) -> list[object]:
        rounds = [await asyncio.gather(*(made.run(fail) for _ in range(4)), return_exceptions=True) for _ in range(3)]
        go_on = threading.Event()
        leaving = [asyncio.create_task(made.run(go_on.wait, 30)) for _ in range(4)]
        await asyncio.sleep(0)
        for one in leaving:
            one.cancel()
        go_on.set()
        await asyncio.wait(leaving)
        assert await made.run(lambda: "served") == "served"
        return [one for answers in rounds for one in answers]

    with limiter(2, 3) as (made, _):
        assert {type(one) for one in asyncio.run(ask(made))} == {ValueError}


# From outside.


class Gate:
    """Holds up whoever reads a release on a thread, until it is opened."""

    def __init__(self) -> None:
        self.opened, self.entered = threading.Event(), threading.Semaphore(0)
        self.event_loop: int | None = None

    def pass_through(self) -> None:
        if threading.get_ident() != self.event_loop:
            self.entered.release()
            assert self.opened.wait(60)


@contextmanager
def held(url: str, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> Iterator[tuple[TestClient, Gate]]:
    """A service whose reads wait on threads, and go on at once on the event loop."""
    app, gate = create_app(Settings.model_validate({"database_url": url, "cache_bytes": 0, **settings})), Gate()
    release: type[OpenRelease] = type(app.state.factbook.store.current())
    read, stream = release.rows, release.stream

    def rows(*arguments: Any) -> Any:
        gate.pass_through()
        return read(*arguments)

    def streamed(*arguments: Any) -> Any:
        gate.pass_through()
        yield from stream(*arguments)

    monkeypatch.setattr(release, "rows", rows)
    monkeypatch.setattr(release, "stream", streamed)
    with TestClient(app) as client:
        assert client.portal
        gate.event_loop = client.portal.call(threading.get_ident)
        try:
            yield client, gate
        finally:
            gate.opened.set()


@pytest.mark.parametrize(("url", "setting", "queue"), [(SLOW[0], "slow_limit", 16), (EXPORT, "export_limit", 16)])
def test_what_takes_long_is_refused_where_too_much_of_it_is_made_and_what_is_quick_is_not(
    url: str, setting: str, queue: int, kept_database: KeptDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LONGEST_WAIT", 60)
    database = kept_database("sqlite", CITY)
    with held(database, monkeypatch, **{setting: 2}) as (client, gate), ThreadPoolExecutor(queue + 6) as asking:
        answers = [asking.submit(client.get, url) for _ in range(queue + 6)]
        for _ in range(2):
            assert gate.entered.acquire(timeout=60)
        while sum(one.done() for one in answers) < 4:
            time.sleep(0.01)
        for one in QUICK:
            assert client.get(one).status_code == 200, "quick answers do not wait behind those that take long"
        gate.opened.set()
        found = [one.result() for one in answers]
    assert [answer.status_code for answer in found].count(200) == queue + 2
    refused = [answer for answer in found if answer.status_code != 200]
    assert {answer.status_code for answer in refused} == {503}
    for answer in refused:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["type"] == "/problems/busy"
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("url", [*SLOW, EXPORT])
def test_what_exceeds_the_time_limit_is_aborted(
    url: str, kept_database: KeptDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.sqlite_release.LIMIT_CHECKED_EVERY", 1)  # so few facts are read in no time
    app = create_app(Settings(database_url=kept_database("sqlite", CITY), cache_bytes=0, time_limit=1e-9))
    with TestClient(app) as client:
        answer = client.get(url)
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/timed-out")
    assert int(answer.headers["Retry-After"]) > 0
