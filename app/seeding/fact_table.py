"""The facts of a seed as one table, read from CSV and YAML and checked, each with its file, line and column."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeVar

import polars as pl

from app.seeding import records
from app.seeding.checks import FactChecks
from app.seeding.column_checks import ColumnChecks
from app.seeding.csv_files import CsvRows
from app.seeding.diagnostics import MOST_ERRORS, Diagnostic
from app.seeding.seeds import LocatedFact, Progress, Seed, fact_files, read_fact_file, read_row, read_row_tables

Batched = TypeVar("Batched")

PIECE = 20_000  # rows processed at a time: more would take more memory, and no less time
LISTS = ("industries", "initiatives")  # columns with several ids, joined by semicolons
SEED_COLUMNS = sorted(records.CSV_COLUMNS)
# `file` is an index into `fact_files`, since the name of a file need not be UTF-8.
SCHEMA = {**dict.fromkeys(SEED_COLUMNS, pl.String), **dict.fromkeys(("file", "line", "column"), pl.Int32)}


def read_fact_table(seed: Seed, checks: FactChecks, column_checks: ColumnChecks, progress: Progress) -> pl.DataFrame:
    """The facts by file and line. Errors are added to those of the seed; the table may then be incomplete."""
    tables, count = [pl.DataFrame(schema=SCHEMA)], 0
    for file, path in enumerate(fact_files(seed.folder)):
        for table in _checked(seed, file, path, checks, column_checks):
            tables.append(table)
            count += len(table)
            if len(seed.errors) >= MOST_ERRORS:
                return pl.concat(tables)
        progress(f"facts/{path.name}", count)
    return pl.concat(tables)


def _checked(
    seed: Seed, file: int, path: Path, checks: FactChecks, column_checks: ColumnChecks
) -> Iterator[pl.DataFrame]:
    """The facts of a file, as many at a time as are read."""
    if path.suffix == ".csv":
        for rows in read_row_tables(seed, path, PIECE):
            table = of_rows(rows, file)
            uncertain = (~column_checks.surely_valid(table)).arg_true()
            _check((read_row(seed, rows.entry(number)) for number in uncertain), checks, seed.errors)
            yield table
    else:
        facts = list(read_fact_file(seed, path))
        _check(facts, checks, seed.errors)
        yield _of_facts(facts, file)


def batched(items: Iterable[Batched], size: int) -> Iterator[list[Batched]]:
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch


def _check(facts: Iterable[LocatedFact | None], checks: FactChecks, errors: list[Diagnostic]) -> None:
    for fact in facts:
        errors += checks.errors(fact) if fact else ()
        if len(errors) >= MOST_ERRORS:
            return


def of_rows(rows: CsvRows, file: int) -> pl.DataFrame:
    known = rows.table.with_columns(pl.lit(file).alias("file"), pl.lit(1).alias("column"))
    missing = [pl.lit(None, pl.String).alias(name) for name in SEED_COLUMNS if name not in known.columns]
    table = known.with_columns(missing).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    return table.with_columns(pl.when(pl.col(SEED_COLUMNS) != "").then(pl.col(SEED_COLUMNS)))


def _of_facts(facts: list[LocatedFact], file: int) -> pl.DataFrame:
    return pl.DataFrame([_row(fact, file) for fact in facts], schema=SCHEMA, orient="row")


def _row(fact: LocatedFact, file: int) -> tuple[str | int | None, ...]:
    record, place = fact.record, fact.at()
    values: dict[str, str | None] = {
        **{name: getattr(record, name, None) for name in SEED_COLUMNS},
        **{name: ";".join(getattr(record, name)) or None for name in LISTS},
        "statement_zh": record.statement.zh if record.statement else None,
        "statement_en": record.statement.en if record.statement else None,
    }
    return (*values.values(), file, place.line, place.column)
