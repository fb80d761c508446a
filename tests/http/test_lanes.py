"""Lanes: turns, a queue that ends, patience that ends, and what they tell of themselves."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from app.errors import Busy
from app.http import lanes
from app.http.lanes import Lane
from app.http.paces import Paces


@pytest.fixture
def lane() -> Iterator[Lane]:
    made = Lane("test", turns=2, waiting=3)
    yield made
    made.close()


def test_so_many_run_so_many_wait_and_more_are_refused_at_once(lane: Lane) -> None:
    told: list[tuple[int, int]] = []
    refused: list[bool] = []
    lane.tell = lambda running, waiting: told.append((running, waiting))
    lane.tell_refused = lambda: refused.append(True)
    go_on = threading.Event()

    async def ask() -> list[object]:
        asked = [asyncio.create_task(lane.run(go_on.wait, 30)) for _ in range(9)]
        _, _ = await asyncio.wait(asked, timeout=0.1)
        assert told[-1] == (2, 3)
        assert sum(one.done() for one in asked) == 4, "those that are refused wait for nobody"
        go_on.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = asyncio.run(ask())
    assert [type(one) for one in answers] == [bool] * 5 + [Busy] * 4
    assert len(refused) == 4
    assert told[-1] == (0, 0)


def test_patience_ends(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "PATIENCE", 0.05)
    go_on = threading.Event()

    async def ask() -> list[object]:
        asked = [asyncio.create_task(lane.run(go_on.wait, 30)) for _ in range(3)]
        await asyncio.wait([asked[2]], timeout=30)
        go_on.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    assert [type(one) for one in asyncio.run(ask())] == [bool, bool, Busy]


def test_a_failure_gives_the_turn_back(lane: Lane) -> None:
    def fail() -> None:
        raise ValueError

    async def ask() -> list[object]:
        rounds = [await asyncio.gather(*(lane.run(fail) for _ in range(5)), return_exceptions=True) for _ in range(3)]
        return [one for answers in rounds for one in answers]

    assert {type(one) for one in asyncio.run(ask())} == {ValueError}


def test_a_kind_that_took_long_is_remembered_until_it_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    paces = Paces()
    path = b"/v1/facts"
    assert not paces.is_slow(path, b"q=a&sort=year")
    paces.was_slow(path, b"q=a&sort=year")
    assert paces.is_slow(path, b"q=other&sort=year"), "the value of a word does not matter"
    assert not paces.is_slow(path, b"q=a&sort=id"), "the order does"
    assert not paces.is_slow(path, b"q=a&sort=year&year=2024")
    paces.was_quick(path, b"q=b&sort=year")
    assert not paces.is_slow(path, b"q=a&sort=year")
    asked_at = time.monotonic()
    paces.was_slow(path, b"q=a")
    assert paces.found_slow(path, b"q=b", asked_at), "others that were asked before are not tried any more"
    assert not paces.found_slow(path, b"q=b", time.monotonic() + 1)
    monkeypatch.setattr("app.http.paces.REMEMBERED_FOR", -1.0)
    paces.was_slow(path, b"q=a")
    monkeypatch.undo()
    assert not paces.is_slow(path, b"q=a"), "after a while one is tried again"
    assert paces.is_slow(path, b"q=a"), "and no other until it is known how that went"
