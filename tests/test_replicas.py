"""Several servers: reads spread over standbys and fall back, and no caller is shown older data than before.

The standby is real and its replay is paused, so that it lags as long as a test wants.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from app import releases
from app.database import Database
from app.main import create_app
from app.readers import Readers, hosts
from app.releases import Releases
from app.seeding.loading import load
from app.settings import Settings
from drills.seeds import shortened
from tests import postgres
from tests.conftest import CITY, loaded

PATH = "/v1/facts?limit=5"
PATIENCE = 30
FORGED = '"0123456789abcdef-0123456789abcdef01234567"'
WHERE = text("SELECT pg_is_in_recovery(), current_setting('data_directory')")


@dataclass
class Pair:
    """A primary, a standby, and the URL of a loaded database at both, at the primary and at the standby."""

    primary: postgres.Server
    standby: postgres.Server
    name: str
    seeds: dict[str, Path]

    def url(self, *servers: postgres.Server) -> str:
        named = "&".join(f"host={one.socket}" for one in servers or (self.primary, self.standby))
        return f"postgresql://postgres@/{self.name}?{named}"

    def load(self, seed: str) -> str:
        return load(self.url(), self.seeds[seed], None, lambda _what, _count: None).revision

    def settle(self) -> None:
        """Until the standby has all that the primary has."""
        self.standby.execute("SELECT pg_wal_replay_resume() WHERE pg_is_wal_replay_paused()")
        # What is committed may not be written yet: the servers of tests are quick.
        (written,) = self.primary.execute("SELECT pg_current_wal_insert_lsn()")[0]
        until(lambda: self.standby.execute(f"SELECT pg_last_wal_replay_lsn() >= '{written}'")[0][0])

    @contextmanager
    def lagging(self) -> Iterator[None]:
        self.settle()
        self.standby.execute("SELECT pg_wal_replay_pause()")
        until(lambda: self.standby.execute("SELECT pg_get_wal_replay_pause_state() = 'paused'")[0][0])
        try:
            yield
        finally:
            self.settle()


def until(holds: Callable[[], Any]) -> None:
    patient_until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < patient_until
        time.sleep(0.01)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as running:
        primary = running.enter_context(postgres.running())
        standby = running.enter_context(postgres.running(copied=primary))
        yield Pair(primary, standby, "", shortened(CITY, tmp_path_factory.mktemp("seeds")))


@pytest.fixture
def pair(servers: Pair) -> Pair:
    """With a database that has the city on both."""
    name = servers.primary.new_database().split("/")[3].split("?")[0]
    found = Pair(servers.primary, servers.standby, name, servers.seeds)
    loaded(found.url(), CITY)
    found.settle()
    return found


@pytest.fixture(params=["right", "control"])
def right(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether what is behind is caught up with, as it should, or taken for what is there."""
    if request.param == "control":
        monkeypatch.setattr(Releases, "is_behind", lambda *_: False)
    return bool(request.param == "right")


@contextmanager
def service(url: str) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(database_url=url)), raise_server_exceptions=False) as client:
        yield client


def revision(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["meta"]["revision"])


def test_reads_go_to_the_standby_and_to_the_primary_where_it_is_away(pair: Pair) -> None:
    readers = Readers(pair.url())
    try:
        statement = readers.statement(WHERE)
        assert readers.rows(statement, {}, readers.of_thread())[0][0] is True
        pair.standby.stop()
        assert readers.rows(statement, {})[0][0] is False
        pair.standby.start()
        assert readers.rows(statement, {})[0][0] is False, "what works is not given up at once"
    finally:
        readers.close()


