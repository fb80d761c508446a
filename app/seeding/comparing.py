"""What is stored, held against what a load of its own export would write: a changed byte makes a difference."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl
from sqlalchemy import Connection, select, text

from app import tables
from app.seeding.exporting import write_seed
from app.seeding.loading import ENTITIES, FACTS
from app.seeding.mistakes import SeedError
from app.seeding.rendering import Rendered, render
from app.seeding.seeds import Progress
from app.seeding.writing import COMMON, WORDS, write_facts, write_slices
from app.store import open_store
from app.workplaces import workplace

FETCHED = 10_000  # rows at a time
# The index of words: which stand where, as SQLite keeps them; as a set for each position, as PostgreSQL does.
SQLITE_INSTANCES = f"CREATE VIRTUAL TABLE temp.instances USING fts5vocab(main, {WORDS}, instance)"
SQLITE_WORDS = "SELECT doc, offset, term FROM temp.instances"
POSTGRESQL_WORDS = f"SELECT position, tsvector_to_array(words) FROM {WORDS}"  # noqa: S608 - names of our own
BITS = 2**64 - 1


class Sums:
    """For each table how many rows there are, and a sum of their hashes: their order does not count."""

    def __init__(self) -> None:
        self.of: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))

    def add(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        count, total = self.of[table]
        for row in rows:
            count += 1
            total += hash(tuple(row))
        self.of[table] = count, total & BITS


class SummingSink:
    """Sums up what would be written."""

    def __init__(self, *, in_places: bool) -> None:
        """`in_places` keeps in which place of a text a word stands."""
        self.sums = Sums()
        self._in_places = in_places
        self._holding: Counter[str] = Counter()

    def write(self, table: str, rows: pl.DataFrame) -> None:
        self.sums.add(table, rows.select(columns(table)).iter_rows())

    def write_words(self, rows: Iterable[tuple[int, str]]) -> None:
        for position, written in rows:
            words = written.split()
            self._holding.update(distinct := sorted(set(words)))
            placed = ((position, place, word) for place, word in enumerate(words))
            self.sums.add(WORDS, placed if self._in_places else [(position, tuple(distinct))])

    def count_words(self) -> None:
        common = ((word, count) for word, count in self._holding.items() if count > COMMON)
        self.sums.add(tables.common_words.name, common)


def audited(url: str, progress: Progress) -> tuple[dict[str, Any], list[str]]:
    """The audit counted anew, and what differs from what was written; no audit where that contradicts itself.

    Raises what reading a damaged database may raise.
    """
    store = open_store(url)
    try:
        with workplace() as folder, store.reading() as connection:
            kept = connection.execute(select(tables.revisions)).mappings().one()
            seed = folder / "seed"
            try:
                write_seed(connection, seed, progress)
                data = render(seed, None, progress)
                sink = SummingSink(in_places=connection.dialect.name == "sqlite")
                revision = write_facts(sink, data)
                write_slices(sink, data)
                counted = data.audit(revision)
                wrong = [*_of_revision(kept, revision, counted, data), *_of_tables(connection, data, sink)]
                return json.loads(counted), wrong
            except SeedError as error:
                return {}, [f"what is stored contradicts itself: {error.mistakes[0].message}"]
            except (ValueError, KeyError, TypeError) as error:
                return {}, [f"what is stored cannot be read: {str(error)[:200]}"]
    finally:
        store.close()


def columns(table: str) -> list[str]:
    return list(map(str, tables.METADATA.tables[table].columns.keys()))


def _of_revision(kept: Any, revision: str, counted: str, data: Rendered) -> Iterable[str]:
    if kept["revision"] != revision:
        yield f"the facts and entities make the revision {revision}, not {kept['revision']}"
    if kept["audit"] != counted:
        yield f"the audit says {kept['audit']}, where it is {counted}"
    if json.loads(kept["counts"]) != data.counts:
        yield f"it counts {kept['counts']}, where there are {json.dumps(data.counts)}"


def _of_tables(connection: Connection, data: Rendered, sink: SummingSink) -> Iterable[str]:
    on_sqlite = connection.dialect.name == "sqlite"
    for name in ENTITIES:
        entities = data.entities.get(name, [])
        sink.sums.add(name, ([row.get(one) for one in columns(name)] for row in entities))
    stored = Sums()
    for name in (*ENTITIES, *FACTS):
        query = f"SELECT {', '.join(columns(name))} FROM {name}"  # noqa: S608 - names of our own
        stored.add(name, connection.execute(text(query), execution_options={"yield_per": FETCHED}))
    if on_sqlite:
        connection.exec_driver_sql(SQLITE_INSTANCES)
    words = connection.execute(
        text(SQLITE_WORDS if on_sqlite else POSTGRESQL_WORDS), execution_options={"yield_per": FETCHED}
    )
    stored.add(WORDS, words if on_sqlite else ((position, tuple(sorted(held))) for position, held in words))
    for name in (*ENTITIES, *FACTS, WORDS):
        (there, _), (wanted, _) = stored.of[name], sink.sums.of[name]
        if there != wanted:
            yield f"{name} has {there} rows, not {wanted}"
        elif stored.of[name] != sink.sums.of[name]:
            yield f"{name} has rows that are not what the facts make"
