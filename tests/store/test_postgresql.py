"""Releases in PostgreSQL are read whole: one at a time, as bytes, within a time, and by nobody's search path."""

import threading
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import literal_column, select, text
from sqlalchemy.exc import DBAPIError

from app.errors import NotReady, TimedOut, Unusable
from app.store import postgresql_draft
from app.store.postgresql import PostgresStore
from app.store.postgresql_sessions import LONGEST_PREPARED
from app.store.releases import NO_LIMIT, STREAMED, Deadline, ReleaseNotKept
from app.store.schema import SCHEMA
from tests import postgres
from tests.conftest import NewDatabase
from tests.store.tiny import COUNTED, FACTS, LOADED_AT, SLEEPING, TAGS, Reader, load, opened, tiny, until

__all__ = ["tiny"]

pytestmark = pytest.mark.usefixtures("tiny")

PAUSE = 0.002  # seconds between two answers, which leaves some of the machine to the loads


@pytest.fixture(params=["", "&prepare_threshold=none"], ids=["direct", "behind a pooler"])
def url(new_database: NewDatabase, request: pytest.FixtureRequest) -> str:
    return f"{new_database('postgresql')}{request.param}"


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    with opened(url) as store:
        yield store


def test_text_comes_as_bytes_from_the_tables_of_the_release(store: PostgresStore) -> None:
    load(store, "算力")
    other = FACTS.alias("other")
    query = (
        select(FACTS.c.release, other.c.position, literal_column("'100 %'"))
        .join(other, other.c.position == FACTS.c.position)
        .where(FACTS.c.release == "算力", FACTS.c.position.in_(select(TAGS.c.position).where(TAGS.c.position < 2)))
        .order_by(FACTS.c.position)
    )
    rows = store.current().rows(store.statement(query), {}, NO_LIMIT)
    assert [tuple(row) for row in rows] == [("算力".encode(), position, b"100 %") for position in (0, 1)]


def test_a_name_without_a_schema_is_never_found_in_public(new_database: NewDatabase) -> None:
    """As one of the first edition, whose tables stand there."""
    with opened(new_database("postgresql")) as store:
        with store.drafting() as draft:
            draft.connection.execute(text("CREATE TABLE public.old (id text)"))
            draft.publish("first")
        release = store.current()
        assert release.rows(store.statement(text("SELECT id FROM public.old")), {}, NO_LIMIT) == []
        with pytest.raises(Exception, match='"old" does not exist'):
            release.rows(store.statement(text("SELECT id FROM old")), {}, NO_LIMIT)


def test_a_release_was_loaded_when_its_content_says(store: PostgresStore) -> None:
    load(store, "first")
    assert store.current().loaded_at == store.releases()[0].loaded_at == datetime.fromisoformat(LOADED_AT)


def test_where_nothing_is_loaded_that_is_said(store: PostgresStore) -> None:
    for ask in (store.current, lambda: store.check(5), lambda: store.reading().__enter__()):
        with pytest.raises(NotReady, match="Nothing is loaded"):
            ask()
    assert store.known() is None
    assert store.releases() == []
    for name in (store.kept, store.use):
        with pytest.raises(ReleaseNotKept):
            name("first")


def test_each_load_of_other_data_is_a_release_with_the_next_number(store: PostgresStore) -> None:
    reader, seen = Reader(store), []
    for name in ("first", "second", "second", "first"):
        load(store, name)
        release = store.current()
        assert reader.told(release) == {name}
        seen.append((release.id, release.number))
    assert seen == [("first", 1), ("second", 2), ("second", 2), ("first", 3)]
    assert [(one.id, one.number, one.is_current) for one in store.releases()] == [
        ("first", 3, True),
        ("second", 2, False),
    ]
    assert store.current().loaded_at == store.releases()[0].loaded_at


