"""Several servers: reads go to standbys and fall back, and nobody is shown an older release than before.

The standby is real, and its replay is paused, so that it lags as long as a test wants.
"""

import threading
import time
from collections.abc import Iterator

import pytest
from psycopg.abc import Params
from sqlalchemy import make_url, select, text

from app.errors import NotReady, TimedOut
from app.store import postgresql_draft, postgresql_hosts, postgresql_pointer
from app.store.postgresql import LISTED, PostgresStore
from app.store.postgresql_draft import writing
from app.store.postgresql_pointer import Pointer
from app.store.postgresql_sessions import Session
from app.store.releases import NO_LIMIT, Deadline, ReleaseNotKept, SqlRows
from tests import postgres
from tests.standbys import Pair, running_pair
from tests.store.tiny import FACTS, Reader, load, made, opened, until

WHERE = text("SELECT pg_is_in_recovery(), pg_sleep(0)")


class TinyPair(Pair):
    def load(self, name: str) -> None:
        with opened(self.url()) as store:
            load(store, name)


@pytest.fixture(scope="module")
def servers() -> Iterator[Pair]:
    with running_pair() as pair:
        yield pair


@pytest.fixture
def pair(servers: Pair, monkeypatch: pytest.MonkeyPatch) -> TinyPair:
    """With a first release at both."""
    monkeypatch.setattr(postgresql_draft, "migrate", made)
    found = TinyPair(servers.primary, servers.standby, servers.with_new_database().name)
    found.load("first")
    found.settle()
    return found


@pytest.fixture
def store(pair: TinyPair) -> Iterator[PostgresStore]:
    with opened(pair.url()) as store:
        yield store


def at_standby(store: PostgresStore) -> bool:
    return bool(store.current().rows(store.statement(WHERE), {}, Deadline(20))[0][0])


