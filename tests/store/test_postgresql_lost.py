"""PostgreSQL goes away: reads are tried again for a while, timeouts are not, and the store heals by itself.

Each fault is real, and each test has its control: without the second try the same fault is seen by callers.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest
from sqlalchemy import text

from app.errors import NotReady, TimedOut
from app.store import postgresql_draft, postgresql_hosts, postgresql_pointer, postgresql_sessions
from app.store.postgresql import PostgresStore
from app.store.releases import STREAMED, Deadline
from tests import postgres
from tests.store.tiny import FACTS, SLEEPING, Reader, load, made, opened, until

READERS = 4
MOST = 12  # connections that the server takes
FREED_AFTER = 1.0
CANCELED = "canceling statement due to user request"
TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    settings = [one for one in postgres.QUICK if not one.startswith("max_connections")]
    with postgres.running([*settings, f"max_connections={MOST}", "superuser_reserved_connections=0"]) as running:
        yield running


@pytest.fixture
def store(server: postgres.Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresStore]:
    monkeypatch.setattr(postgresql_draft, "migrate", made)
    with opened(server.new_database()) as store:
        load(store, "first", 2 * STREAMED)
        yield store


@pytest.fixture(params=["tried again", "control"])
def tried_again(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether reads are tried again, as they should be, or not."""
    if request.param == "control":
        monkeypatch.setattr(postgresql_hosts, "TRIED_FOR", 0.0)
        monkeypatch.setattr(postgresql_pointer, "LOOK", 0.05)
    return bool(request.param != "control")


@contextmanager
def read_all_the_time(store: PostgresStore) -> Iterator[list[str]]:
    """What several readers are told as long as this lasts: the name of the release, or of an error."""
    told: list[str] = []
    done = threading.Event()
    reader = Reader(store)

    def read() -> None:
        while not done.is_set():
            try:
                told.extend(reader.told(store.current(), 5))
            except Exception as error:  # noqa: BLE001 - the test looks at it
                told.append(type(error).__name__)

    threads = [threading.Thread(target=read) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(told) > READERS)
        yield told
        until(lambda: len(told) > 50 and set(told[-20:]) == {"first"})
    finally:
        done.set()
        for thread in threads:
            thread.join()


def seen(told: list[str]) -> bool:
    """Whether anybody was told of a fault; who was is to ask again."""
    assert set(told) <= {"first", "NotReady"}
    return set(told) != {"first"}


def test_a_restart_is_not_noticed(server: postgres.Server, store: PostgresStore, tried_again: bool) -> None:
    with read_all_the_time(store) as told:
        server.stop()
        server.start()
    assert seen(told) is not tried_again


def test_lost_sessions_are_not_noticed(server: postgres.Server, store: PostgresStore, tried_again: bool) -> None:
    with read_all_the_time(store) as told:
        for _ in range(10):
            server.execute(TERMINATE)
            before = len(told)
            until(lambda before=before: len(told) > before + 2 * READERS)  # type: ignore[misc]
    assert seen(told) is not tried_again


@contextmanager
def all_connections_taken(server: postgres.Server) -> Iterator[ExitStack]:
    """Closing what this gives lets others in."""
    with ExitStack() as taken:
        while True:
            try:
                connection = psycopg.connect(host=server.socket, user="postgres", dbname="postgres")
            except psycopg.OperationalError:
                break
            taken.callback(connection.close)
        assert "too many clients" in server.said()
        yield taken


def test_a_full_server_is_waited_for(server: postgres.Server, store: PostgresStore, tried_again: bool) -> None:
    store.close()
    with all_connections_taken(server) as taken:
        timer = threading.Timer(FREED_AFTER, taken.close)
        timer.start()
        try:
            if tried_again:
                assert Reader(store).told(store.current(), 5) == {"first"}
            else:
                with pytest.raises(NotReady):
                    store.current()
        finally:
            timer.join()
    assert store.check(5).id == "first"


