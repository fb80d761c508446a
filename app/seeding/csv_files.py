"""Seed files in CSV: each row has its line, and each field its column."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import polars as pl

from app.seeding.diagnostics import MOST_ERRORS, Diagnostic, Location, SeedError, did_you_mean
from app.seeding.files import check_text

LONGEST_ROW, LONGEST_FIELD = 1_000_000, 10_000  # characters; a longer field must lack its closing quote
BLOCK = 4_000_000  # bytes that are read at a time, some 20,000 rows
# A field that every reader of CSV reads alike: without quotes, or quoted as a whole, and on one line.
FIELD = rb'(?:[^",\r\n]*+|"(?:[^"\r\n]++|"")*+")'
BEFORE_COMMA = r'(?:"(?:[^"]++|"")*+"|(?!"))[^,]*+,'  # any field but the last
# All fields but the last, and the last if it is open.
UNCLOSED = re.compile(rf'((?:{BEFORE_COMMA})*+)("(?:[^"]++|"")*+\Z)?')


class CsvEntry(NamedTuple):
    """A row: its fields, the number of its first line, and its text."""

    file: str
    columns: tuple[str, ...]
    fields: list[str]
    line: int
    text: str

    @property
    def data(self) -> dict[str, Any]:
        """The fields that are not empty, by column."""
        return {name: field for name, field in zip(self.columns, self.fields, strict=True) if field}

    def at(self, *path: str | int) -> Location:
        if not path or path[0] not in self.columns:
            return Location(self.file, self.line, 1)
        before = re.match(f"(?:{BEFORE_COMMA}){{{self.columns.index(str(path[0]))}}}", self.text)
        return Location(self.file, self.line, before.end() + 1 if before else 1)


class CsvRows(NamedTuple):
    """Rows as a table, with the number of the first `line` of each; `entry` is the row with an index."""

    table: pl.DataFrame
    entry: Callable[[int], CsvEntry]


class _Start(NamedTuple):
    """Where rows begin that follow others."""

    header: tuple[str, ...]
    line: int
    offset: int  # bytes


class _Lines:
    """The lines of a file. Those of the current row are kept: fields may contain line breaks."""

    def __init__(self, file: TextIO, first: int) -> None:
        self._file = file
        self.first = first  # number of the first line of the row
        self._row: list[str] = []
        self._size = 0  # characters of it
        self._field = 0  # offset in it where a field begins, with none before it that is open
        self._look_at = LONGEST_FIELD  # how many characters there are when that field may be too long

    def __iter__(self) -> Iterator[str]:
        while line := self._file.readline(LONGEST_ROW):
            if self._size > self._look_at:
                self._refuse_long_field()
            self._row.append(line)
            self._size += len(line)
            if self._size >= LONGEST_ROW:
                raise csv.Error(f"a row has over {LONGEST_ROW:,} characters")
            yield line

    def row(self) -> str:
        """The text of the row just read; the next row begins."""
        text = "".join(self._row)
        self.first += len(self._row)
        self._row.clear()
        self._size, self._field, self._look_at = 0, 0, LONGEST_FIELD
        return text

    def open_quote(self) -> tuple[int, int] | None:
        """Line and column of the quote that the current row does not close."""
        text = "".join(self._row)
        found = UNCLOSED.match(text, self._field)
        self._field = found.end(1) if found else 0
        if not found or found[2] is None:
            return None
        before = text[: self._field]
        return self.first + before.count("\n"), len(before) - before.rfind("\n")

    def _refuse_long_field(self) -> None:
        """Raises csv.Error if the current field, which began with a quote, is already too long."""
        quote = self.open_quote()
        self._look_at = self._field + LONGEST_FIELD
        if quote and self._size > self._look_at:
            raise csv.Error(f"a field has over {LONGEST_FIELD:,} characters")


def read_tables(
    path: Path, file: str, columns: frozenset[str], errors: list[Diagnostic], most: int
) -> Iterator[CsvRows]:
    """The rows of a CSV file of facts as tables, up to where it is not CSV.

    Polars reads the plain ones, which it reads as `csv` does. From the first BLOCK on that has others, `csv` reads
    them, at most `most` rows at a time.
    """
    try:
        check_text(path, file)
    except SeedError as error:
        errors += error.errors
        return
    start: _Start | None = None
    with path.open("rb") as written:
        header = tuple(written.readline(LONGEST_ROW).decode(errors="replace").removesuffix("\n").split(","))
        if len(header) > 1 and columns.issuperset(header) and len({*header}) == len(header):
            plain = re.compile(rb"(?:%b(?:,%b){%d}(?:\n|\Z))*+" % (FIELD, FIELD, len(header) - 1))
            start = _Start(header, 2, written.tell())
            while block := written.read(BLOCK) + written.readline(LONGEST_ROW):
                found = _plain_rows(block, file, start) if plain.fullmatch(block) else None
                if found is None:
                    break
                yield found
                start = _Start(header, start.line + len(found.table), start.offset + len(block))
            else:
                return
    others = read_csv(path, file, columns, errors, start)
    while entries := list(islice(others, most)):
        yield table_of(entries)


def _plain_rows(rows: bytes, file: str, start: _Start) -> CsvRows | None:
    """Rows that are plain, each on a line; None if one of them has a field that is too long."""
    table = pl.read_csv(
        rows, has_header=False, new_columns=start.header, infer_schema=False, empty_string_is_null=False
    )
    if table.select(pl.max_horizontal(pl.all().str.len_bytes().max())).item() > LONGEST_FIELD:
        return None
    lines: list[bytes] = []

    def entry(number: int) -> CsvEntry:
        if not lines:
            lines.extend(rows.split(b"\n"))
        return CsvEntry(file, start.header, list(table.row(number)), start.line + number, lines[number].decode())

    numbers = pl.int_range(start.line, start.line + pl.len(), dtype=pl.Int32)
    return CsvRows(table.with_columns(numbers.alias("line")), entry)


def table_of(entries: list[CsvEntry]) -> CsvRows:
    fields = zip(*[entry.fields for entry in entries], strict=True)
    columns = [pl.Series(name, list(one), pl.String) for name, one in zip(entries[0].columns, fields, strict=True)]
    lines = pl.Series("line", [entry.line for entry in entries], pl.Int32)
    return CsvRows(pl.DataFrame([*columns, lines]), entries.__getitem__)


def read_csv(
    path: Path, file: str, columns: frozenset[str], errors: list[Diagnostic], start: _Start | None = None
) -> Iterator[CsvEntry]:
    """The rows of a CSV file, one by one, up to where it is not CSV.

    What is wrong there is added to `errors`, and so is each row that does not fit the header, which is left out.
    """
    with path.open("rb") as bytes_written, TextIOWrapper(bytes_written, encoding="utf-8", newline="") as written:
        if start:
            bytes_written.seek(start.offset)
        lines = _Lines(written, start.line if start else 1)
        rows = csv.reader(lines, strict=True)
        try:
            header = start.header if start else tuple(next(rows, ()))
            if wrong := list(_header_errors(header, columns, file)):
                errors += wrong
                return
            lines.row()
            for row in rows:
                line, text = lines.first, lines.row()
                if not row:
                    continue
                entry = CsvEntry(file, header, row, line, text)
                if not (diagnostic := _misfit(entry)):
                    yield entry
                    continue
                errors.append(diagnostic)
                if len(errors) >= MOST_ERRORS:
                    return
        except csv.Error as error:
            quote = lines.open_quote()
            where = "the quote at line {}, column {} is not closed; ".format(*quote) if quote else ""
            message = f"is not CSV: {error}; {where}correct the quotes of this row"
            errors.append(Diagnostic(Location(file, lines.first, 1), message))


def _misfit(entry: CsvEntry) -> Diagnostic | None:
    """The error of a row that does not fit the header, if there is one."""
    row, header = entry.fields, entry.columns
    if len(row) != len(header):
        message = f"has {len(row)} fields where the header names {len(header)}; quote fields that hold commas"
        return Diagnostic(entry.at(), message)
    if len(entry.text) <= LONGEST_FIELD:
        return None
    name, length = max(zip(header, map(len, row), strict=True), key=lambda one: one[1])
    if length > LONGEST_FIELD:
        message = f"has {length:,} characters, at most {LONGEST_FIELD:,} are allowed; shorten it"
        return Diagnostic(entry.at(name), message)
    return None


def _header_errors(header: tuple[str, ...], columns: frozenset[str], file: str) -> Iterator[Diagnostic]:
    place = Location(file)
    if not header:
        yield Diagnostic(place, "has no header; name the columns in the first line")
    for name, count in sorted(Counter(header).items()):
        if name not in columns:
            yield Diagnostic(place, f"{name!r} is not a column of facts{did_you_mean(name, columns)}")
        if count > 1:
            yield Diagnostic(place, f"the column {name!r} stands twice; keep one of them")
