"""Export formats: one writer class for each of CSV and NDJSON."""

import csv
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Sequence
from decimal import Decimal
from io import StringIO
from typing import Any, ClassVar, NamedTuple

import orjson

from app.answers.flat import Columns, at, cell
from app.queries.fields import Tree, cut_value
from app.queries.reading import Form
from app.text.decimals import json_bytes

# A number that a float or a 64-bit integer may not represent; matches inside strings are harmless.
INEXACT = re.compile(rb"[:,\[]-?\d+(?:[.eE]|\d{15})")
BYTE_ORDER_MARK = "\ufeff".encode()


class Piece(NamedTuple):
    """Some bytes of an export, and how many rows they contain."""

    content: bytes
    rows: int


Pieces = Generator[Piece, None, None]


class Writer(ABC):
    """Writes rows, given as JSON answers, in a format. `fields` selects fields; None selects all."""

    media_type: ClassVar[str]

    def __init__(self, columns: Columns, fields: Tree | None, *, for_excel: bool = False) -> None:
        """`columns` are for flat formats; `for_excel` asks for the variant that Excel reads correctly."""
        self.columns = tuple(one for one in columns if _is_shown(one[1], fields)) if fields else columns
        self.fields = fields
        self.for_excel = for_excel

    @abstractmethod
    def header(self) -> bytes:
        """What comes before the first row."""

    @abstractmethod
    def rows(self, answers: Sequence[bytes]) -> bytes:
        """Some rows."""

    def close(self) -> bytes:
        """What comes after the last row."""
        return b""


class NdjsonWriter(Writer):
    """One line per answer, the same object as in a JSON page."""

    media_type = "application/x-ndjson"

    def header(self) -> bytes:
        return b""

    def rows(self, answers: Sequence[bytes]) -> bytes:
        if self.fields:
            answers = [json_bytes(cut_value(read_answer(one), self.fields)) for one in answers]
        return b"\n".join([*answers, b""])


class CsvWriter(Writer):
    """RFC 4180, nested fields flattened as in `subject_id`, text unchanged.

    The variant for Excel begins with a byte order mark, and has a quote before what Excel would take for a formula.
    """

    media_type = "text/csv; charset=utf-8; header=present"

    def header(self) -> bytes:
        text = StringIO()
        csv.writer(text).writerow([name for name, _ in self.columns])
        return (BYTE_ORDER_MARK if self.for_excel else b"") + text.getvalue().encode()

    def rows(self, answers: Sequence[bytes]) -> bytes:
        text = StringIO()
        line = csv.writer(text).writerow
        paths = [path for _, path in self.columns]
        for one in answers:
            answer = read_answer(one)
            if self.fields:  # also inside lists, which are single cells
                answer = cut_value(answer, self.fields)
            line([cell(at(answer, path), harmless=self.for_excel) for path in paths])
        return text.getvalue().encode()


WRITERS: dict[Form, type[Writer]] = {Form.CSV: CsvWriter, Form.NDJSON: NdjsonWriter}


def read_answer(answer: bytes) -> Any:
    """Parse an answer with exact numbers: orjson, which is fast, is only used if all numbers are short integers."""
    return json.loads(answer, parse_float=Decimal) if INEXACT.search(answer) else orjson.loads(answer)


def written(writer: Writer, batches: Iterable[Sequence[bytes]]) -> Pieces:
    """A whole export, in pieces."""
    yield Piece(writer.header(), 0)
    for answers in batches:
        yield Piece(writer.rows(answers), len(answers))
    yield Piece(writer.close(), 0)


def _is_shown(path: Iterable[str], tree: Tree) -> bool:
    for part in path:
        if not tree:
            return True
        if part not in tree:
            return False
        tree = tree[part]
    return True
