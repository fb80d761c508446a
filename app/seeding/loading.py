"""One load: read, check, render, and replace the data in one transaction; all of it or nothing."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, RowMapping, delete, func, insert, select, text

from app import answers, tables
from app.database import reading, writing_engine
from app.fingerprints import CODE, fingerprint
from app.seeding import archive, manifest, postgresql, records, sqlite
from app.seeding.changes import Changes, changes_from
from app.seeding.mistakes import SeedError
from app.seeding.rendering import Rendered, rendered
from app.seeding.runs import batched
from app.seeding.seeds import Progress
from app.seeding.tags import Row
from app.workplaces import remove_left

BATCH = 1000
LOAD_LOCK = 7_205_759  # any number that nothing else on the same Postgres locks by
ENTITIES = ["entities", *records.NOUNS, "source_texts", "participants", "entity_tags", "mentions", "retractions"]
FACTS = [
    "facts", "fact_answers", "fact_texts", "fact_csv", "fact_ndjson", "slices", "slice_facts", "fact_tags",
    "search_words", "common_words", "comparisons",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did. `changed` is false where the same data was there already."""

    revision: str
    changed: bool
    counts: dict[str, int]


def load(url: str, folder: Path, sources: Path | None, progress: Progress, *, again: bool = False) -> Loaded:
    """Replace the data of a migrated database by that of a seed, `again` even where it seems to be there.

    Raises SeedError, the database as it was.
    """
    engine = writing_engine(url)
    try:
        before = manifest.states(folder)
        remove_left()  # it may be the room that this needs
        mark = fingerprint(folder, CODE, *([sources] if sources else []))
        present = _present(url)
        if present and present["fingerprint"] == mark and not again:
            return Loaded(present["revision"], changed=False, counts=json.loads(present["counts"]))
        with (
            rendered(folder, sources, progress, before) as data,
            _quickly(engine, empty=present is None) as connection,
        ):
            _lock(connection)
            present = connection.execute(select(tables.Revision)).mappings().one_or_none()
            known = bool(present and present["revision"] == data.revision)
            same = known and not again
            loaded_at = present["loaded_at"] if present and same else datetime.now(UTC).isoformat(timespec="seconds")
            changes = changes_from(connection, data) if present and not known else None
            if not same:
                _replace(connection, data, progress, empty=present is None)
            if not known:
                _release(connection, data, loaded_at, changes)
            _keep(connection, folder, before)
            _mark(connection, data, mark, loaded_at)
        return Loaded(data.revision, changed=not same, counts=data.counts)
    finally:
        engine.dispose()


@contextmanager
def _quickly(engine: Engine, *, empty: bool) -> Iterator[Connection]:
    """One transaction, in the way that is quickest where the database is empty."""
    with engine.connect() as connection:
        quickly = sqlite.written_once(_sqlite(connection), empty=empty) if _is_sqlite(connection) else nullcontext()
        with quickly, connection.begin():
            yield connection


def _present(url: str) -> RowMapping | None:
    """The revision that is there, seen without a lock."""
    with reading(url) as connection:
        return connection.execute(select(tables.Revision)).mappings().one_or_none()


def _lock(connection: Connection) -> None:
    """One load at a time. SQLite's transaction took its lock when it began."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOAD_LOCK})


def _replace(connection: Connection, data: Rendered, progress: Progress, *, empty: bool) -> None:
    named = tables.Base.metadata.tables
    for name in reversed([*ENTITIES, *FACTS]):
        connection.execute(delete(named[name]))
    for name in ENTITIES:
        rows = data.entities.get(name, [])
        for batch in batched(_parents_first(rows), BATCH):
            connection.execute(insert(named[name]), batch)
        progress(f"writing {name}", len(rows))
    for batch in batched([{"word": word} for word in data.words], BATCH):
        connection.execute(insert(named["search_words"]), batch)
    if _is_sqlite(connection):
        sqlite.write_facts(_sqlite(connection), data)
    else:
        postgresql.write_facts(_postgresql(connection), data, empty=empty)
    connection.execute(text("ANALYZE"))
    progress("writing facts", data.counts["facts"])


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _sqlite(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - narrows the type for mypy
    return driver


def _postgresql(connection: Connection) -> psycopg.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 - narrows the type for mypy
    return driver


def _release(connection: Connection, data: Rendered, loaded_at: str, changes: Changes | None) -> None:
    """Number the load, one more than the last: the lock keeps all others out. All of the first is new: that is told
    in numbers alone.
    """
    number = _last(connection) + 1
    if changes:
        facts, entities = changes.write(number)
    else:
        shown = sum(data.counts[noun] for noun in records.NOUNS if noun in data.counts)
        facts, entities = (
            answers.ChangeCounts(added=one, revised=0, retracted=0) for one in (data.counts["facts"], shown)
        )
    compared = changes is not None
    answer = answers.Release(
        number=number,
        revision=data.revision,
        loaded_at=loaded_at,
        compared=compared,
        facts=facts,
        entities=entities,
    )
    row = {"number": number, "revision": data.revision, "loaded_at": loaded_at, "answer": answer.json_text()}
    connection.execute(insert(tables.Release), row)


def _last(connection: Connection) -> int:
    return connection.execute(select(func.max(tables.Release.number))).scalar_one() or 0


def _keep(connection: Connection, folder: Path, before: manifest.States) -> None:
    """Keep the files of the last release, where they are not kept yet; they must still be those that were read."""
    number = _last(connection)
    if archive.has(connection, number):
        return
    archive.keep(connection, number, folder)
    if wrong := list(manifest.changed(folder, before)):
        raise SeedError(wrong, folder)


def _mark(connection: Connection, data: Rendered, mark: str, loaded_at: str) -> None:
    connection.execute(delete(tables.Revision))
    row = {
        "revision": data.revision,
        "fingerprint": mark,
        "loaded_at": loaded_at,
        "counts": json.dumps(data.counts),
        "audit": data.audit,
    }
    connection.execute(insert(tables.Revision), row)


def _parents_first(rows: list[Row]) -> list[Row]:
    """Rows of a tree in an order in which each parent is there before its children."""
    link = next((key for key in ("parent_id", "of_id") if rows and key in rows[0]), None)
    if not link:
        return rows
    waiting, placed, ordered = rows, set[Any](), list[Row]()
    while waiting:
        ready = [row for row in waiting if row[link] is None or row[link] in placed]
        placed |= {row["id"] for row in ready}
        ordered += ready
        waiting = [row for row in waiting if row["id"] not in placed]
    return ordered
