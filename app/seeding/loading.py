"""One load: read, check, render, and replace the data in one transaction; all of it or nothing."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, text

from app import tables
from app.database import reading_engine, writing_engine
from app.fingerprints import CODE, fingerprint
from app.seeding import records
from app.seeding.checks import check, text_folders
from app.seeding.evidence import Texts
from app.seeding.mistakes import SeedError
from app.seeding.rendering import Tables, render
from app.seeding.seeds import Progress, Seed, read_seed
from app.seeding.tags import Row

BATCH = 1000
LOAD_LOCK = 7_205_759  # any number that nothing else on the same Postgres locks by
WRITTEN = [
    *("entities", *records.NOUNS, "participants", "entity_tags", "mentions"),
    *("facts", "fact_answers", "fact_lines", "search_words", "slices", "slice_facts", "fact_tags"),
]
# The index of words is made in the dialect of each database: see the migrations.
CLEAR_WORDS = {
    "sqlite": "INSERT INTO fact_words (fact_words) VALUES ('delete-all')",
    "postgresql": "DELETE FROM fact_words",
}
ADD_WORDS = {
    "sqlite": "INSERT INTO fact_words (rowid, words) VALUES (:position, :words)",
    "postgresql": "INSERT INTO fact_words (position, words) "
    "VALUES (:position, array_to_tsvector(string_to_array(:words, ' ')))",
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did. `changed` is false where the same data was there already."""

    revision: str
    changed: bool
    counts: dict[str, int]


def read_checked(folder: Path, sources: Path | None, progress: Progress) -> Seed:
    """A seed in which everything holds. Raises SeedError with every mistake there is."""
    seed = read_seed(folder, progress)
    texts = Texts(seed, text_folders(folder, sources))
    mistakes = [*seed.mistakes, *check(seed, texts)]
    if mistakes:
        raise SeedError(mistakes, folder)
    seed.quotes_held = texts.held()
    return seed


def load(url: str, folder: Path, sources: Path | None, progress: Progress) -> Loaded:
    """Replace the data of a migrated database by that of a seed. Raises SeedError, the database as it was."""
    engine = writing_engine(url)
    try:
        mark = fingerprint(folder, CODE, *([sources] if sources else []))
        present = _present(url)
        if present and present["fingerprint"] == mark:
            return Loaded(present["revision"], changed=False, counts=json.loads(present["counts"]))
        rendered = render(read_checked(folder, sources, progress))
        with engine.begin() as connection:
            _lock(connection)
            present = connection.execute(select(tables.Revision)).mappings().one_or_none()
            same = bool(present and present["revision"] == rendered.revision)
            if not same:
                _replace(connection, rendered, progress)
            loaded_at = present["loaded_at"] if present and same else datetime.now(UTC).isoformat(timespec="seconds")
            _mark(connection, rendered, mark, loaded_at)
        return Loaded(rendered.revision, changed=not same, counts=rendered.counts)
    finally:
        engine.dispose()


def _present(url: str) -> RowMapping | None:
    """The revision that is there, seen without a lock."""
    engine = reading_engine(url)
    try:
        with engine.connect() as connection:
            return connection.execute(select(tables.Revision)).mappings().one_or_none()
    finally:
        engine.dispose()


def _lock(connection: Connection) -> None:
    """One load at a time. SQLite's transaction took its lock when it began."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOAD_LOCK})


def _replace(connection: Connection, rendered: Tables, progress: Progress) -> None:
    named = tables.Base.metadata.tables
    for name in reversed(WRITTEN):
        connection.execute(delete(named[name]))
    for name in WRITTEN:
        rows = rendered.rows[name]
        for batch in _batches(_parents_first(rows)):
            connection.execute(insert(named[name]), batch)
        progress(f"writing {name}", len(rows))
    _write_words(connection, rendered.rows["fact_words"])


def _write_words(connection: Connection, rows: list[Row]) -> None:
    """What a search finds facts by."""
    dialect = connection.dialect.name
    connection.execute(text(CLEAR_WORDS[dialect]))
    for batch in _batches(rows):
        joined = [{"position": row["position"], "words": " ".join(row["words"])} for row in batch]
        connection.execute(text(ADD_WORDS[dialect]), joined)


def _mark(connection: Connection, rendered: Tables, mark: str, loaded_at: str) -> None:
    connection.execute(delete(tables.Revision))
    row = {
        "revision": rendered.revision,
        "fingerprint": mark,
        "loaded_at": loaded_at,
        "counts": json.dumps(rendered.counts),
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


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch
