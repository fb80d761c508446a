"""Everything a database holds, as digests: its schema and the rows of each table, the index of words among them."""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing

import psycopg
from psycopg import sql
from sqlalchemy import make_url

Contents = dict[str, str]
WORDS = "fact_words"
SCHEMA, MIGRATED = "schema", "alembic_version"
# These differ from load to load of the same data: when it was, and what was loaded before.
NOT_COMPARED, HISTORY = ("loaded_at",), "releases"
# Of loads that did not come last, too.
OLDER = ("release_changes", "release_files", "seed_files")
LAST = f"SELECT revision FROM {HISTORY} ORDER BY number DESC LIMIT 1"

# What SQLite keeps for itself, such as how rows are spread, is no data.
SQLITE_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
SQLITE_TABLES = """SELECT name FROM sqlite_master
    WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'fact_words%' ORDER BY name"""
# What the index of words finds, whatever the blobs look like that it keeps.
SQLITE_WORDS = f"CREATE VIRTUAL TABLE temp.found USING fts5vocab(main, {WORDS}, instance)"
POSTGRESQL_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
POSTGRESQL_SCHEMA = """
    SELECT table_name, column_name, data_type, is_nullable, collation_name FROM information_schema.columns
        WHERE table_schema = current_schema()
    UNION ALL SELECT tablename, indexname, indexdef, NULL, NULL FROM pg_indexes WHERE schemaname = current_schema()
    UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), NULL, NULL FROM pg_constraint
        WHERE connamespace = current_schema()::regnamespace AND contype <> 'n'"""


def contents(url: str, but: Sequence[str] = NOT_COMPARED) -> Contents:
    """What one snapshot of a database holds but for some columns. Raises RuntimeError for a damaged file."""
    return _of_sqlite(url, but) if url.startswith("sqlite") else _of_postgresql(url, but)


def schema(url: str) -> Contents:
    """Its schema alone, and how far it is migrated."""
    held = contents(url)
    return {SCHEMA: held[SCHEMA], MIGRATED: held.get(MIGRATED, "")}


def _of_sqlite(url: str, but: Sequence[str]) -> Contents:
    with closing(sqlite3.connect(make_url(url).database or "", isolation_level=None, timeout=60)) as connection:
        connection.execute("BEGIN")
        for check, whole in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
            if (said := connection.execute(f"PRAGMA {check}").fetchall()) != whole:
                raise RuntimeError(f"{check}: {said[:3]}")
        held = {SCHEMA: _digest(connection.execute(SQLITE_SCHEMA))}
        for (name,) in connection.execute(SQLITE_TABLES).fetchall():
            if name in OLDER:
                continue
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            wanted = ", ".join(column for column in columns if column not in but)
            held[name] = _digest(connection.execute(LAST if name == HISTORY else f"SELECT {wanted} FROM {name}"))
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (WORDS,)).fetchone():
            connection.execute(SQLITE_WORDS)
            held[WORDS] = _digest(connection.execute("SELECT term, doc, offset FROM temp.found"))
        return held


def _of_postgresql(url: str, but: Sequence[str]) -> Contents:
    with psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(False)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        held = {SCHEMA: _digest(connection.execute(POSTGRESQL_SCHEMA))}
        for (name,) in connection.execute(POSTGRESQL_TABLES).fetchall():
            if name in OLDER:
                continue
            rows = sql.SQL("SELECT (to_jsonb(kept) - {}::text[])::text FROM {} AS kept")
            wanted = sql.SQL(LAST) if name == HISTORY else rows.format(list(but), sql.Identifier(name))
            held[name] = _digest(connection.execute(wanted))
        return held


def _digest(rows: Iterable[tuple[object, ...]]) -> str:
    """The order in which a table keeps its rows does not count."""
    return hashlib.sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()
