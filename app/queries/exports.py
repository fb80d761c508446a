"""All answers to a question as lines of CSV or NDJSON, read piece by piece in one snapshot."""

import json
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple

from app.answers.flat import Columns, csv_line, flattened, ndjson_line
from app.errors import BadRequest, Mistake
from app.queries.fields import Tree, cut_value
from app.queries.filters import Parameter
from app.queries.vocabulary import Vocabulary, nearest

BYTE_ORDER_MARK = "\ufeff".encode()


class Form(StrEnum):
    """What an answer is written as. A suffix of the path names it too: /v1/facts.csv."""

    JSON = "json"
    CSV = "csv"
    NDJSON = "ndjson"


@dataclass(frozen=True, kw_only=True)
class Format(Parameter[Form]):
    name: str = "format"
    description: str = (
        "`csv` and `ndjson` give all rows, or `limit` of them, nested fields flattened as `subject_id`; "
        "the suffixes `.csv` and `.ndjson` of the path, and `Accept`, do the same."
    )
    example: Any = "csv"
    single: ClassVar[bool] = True

    def read(self, values: list[str], vocabulary: Vocabulary) -> Form:
        if values[0] not in tuple(Form):
            detail = f"format is one of {', '.join(Form)}, not {values[0][:20]!r}."
            raise self.refuse(values[0], detail, nearest(values[0], Form))
        return Form(values[0])

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(Form)}


@dataclass(frozen=True, kw_only=True)
class Bom(Parameter[bool]):
    name: str = "bom"
    description: str = "`1` starts a CSV with a byte order mark, which Excel needs to read Chinese."
    example: Any = "1"
    single: ClassVar[bool] = True

    def read(self, values: list[str], vocabulary: Vocabulary) -> bool:
        if values[0] not in ("0", "1"):
            raise self.refuse(values[0], f"bom is 1 or 0, not {values[0][:20]!r}.")
        return values[0] == "1"

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": ["1", "0"]}


FORMAT, BOM = Format(), Bom()


class Piece(NamedTuple):
    """Some lines, and how many rows they show."""

    content: bytes
    rows: int


Lines = Generator[Piece, None, None]


def shown_columns(wanted: Columns, fields: Tree | None) -> Columns:
    """The columns of which `fields` shows something."""
    return tuple(one for one in wanted if _is_shown(one[1], fields)) if fields else wanted


def _is_shown(path: Iterable[str], tree: Tree) -> bool:
    for part in path:
        if not tree:
            return True
        if part not in tree:
            return False
        tree = tree[part]
    return True


def opening(columns: Columns, form: Form, *, bom: bool) -> Piece:
    """What stands before the first row: in CSV the names of the columns."""
    if form is Form.NDJSON:
        return Piece(b"", 0)
    return Piece((BYTE_ORDER_MARK if bom else b"") + csv_line(name for name, _ in columns).encode(), 0)


def line(row: Mapping[str, Any], form: Form) -> bytes:
    return (ndjson_line(row) if form is Form.NDJSON else csv_line(row.values())).encode()


def line_of_answer(answer: bytes, columns: Columns, form: Form, fields: Tree | None) -> bytes:
    """The line of an answer that is JSON already. `fields` cut what stands in its lists, too."""
    read = json.loads(answer, parse_float=Decimal)
    return line(flattened(cut_value(read, fields) if fields else read, columns), form)


def refuse_bom(asked: Mapping[str, Any], form: Form) -> None:
    if asked.get("bom") and form is not Form.CSV:
        detail = "bom goes with CSV only; add format=csv or leave it out."
        raise BadRequest([Mistake("invalid-value", "bom", "1", detail)])