def test_a_server_that_stays_full_is_told_and_healed_from(server: postgres.Server, store: PostgresStore) -> None:
    release = store.current()
    store.close()
    with all_connections_taken(server):
        began = time.monotonic()
        for ask in (store.current, lambda: Reader(store).told(release)):
            with pytest.raises(NotReady, match="cannot be reached"):
                ask()
        assert time.monotonic() - began > 2 * (postgresql_sessions.TRIED_FOR - 2 * postgresql_sessions.LONGEST_PAUSE)
    assert Reader(store).told(store.current()) == {"first"}


def test_those_who_wait_for_a_look_share_its_outcome(server: postgres.Server, store: PostgresStore) -> None:
    """A server that is away holds up nobody for as many looks as there are threads."""
    store.close()
    server.stop()
    looks, ended = [], []
    asked = store._pointer._ask  # noqa: SLF001

    def counted(at_least: int, limit: Deadline) -> object:
        looks.append(at_least)
        return asked(at_least, limit)

    store._pointer._ask = counted  # type: ignore[method-assign, assignment]  # noqa: SLF001

    def ask() -> None:
        try:
            store.current()
        except NotReady as error:
            ended.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        server.start()
    assert len(ended) == 8
    assert len(looks) < 8


@pytest.mark.parametrize("right", [True, False], ids=["right", "control"])
def test_what_takes_too_long_runs_once(
    right: bool, server: postgres.Server, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not right:
        monkeypatch.setattr(postgresql_sessions, "TIMED_OUT", set())
        monkeypatch.setattr(postgresql_sessions, "TRANSIENT", {"57014"})
    # What the server ends at its time limit, it ends with the same code when it is told to.
    sleepers = "FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'"
    ended = threading.Event()

    def end_what_sleeps() -> None:
        while not ended.wait(0.2):
            server.execute(f"SELECT pg_cancel_backend(pid) {sleepers}")

    release, statement = store.current(), store.statement(SLEEPING)
    before = server.said().count(CANCELED)
    canceling = threading.Thread(target=end_what_sleeps)
    canceling.start()
    try:
        with pytest.raises(TimedOut if right else NotReady):
            release.rows(statement, {}, Deadline(20))
    finally:
        ended.set()
        canceling.join()
    assert (server.said().count(CANCELED) - before == 1) is right


def test_a_stream_begins_again_until_its_first_row(server: postgres.Server, store: PostgresStore) -> None:
    release, statement = store.current(), store.statement(FACTS.select())
    whole = list(release.stream(statement, {}, 5))
    server.stop()
    starting = threading.Timer(FREED_AFTER, server.start)
    starting.start()
    try:
        assert list(release.stream(statement, {}, 5)) == whole
    finally:
        starting.join()


def test_a_stream_that_is_cut_off_says_so(server: postgres.Server, store: PostgresStore) -> None:
    pieces = store.current().stream(store.statement(FACTS.select()), {}, 5)
    next(pieces)
    server.execute(TERMINATE)
    with pytest.raises(NotReady):
        list(pieces)


def test_a_stream_is_whole_though_its_server_is_lost_after_the_last_row(
    server: postgres.Server, store: PostgresStore
) -> None:
    query = FACTS.select().where(FACTS.c.position < 10)
    pieces = store.current().stream(store.statement(query), {}, 5)
    found = next(pieces)
    server.execute(TERMINATE)
    assert len(found) == 10
    assert list(pieces) == []
    assert Reader(store).told(store.current()) == {"first"}


@pytest.mark.parametrize("streamed", [False, True])
def test_a_server_that_is_frozen_is_given_up(streamed: bool, store: PostgresStore) -> None:
    """Its machine still acknowledges what it is sent: no limit of the server's own, and no probe, ends the wait."""
    release, statement = store.current(), store.statement(FACTS.select())
    ((frozen,),) = release.rows(store.statement(text("SELECT pg_backend_pid()")), {}, Deadline(5))
    os.kill(frozen, signal.SIGSTOP)
    try:
        pieces = release.stream(statement, {}, 0.2)
        with pytest.raises(TimedOut):
            next(pieces) if streamed else release.rows(statement, {}, Deadline(0.2))
        assert Reader(store).told(store.check(5)) == {"first"}, "others go on"
    finally:
        os.kill(frozen, signal.SIGCONT)
