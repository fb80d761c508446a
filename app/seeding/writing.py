"""Writing the tables of facts, the same for both databases."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import orjson
import polars as pl

from app.seeding import comparisons, fact_rows
from app.seeding.rendering import Rendered
from app.seeding.search_texts import ascii_words, index_words
from app.seeding.series import series_tags
from app.seeding.slicing import slices_of
from app.store.schema import crc

RenderedPiece = tuple[pl.DataFrame, pl.DataFrame]  # facts, with their JSON and search texts

WORDS = "fact_words"
COMMON = 500  # facts; counting fewer is faster than looking up a stored number


class Sink(Protocol):
    """Where rows are written: each database has its own fastest way."""

    def write(self, table: str, rows: pl.DataFrame) -> None: ...

    def write_words(self, rows: Iterable[tuple[int, str]]) -> None:
        """Write the words of each position, separated by spaces, to the search index."""
        ...

    def count_words(self) -> None:
        """Count the words of more than COMMON facts, once all are written."""
        ...


class NullSink:
    """Discards all rows, where only the revision is needed."""

    def write(self, table: str, rows: pl.DataFrame) -> None: ...

    def write_words(self, rows: Iterable[tuple[int, str]]) -> None: ...

    def count_words(self) -> None: ...


def write_facts(sink: Sink, data: Rendered) -> str:
    """Write the facts in the order of their ids; returns the revision, a digest that determines all rows."""
    digest = hashlib.sha256()
    for name in sorted(data.entities):
        for row in data.entities[name]:
            # Not as Python shows it: how depends on the version of Unicode that this Python knows.
            digest.update(orjson.dumps([name, *row.values()]))
    for compared in data.compared.rows:
        digest.update(orjson.dumps(compared))
    words: set[str] = set()
    for facts, shown in _one_ahead(data.pieces()):
        # The JSON has only the days of a period.
        hashed = facts.select(pl.format("{} {}\n", "period", shown["json"]))
        digest.update(b"".join(hashed.to_series().cast(pl.Binary).to_list()))
        sink.write("facts", facts.select("position", *fact_rows.COLUMNS))
        sink.write("fact_answers", shown.select("position", "json", "crc"))
        sink.write("fact_texts", shown.select("position", "search"))
        words.update(ascii_words(shown["search"]))
        sink.write_words(zip(shown["position"].to_list(), index_words(shown["search"]), strict=True))
    sink.count_words()
    sink.write("search_words", pl.DataFrame({"word": sorted(words)}))
    rows = [(position, *row, crc(row[-1] or "")) for position, row in enumerate(data.compared.rows, 1)]
    columns = ("position", *comparisons.COLUMNS, "answer_crc")
    sink.write("comparisons", pl.DataFrame(rows, columns, orient="row", infer_schema_length=None))
    return f"r-{digest.hexdigest()[:16]}"


def write(sink: Sink, data: Rendered, execute: Callable[[str], Any], indexes: str) -> str:
    """Write the facts into empty tables; returns their revision. `execute` runs a statement in the same transaction.

    The indexes that the query `indexes` lists, each with its definition, are dropped and created again at the end:
    building one from all rows at once is faster.
    """
    definitions = execute(indexes).fetchall()
    for name, _ in definitions:
        execute(f"DROP INDEX {name}")
    revision = write_facts(sink, data)
    for rows in data.series():
        sink.write("series", rows)
    sink.write("series_tags", series_tags(data.facts, data.records))
    for table, rows in slices_of(data.facts, data.records.codes).items():
        sink.write(table, rows)
    for _, definition in definitions:
        execute(definition)
    return revision


def _one_ahead(pieces: Iterator[RenderedPiece]) -> Iterator[RenderedPiece]:
    """The pieces, each made by another thread while the one before it is written: Polars and SQLite leave it room."""
    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(next, pieces, None)
        while (piece := following.result()) is not None:
            following = thread.submit(next, pieces, None)
            yield piece