def test_sessions_spread_again_when_a_standby_is_back(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.readers.postgresql.RENEWED_AFTER", (0.0, 0.0))
    monkeypatch.setattr(hosts, "SHUNNED_FOR", 0.0)
    readers = Readers(pair.url())
    try:
        statement, reader = readers.statement(WHERE), readers.of_thread()
        pair.standby.stop()
        assert readers.rows(statement, {})[0][0] is False
        reader.allow(5)
        assert readers.rows(statement, {})[0][0] is False
        pair.standby.start()
        reader.begin()
        reader.allow(5)
        assert readers.rows(statement, {})[0][0] is False, "nothing is renewed within an answer"
        reader.close()
        reader.allow(5)
        assert readers.rows(statement, {})[0][0] is True
    finally:
        readers.close()


def test_a_tag_of_newer_data_is_never_answered_with_older(pair: Pair, right: bool) -> None:
    with service(pair.url()) as ahead, service(pair.url()) as behind, pair.lagging():
        old = revision(behind.get(PATH))
        new = pair.load("shortened")
        assert new != old
        with service(pair.url(pair.primary)) as other:
            tag = other.get(PATH).headers["ETag"]
        answer = behind.get(PATH, headers={"If-None-Match": tag})
        seen = new if answer.status_code == 304 else revision(answer)
        assert (seen == new) is right
        if right:
            assert revision(behind.get(PATH)) == new, "nor is anybody else from now on"
            assert behind.get("/v1/facts.csv", headers={"If-None-Match": tag}).status_code == 200
            assert revision(ahead.get(PATH)) == old, "who asks without one is answered from a standby"


def test_a_cursor_of_newer_data_is_followed_and_not_refused(pair: Pair, right: bool) -> None:
    with service(pair.url()) as behind, pair.lagging():
        revision(behind.get(PATH))
        new = pair.load("shortened")
        with service(pair.url(pair.primary)) as other:
            following = other.get(PATH).json()["links"]["next"]
        answers = [behind.get(following), behind.get(following.replace("/facts?", "/facts.csv?"))]
        assert [one.status_code for one in answers] == ([200, 200] if right else [410, 410])
        assert not right or revision(answers[0]) == new


def test_what_is_not_there_yet_is_found_where_it_is(pair: Pair) -> None:
    """A standby that lags does not know what the new data has, or not any more; that once seen, it is not believed."""
    pair.load("shortened")
    with service(pair.url()) as client, pair.lagging():
        pair.load("city")
        with service(pair.url(pair.primary)) as other:
            shown = other.get("/v1/facts?limit=500").json()["data"]
            tag = other.get(PATH).headers["ETag"]
        missing = [one["id"] for one in shown if client.get(f"/v1/facts/{one['id']}").status_code != 200]
        assert missing
        assert client.get(PATH, headers={"If-None-Match": tag}).status_code == 304
        assert {client.get(f"/v1/facts/{one}").status_code for one in missing} == {200}


def test_back_to_earlier_data_is_a_step_ahead(pair: Pair) -> None:
    first = pair.load("city")
    second = pair.load("shortened")
    with service(pair.url()) as client, pair.lagging():
        assert revision(client.get(PATH)) == second
        assert pair.load("city") == first
        with service(pair.url(pair.primary)) as other:
            tag = other.get(PATH).headers["ETag"]
        assert client.get(PATH, headers={"If-None-Match": tag}).status_code == 304
        assert revision(client.get(PATH)) == first


def test_where_only_older_data_can_be_reached_there_is_no_answer(pair: Pair) -> None:
    with service(pair.url()) as client, pair.lagging():
        pair.load("shortened")
        with service(pair.url(pair.primary)) as other:
            tag = other.get(PATH).headers["ETag"]
        assert client.get(PATH, headers={"If-None-Match": tag}).status_code == 304
        pair.primary.stop()
        try:
            answer = client.get("/v1/companies")
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
        finally:
            pair.primary.start()
        assert client.get("/v1/companies").status_code == 200


def test_a_release_that_is_lost_is_given_up_for_what_the_primary_has(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releases, "GONE_AFTER", 0.2)
    with service(pair.url()) as client:
        old = revision(client.get(PATH))
        new = pair.load("shortened")
        until(lambda: revision(client.get(PATH)) == new)
        # As where a backup of before the load is brought back.
        pair.load("city")
        with psycopg.connect(host=pair.primary.socket, user="postgres", dbname=pair.name) as connection:
            connection.execute("DELETE FROM releases WHERE number > 1")
        until(lambda: client.get(PATH).status_code == 200 and revision(client.get(PATH)) == old)


def test_a_burst_of_old_tags_costs_one_look(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    ask = Releases._ask  # noqa: SLF001

    def slowly(self: Releases) -> None:
        looks.append(1)
        time.sleep(0.2)
        ask(self)

    monkeypatch.setattr(Releases, "_ask", slowly)
    database = Database(pair.url())
    try:
        database.revision()
        asked_at = time.monotonic()
        with ThreadPoolExecutor(8) as threads:
            found = set(threads.map(database.newest, [asked_at] * 1000))
        assert len({one.name for one in found}) == 1
        assert len(looks) == 1
        database.newest(time.monotonic())
        assert len(looks) == 2, "who asks later is told of later"
    finally:
        database.close()


def test_tags_that_are_made_up_are_answered_as_any_other(pair: Pair) -> None:
    with service(pair.url()) as client:
        whole = client.get(PATH)
        random = Random(1)  # noqa: S311
        for _ in range(20):
            forged = f'"{random.randbytes(8).hex()}-{random.randbytes(12).hex()}"'
            for tags in (forged, f"{forged}, {FORGED}", f"W/{forged}"):
                answer = client.get(PATH, headers={"If-None-Match": tags})
                assert (answer.status_code, answer.content) == (200, whole.content)
        both = {"If-None-Match": f"{FORGED}, {whole.headers['ETag']}"}
        assert client.get(PATH, headers=both).status_code == 304


def test_a_lag_can_be_seen(pair: Pair) -> None:
    with service(pair.url()) as client, service(pair.url(pair.primary)) as other:
        assert client.get("/readyz").json()["replica_lag_seconds"] == 0
        assert other.get("/readyz").json()["replica_lag_seconds"] is None
        assert "factbook_replica_lag_seconds 0.0" in client.get("/metrics").text
        assert "factbook_replica_lag_seconds" not in other.get("/metrics").text
        with pair.lagging():
            pair.load("shortened")
            time.sleep(0.1)
            until(lambda: client.get("/readyz").json()["replica_lag_seconds"] > 0.1)
        until(lambda: client.get("/readyz").json()["replica_lag_seconds"] == 0)
