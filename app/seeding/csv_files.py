"""Seed files in CSV: each row has its line, and each field its column."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from app.seeding.diagnostics import MOST_ERRORS, Diagnostic, Place, SeedError, did_you_mean
from app.seeding.files import check_text

LONGEST_ROW, LONGEST_FIELD = 1_000_000, 10_000  # characters; a longer field must lack its closing quote
CLOSED = re.compile(r'"(?:[^"]|"")*+"')


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

    def at(self, *path: str | int) -> Place:
        if not path or path[0] not in self.columns:
            return Place(self.file, self.line, 1)
        return Place(self.file, self.line, _field_start(self.text, self.columns.index(str(path[0]))) + 1)


def _field_start(text: str, index: int) -> int:
    """The offset of a field in a CSV line."""
    quoted = False
    for offset, character in enumerate(text):
        if not index:
            return offset
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            index -= 1
    return len(text)


class _Lines:
    """The lines of a file. Those of the current row are kept: fields may contain line breaks."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.first = 1  # number of the first line of the row
        self._row: list[str] = []
        self._size = 0  # characters of it
        self._field = 0  # offset in it where a field begins, none before it being open
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
        while self._field < len(text):
            if text[self._field] == '"':
                quoted = CLOSED.match(text, self._field)
                if quoted is None:
                    before = text[: self._field]
                    return self.first + before.count("\n"), len(before) - before.rfind("\n")
                end = quoted.end()
            else:
                end = self._field
            comma = text.find(",", end)
            if comma < 0:
                return None
            self._field = comma + 1
        return None

    def _refuse_long_field(self) -> None:
        """Raises csv.Error if the current field, which began with a quote, is already too long."""
        quote = self.open_quote()
        self._look_at = self._field + LONGEST_FIELD
        if quote and self._size > self._look_at:
            raise csv.Error(f"a field has over {LONGEST_FIELD:,} characters")


def read_csv(path: Path, file: str, columns: frozenset[str], errors: list[Diagnostic]) -> Iterator[CsvEntry]:
    """The rows of a CSV file. Raises SeedError for a file that is not CSV with a header.

    A row that does not fit the header is left out and added to `errors`.
    """
    check_text(path, file)
    with path.open(encoding="utf-8", newline="") as written:
        lines = _Lines(written)
        rows = csv.reader(lines, strict=True)
        try:
            header = tuple(next(rows, ()))
            _check_header(header, columns, file)
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
            raise SeedError([Diagnostic(Place(file, lines.first, 1), message)]) from error


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


def _check_header(header: tuple[str, ...], columns: frozenset[str], file: str) -> None:
    errors = [
        Diagnostic(Place(file, 1, 1), f"{name!r} is not a column of facts{did_you_mean(name, columns)}")
        for name in header
        if name not in columns
    ]
    errors += [
        Diagnostic(Place(file, 1, 1), f"the column {name!r} stands twice; keep one of them")
        for name in sorted({name for name in header if header.count(name) > 1})
    ]
    if not header:
        errors = [Diagnostic(Place(file, 1, 1), "has no header; name the columns in the first line")]
    if errors:
        raise SeedError(errors)
