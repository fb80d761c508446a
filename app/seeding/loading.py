"""A load: read, check and render a seed, write it as a release, and make that the current one; all or nothing."""

import gc
import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, insert, select

from app import answers, tables
from app.errors import NotReady
from app.folders import remove_abandoned
from app.nouns import NOUNS
from app.nouns.fields import Row
from app.seeding import manifest, sqlite
from app.seeding.changes import write_changes
from app.seeding.diagnostics import SeedError
from app.seeding.fact_table import batched
from app.seeding.rendering import Rendered, render
from app.seeding.seeds import Progress
from app.seeding.unchanged import LoadResult, current_release, fingerprint_of, loaded_already
from app.store import open_store
from app.store.releases import ReleaseNotKept, Store
from app.store.schema import crc
from app.text.script import simplified

BATCH = 1000
_OF_ENTITIES = {"entities", "entity_tags", "mentions", "names", "retractions"}
_OF_ENTITIES |= {table.name for noun in NOUNS.values() for table in (noun.table, *noun.more_tables)}
ENTITIES = [table.name for table in tables.METADATA.sorted_tables if table.name in _OF_ENTITIES]  # parents first
HISTORY = (tables.releases, tables.release_changes)
FACTS = [name for name in tables.METADATA.tables if name not in {*ENTITIES, *map(str, HISTORY), "revisions"}]


def load(
    url: str, folder: Path, sources: Path | None, progress: Progress, *, again: bool = False, keep: int = 5
) -> LoadResult:
    """Make a seed the current release, and keep the newest `keep` releases. `again` loads even an unchanged seed.

    Raises SeedError, and whatever a database or a disk may raise; the current release then stays current.
    """
    store = open_store(url, keep=keep)
    gc.disable()  # a load creates no reference cycles, and looking for some would take a twentieth of its time
    try:
        before = manifest.states(folder)
        remove_abandoned()  # this load may need their disk space
        made_of = fingerprint_of(folder, sources)
        if not again and (unchanged := loaded_already(store, made_of)):
            return unchanged
        store.prepare()
        data = render(folder, sources, progress, before)
        with store.drafting() as draft:
            current = current_release(store)  # no other load can run from here on
            revision = _write(draft.connection, data, progress)
            same = bool(current and current["revision"] == revision)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            loaded_at = current["loaded_at"] if current and same and not again else now
            with _previous(store, current) as last:
                _copy_history(last, draft.connection)
                if not same:
                    number = _next_number(store, draft.connection)
                    values = {"number": number, "revision": revision, "loaded_at": loaded_at}
                    _write_release(last, draft.connection, data, values)
            row = {
                "revision": revision,
                "fingerprint": made_of,
                "loaded_at": loaded_at,
                "counts": json.dumps(data.counts),
                "audit": data.audit(revision),
                "coverage": data.coverage(revision),
                "scripts": json.dumps(simplified(), ensure_ascii=False),
            }
            _write_revision(draft.connection, row)
            if wrong := list(manifest.changed(folder, before)):
                raise SeedError(wrong, folder)
            draft.publish(revision)
        return LoadResult(revision, changed=again or not same, counts=dict(data.counts))
    finally:
        gc.enable()
        store.close()


@contextmanager
def _previous(store: Store, current: RowMapping | None) -> Iterator[Connection | None]:
    """The release that the new one follows: the current one or, if that is damaged, the newest intact one."""
    with ExitStack() as opened:
        connection = None
        for release_id in [None] if current else [one.id for one in store.releases()]:
            with suppress(NotReady, ReleaseNotKept):
                connection = opened.enter_context(store.reading(release_id))
                break
        yield connection


def _next_number(store: Store, connection: Connection) -> int:
    """The number of the new release: one more than any before, even if an older release is the current one."""
    last = connection.execute(select(func.max(tables.releases.c.number))).scalar_one()
    return max([last or 0, *(one.number for one in store.releases())]) + 1


def _write(connection: Connection, data: Rendered, progress: Progress) -> str:
    """Write all rows except those about the release itself; returns its revision."""
    named = tables.METADATA.tables
    for name in ENTITIES:
        rows = data.entities.get(name, [])
        for batch in batched(_parents_first(rows, named[name]), BATCH):
            connection.execute(insert(named[name]), batch)
        progress(f"writing {name}", len(rows))
    driver: Any = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        revision = sqlite.write_rows(driver, data)
    else:
        # Its driver is large, and not needed for SQLite.
        from app.seeding import postgresql  # noqa: PLC0415

        revision = postgresql.write_rows(driver, data)
    progress("writing facts", data.counts["facts"])
    return revision


def _copy_history(last: Connection | None, connection: Connection) -> None:
    """Copy what the previous release records of all earlier ones."""
    if last is None:
        return
    for table in HISTORY:
        rows = last.execute(select(table), execution_options={"yield_per": BATCH}).mappings()
        for batch in batched(rows, BATCH):
            connection.execute(insert(table), [dict(row) for row in batch])


def _write_release(last: Connection | None, connection: Connection, data: Rendered, values: dict[str, Any]) -> None:
    """Write what this release changes. In the first one everything is new, so it has only the counts."""
    changes = write_changes(last, connection, data, values["number"]) if last is not None else None
    if changes:
        facts, entities = changes
    else:
        shown = sum(data.counts[noun] for noun in NOUNS if noun in data.counts)
        facts, entities = (
            answers.ChangeCounts(added=one, revised=0, retracted=0) for one in (data.counts["facts"], shown)
        )
    answer = answers.Release(**values, compared=changes is not None, facts=facts, entities=entities).json_text()
    connection.execute(insert(tables.releases), values | {"answer": answer, "answer_crc": crc(answer)})


def _write_revision(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute(insert(tables.revisions), row)


def _parents_first(rows: list[Row], table: Table) -> list[Row]:
    """The rows of a tree, each parent before its children."""
    link = next((column.name for column in table.c if any(key.references(table) for key in column.foreign_keys)), None)
    if not link:
        return rows
    by_id = {row["id"]: row for row in rows}
    parents = {row["id"]: [row[link]] if row[link] else [] for row in rows}
    return [by_id[entity_id] for entity_id in TopologicalSorter(parents).static_order()]