def test_the_release_is_known_for_a_second_and_asked_for_before_a_request(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(store, "first")
    assert store.known() is None, "not asked for yet"
    current = store.current()
    assert store.known() is current
    with opened(str(store._url)) as other:  # noqa: SLF001
        load(other, "second")
    assert store.known() in {current, None}
    assert store.check(5).id == "second"
    assert store.current().id == "second"
    monkeypatch.setattr("app.store.postgresql_pointer.FRESH_FOR", 0.0)
    store.check(5)
    assert store.known() is None


def test_a_release_that_is_kept_is_read_as_the_current_one_is(store: PostgresStore) -> None:
    for name in ("first", "second"):
        load(store, name)
    reader = Reader(store)
    assert reader.told(store.kept("first")) == {"first"}
    assert reader.told(store.kept("second")) == {"second"}
    assert (store.kept("first").number, store.current().number) == (1, 2)


def test_a_release_that_is_loaded_again_is_read_on(new_database: NewDatabase) -> None:
    with opened(new_database("postgresql"), grace=0) as store:
        load(store, "first")
        release, reader = store.current(), Reader(store)
        assert reader.told(release) == {"first"}
        load(store, "first")
        assert reader.told(release) == {"first"}, "its schema is dropped, but another has the same"


def test_what_takes_too_long_is_given_up(store: PostgresStore) -> None:
    load(store, "first")
    release, sleeping = store.current(), store.statement(SLEEPING)
    began = time.monotonic()
    with pytest.raises(TimedOut):
        release.rows(sleeping, {}, Deadline(0.2))
    with pytest.raises(TimedOut):
        next(release.stream(sleeping, {}, 0.2))
    assert time.monotonic() - began < 20
    with pytest.raises(TimedOut):
        release.rows(store.statement(COUNTED), {"most": 1}, Deadline(0))
    assert Reader(store).told(release, 5) == {"first"}, "the session serves the next"


def test_statements_are_prepared_unless_a_pooler_stands_in_front(store: PostgresStore, url: str) -> None:
    prepared = store.statement(text("SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%facts%'"))
    settings = store.statement(text("SELECT current_setting('statement_timeout')"))
    load(store, "first")
    release = store.current()
    for _ in range(3):
        release.rows(store.statement(COUNTED), {"most": 1}, Deadline(9.5))
    counted = store.statement(COUNTED)
    for _ in range(3):
        release.rows(counted, {"most": 1}, Deadline(9.5))
    pooled = "none" in url
    assert len(release.rows(prepared, {}, NO_LIMIT)) == (0 if pooled else 1)
    release.rows(counted, {"most": 1}, Deadline(9.5))
    with next(iter(store._hosts.in_order())).session() as session:  # noqa: SLF001
        told = session.execute("SHOW statement_timeout").fetchall()
    assert told == [(b"0",)] if pooled else told == [(b"9s",)]
    assert release.rows(settings, {}, Deadline(8.5)) == [(b"8s",)]


def test_a_transaction_that_fails_as_it_begins_is_ended(store: PostgresStore) -> None:
    load(store, "first")
    with next(iter(store._hosts.in_order())).session() as session:  # noqa: SLF001
        session.is_pooled = True
        with pytest.raises(psycopg.Error):
            session.rows(b"SELECT 1", {}, 1e12)  # PostgreSQL takes no such limit, and says so once it has begun
        with pytest.raises(psycopg.Error):
            next(session.stream(b"SELECT 1", {}, 1e12))
        assert session.info.transaction_status == TransactionStatus.IDLE
        assert [tuple(row) for row in session.rows(b"SELECT 1", {}, 5)] == [(1,)]


def test_a_time_limit_is_set_even_where_the_one_before_is_too_short_for_that(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(store, "first")
    with next(iter(store._hosts.in_order())).session() as session:  # noqa: SLF001
        execute, sent = session.execute, []

        def too_slow_at_first(sql: bytes, *arguments: Any, **options: Any) -> Any:
            sent.append(sql)
            if sql.startswith(b"SET") and sent.count(sql) < 3:
                raise psycopg.errors.QueryCanceled
            return execute(sql, *arguments, **options)

        monkeypatch.setattr(session, "execute", too_slow_at_first)
        session.is_pooled = False
        assert [tuple(row) for piece in session.stream(b"SELECT 1", {}, 7.5) for row in piece] == [(1,)]
        assert sent.count(b"SET statement_timeout = 7000") == 3


def test_long_statements_are_not_prepared(store: PostgresStore) -> None:
    load(store, "first")
    release = store.current()
    long = store.statement(select(FACTS.c.release, literal_column(f"'{'x' * LONGEST_PREPARED}'")).limit(1))
    for _ in range(3):
        assert [name for name, _ in release.rows(long, {}, NO_LIMIT)] == [b"first"]
    prepared = store.statement(text("SELECT count(*) FROM pg_prepared_statements WHERE length(statement) > 9000"))
    assert [tuple(row) for row in release.rows(prepared, {}, NO_LIMIT)] == [(0,)]


def test_rows_come_in_pieces(store: PostgresStore) -> None:
    load(store, "first", 2 * STREAMED + 1)
    statement = store.statement(select(FACTS.c.position).order_by(FACTS.c.position))
    pieces = list(store.current().stream(statement, {}, 5))
    assert [len(piece) for piece in pieces] == [STREAMED, STREAMED, 1]
    assert [row[0] for piece in pieces for row in piece] == list(range(2 * STREAMED + 1))
    assert list(store.current().stream(store.statement(select(FACTS).where(FACTS.c.position < 0)), {}, 5)) == []


def test_a_stream_that_is_left_gives_its_session_back(store: PostgresStore, postgresql: postgres.Server) -> None:
    load(store, "first", 2 * STREAMED)
    release, statement = store.current(), store.statement(select(FACTS))
    for _ in range(5):
        pieces = release.stream(statement, {}, 5)
        next(pieces)
        pieces.close()  # type: ignore[attr-defined]
    name = str(store._url.database)  # noqa: SLF001
    states = postgresql.execute(f"SELECT state FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608
    assert states == [("idle",)]


def test_commands_read_with_plain_names_and_cannot_write(store: PostgresStore) -> None:
    for name in ("first", "second"):
        load(store, name)
    for asked, name in ((None, "second"), ("first", "first"), ("second", "second")):
        with store.reading(asked) as connection:
            assert connection.scalars(select(FACTS.c.release).distinct()).all() == [name]
            with pytest.raises(DBAPIError, match="read-only"):
                connection.execute(text("DELETE FROM facts"))
    with pytest.raises(ReleaseNotKept), store.reading("third"):
        pass


def test_who_was_shown_a_release_is_shown_the_one_that_was_gone_back_to(store: PostgresStore) -> None:
    for name in ("first", "second"):
        load(store, name)
    with opened(str(store._url)) as other:  # noqa: SLF001
        shown = other.current()
        store.use("first")
        for one in (store, other):
            one.check(5)
            back = one.current(at_least=shown.number)
            assert (back.id, back.number) == ("first", 1)
            assert Reader(one).told(back) == {"first"}
    assert [(one.id, one.is_current) for one in store.releases()] == [("second", False), ("first", True)]
    load(store, "third")
    assert store.current(at_least=2).number == 3, "numbers go on"
    with pytest.raises(ReleaseNotKept):
        store.use("fourth")


@pytest.mark.parametrize(("version", "problem"), [("0000", NotReady), ("9999", Unusable)])
def test_a_release_of_a_version_that_is_not_known_is_not_read(
    version: str, problem: type[NotReady], store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(store, "first")
    first, reader = store.current(), Reader(store)
    monkeypatch.setattr(postgresql_draft, "SCHEMA", version)
    load(store, "second")
    for release in (store.current(), store.check(5)):
        assert release is first, "the one that is open is read on"
    assert reader.told(first) == {"first"}
    with pytest.raises(ReleaseNotKept):
        store.kept("second")
    with opened(str(store._url)) as other:  # noqa: SLF001
        with pytest.raises(problem, match=f"{version}.*{SCHEMA}"):
            other.current()
        with pytest.raises(problem), other.reading():
            pass
        assert other.kept("first").id == "first"
        other.use("first")
        assert other.current().id == "first"


def swapped(store: PostgresStore, reader: Reader, *, right: bool) -> list[set[str]]:
    """What readers are told while one release follows the other, until one is told what is mixed."""
    told: list[set[str]] = []
    done, mixed = threading.Event(), threading.Event()

    def read() -> None:
        while not done.wait(PAUSE):
            told.append(reader.told(store.current()) if right else reader.told_in_passing())
            if len(told[-1]) > 1:
                mixed.set()

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(12):
            if mixed.is_set():
                break
            load(store, f"r{number}")
            seen = len(told)
            until(lambda seen=seen: len(told) > seen + 3)  # type: ignore[misc]
    finally:
        done.set()
        for thread in threads:
            thread.join()
    return told


def test_no_answer_is_mixed_while_releases_follow_each_other(new_database: NewDatabase) -> None:
    with opened(new_database("postgresql"), keep=2, grace=5) as store:
        load(store, "before")
        told = swapped(store, Reader(store), right=True)
    assert {len(one) for one in told} == {1}
    assert len({next(iter(one)) for one in told}) > 2, "they saw several"


def test_an_answer_that_asks_for_the_pointer_twice_is_mixed(new_database: NewDatabase) -> None:
    """The control of the test above: it would see what is mixed."""
    with opened(new_database("postgresql"), keep=2, grace=5) as store:
        load(store, "before")
        for _ in range(10):
            if 2 in {len(one) for one in swapped(store, Reader(store), right=False)}:
                return
    pytest.fail("nothing was mixed")
