"""One load: read, check and render a seed, write it as a release, and let that be the current one; all or nothing."""

import gc
import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, insert, select

from app import answers, tables
from app.errors import NotReady
from app.fingerprints import CODE, fingerprint
from app.nouns import NOUNS
from app.nouns.fields import Row
from app.seeding import manifest, sqlite
from app.seeding.changes import write_changes
from app.seeding.fact_table import batched
from app.seeding.mistakes import SeedError
from app.seeding.rendering import Rendered, render
from app.seeding.seeds import Progress
from app.store import open_store
from app.store.releases import ReleaseNotKept, Store
from app.store.schema import crc
from app.temporary_folders import remove_abandoned

BATCH = 1000
_OF_ENTITIES = {"entities", "entity_tags", "mentions", "retractions"}
_OF_ENTITIES |= {table.name for noun in NOUNS.values() for table in (noun.table, *noun.more_tables)}
ENTITIES = [table.name for table in tables.METADATA.sorted_tables if table.name in _OF_ENTITIES]  # parents first
FACTS = [
    "facts", "fact_answers", "fact_texts", "slices", "slice_facts", "fact_tags", "search_words", "common_words",
    "comparisons",
]  # fmt: skip
HISTORY = (tables.releases, tables.release_changes)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did. `changed` is false where the same data was there already."""

    revision: str
    changed: bool
    counts: dict[str, int]


def load(
    url: str, folder: Path, sources: Path | None, progress: Progress, *, again: bool = False, keep: int = 5
) -> Loaded:
    """Make a seed the current release, `again` even where it seems to be; so many releases are kept.

    Raises SeedError and whatever a database or a disk may raise: what was current is current then.
    """
    store = open_store(url, keep=keep)
    gc.disable()  # a load leaves no circles behind: to look for some takes a twentieth of it
    try:
        before = manifest.states(folder)
        remove_abandoned()  # it may be the room that this needs
        mark = fingerprint(folder, CODE, *([sources] if sources else []))
        present = _present(store)
        if present and present["fingerprint"] == mark and not again:
            return Loaded(present["revision"], changed=False, counts=json.loads(present["counts"]))
        store.prepare()
        data = render(folder, sources, progress, before)
        with store.drafting() as draft:
            present = _present(store)  # nobody else loads now
            revision = _write(draft.connection, data, progress)
            same = bool(present and present["revision"] == revision)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            loaded_at = present["loaded_at"] if present and same and not again else now
            with _before(store, present) as last:
                _carry(last, draft.connection)
                if not same:
                    number = _next_number(store, draft.connection)
                    told = {"number": number, "revision": revision, "loaded_at": loaded_at}
                    _release(last, draft.connection, data, told)
            row = {"revision": revision, "fingerprint": mark, "loaded_at": loaded_at}
            _mark(draft.connection, row | {"counts": json.dumps(data.counts), "audit": data.audit(revision)})
            if wrong := list(manifest.changed(folder, before)):
                raise SeedError(wrong, folder)
            draft.publish(revision)
        return Loaded(revision, changed=again or not same, counts=dict(data.counts))
    finally:
        gc.enable()
        store.close()


def _present(store: Store) -> RowMapping | None:
    """The current release; none where there is none that this version can read."""
    try:
        with store.reading() as connection:
            return connection.execute(select(tables.revisions)).mappings().one_or_none()
    except NotReady:
        return None


@contextmanager
def _before(store: Store, present: RowMapping | None) -> Iterator[Connection | None]:
    """The release that the new one follows: the current one, or, where that is damaged, the newest that is whole."""
    with ExitStack() as opened:
        connection = None
        for release_id in [None] if present else [one.id for one in store.releases()]:
            with suppress(NotReady, ReleaseNotKept):
                connection = opened.enter_context(store.reading(release_id))
                break
        yield connection


def _next_number(store: Store, connection: Connection) -> int:
    """Numbers go on, also after an earlier release was made the current one."""
    last = connection.execute(select(func.max(tables.releases.c.number))).scalar_one()
    return max([last or 0, *(one.number for one in store.releases())]) + 1


def _write(connection: Connection, data: Rendered, progress: Progress) -> str:
    """Write all rows but those that tell of the release; returns its revision."""
    named = tables.METADATA.tables
    for name in ENTITIES:
        rows = data.entities.get(name, [])
        for batch in batched(_parents_first(rows, named[name]), BATCH):
            connection.execute(insert(named[name]), batch)
        progress(f"writing {name}", len(rows))
    driver: Any = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        revision = sqlite.write(driver, data)
    else:
        # Its driver is large, and not needed for SQLite.
        from app.seeding import postgresql  # noqa: PLC0415

        revision = postgresql.write(driver, data)
    progress("writing facts", data.counts["facts"])
    return revision


def _carry(last: Connection | None, connection: Connection) -> None:
    """Bring along what is known of the releases before."""
    if last is None:
        return
    for table in HISTORY:
        rows = last.execute(select(table), execution_options={"yield_per": BATCH}).mappings()
        for batch in batched(rows, BATCH):
            connection.execute(insert(table), [dict(row) for row in batch])


def _release(last: Connection | None, connection: Connection, data: Rendered, told: dict[str, Any]) -> None:
    """Tell what this release changes. All of the first is new: that is told in numbers alone."""
    changes = write_changes(last, connection, data, told["number"]) if last is not None else None
    if changes:
        facts, entities = changes
    else:
        shown = sum(data.counts[noun] for noun in NOUNS if noun in data.counts)
        facts, entities = (
            answers.ChangeCounts(added=one, revised=0, retracted=0) for one in (data.counts["facts"], shown)
        )
    answer = answers.Release(**told, compared=changes is not None, facts=facts, entities=entities).json_text()
    connection.execute(insert(tables.releases), told | {"answer": answer, "answer_crc": crc(answer)})


def _mark(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute(insert(tables.revisions), row)


def _parents_first(rows: list[Row], table: Table) -> list[Row]:
    """Rows of a tree in an order in which each parent is there before its children."""
    link = next((column.name for column in table.c if any(key.references(table) for key in column.foreign_keys)), None)
    if not link:
        return rows
    waiting, placed, ordered = rows, set[Any](), list[Row]()
    while waiting:
        ready = [row for row in waiting if row[link] is None or row[link] in placed]
        placed |= {row["id"] for row in ready}
        ordered += ready
        waiting = [row for row in waiting if row["id"] not in placed]
    return ordered
