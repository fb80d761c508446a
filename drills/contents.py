"""What a database holds: which release is current, its rows as digests, and whether anything lies about beside it."""

import hashlib
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import make_url

from app.store.sqlite_files import digest
from drills.children import KEEP

# These differ from load to load of the same data: when it was, and what was loaded before.
HISTORY, LOADED_AT = ("releases", "release_changes"), "loaded_at"
# What SQLite keeps for itself, such as how rows are spread, is no data.
SQLITE_TABLES = """SELECT name FROM sqlite_master
    WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'fact_words%' ORDER BY name"""
# What the index of words finds, whatever the blobs look like that it keeps.
SQLITE_WORDS = "CREATE VIRTUAL TABLE temp.found USING fts5vocab(main, fact_words, instance)"
CURRENT = "SELECT id, schema FROM factbook.current JOIN factbook.releases USING (schema)"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1"
SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'r\\_%'"
LISTED = "SELECT schema, retired_at IS NULL FROM factbook.releases"


class Contents(NamedTuple):
    """The id of the current release, `""` where nothing is loaded, and a digest of the rows of each of its tables."""

    release: str
    tables: dict[str, str]


NOTHING = Contents("", {})


def contents(url: str) -> Contents:
    """What is current, read past the service. Raises RuntimeError for a damaged file."""
    return _of_sqlite(_path(url)) if url.startswith("sqlite") else _of_postgresql(url)


def _of_sqlite(path: Path) -> Contents:
    if not path.exists():
        return NOTHING
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        for check, whole in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
            if (said := connection.execute(f"PRAGMA {check}").fetchall()) != whole:
                raise RuntimeError(f"{check}: {said[:3]}")
        tables = {}
        for (name,) in connection.execute(SQLITE_TABLES).fetchall():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})") if row[1] != LOADED_AT]
            tables[name] = _digest(connection.execute(f"SELECT {', '.join(columns)} FROM {name}"))
        connection.execute(SQLITE_WORDS)
        tables["fact_words"] = _digest(connection.execute("SELECT term, doc, offset FROM temp.found"))
        return Contents(connection.execute("SELECT revision FROM revisions").fetchone()[0], _but_history(tables))


def _of_postgresql(url: str) -> Contents:
    with _connected(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        try:
            found = connection.execute(CURRENT).fetchone()
        except psycopg.errors.UndefinedTable:
            return NOTHING
        if not found:
            return NOTHING
        release, schema = found
        tables = {}
        for (name,) in connection.execute(TABLES, [schema]).fetchall():
            columns = [
                one.name for one in connection.execute(f"SELECT * FROM {schema}.{name} LIMIT 0").description or ()
            ]
            shown = ", ".join(f'"{column}"' for column in columns if column != LOADED_AT)
            tables[name] = _digest(connection.execute(f"SELECT {shown} FROM {schema}.{name}".encode()))
        return Contents(release, _but_history(tables))


def _but_history(tables: dict[str, str]) -> dict[str, str]:
    return {name: held for name, held in tables.items() if name not in HISTORY}


def _digest(rows: Iterable[Any]) -> str:
    """Of rows whose order says nothing."""
    return hashlib.sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()


def left_over(url: str) -> list[str]:
    """What lies about after a load that ended well, and should not."""
    if url.startswith("sqlite"):
        path = _path(url)
        folder = path.with_suffix(".releases")
        known = {path.name, f"{path.name}.lock", folder.name}
        told = [f"{one.name} lies beside the file" for one in path.parent.iterdir() if one.name not in known]
        kept = sorted(folder.glob("*.db"))
        sums = {one.name: one.with_suffix(".sha256").read_text(encoding="ascii").split()[0::2] for one in kept}
        told += [f"{one.name} is not what its digest says" for one in kept if digest(one) not in sums[one.name]]
        if not any(digest(path) in one for one in sums.values()):
            told.append("no digest is kept of the current file")
        allowed = {f"{one.stem}{suffix}" for one in kept for suffix in (".db", ".sha256")}
        told += [f"{one.name} lies among the releases" for one in folder.iterdir() if one.name not in allowed]
        return told + ([f"{len(kept)} releases are kept"] if len(kept) > KEEP else [])
    with _connected(url) as connection:
        schemas = {name for (name,) in connection.execute(SCHEMAS)}
        listed = dict(connection.execute(LISTED).fetchall())
    kept_now = sum(listed.values())
    told = [f"nobody lists the schema {name}" for name in schemas - listed.keys()]
    told += [f"there is no schema {name}" for name in listed.keys() - schemas]
    return told + ([f"{kept_now} releases are kept"] if kept_now > KEEP else [])


def _path(url: str) -> Path:
    return Path(make_url(url).database or "")


def _connected(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(False))
