"""Bulk writes to a new SQLite file: several rows per statement, then the indexes."""

import sqlite3
from collections.abc import Iterable
from typing import Any

import polars as pl

from app.seeding.rendering import Rendered
from app.seeding.writing import COMMON, WORDS, write

VALUES_A_STATEMENT = 2000
# Bytes of the index of words that FTS5 collects before it writes a segment: fewer segments are merged faster.
WORDS_IN_MEMORY = 2**26
INDEXES = """SELECT name, sql FROM sqlite_master
    WHERE type = 'index' AND tbl_name IN ('facts', 'series_tags') AND sql IS NOT NULL"""


class SqliteSink:
    """Writes into the transaction of a connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def write(self, table: str, rows: pl.DataFrame) -> None:
        width = rows.width
        # A statement that cannot be rolled back by itself: a savepoint would have FTS5 write a segment each time.
        insert = f"INSERT OR FAIL INTO {table} ({','.join(rows.columns)}) VALUES "  # noqa: S608 - our own names
        slots = f"({','.join('?' * width)})"
        for piece in rows.iter_slices(max(1, VALUES_A_STATEMENT // width)):
            values: list[Any] = [None] * (len(piece) * width)
            for place, column in enumerate(piece.iter_columns()):
                values[place::width] = column.to_list()
            self._connection.execute(insert + ",".join([slots] * len(piece)), values)

    def write_words(self, rows: Iterable[tuple[int, str]]) -> None:
        self._connection.executemany(f"INSERT INTO {WORDS} (rowid, words) VALUES (?, ?)", rows)  # noqa: S608

    def count_words(self) -> None:
        """The SQLite FTS5 Extension, sections 6.10 (optimize) and 8 (fts5vocab)."""
        for statement in (
            f"INSERT INTO {WORDS} ({WORDS}) VALUES ('optimize')",  # noqa: S608 - our own names
            f"CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab (main, {WORDS}, row)",
            f"INSERT INTO common_words SELECT term, doc FROM temp.vocabulary WHERE doc > {COMMON}",  # noqa: S608
            "DROP TABLE temp.vocabulary",
        ):
            self._connection.execute(statement)


def write_rows(connection: sqlite3.Connection, data: Rendered) -> str:
    """Write the facts in the transaction of a connection; returns their revision."""
    connection.execute(f"INSERT INTO {WORDS} ({WORDS}, rank) VALUES ('hashsize', {WORDS_IN_MEMORY})")  # noqa: S608
    return write(SqliteSink(connection), data, connection.execute, INDEXES)
