"""Writes the tables of facts, whatever the database."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import polars as pl

from app.seeding import comparisons, fact_rows, slicing
from app.seeding.rendering import Rendered
from app.seeding.slicing import slices_of
from app.store.checksums import crc
from app.text.normalizing import index_words

WORDS = "fact_words"
COMMON = 500  # facts; fewer are counted sooner than a number of theirs would be found
FACTS = ("position", *fact_rows.COLUMNS)
ANSWERS, TEXTS = ("position", "json", "crc"), ("position", "search")
COMPARED = ("position", *comparisons.COLUMNS, "answer_crc")
# Of the tables that are written here, and not by SQLAlchemy, the columns in the order of a row.
TABLES = {
    "facts": FACTS,
    "fact_answers": ANSWERS,
    "fact_texts": TEXTS,
    "comparisons": COMPARED,
    "search_words": ("word",),
    "slices": slicing.COLUMNS,
    "slice_facts": ("slice", "position"),
    "fact_tags": ("position", "slice"),
}
Rows = Iterable[Sequence[Any]]


class Sink(Protocol):
    """Where rows go; each database has its own quickest way."""

    def write(self, table: str, columns: Sequence[str], rows: Rows) -> None: ...

    def write_words(self, rows: Iterable[tuple[int, str]]) -> None:
        """The words that each position is found by, joined by spaces."""
        ...

    def count_words(self) -> None:
        """Once all are written: count those that more than COMMON facts hold."""
        ...


class Nowhere:
    """Takes no rows: what is wanted is the revision alone."""

    def write(self, table: str, columns: Sequence[str], rows: Rows) -> None: ...

    def write_words(self, rows: Iterable[tuple[int, str]]) -> None: ...

    def count_words(self) -> None: ...


def write_facts(sink: Sink, data: Rendered) -> str:
    """Write the facts in the order of their ids; returns the revision: a digest of what all other rows follow from."""
    digest = hashlib.sha256()
    for name in sorted(data.entities):
        for row in data.entities[name]:
            digest.update(repr([name, *row.values()]).encode())
    for compared in data.compared.rows:
        digest.update(repr(compared).encode())
    words: set[str] = set()
    for facts, shown in data.pieces():
        # A period is shown by its days, and the industry that a value is of among others.
        for said in facts.select("period", "industry_id", shown["json"]).iter_rows():
            digest.update("\0".join([one or "" for one in said]).encode())
        sink.write("facts", FACTS, facts.select(FACTS).iter_rows())
        sink.write("fact_answers", ANSWERS, shown.select(ANSWERS).iter_rows())
        sink.write("fact_texts", TEXTS, shown.select(TEXTS).iter_rows())
        sink.write_words(_words(shown, words))
    sink.count_words()
    sink.write("search_words", TABLES["search_words"], ((word,) for word in sorted(words)))
    rows = ((position, *row, crc(row[-1] or "")) for position, row in enumerate(data.compared.rows, 1))
    sink.write("comparisons", COMPARED, rows)
    return f"r-{digest.hexdigest()[:16]}"


def write_slices(sink: Sink, data: Rendered) -> None:
    """Write the slices that facts are found by."""
    tables = slices_of(data.facts, data.codes)
    for table, rows in zip(("slices", "slice_facts", "fact_tags"), tables, strict=True):
        sink.write(table, TABLES[table], rows.iter_rows())


def _words(answers: pl.DataFrame, known: set[str]) -> Iterator[tuple[int, str]]:
    for position, search in answers.select(TEXTS).iter_rows():
        ascii_words, pairs = index_words(search)
        known.update(ascii_words)
        yield position, " ".join([*ascii_words, *pairs])
