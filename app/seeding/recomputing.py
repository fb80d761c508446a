"""`factbook audit`: compares the stored release, row by row, with a load of its own export."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

from sqlalchemy import Connection, Select, TextClause, select, text

from app import tables
from app.folders import temporary_folder
from app.seeding.diagnostics import SeedError
from app.seeding.exporting import write_seed
from app.seeding.loading import load
from app.seeding.seeds import Progress
from app.store import open_store

Query = Select[Any] | TextClause

FETCHED = 10_000  # rows at a time
BITS = 2**64 - 1
# The history of a release is not in its export.
NOT_EXPORTED = {tables.revisions, tables.releases, tables.release_changes}
# In the index of words, SQLite has the positions of each word in a text, PostgreSQL only the words.
INSTANCES = "CREATE VIRTUAL TABLE temp.instances USING fts5vocab(main, fact_words, instance)"
PLACED_WORDS = text("SELECT doc, offset, term FROM temp.instances")
WORDS = text("SELECT DISTINCT doc, term FROM temp.instances")
POSTGRESQL_WORDS = text("SELECT position, unnest(tsvector_to_array(words)) FROM fact_words")


def audited(url: str, progress: Progress) -> tuple[dict[str, Any], list[str]]:
    """The audit computed again, and the differences from what is stored; no audit if that is inconsistent in itself.

    Raises what reading a damaged database may raise.
    """
    with closing(open_store(url)) as store, temporary_folder() as folder, store.reading() as stored:
        seed, database = folder / "seed", f"sqlite:///{folder / 'recomputed.db'}"
        try:
            write_seed(stored, seed, progress)
            load(database, seed, None, progress, keep=1)
        except SeedError as error:
            return {}, [f"what is stored contradicts itself: {error.errors[0].message}"]
        except (ValueError, KeyError, TypeError) as error:
            return {}, [f"what is stored cannot be read: {str(error)[:200]}"]
        with closing(open_store(database)) as other, other.reading() as recomputed:
            audit, different = _revisions(stored, recomputed)
            return audit, [*different, *_different_tables(stored, recomputed)]


def _revisions(stored: Connection, recomputed: Connection) -> tuple[dict[str, Any], list[str]]:
    """The recomputed audit, and how the stored one differs."""
    old, new = (one.execute(select(tables.revisions)).mappings().one() for one in (stored, recomputed))
    different = []
    if old["revision"] != new["revision"]:
        different.append(f"the facts and entities make the revision {new['revision']}, not {old['revision']}")
    if old["audit"] != new["audit"]:
        different.append(f"the audit says {old['audit']}, where it is {new['audit']}")
    if json.loads(old["counts"]) != json.loads(new["counts"]):
        different.append(f"it counts {old['counts']}, where there are {new['counts']}")
    return json.loads(new["audit"]), different


def _different_tables(stored: Connection, recomputed: Connection) -> Iterator[str]:
    on_sqlite = stored.dialect.name == "sqlite"
    for connection in (stored, recomputed) if on_sqlite else (recomputed,):
        connection.exec_driver_sql(INSTANCES)
    listed = [table for table in tables.METADATA.sorted_tables if table not in NOT_EXPORTED]
    compared: dict[str, tuple[Query, Query]] = {table.name: (select(table), select(table)) for table in listed}
    compared["fact_words"] = (PLACED_WORDS, PLACED_WORDS) if on_sqlite else (POSTGRESQL_WORDS, WORDS)
    for name, (there, again) in compared.items():
        (count, total), (expected, expected_total) = _sum(stored, there), _sum(recomputed, again)
        if count != expected:
            yield f"{name} has {count} rows, not {expected}"
        elif total != expected_total:
            yield f"{name} has rows that are not what the facts make"


def _sum(connection: Connection, query: Query) -> tuple[int, int]:
    """The number of rows and the sum of their hashes, which do not depend on their order."""
    count = total = 0
    for row in connection.execute(query, execution_options={"yield_per": FETCHED}):
        count += 1
        total += hash(tuple(row))
    return count, total & BITS


def sentences(audit: Mapping[str, Any], different: list[str]) -> str:
    """As text: a line for each count, then the differences."""
    lines = [f"{name}: {_in_words(one)}" for name, one in audit.items()]
    return "\n".join([*lines, *(f"WRONG: {one}" for one in different)])


def _in_words(counts: Any) -> str:
    if isinstance(counts, list):
        return "; ".join(f"{one['source']} uses {one['used']} of {one['numbers']}" for one in counts) or "none stored"
    if not isinstance(counts, dict):
        return str(counts)
    return ", ".join(f"{count} {name}" for name, count in counts.items() if isinstance(count, int))
