"""The quick way of many rows into SQLite: several rows a statement, the slices of facts in a process beside."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, islice
from pathlib import Path

from app.database import write_ahead
from app.seeding.rendering import Rendered, processes_beside
from app.seeding.writing import COMMON, SLICE_TABLES, WORDS, Rows, write_shown, write_slices

VALUES_A_STATEMENT = 2000
QUICK = ("cache_size = -200000", "temp_store = MEMORY", "secure_delete = OFF")
# A file that is thrown away after a crash need not survive one.
THROWN_AWAY = (*QUICK, "page_size = 8192", "journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE")
# Bytes of the index of words that FTS5 gathers before it writes them as one segment: fewer segments are merged sooner.
WORDS_IN_MEMORY = 2**26
SCHEMA = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name IN"


class SqliteSink:
    """Writes into the transaction of a connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def write(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        slots = f"({','.join('?' * len(columns))})"
        insert = f"INSERT INTO {table} ({','.join(columns)}) VALUES "  # noqa: S608 - names of our own
        several = max(1, VALUES_A_STATEMENT // len(columns))
        remaining = iter(rows)
        while batch := list(islice(remaining, several)):
            statement = insert + ",".join([slots] * len(batch))
            self._connection.execute(statement, list(chain.from_iterable(batch)))

    def write_words(self, rows: Iterable[tuple[int, str]]) -> None:
        self._connection.executemany(f"INSERT INTO {WORDS} (rowid, words) VALUES (?, ?)", rows)  # noqa: S608

    def count_words(self) -> None:
        """The SQLite FTS5 Extension, sections 6.10 (optimize) and 8 (fts5vocab)."""
        for statement in (
            f"INSERT INTO {WORDS} ({WORDS}) VALUES ('optimize')",  # noqa: S608 - names of our own
            f"CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab (main, {WORDS}, row)",
            f"INSERT INTO common_words SELECT term, doc FROM temp.vocabulary WHERE doc > {COMMON}",  # noqa: S608
            "DROP TABLE temp.vocabulary",
        ):
            self._connection.execute(statement)

    def clear_words(self) -> None:
        self._connection.execute(f"INSERT INTO {WORDS} ({WORDS}) VALUES ('delete-all')")  # noqa: S608
        self._connection.execute(
            f"INSERT INTO {WORDS} ({WORDS}, rank) VALUES ('hashsize', {WORDS_IN_MEMORY})"  # noqa: S608
        )


def write_facts(connection: sqlite3.Connection, rendered: Rendered) -> None:
    """Write the facts into emptied tables, in the transaction of a connection."""
    sink = SqliteSink(connection)
    sink.clear_words()
    with _indexes_afterwards(connection):
        if rendered.parts == 1:
            write_shown(sink, rendered.folder)
            write_slices(sink, rendered.folder, rendered.parts)
            return
        beside = rendered.folder / "slices.db"
        with processes_beside(1) as process:
            schema = [sql for (sql,) in connection.execute(f"{SCHEMA} {tuple(SLICE_TABLES)}")]
            writing = process.submit(write_slices_beside, beside, schema, rendered.folder, rendered.parts)
            write_shown(sink, rendered.folder)
            writing.result()
        connection.execute("ATTACH ? AS beside", (str(beside),))
        for table in SLICE_TABLES:
            connection.execute(f"INSERT INTO main.{table} SELECT * FROM beside.{table}")  # noqa: S608


def write_slices_beside(database: Path, schema: list[str], runs: Path, parts: int) -> None:
    """Write the slices of facts into a database of their own."""
    connection = sqlite3.connect(database, isolation_level=None)
    for pragma in THROWN_AWAY:
        connection.execute(f"PRAGMA {pragma}")
    for sql in schema:
        connection.execute(sql)
    connection.execute("BEGIN")
    write_slices(SqliteSink(connection), runs, parts)
    connection.execute("COMMIT")
    connection.close()


@contextmanager
def _indexes_afterwards(connection: sqlite3.Connection) -> Iterator[None]:
    """An index that is made of all rows at once is sorted once."""
    listed = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'facts' AND sql IS NOT NULL"
    indexes = connection.execute(listed).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, sql in indexes:
        connection.execute(sql)


@contextmanager
def written_once(connection: sqlite3.Connection, *, empty: bool) -> Iterator[None]:
    """In a database that nobody reads yet each page is written once, not first into the log that readers need."""
    for pragma in QUICK:
        connection.execute(f"PRAGMA {pragma}")
    if empty:
        with suppress(sqlite3.OperationalError):  # somebody waits for the first load
            connection.execute("PRAGMA journal_mode = DELETE")
    try:
        yield
    finally:
        write_ahead(connection)
