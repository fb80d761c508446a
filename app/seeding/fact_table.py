"""The facts of a seed as one table, each with its place: read from CSV and YAML, and checked."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import polars as pl

from app.seeding import records
from app.seeding.checks import FactChecks
from app.seeding.csv_files import CsvEntry
from app.seeding.mistakes import MOST_TOLD, SeedMistake
from app.seeding.plain import PlainFacts
from app.seeding.seeds import LocatedFact, Progress, Seed, fact_files, read_fact_file, read_row, read_rows

Item = TypeVar("Item")

PIECE = 20_000  # rows that take each step together: more take more memory, and no less time
LISTS = ("industries", "initiatives")  # joined by ;
SAID = sorted(records.CSV_COLUMNS)
# A file is known by its number among `fact_files`: its name need not be UTF-8.
SCHEMA = {**dict.fromkeys(SAID, pl.String), **dict.fromkeys(("file", "line", "column"), pl.Int32)}


def read_fact_table(seed: Seed, checks: FactChecks, plain: PlainFacts, progress: Progress) -> pl.DataFrame:
    """The facts in the order of files and lines; what is wrong is added to the seed's `mistakes`.

    Of a seed with mistakes the table need not be whole.
    """
    pieces, count = [pl.DataFrame(schema=SCHEMA)], 0
    for file, path in enumerate(fact_files(seed.folder)):
        if path.suffix == ".csv":
            for rows in batched(read_rows(seed, path), PIECE):
                table = _of_rows(rows, file)
                odd = (~plain.are_plain(table)).arg_true()
                _check((read_row(seed, rows[number]) for number in odd), checks, seed.mistakes)
                pieces.append(table)
        else:
            facts = list(read_fact_file(seed, path))
            _check(facts, checks, seed.mistakes)
            pieces.append(_of_facts(facts, file))
        count += pieces[-1].height
        progress(f"facts/{path.name}", count)
        if len(seed.mistakes) >= MOST_TOLD:
            break
    return pl.concat(pieces)


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch


def _check(facts: Iterable[LocatedFact | None], checks: FactChecks, mistakes: list[SeedMistake]) -> None:
    for fact in facts:
        mistakes += checks.mistakes(fact) if fact else ()
        if len(mistakes) >= MOST_TOLD:
            return


def _of_rows(rows: list[CsvEntry], file: int) -> pl.DataFrame:
    fields = zip(*[row.fields for row in rows], strict=True)
    said = [pl.Series(name, list(one), pl.String) for name, one in zip(rows[0].columns, fields, strict=True)]
    lines = pl.Series("line", [row.line for row in rows], pl.Int32)
    known = pl.DataFrame([*said, lines]).with_columns(pl.lit(file).alias("file"), pl.lit(1).alias("column"))
    missing = [pl.lit(None, pl.String).alias(name) for name in SAID if name not in known.columns]
    table = known.with_columns(missing).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    return table.with_columns(pl.when(pl.col(SAID) != "").then(pl.col(SAID)))


def _of_facts(facts: list[LocatedFact], file: int) -> pl.DataFrame:
    return pl.DataFrame([_row(fact, file) for fact in facts], schema=SCHEMA, orient="row")


def _row(fact: LocatedFact, file: int) -> tuple[str | int | None, ...]:
    record, place = fact.record, fact.at()
    said: dict[str, str | None] = {
        **{name: getattr(record, name, None) for name in SAID},
        **{name: ";".join(getattr(record, name)) or None for name in LISTS},
        "statement_zh": record.statement.zh if record.statement else None,
        "statement_en": record.statement.en if record.statement else None,
    }
    return (*said.values(), file, place.line, place.column)
