"""Releases are written to PostgreSQL wholly or not at all; views follow, and what is kept no longer goes."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, create_engine, event, make_url, text

from app.errors import NotReady
from app.store import postgresql_draft, postgresql_tidying
from app.store.postgresql import PostgresStore
from app.store.releases import NO_LIMIT, ReleaseNotKept
from app.store.schema import SCHEMA
from tests.conftest import NewDatabase
from tests.store.tiny import COUNTED, FACTS, ROWS, VIEWS, Reader, fill, load, opened, tiny, until

__all__ = ["tiny"]

KILLED = """
import os, signal, sys
from app.store import postgresql_draft
from tests.store.tiny import fill, made, opened

url, how, when = sys.argv[1:]
postgresql_draft.migrate = made
with opened(url) as store, store.drafting() as draft:
    fill(draft.connection, "killed")
    if when == "after":
        postgresql_draft.tidy = lambda *_: end()
    def end():
        print("now", flush=True)
        os._exit(1) if how == "exit" else os.kill(os.getpid(), signal.SIGKILL)
    if when == "before":
        end()
    draft.publish("killed")
"""
REVISION = """INSERT INTO revisions (revision, fingerprint, loaded_at, counts, audit, coverage, scripts)
    VALUES ('first', '', '2026-11-30T08:00:00+00:00', '{}', '{}', '{}', '{}')"""
SCHEMAS = "SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'r\\_%'"


@pytest.fixture
def url(new_database: NewDatabase, tiny: None) -> str:
    return new_database("postgresql")


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    with opened(url, keep=2, grace=0) as store:
        yield store


@pytest.fixture
def sql(url: str) -> Iterator[psycopg.Connection]:
    """As somebody else who uses the database."""
    parsed = make_url(url)
    with psycopg.connect(
        make_conninfo(host=str(parsed.query["host"]), dbname=parsed.database, user=parsed.username), autocommit=True
    ) as connection:
        yield connection


def schemas(sql: psycopg.Connection) -> int:
    return len(sql.execute(SCHEMAS.encode()).fetchall())


def shown_by_views(sql: psycopg.Connection, view: str = "factbook.observations") -> set[str]:
    return {name for (name,) in sql.execute(f"SELECT release FROM {view}".encode())}  # noqa: S608


def test_a_draft_that_is_left_leaves_nothing(store: PostgresStore, sql: psycopg.Connection) -> None:
    load(store, "first")
    with store.drafting() as draft:
        fill(draft.connection, "second")
    for _ in (1, 2):
        with suppress(KeyError), store.drafting() as draft:
            fill(draft.connection, "second")
            raise KeyError
    assert store.current().id == "first"
    assert schemas(sql) == 1


@pytest.mark.parametrize("how", ["exit", "kill"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_load_that_is_killed_leaves_nothing_or_all(
    how: str, when: str, url: str, store: PostgresStore, sql: psycopg.Connection
) -> None:
    load(store, "first")
    child = subprocess.run([sys.executable, "-c", KILLED, url, how, when], cwd=Path(__file__).parents[2],
                           capture_output=True, text=True, check=False)  # fmt: skip
    assert (child.stdout, child.returncode) == ("now\n", 1 if how == "exit" else -signal.SIGKILL), child.stderr
    name, count = ("first", 1) if when == "before" else ("killed", 2)
    until(lambda: schemas(sql) == count)
    assert store.check(5).id == name
    assert Reader(store).told(store.current()) == {name}
    load(store, "next")
    assert shown_by_views(sql) == {"next"}
    assert schemas(sql) == count + 1 if when == "before" else 2


def test_views_that_a_killed_load_left_behind_follow_with_the_next(
    url: str, store: PostgresStore, sql: psycopg.Connection
) -> None:
    load(store, "first")
    subprocess.run([sys.executable, "-c", KILLED, url, "kill", "after"], cwd=Path(__file__).parents[2], check=False,
                   capture_output=True)  # fmt: skip
    assert (store.check(5).id, shown_by_views(sql)) == ("killed", {"first"})
    with store.drafting():
        assert shown_by_views(sql) == {"killed"}


def test_two_loads_at_once_come_one_after_the_other(url: str, store: PostgresStore) -> None:
    names = ["a", "b", "b", "c"]
    together = threading.Barrier(len(names))

    def run(name: str) -> None:
        with opened(url, keep=9, grace=60) as own:
            together.wait()
            load(own, name)

    with ThreadPoolExecutor(len(names)) as threads:
        list(threads.map(run, names))
    kept = store.releases()
    assert sorted(one.id for one in kept) == ["a", "b", "c"]
    assert kept[0].number in {3, 4}, "b is loaded twice in a row, or not"
    reader = Reader(store)
    assert all(reader.told(store.kept(one.id)) == {one.id} for one in kept)


def test_releases_beyond_those_kept_are_retired_and_then_dropped(url: str, sql: psycopg.Connection) -> None:
    with opened(url, keep=2, grace=3600) as store:
        for name in ("first", "second"):
            load(store, name)
        first, reader = store.kept("first"), Reader(store)
        load(store, "third")
        assert [one.id for one in store.releases()] == ["third", "second"]
        with opened(url) as other, pytest.raises(ReleaseNotKept):
            other.kept("first")
        assert reader.told(first) == {"first"}, "an answer that has begun ends in it"
        assert schemas(sql) == 3
    with opened(url, keep=2, grace=0) as store:
        load(store, "fourth")
        assert schemas(sql) == 2
        with pytest.raises(ReleaseNotKept):
            reader.told(store.kept("first"))


def test_what_is_gone_back_to_is_not_retired_before_that_is_committed(url: str) -> None:
    """By another load, which tidies while `use` has pointed to it and nobody else can see that."""
    with opened(url, keep=3) as store:
        for name in ("first", "second", "third"):
            load(store, name)
        engine, other = create_engine(make_url(url)), create_engine(make_url(url))
        tidies = threading.Thread(target=lambda: postgresql_tidying.tidy(other, 1, 60))

        def while_it_is_not_committed(_: Connection) -> None:
            tidies.start()
            tidies.join(1)

        event.listen(engine, "commit", while_it_is_not_committed, once=True)
        try:
            postgresql_draft.use(engine, "first", 3, 60)
            tidies.join()
        finally:
            engine.dispose()
            other.dispose()
        assert [(one.id, one.is_current) for one in store.releases()] == [("third", False), ("first", True)]
        assert store.check(5).id == store.kept("first").id == "first"


def test_what_was_retired_can_be_loaded_again(url: str, sql: psycopg.Connection) -> None:
    with opened(url, keep=1, grace=3600) as store:
        for name in ("first", "second", "first"):
            load(store, name)
        assert [(one.id, one.number) for one in store.releases()] == [("first", 3)]
        assert Reader(store).told(store.kept("first")) == {"first"}
        assert schemas(sql) == 3


def test_a_cursor_of_a_release_that_is_dropped_is_told_so(store: PostgresStore) -> None:
    load(store, "first")
    first = store.current()
    statement = store.statement(COUNTED)
    for name in ("second", "third"):
        load(store, name)
    with pytest.raises(ReleaseNotKept):
        first.rows(statement, {"most": 1}, NO_LIMIT)
    with pytest.raises(ReleaseNotKept):
        next(first.stream(statement, {"most": 1}, 5))


def test_a_release_that_is_being_read_is_not_dropped_under_its_reader(
    store: PostgresStore, sql: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_tidying, "PAUSES", ())
    load(store, "first", 3000)
    pieces = store.current().stream(store.statement(FACTS.select()), {}, 5)
    seen = len(next(pieces))
    for name in ("second", "third"):
        load(store, name)
    assert schemas(sql) == 3
    assert seen + sum(len(piece) for piece in pieces) == 3000
    load(store, "fourth")
    assert schemas(sql) == 2


def test_views_show_the_current_release(store: PostgresStore, sql: psycopg.Connection) -> None:
    for name in ("first", "second"):
        load(store, name)
        assert shown_by_views(sql) == {name}
    store.use("first")
    assert shown_by_views(sql) == {"first"}


def test_a_long_query_of_a_view_holds_no_release_back(
    store: PostgresStore, sql: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_tidying, "PAUSES", ())
    load(store, "first")
    with sql.transaction():
        assert shown_by_views(sql) == {"first"}
        load(store, "second")
        assert store.check(5).id == "second"
        assert shown_by_views(sql) == {"first"}
    load(store, "third")
    assert shown_by_views(sql) == {"third"}


def test_views_change_with_their_columns(
    store: PostgresStore, sql: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(store, "first")
    more = "SELECT position, release, 'more' AS more FROM facts"
    other = "SELECT release FROM facts"
    for name, query in (("second", more), ("third", other)):
        view = f"CREATE VIEW observations AS {query}"
        monkeypatch.setattr("tests.store.tiny.VIEWS", (view,))
        load(store, name)
        assert shown_by_views(sql) == {name}
    monkeypatch.setattr("tests.store.tiny.VIEWS", ())
    load(store, "fourth")
    with pytest.raises(psycopg.errors.UndefinedTable):
        shown_by_views(sql)


def test_views_are_described_as_the_migrations_describe_them(
    store: PostgresStore, sql: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "It's 100 % of what is observed: 观测"
    quoted = said.replace("'", "''").replace(":", "\\:")
    of_view = f"COMMENT ON VIEW observations IS '{quoted}'"
    of_column = "COMMENT ON COLUMN observations.release IS 'Its name'"
    monkeypatch.setattr("tests.store.tiny.VIEWS", (*VIEWS, of_view, of_column))
    for name in ("first", "second"):
        load(store, name)
    twin = "'factbook.observations'::regclass"
    found = sql.execute(
        f"SELECT obj_description({twin}), col_description({twin}, 1), col_description({twin}, 2)".encode()
    )
    assert found.fetchone() == (said, None, "Its name")


def test_views_of_others_are_never_dropped(store: PostgresStore, sql: psycopg.Connection) -> None:
    load(store, "first")
    ((schema,),) = sql.execute(SCHEMAS.encode()).fetchall()
    sql.execute("CREATE VIEW public.follows AS SELECT release FROM factbook.observations")
    for view in ("public.stays", "factbook.ours"):
        sql.execute(f"CREATE VIEW {view} AS SELECT release FROM {schema}.facts".encode())  # noqa: S608
    for name in ("second", "third", "fourth"):
        load(store, name)
    assert shown_by_views(sql, "public.follows") == {"fourth"}
    assert shown_by_views(sql, "public.stays") == shown_by_views(sql, "factbook.ours") == {"first"}
    with pytest.raises(ReleaseNotKept):
        store.kept("first")
    assert schemas(sql) == 3
    sql.execute("DROP VIEW public.stays, factbook.ours")
    load(store, "fifth")
    assert schemas(sql) == 2


def test_a_view_that_others_stand_on_stays_where_its_columns_go(
    store: PostgresStore, sql: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(store, "first")
    sql.execute("CREATE VIEW public.follows AS SELECT position, release FROM factbook.observations")
    monkeypatch.setattr("tests.store.tiny.VIEWS", ("CREATE VIEW observations AS SELECT release FROM facts",))
    for name in ("second", "third", "fourth"):
        load(store, name)
    assert shown_by_views(sql, "public.follows") == {"first"}
    assert store.current().id == "fourth"
    sql.execute("DROP VIEW public.follows")
    load(store, "fifth")
    assert shown_by_views(sql) == {"fifth"}
    assert schemas(sql) == 2


def test_rows_can_be_copied_frozen(store: PostgresStore) -> None:
    with store.drafting() as draft:
        driver = draft.connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        with driver.cursor() as cursor, cursor.copy("COPY facts FROM STDIN WITH (FREEZE)") as copy:
            for position in range(ROWS):
                copy.write_row((position, "first"))
        draft.publish("first")
    assert Reader(store).told(store.current()) == {"first"}


def test_statistics_are_there_at_once(store: PostgresStore, sql: psycopg.Connection) -> None:
    load(store, "first")
    counted = sql.execute("SELECT relname::text, reltuples FROM pg_class WHERE relname IN ('facts', 'tags')").fetchall()
    assert dict(counted) == {"facts": ROWS, "tags": ROWS}


def test_the_pointer_stays_in_its_page(store: PostgresStore, sql: psycopg.Connection) -> None:
    for number in range(10):
        load(store, f"r{number}", 1)
    until(lambda: sql.execute("SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'current'").fetchone() == (9,))
    row = sql.execute(
        "SELECT n_tup_hot_upd, pg_relation_size(relid) FROM pg_stat_user_tables WHERE relname = 'current'"
    )
    assert row.fetchone() == (9, 8192)


def test_releases_of_a_partly_restored_database_are_not_believed(store: PostgresStore, sql: psycopg.Connection) -> None:
    for name in ("first", "second"):
        load(store, name)
    ((schema,),) = sql.execute("SELECT schema FROM factbook.releases WHERE id = 'first'").fetchall()
    sql.execute(f"DROP SCHEMA {schema} CASCADE".encode())
    with pytest.raises(ReleaseNotKept):
        store.kept("first")
    assert store.check(5).id == "second"


def test_tables_of_the_first_edition_are_named_and_left_alone(
    url: str, store: PostgresStore, sql: psycopg.Connection
) -> None:
    for name in ("revisions", "facts", "mine"):
        sql.execute(f"CREATE TABLE {name} (id text)".encode())
    with postgresql_draft.reading(make_url(url)) as connection:
        assert postgresql_draft.first_edition_tables(connection) == [], "they may be of other software"
    for name in ("alembic_version", "fact_answers"):
        sql.execute(f"CREATE TABLE {name} (version_num text)".encode())
    sql.execute("INSERT INTO alembic_version VALUES ('0009')")
    load(store, "first")
    named = [f"public.{name}" for name in ("alembic_version", "fact_answers", "facts", "revisions")]
    with postgresql_draft.reading(make_url(url)) as connection:
        assert postgresql_draft.first_edition_tables(connection) == named
    assert Reader(store).told(store.current()) == {"first"}
    assert sql.execute("SELECT count(*) FROM public.facts").fetchone() == (0,)


def test_the_tables_of_a_release_are_those_of_the_migrations(new_database: NewDatabase) -> None:
    """Also where the first edition stands: a version table in `public` is not taken for that of the release."""
    url = new_database("postgresql")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num varchar(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": SCHEMA})
    engine.dispose()
    with opened(url) as store:
        for name in ("first", "second"):
            with store.drafting() as draft:
                version = draft.connection.scalar(text("SELECT version_num FROM alembic_version"))
                assert version == SCHEMA
                assert draft.connection.scalar(text("SELECT count(*) FROM facts")) == 0
                draft.connection.execute(text(REVISION))
                draft.publish(name)
        assert [one.number for one in store.releases()] == [2, 1]
        with store.reading() as connection:
            found = connection.scalars(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
            assert found.one() == 1, "nothing was added where the first edition stood"


NAMES = st.sampled_from(["a", "b", "c", "d"])
STEPS = st.lists(st.tuples(st.sampled_from(["load", "load", "use", "leave"]), NAMES), min_size=3, max_size=8)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS, keep=st.integers(1, 3))
def test_whatever_is_done_one_release_is_current_and_all_that_are_kept_can_be_read(
    steps: list[tuple[str, str]], keep: int, new_database: NewDatabase, tiny: None
) -> None:
    with opened(new_database("postgresql"), keep=keep, grace=0) as store:
        numbers: dict[str, int] = {}  # of those that are kept
        current, newest, reader = "", 0, Reader(store)
        for step, name in steps:
            if step == "load":
                load(store, name)
                if name != current:
                    newest += 1
                    numbers[name] = newest
                current = name
            elif step == "leave":
                with store.drafting() as draft:
                    fill(draft.connection, name)
            elif name in numbers:
                store.use(name)
                current = name
            else:
                with pytest.raises(ReleaseNotKept):
                    store.use(name)
            in_order = sorted(numbers, key=numbers.__getitem__, reverse=True)
            numbers = {one: numbers[one] for one in in_order if one in {*in_order[:keep], current}}
            assert [one.id for one in store.releases()] == list(numbers)
            assert [one.id for one in store.releases() if one.is_current] == [current] * bool(numbers)
            if numbers:
                found = store.current(at_least=newest)
                assert (found.id, found.number) == (current, numbers[current])
            assert all(reader.told(store.kept(one)) == {one} for one in numbers)


def test_who_may_not_write_is_told_before_anything_is_read(url: str, sql: psycopg.Connection) -> None:
    with opened(url) as store:
        store.prepare()
    sql.execute("CREATE ROLE reading LOGIN")
    try:
        with opened(url.replace("postgres@", "reading@")) as store:
            with pytest.raises(NotReady, match="GRANT CREATE ON DATABASE"):
                store.prepare()
            load(PostgresStore(url), "first")
            with pytest.raises(NotReady, match="permission denied"):
                store.current()
            sql.execute("ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO reading")
            sql.execute("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reading")
            sql.execute("GRANT USAGE ON SCHEMA factbook TO reading")
            sql.execute("GRANT SELECT ON ALL TABLES IN SCHEMA factbook TO reading")
            load(PostgresStore(url), "second")
            assert Reader(store).told(store.current()) == {"second"}
            assert store.releases()[0].id == "second"
    finally:
        sql.execute("DROP OWNED BY reading")
        sql.execute("DROP ROLE reading")
    with opened(url.replace("/d", "/no", 1)) as store, pytest.raises(NotReady, match="does not exist"):
        store.prepare()
