"""SQLite: a release never changes while it is being read; only the path of the current one is moved."""

import gc
import resource
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.errors import NotReady, TimedOut
from app.store.releases import NO_LIMIT, Budget, Deadline, OpenRelease, ReleaseNotKept, SqlRows
from app.store.sqlite import MOST_OPEN, SqliteStore
from app.store.sqlite_release import CACHED, MOST_IDLE
from tests.store.writing import ENTITIES, id_of, url_of, write

REVISION, NUMBER = text("SELECT revision FROM revisions"), text("SELECT number FROM releases")
NAMES = text("SELECT name_zh FROM entities ORDER BY id")
ENDLESS = text("WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c")
MANY = text("WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 5000) SELECT x FROM c")


def numbers(store: SqliteStore, release: OpenRelease) -> set[int]:
    """Which releases the rows say they are of."""
    return {
        release.rows(store.statement(NUMBER), {}, NO_LIMIT)[0][0],
        *(int(name) for (name,) in release.rows(store.statement(NAMES), {}, NO_LIMIT)),
    }


def eventually(happens: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    until = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_before_the_first_load_nothing_is_ready(store: SqliteStore) -> None:
    for ask in (store.current, lambda: store.check(1), lambda: store.kept(id_of(1)), store.reading().__enter__):
        with pytest.raises((NotReady, ReleaseNotKept)):
            ask()
    assert store.known() is None
    assert store.releases() == []
    write(store, 1)
    assert store.current().id == id_of(1)


def test_readers_see_one_release_each_while_one_load_comes_after_the_other(store: SqliteStore) -> None:
    write(store, 1)
    done, seen, wrong = threading.Event(), set[int](), []

    def read() -> None:
        while not done.is_set():
            release = store.current()
            found = numbers(store, release)
            seen.update(found)
            if found != {release.number}:
                wrong.append(found)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(2, 22):
        write(store, number)
        eventually(lambda number=number: number in seen)  # type: ignore[misc]
    store.use(id_of(20))
    seen.discard(20)
    eventually(lambda: 20 in seen)
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert seen >= {*range(1, 22)}


def test_a_load_shows_at_once_to_who_was_shown_its_number(store: SqliteStore) -> None:
    write(store, 1)
    with closing(SqliteStore(url_of(store.files.current))) as other:
        assert other.current().number == 1
        write(store, 2)
        assert other.current(at_least=2).number == 2
        write(store, 3)
        assert other.check(60).number == 3
        assert other.current().number == 3


def test_a_process_that_has_not_looked_yet_knows_nothing_for_who_was_shown_a_newer_release(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.sqlite.LOOK_EVERY", float("inf"))
    write(store, 1)
    current = store.current()
    assert store.known(at_least=1) == store.known(at_least=9) == current, "there is no newer one"
    with closing(SqliteStore(url_of(store.files.current))) as another:
        write(another, 2)
    assert store.known(at_least=1)
    assert store.known(at_least=2) is None
    assert store.current(at_least=2).number == 2


def test_no_more_releases_are_kept_than_configured(store: SqliteStore) -> None:
    for number in range(1, 6):
        write(store, number)
    assert [(one.number, one.is_current) for one in store.releases()] == [(5, True), (4, False), (3, False)]
    assert numbers(store, store.kept(id_of(3))) == {3}
    with pytest.raises(ReleaseNotKept):
        store.kept(id_of(2))
    assert len(list(store.files.folder.iterdir())) == 3 * 2, "each with its digest"


def test_what_is_being_read_can_be_read_to_its_end_when_it_is_dropped(store: SqliteStore) -> None:
    write(store, 1)
    release = store.current()
    stream = release.stream(store.statement(MANY), {}, 60)
    first = next(stream)
    for number in range(2, 7):
        write(store, number)
    assert store.current(at_least=6).number == 6
    assert numbers(store, release) == {1}
    assert [x for rows in (first, *stream) for (x,) in rows] == [*range(1, 5001)]
    with pytest.raises(ReleaseNotKept):
        store.kept(id_of(1))


def test_a_dropped_release_is_closed_once_nobody_reads_it(store: SqliteStore) -> None:
    def left() -> int:
        gc.collect()
        folder = str(store.files.current.resolve().parent)  # other tests may have left files open
        return sum(file.startswith(folder) and file.endswith(".db (deleted)") for file in open_files())

    for number in range(1, 8):
        write(store, number)
        numbers(store, store.current(at_least=number))
    eventually(lambda: left() == 0)


def open_files() -> list[str]:
    found = []
    for path in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the listing itself is among them
            found.append(str(path.readlink()))
    return found


def test_only_a_few_old_releases_stay_open(path: Path) -> None:
    with closing(SqliteStore(url_of(path), keep=20)) as store:
        for number in range(1, MOST_OPEN + 6):
            write(store, number)
        for number in range(1, MOST_OPEN + 6):
            assert numbers(store, store.kept(id_of(number))) == {number}
        assert len(store._open) <= MOST_OPEN  # noqa: SLF001 - nothing else tells


def test_more_reads_than_idle_connections_can_run_at_a_time(store: SqliteStore) -> None:
    write(store, 1)
    release = store.current()
    streams = [release.stream(store.statement(MANY), {}, 60) for _ in range(3 * MOST_IDLE)]
    for stream in streams:
        next(stream)
    assert all(sum(len(rows) for rows in stream) == 4000 for stream in streams)
    assert numbers(store, release) == {1}


def test_a_stream_that_is_left_leaves_its_connection_as_it_was(store: SqliteStore) -> None:
    write(store, 1)
    release = store.current()
    size = store.statement(text("SELECT cache_size FROM pragma_cache_size"))
    for query, seconds in ((MANY, 60), (ENDLESS, 0.05)):
        stream = cast("Generator[SqlRows]", release.stream(store.statement(query), {}, seconds))
        with suppress(TimedOut):
            next(stream)
        stream.close()
        assert [tuple(row) for row in release.rows(size, {}, NO_LIMIT)] == [(-CACHED,)]


def test_long_statements_take_little_memory_however_many_are_run(store: SqliteStore) -> None:
    write(store, 1)
    release = store.current()
    before = memory()
    for number in range(150):
        parts = " OR ".join(f"lower(id) = 'e-{number}-{at}'" for at in range(900))
        query = text(f"SELECT id FROM entities WHERE {parts}")  # noqa: S608 - our own
        assert release.rows(store.statement(query), {}, NO_LIMIT) == []
    assert memory() - before < 32_000_000


def memory() -> int:
    """Bytes that this process has in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


def test_a_read_of_a_removed_file_waits_for_an_open_connection(store: SqliteStore) -> None:
    write(store, 1)
    release = store.current()
    for file in (store.files.current, store.files.kept(id_of(1))):
        file.unlink()
    stream = release.stream(store.statement(MANY), {}, 60)
    next(stream)
    with pytest.raises(TimedOut):
        release.rows(store.statement(REVISION), {}, Deadline(0.05))
    found: list[set[int]] = []
    waiting = threading.Thread(target=lambda: found.append(numbers(store, release)))
    waiting.start()
    cast("Generator[SqlRows]", stream).close()
    waiting.join()
    assert found == [{1}]


@pytest.mark.parametrize("limit", [Deadline, Budget])
def test_what_takes_too_long_is_given_up_and_the_next_is_read(limit: Callable[[float], Deadline], path: Path) -> None:
    with closing(SqliteStore(url_of(path))) as store:
        write(store, 1)
        for _ in range(3):
            with pytest.raises(TimedOut):
                store.current().rows(store.statement(ENDLESS), {}, limit(0.05))
            with pytest.raises(TimedOut):
                list(store.current().stream(store.statement(ENDLESS), {}, 0.05))
            assert numbers(store, store.current()) == {1}


@given(st.text() | st.from_regex(r"(\.\./)*r-[0-9a-f]{0,20}(\.db)?"))
def test_no_id_leads_out_of_the_folder_of_releases(name: str) -> None:
    with closing(SqliteStore("sqlite:////no/such/folder/factbook.db")) as store:
        for ask in (store.kept, store.use):
            with pytest.raises((ReleaseNotKept, NotReady)):
                ask(name)


def test_one_file_that_was_copied_is_a_replica_whatever_its_url_says(store: SqliteStore, tmp_path: Path) -> None:
    write(store, 1)
    copy = tmp_path / "copy.db"
    copy.write_bytes(store.files.current.read_bytes())
    for url in (f"sqlite:///{copy}", f"sqlite:///file:{copy}?mode=ro&immutable=1&uri=true"):
        with closing(SqliteStore(url)) as replica:
            assert numbers(replica, replica.check(60)) == {1}
            assert len(replica.current().rows(replica.statement(NAMES), {}, NO_LIMIT)) == ENTITIES
    assert {file.name for file in tmp_path.glob("copy*")} == {"copy.db"}, "who reads writes nothing"


def test_the_same_content_loaded_again_later_has_a_further_number(store: SqliteStore) -> None:
    write(store, 1)
    write(store, 2)
    write(store, 3, id_of(1))
    assert [(one.id, one.number) for one in store.releases()] == [(id_of(1), 3), (id_of(2), 2)]
    store.use(id_of(2))
    assert store.check(60).number == 2
    store.use(id_of(1))
    assert store.check(60).number == 3


def test_two_write_one_after_the_other(store: SqliteStore) -> None:
    with store.drafting():
        other = threading.Thread(target=lambda: write(store, 1))
        other.start()
        other.join(0.2)
        assert other.is_alive()
    other.join()
    assert store.check(60).number == 1


def test_a_draft_that_is_not_published_leaves_nothing(store: SqliteStore) -> None:
    write(store, 1)
    before = sorted(file.name for file in store.files.current.parent.rglob("*"))
    with pytest.raises(RuntimeError), store.drafting():
        raise RuntimeError
    with store.drafting():
        pass
    assert sorted(file.name for file in store.files.current.parent.rglob("*")) == before
    assert store.check(60).number == 1


def test_rows_that_refer_to_nothing_are_not_published(store: SqliteStore) -> None:
    write(store, 1)
    with store.drafting() as draft:
        draft.connection.execute(text("INSERT INTO places (id, kind) VALUES ('nowhere', 'city')"))
        with pytest.raises(NotReady, match="does not hold together"):
            draft.publish(id_of(2))
    assert store.check(60).number == 1
