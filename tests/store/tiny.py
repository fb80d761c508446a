"""Releases of a few rows, each naming its release, so that a response mixed from two releases is noticed."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, bindparam, insert, select, text

from app.store import postgresql_draft
from app.store.postgresql import PostgresStore
from app.store.releases import NO_LIMIT, Deadline, OpenRelease

METADATA = MetaData()
FACTS = Table("facts", METADATA, Column("position", Integer, primary_key=True), Column("release", Text))
TAGS = Table("tags", METADATA, Column("position", Integer, primary_key=True), Column("release", Text))
REVISIONS = Table("revisions", METADATA, Column("loaded_at", Text))
VIEWS = ("CREATE VIEW observations AS SELECT position, release FROM facts",)
ROWS = 50
LOADED_AT = "2026-11-30T08:00:00+00:00"

COUNTED = select(FACTS.c.release).where(FACTS.c.position <= bindparam("most", type_=Integer))
TAGGED = select(TAGS.c.release)
SLEEPING = select(text("pg_sleep(30)"))


def made(connection: Connection, schema: str | None = None) -> None:
    """In place of the migrations."""
    connection.execute(text(f"SET LOCAL search_path = {schema}"))
    METADATA.create_all(connection)
    connection.execute(insert(REVISIONS), {"loaded_at": LOADED_AT})
    for view in VIEWS:
        connection.execute(text(view))


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql_draft, "migrate", made)


def fill(connection: Connection, name: str, rows: int = ROWS) -> None:
    for table in (FACTS, TAGS):
        connection.execute(insert(table), [{"position": one, "release": name} for one in range(rows)])


def load(store: PostgresStore, name: str, rows: int = ROWS) -> None:
    with store.drafting() as draft:
        fill(draft.connection, name, rows)
        draft.publish(name)


@contextmanager
def opened(url: str, **options: Any) -> Iterator[PostgresStore]:
    store = PostgresStore(url, **options)
    try:
        yield store
    finally:
        store.close()


def until(holds: Callable[[], Any]) -> None:
    patient_until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < patient_until
        time.sleep(0.01)


class Reader:
    """Reads a store as requests do."""

    def __init__(self, store: PostgresStore) -> None:
        self.store = store
        self._statements = [store.statement(COUNTED), store.statement(TAGGED)]

    def told(self, release: OpenRelease, seconds: float | None = None) -> set[str]:
        """What the rows of two statements say they are of."""
        limit = NO_LIMIT if seconds is None else Deadline(seconds)
        return {name.decode() for one in self._statements for (name,) in release.rows(one, {"most": ROWS}, limit)}

    def told_in_passing(self) -> set[str]:
        """The same, the pointer asked before each statement: what a request must not do."""
        found = set()
        for one in self._statements:
            self.store._pointer.forget()  # noqa: SLF001
            found |= {name.decode() for (name,) in self.store.current().rows(one, {"most": ROWS}, NO_LIMIT)}
        return found
