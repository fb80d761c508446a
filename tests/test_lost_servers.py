"""PostgreSQL goes away: reads are tried again for a while, timeouts are not, and the service heals by itself.

Each fault is real, and each test has its control: without the second try the same fault is seen by callers.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text
from starlette.testclient import TestClient

from app import tables
from app.database import Database
from app.errors import NotReady, TimedOut
from app.main import create_app
from app.readers import Readers, connections
from app.settings import Settings
from tests import postgres
from tests.conftest import CITY, loaded

READERS, PATIENCE = 4, 60
PATHS = ["/v1/facts?limit=20&sort=-value", "/v1/companies", "/v1/facts/groups?by=year", "/v1/places/lindow"]
MOST = 12  # connections that the server takes
FREED_AFTER = 1.0
CANCELED = "canceling statement due to user request"

Answers = list[Any]


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    settings = [one for one in postgres.QUICK if not one.startswith("max_connections")]
    with postgres.running([*settings, f"max_connections={MOST}", "superuser_reserved_connections=0"]) as running:
        yield running


@pytest.fixture(scope="module")
def url(server: postgres.Server) -> str:
    return loaded(server.new_database(), CITY)


@pytest.fixture(params=["tried again", "control"])
def tried_again(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether reads are tried again, as they should, or not."""
    if request.param == "control":
        monkeypatch.setattr(connections, "TRIED_FOR", 0.0)
    return bool(request.param != "control")


@contextmanager
def asked_all_the_time(url: str) -> Iterator[Answers]:
    """What a service answers to several readers as long as this lasts."""
    answers: Answers = []
    done = threading.Event()
    with TestClient(create_app(Settings(database_url=url, cache_bytes=0, pool_size=READERS))) as client:
        assert client.get(PATHS[0]).status_code == 200

        def read() -> None:
            while not done.is_set():
                for path in PATHS:
                    answers.append(client.get(path))

        readers = [threading.Thread(target=read) for _ in range(READERS)]
        for reader in readers:
            reader.start()
        try:
            yield answers
            _until(lambda: len(answers) > 50 and all(one.status_code == 200 for one in answers[-20:]))
        finally:
            done.set()
            for reader in readers:
                reader.join()


def _until(holds: Callable[[], bool]) -> None:
    patient_until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < patient_until
        time.sleep(0.05)


def refused(answers: Answers) -> int:
    """How many were refused, as a caller is to be told; any other answer is whole."""
    wrong = [one for one in answers if one.status_code != 200]
    for one in wrong:
        assert one.status_code == 503, one.text
        assert int(one.headers["Retry-After"]) > 0
        assert one.headers["Content-Type"] == "application/problem+json"
    right: dict[str, set[bytes]] = {}
    for one in answers:
        if one.status_code == 200:
            right.setdefault(str(one.url), set()).add(one.content)
    assert all(len(bodies) == 1 for bodies in right.values())
    return len(wrong)


def test_a_restart_is_not_noticed(server: postgres.Server, url: str, tried_again: bool) -> None:
    with asked_all_the_time(url) as answers:
        server.stop()
        server.start()
    assert (refused(answers) == 0) is tried_again


def test_lost_sessions_are_not_noticed(server: postgres.Server, url: str, tried_again: bool) -> None:
    with asked_all_the_time(url) as answers:
        for _ in range(10):
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
            seen = len(answers)
            _until(lambda seen=seen: len(answers) > seen + 2 * READERS)  # type: ignore[misc]
    assert (refused(answers) == 0) is tried_again


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


def test_a_full_server_is_waited_for(server: postgres.Server, url: str, tried_again: bool) -> None:
    with TestClient(create_app(Settings(database_url=url))) as client:
        with all_connections_taken(server) as taken:
            threading.Timer(FREED_AFTER, taken.close).start()
            answer = client.get(PATHS[0])
        assert answer.status_code == (200 if tried_again else 503)
        assert client.get(PATHS[0]).status_code == 200


def test_a_server_that_stays_full_is_told_and_healed_from(server: postgres.Server, url: str) -> None:
    with TestClient(create_app(Settings(database_url=url))) as client:
        with all_connections_taken(server):
            began = time.monotonic()
            answer = client.get(PATHS[0])
            lasted = time.monotonic() - began
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert connections.TRIED_FOR - 2 * connections.LONGEST_PAUSE < lasted < Settings().time_limit
        assert client.get(PATHS[0]).status_code == 200


@pytest.mark.parametrize("right", [True, False], ids=["right", "control"])
def test_what_takes_too_long_runs_once(
    right: bool, server: postgres.Server, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not right:
        monkeypatch.setattr("app.readers.postgresql.TIMED_OUT", ())
        monkeypatch.setattr("app.readers.postgresql.PASSING", {"57014"})
    # What the server ends at its time limit, it ends with the same code when it is told to.
    sleepers = "FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'"
    ended = threading.Event()

    def end_what_sleeps() -> None:
        while not ended.wait(0.2):
            server.execute(f"SELECT pg_cancel_backend(pid) {sleepers}")

    before = server.said().count(CANCELED)
    canceling = threading.Thread(target=end_what_sleeps)
    canceling.start()
    readers = Readers(url)
    readers.of_thread().allow(20)
    with pytest.raises(TimedOut if right else NotReady):
        readers.rows(readers.statement(text("SELECT pg_sleep(30)")), {})
    ended.set()
    canceling.join()
    readers.close()
    assert (server.said().count(CANCELED) - before == 1) is right


@pytest.mark.parametrize("path", ["/v1/facts.csv", "/v1/companies.ndjson"])
def test_an_export_begins_again_until_its_first_row(path: str, server: postgres.Server, url: str) -> None:
    with TestClient(create_app(Settings(database_url=url))) as client:
        whole = client.get(path).content
        server.stop()
        threading.Timer(FREED_AFTER, server.start).start()
        answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content == whole


def test_an_export_is_whole_though_its_server_is_lost_after_the_last_row(server: postgres.Server, url: str) -> None:
    database = Database(url)
    try:
        statement = database.statement(select(tables.FactAnswer.json))
        pieces = database.snapshot(5).stream(statement, {})
        found = next(pieces)
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        assert found
        assert list(pieces) == []
    finally:
        database.close()
