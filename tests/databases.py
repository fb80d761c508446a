"""Reads a release with SQL, and changes one without the service knowing, which nobody should."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, make_url, select, text

from app import tables
from app.store import open_store

HISTORY = {tables.releases.name, tables.release_changes.name}


def path_of(url: str) -> Path:
    """The file of a SQLite database."""
    return Path(make_url(url).database or "")


@contextmanager
def reading(url: str, release_id: str | None = None) -> Iterator[Connection]:
    with closing(open_store(url)) as store, store.reading(release_id) as connection:
        yield connection


def rows(url: str, query: str, **values: Any) -> list[tuple[Any, ...]]:
    """The rows of a query to the current release."""
    with reading(url) as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def one(url: str, query: str, **values: Any) -> Any:
    ((found,),) = rows(url, query, **values)
    return found


def contents(url: str) -> dict[str, str]:
    """A digest of the rows of each table but for the history; the order in which a table keeps them does not count."""
    with reading(url) as connection:
        return {
            name: hashlib.sha256(
                "\n".join(sorted(repr(tuple(row)) for row in connection.execute(select(table)))).encode()
            ).hexdigest()
            for name, table in tables.METADATA.tables.items()
            if name not in HISTORY
        }


def change(url: str, statement: str) -> int:
    """Change the current release; returns how many rows."""
    if url.startswith("sqlite"):
        return change_file(path_of(url), statement)
    with reading(url) as connection:
        schema = connection.execute(text("SELECT current_schema()")).scalar_one()
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text(f'SET LOCAL search_path TO "{schema}"'))
            return connection.execute(text(statement)).rowcount
    finally:
        engine.dispose()


def change_file(path: Path, statement: str) -> int:
    path.chmod(0o644)
    with closing(sqlite3.connect(path)) as connection, connection:
        changed = connection.execute(statement).rowcount
    path.chmod(0o444)
    return changed


def forget_digests(url: str) -> None:
    """What is left of a release that was copied without its digest."""
    for path in path_of(url).with_suffix(".releases").glob("*.sha256"):
        path.unlink()
