"""What a database holds, read past the service: the current release, digests of its rows, and what is left over."""

import hashlib
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from app.store.sqlite_files import digest
from tests.databases import HISTORY, path_of

KEEP = 5  # releases
LOADED_AT = "loaded_at"  # differs from load to load of the same data, as the history does
# What SQLite keeps for itself, such as how values are distributed, is no data.
SQLITE_TABLES = """SELECT name FROM sqlite_master
    WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'fact_words%'"""
# What the index of words finds, whatever its own tables look like.
SQLITE_WORDS = "CREATE VIRTUAL TABLE temp.found USING fts5vocab(main, fact_words, instance)"
INTACT = {"integrity_check": [("ok",)], "foreign_key_check": []}
CURRENT = "SELECT id, schema FROM factbook.current JOIN factbook.releases USING (schema)"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = %s"
SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'r\\_%'"
LISTED = "SELECT schema, retired_at IS NULL FROM factbook.releases"


class Contents(NamedTuple):
    """The id of the current release, `""` where nothing is loaded, and a digest of the rows of each of its tables."""

    release: str
    tables: dict[str, str]


NOTHING = Contents("", {})


def contents(url: str) -> Contents:
    """What is current. Raises RuntimeError for a damaged file."""
    return _of_sqlite(path_of(url)) if url.startswith("sqlite") else _of_postgresql(url)


def _of_sqlite(path: Path) -> Contents:
    if not path.exists():
        return NOTHING
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        for pragma, intact in INTACT.items():
            if (found := connection.execute(f"PRAGMA {pragma}").fetchall()) != intact:
                raise RuntimeError(f"{pragma}: {found[:3]}")
        names = {name for (name,) in connection.execute(SQLITE_TABLES)} - HISTORY
        tables = {name: _digest(connection.execute(f"SELECT * FROM {name}")) for name in names}
        connection.execute(SQLITE_WORDS)
        tables["fact_words"] = _digest(connection.execute("SELECT term, doc, offset FROM temp.found"))
        return Contents(connection.execute("SELECT revision FROM revisions").fetchone()[0], tables)


def _of_postgresql(url: str) -> Contents:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        try:
            found = connection.execute(CURRENT).fetchone()
        except psycopg.errors.UndefinedTable:
            found = None
        if not found:
            return NOTHING
        release, schema = found
        names = {name for (name,) in connection.execute(TABLES, [schema])} - HISTORY
        rows = {name: connection.execute(f"SELECT * FROM {schema}.{name}".encode()) for name in names}
        return Contents(release, {name: _digest(found) for name, found in rows.items()})


def _digest(cursor: Any) -> str:
    """Of rows whose order means nothing."""
    kept = [number for number, column in enumerate(cursor.description) if column[0] != LOADED_AT]
    rows: Iterable[Any] = ([row[number] for number in kept] for row in cursor)
    return hashlib.sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()


def left_over(url: str) -> list[str]:
    """What a load that ended well has left behind, and should not have."""
    if not url.startswith("sqlite"):
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            schemas = {name for (name,) in connection.execute(SCHEMAS)}
            listed: dict[str, bool] = dict(connection.execute(LISTED).fetchall())
        problems = [f"the schema {name} is not listed" for name in schemas - listed.keys()]
        problems += [f"there is no schema {name}" for name in listed.keys() - schemas]
        return problems + ["too many releases are kept"] * (sum(listed.values()) > KEEP)
    path = path_of(url)
    folder = path.with_suffix(".releases")
    kept = sorted(folder.glob("*.db"))
    sums = {one.name: one.with_suffix(".sha256").read_text(encoding="ascii").split()[0::2] for one in kept}
    expected = {path, path.with_name(f"{path.name}.lock"), folder, *kept, *(one.with_suffix(".sha256") for one in kept)}
    problems = [f"{one.name} is left over" for one in {*path.parent.iterdir(), *folder.iterdir()} - expected]
    problems += [f"{one.name} is not what its digest says" for one in kept if digest(one) not in sums[one.name]]
    if not any(digest(path) in one for one in sums.values()):
        problems.append("no digest is kept of the current file")
    return problems + ["too many releases are kept"] * (len(kept) > KEEP)
