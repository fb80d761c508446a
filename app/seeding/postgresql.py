"""Bulk writes to PostgreSQL: COPY into tables that nobody reads yet, then the indexes."""

from collections.abc import Iterable
from typing import Any

import polars as pl
from psycopg import Connection, sql

from app.seeding.rendering import Rendered
from app.seeding.writing import COMMON, WORDS, write

# Indexes that do not belong to a constraint.
INDEXES = """SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()
    AND tablename IN ('facts', 'fact_words') AND indexname NOT IN (SELECT conname FROM pg_constraint)"""


class PostgresqlSink:
    """Writes into the transaction of a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, table: str, rows: pl.DataFrame) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, rows.columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN WITH (FREEZE)").format(sql.Identifier(table), names)
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows.iter_rows():
                copy.write_row(row)

    def write_words(self, rows: Iterable[tuple[int, str]]) -> None:
        # Words have no quotes or backslashes: see `index_words`.
        vectors = [(position, _vector(words)) for position, words in rows]
        self.write(WORDS, pl.DataFrame(vectors, {"position": pl.Int32(), "words": pl.String()}, orient="row"))

    def count_words(self) -> None:
        """PostgreSQL, section 12.4.4: gathering document statistics."""
        words = f"SELECT words FROM {WORDS}"  # noqa: S608 - our own names
        counted = "INSERT INTO common_words SELECT word, ndoc FROM ts_stat(%s) WHERE ndoc > %s"
        self._connection.execute(counted, (words, COMMON))


def _vector(words: str) -> str:
    quoted = "' '".join(words.split())
    return f"'{quoted}'" if words else ""


def write_rows(connection: Connection, data: Rendered) -> str:
    """Write the facts in the transaction of a connection; returns their revision."""
    execute: Any = connection.execute  # for which only literals are statements
    return write(PostgresqlSink(connection), data, execute, INDEXES)
