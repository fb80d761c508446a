"""What of an answer is shown, by `fields=id,subject.name`, and how: the writers of CSV and NDJSON."""

import csv
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from typing import Any, ClassVar, NamedTuple, get_args

import orjson
from pydantic import BaseModel

from app.answers.entities import Answer
from app.answers.flat import Columns, at, cell
from app.queries.parameters import Parameter
from app.queries.reading import Form, RequestContext
from app.text.decimals import json_bytes

# A number that a float or a 64-bit integer may not represent; matches inside strings are harmless.
INEXACT = re.compile(rb"[:,\[]-?\d+(?:[.eE]|\d{15})")
# How the URLs in stored answers begin. In a text, quotes are escaped.
STORED_URL = re.compile(rb'"(href|facts)":"/v1/')
BYTE_ORDER_MARK = "\ufeff".encode()
Tree = dict[str, "Tree"]


def paths(shape: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every dotted path into a response model."""
    for name, info in shape.model_fields.items():
        yield prefix + name
        for inner in _shapes_in(info.annotation):
            yield from paths(inner, f"{prefix}{name}.")


def _shapes_in(annotation: Any) -> Iterator[type[Answer]]:
    """The response models in a type: itself, or those of a list or a union."""
    if isinstance(annotation, type) and issubclass(annotation, Answer):
        yield annotation
    for inner in get_args(annotation):
        yield from _shapes_in(inner)


@dataclass(eq=False)
class Fields(Parameter[Tree]):
    """The requested paths, as a tree; an empty tree selects everything."""

    known: tuple[str, ...]

    def read(self, values: list[str], reading: RequestContext) -> Tree:
        text = ",".join(values)
        given = text.split(",")
        if len(given) > len(self.known):
            raise self.invalid(text, f"fields takes up to {len(self.known)} paths; name each once.")
        self.refuse_unknown(zip(given, given, strict=True), self.known, "is no field of the answer.")
        tree: Tree = {}
        for path in sorted(given):
            branch = tree
            *parents, last = path.split(".")
            for part in parents:
                if branch.get(part) == {}:  # `name,name.zh` selects the whole name
                    break
                branch = branch.setdefault(part, {})
            else:
                branch[last] = {}
        return tree

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "enum": list(self.known)}}


def cut(answer: bytes, tree: Tree) -> bytes:
    """The JSON of an answer with the selected fields only, in their original order."""
    return json_bytes(_cut(json.loads(answer, parse_float=Decimal), tree))


def _cut(value: Any, tree: Tree) -> Any:
    if isinstance(value, list):
        return [_cut(item, tree) for item in value]
    if not tree or not isinstance(value, dict):
        return value
    return {name: _cut(inner, tree[name]) for name, inner in value.items() if name in tree}


def _is_shown(path: Iterable[str], tree: Tree) -> bool:
    for part in path:
        if not tree:
            return True
        if part not in tree:
            return False
        tree = tree[part]
    return True


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

    def header(self) -> bytes:
        """What comes before the first row."""
        return b""

    @abstractmethod
    def rows(self, answers: Sequence[bytes]) -> bytes:
        """Some rows."""


class NdjsonWriter(Writer):
    """One line per answer, the same object as in a JSON page."""

    media_type = "application/x-ndjson"

    def rows(self, answers: Sequence[bytes]) -> bytes:
        if self.fields:
            answers = [json_bytes(_cut(read_answer(one), self.fields)) for one in answers]
        return b"\n".join([*answers, b""])


class CsvWriter(Writer):
    """RFC 4180, nested fields flattened as in `subject_id`, text unchanged.

    The variant for Excel begins with a byte order mark, and has a quote before what Excel would take for a formula.
    """

    media_type = "text/csv; charset=utf-8; header=present"

    def header(self) -> bytes:
        return (BYTE_ORDER_MARK if self.for_excel else b"") + _csv([[name for name, _ in self.columns]])

    def rows(self, answers: Sequence[bytes]) -> bytes:
        rows = []
        for one in answers:
            answer = read_answer(one)
            if self.fields:  # also inside lists, which are single cells
                answer = _cut(answer, self.fields)
            rows.append([cell(at(answer, path), harmless=self.for_excel) for _, path in self.columns])
        return _csv(rows)


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


WRITERS: dict[Form, type[Writer]] = {Form.CSV: CsvWriter, Form.NDJSON: NdjsonWriter}


def read_answer(answer: bytes) -> Any:
    """Parse an answer with exact numbers: orjson, which is fast, is only used if all numbers are short integers."""
    return json.loads(answer, parse_float=Decimal) if INEXACT.search(answer) else orjson.loads(answer)


def with_root_path(answer: bytes, root_path: str) -> bytes:
    """A stored answer with the root path, which is not known when it is stored, before its URLs."""
    if not root_path:
        return answer
    return STORED_URL.sub(lambda found: b'"%b":"%b/v1/' % (found[1], root_path.encode()), answer)


def export_pieces(writer: Writer, batches: Iterable[Sequence[bytes]]) -> Pieces:
    """A whole export, in pieces."""
    yield Piece(writer.header(), 0)
    for answers in batches:
        yield Piece(writer.rows(answers), len(answers))