def test_reads_go_to_the_standby_and_to_the_primary_where_it_is_away(
    pair: TinyPair, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert all(at_standby(store) for _ in range(10))
    pair.standby.stop()
    assert not at_standby(store)
    pair.standby.start()
    monkeypatch.setattr(postgresql_hosts, "UNHEALTHY_FOR", (0.0, 0.0))
    until(lambda: at_standby(store))


def test_a_server_that_failed_is_asked_last_for_a_while(pair: TinyPair, store: PostgresStore) -> None:
    pair.standby.stop()
    assert not at_standby(store)
    pair.standby.start()
    assert not at_standby(store), "what works is not given up at once"


def test_who_wants_a_primary_gets_it(pair: TinyPair) -> None:
    with opened(f"{pair.url()}&target_session_attrs=primary") as store:
        assert not any(at_standby(store) for _ in range(5))


@pytest.mark.parametrize("right", [True, False], ids=["right", "control"])
def test_nobody_is_shown_an_older_release_than_before(
    right: bool, pair: TinyPair, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not right:
        monkeypatch.setattr(Pointer, "_floor", lambda *_: 0)
    with pair.lagging():
        assert store.current().number == 1
        pair.load("second")
        with opened(pair.url(pair.primary)) as other:
            newer = other.current()
        found = store.current(at_least=newer.number)
        assert Reader(store).told(found) == {"second"}, "the standby is passed over"
        assert (store.check(5).id == "second") is right, "nor is anybody else from now on"
        assert (store.current().id == "second") is right
        assert Reader(store).told(store.kept("first")) == {"first"}


def test_a_kept_release_is_found_where_it_is(pair: TinyPair, store: PostgresStore) -> None:
    with pair.lagging():
        pair.load("second")
        assert Reader(store).told(store.kept("second")) == {"second"}
        with pytest.raises(ReleaseNotKept):
            store.kept("third")


def test_where_only_older_releases_can_be_reached_there_is_no_answer(pair: TinyPair, store: PostgresStore) -> None:
    with pair.lagging():
        pair.load("second")
        second = store.current(at_least=2)
        pair.primary.stop()
        try:
            with pytest.raises(NotReady, match="Newer data"):
                store.check(5)
            for number in (2, 3):
                store._pointer.forget()  # noqa: SLF001
                with pytest.raises(NotReady, match="Newer data"):
                    store.current(at_least=number)
            with pytest.raises(NotReady):
                Reader(store).told(second)
        finally:
            pair.primary.start()
        until(lambda: not hosts_unhealthy(store))
        assert store.current(at_least=2).id == "second"


def test_a_kept_release_is_looked_up_at_another_server_where_one_takes_too_long(
    pair: TinyPair, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(pair.url()) as another:
        first = another.current().id
    look = Session.rows

    def rows(session: Session, sql: bytes, arguments: Params, seconds: float) -> SqlRows:
        if sql == LISTED and not session.is_primary:
            raise TimedOut
        return look(session, sql, arguments, seconds)

    monkeypatch.setattr(Session, "rows", rows)
    assert store.kept(first).id == first


def hosts_unhealthy(store: PostgresStore) -> bool:
    try:
        store.check(5)
    except NotReady:
        return True
    return False


def test_a_number_that_was_made_up_is_answered_after_a_while(
    pair: TinyPair, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_pointer, "GONE_AFTER", 0.2)
    with pytest.raises(NotReady):
        store.current(at_least=1000)
    time.sleep(0.2)
    assert store.current(at_least=1000).number == 1
    with pair.lagging():
        pair.load("second")
        assert store.current(at_least=1000).id == "second", "the primary is believed, and no standby"
    pair.load("third")
    assert store.current(at_least=3).id == "third"


def test_a_release_that_is_lost_is_given_up_for_what_the_primary_has(
    pair: TinyPair, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a backup of before the load is brought back."""
    monkeypatch.setattr(postgresql_pointer, "GONE_AFTER", 0.5)
    pair.load("second")
    pair.settle()
    second = store.current(at_least=2)
    with writing(make_url(pair.url()).set(drivername="postgresql+psycopg")).begin() as connection:
        gone = connection.scalar(text("SELECT schema FROM factbook.current"))
        first = "SELECT schema FROM factbook.releases WHERE number = 1"
        connection.execute(text(f"UPDATE factbook.current SET schema = ({first}), moves = 1, newest = 1"))  # noqa: S608
        connection.execute(text("DELETE FROM factbook.releases WHERE number > 1"))
        connection.execute(text(f"DROP SCHEMA {gone} CASCADE"))
    pair.settle()
    with pytest.raises(NotReady, match="Newer data"):
        store.check(5)
    until(lambda: not hosts_unhealthy(store))
    assert store.current().id == "first"
    with pytest.raises((NotReady, ReleaseNotKept)):
        Reader(store).told(second)
    assert Reader(store).told(store.current()) == {"first"}


def test_a_promoted_standby_is_loaded_into_and_read(pair: TinyPair) -> None:
    """On a pair of its own: nothing brings the old primary back."""
    with postgres.running(copied=pair.primary) as standby:
        both = TinyPair(pair.primary, standby, pair.name)
        both.settle()
        with opened(both.url(standby)) as store:
            assert store.current().id == "first"
            standby.execute("SELECT pg_promote()")
            load(store, "second")
            assert Reader(store).told(store.current(at_least=2)) == {"second"}


def test_the_pointer_never_comes_before_its_data(pair: TinyPair) -> None:
    """Releases follow each other under readers of the standby: each that is pointed to can be read, whole."""
    told: list[set[str]] = []
    numbers: list[int] = []
    failed: list[Exception] = []
    done = threading.Event()
    with opened(pair.url(pair.standby)) as store, opened(pair.url(pair.primary), keep=1, grace=1) as loading:
        reader = Reader(store)

        def read() -> None:
            while not done.is_set():
                try:
                    release = store.check(20)
                    told.append(reader.told(release, 20))
                except Exception as error:  # noqa: BLE001 - told below
                    failed.append(error)
                else:
                    numbers.append(release.number)

        thread = threading.Thread(target=read)
        thread.start()
        try:
            for number in range(8):
                load(loading, f"r{number}")
                seen = len(told)
                until(lambda seen=seen: len(told) > seen + 2 or failed)  # type: ignore[misc]
        finally:
            done.set()
            thread.join()
    assert failed == []
    assert {len(one) for one in told} == {1}
    assert numbers == sorted(numbers)
    assert len(set(numbers)) > 2


def test_a_long_statement_on_a_standby_ends_though_releases_are_retired(pair: TinyPair) -> None:
    """Feedback keeps what it sees from being cleaned up, and the grace period its release from being dropped."""
    found: list[bytes] = []
    query = select(FACTS.c.release).where(text("(SELECT pg_sleep(2)) IS NOT NULL AND position = 0"))
    with opened(pair.url(pair.standby)) as store, opened(pair.url(pair.primary), keep=1, grace=10) as loading:
        release, statement = store.current(), store.statement(query)
        thread = threading.Thread(target=lambda: found.extend(row[0] for row in release.rows(statement, {}, NO_LIMIT)))
        thread.start()
        for number in range(3):
            load(loading, f"r{number}")
        pair.primary.execute("VACUUM")
        thread.join()
        assert found == [b"first"]
        pair.settle()


def test_what_gives_way_on_a_standby_is_read_again(pair: TinyPair, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that is dropped without grace takes its readers on a standby along: they are told, not failed."""
    ended: list[Exception] = []
    query = select(FACTS.c.release).where(text("(SELECT pg_sleep(3)) IS NOT NULL AND position = 0"))
    with opened(pair.url(pair.standby)) as store, opened(pair.url(pair.primary), keep=1, grace=0) as loading:
        release, statement = store.current(), store.statement(query)

        def read() -> None:
            try:
                release.rows(statement, {}, Deadline(20))
            except Exception as error:  # noqa: BLE001 - told below
                ended.append(error)

        thread = threading.Thread(target=read)
        thread.start()
        active = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3)%' AND state = 'active'"
        until(lambda: pair.standby.execute(active)[0][0] > 1)
        for number in range(2):
            load(loading, f"r{number}")
        thread.join()
    assert [type(one) for one in ended] == [ReleaseNotKept]


def test_a_lag_can_be_seen(pair: TinyPair, store: PostgresStore) -> None:
    store.check(5)
    until(lambda: store.check(5) and store.lag == 0)
    with opened(pair.url(pair.primary)) as other:
        other.check(5)
        assert other.lag is None
    with opened(pair.url(pair.standby)) as behind, pair.lagging():
        pair.load("second")
        time.sleep(0.1)
        until(lambda: behind.check(5) and (behind.lag or 0) > 0.1)
        pair.settle()
        until(lambda: behind.check(5) and behind.lag == 0)
