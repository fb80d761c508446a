"""An answer as one row of a table: nested fields flattened as `subject_id`, `subject_name_zh`, ..."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, get_args, get_origin

from app.answers.entities import Answer
from app.decimals import json_bytes, written_number

# A cell that a spreadsheet would take for a formula (OWASP, CSV injection); the cure is a quote before it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
LIST_SEPARATOR = ";"

Columns = tuple[tuple[str, tuple[str, ...]], ...]


@cache
def columns(shape: type[Answer]) -> Columns:
    """The name of each column, and the path into the answer that it is taken from."""
    return tuple(_columns(shape, ()))


def _columns(shape: type[Answer], path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, info in shape.model_fields.items():
        parts = () if get_origin(info.annotation) is list else (info.annotation, *get_args(info.annotation))
        inner = next((one for one in parts if _is_answer(one)), None)
        if inner is not None:
            yield from _columns(inner, (*path, name))
        else:
            yield "_".join((*path, name)), (*path, name)


def _is_answer(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Answer)


def flattened(answer: Mapping[str, Any], wanted: Columns) -> dict[str, Any]:
    """Column -> value, None for what an absent part would have held."""
    return {name: _at(answer, path) for name, path in wanted}


def _at(value: Any, path: Sequence[str]) -> Any:
    for part in path:
        value = value.get(part) if value is not None else None
    return value


def ndjson_line(row: Mapping[str, Any]) -> str:
    return json_bytes(row).decode() + "\n"


def csv_line(values: Iterable[Any]) -> str:
    """One line as in RFC 4180. Lists are joined by `;`; text that looks like a formula is made harmless."""
    sink = _Sink()
    csv.writer(sink).writerow([cell(value) for value in values])
    return sink.line


def cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    if isinstance(value, list):
        plain = all(isinstance(one, str) for one in value)
        return cell(LIST_SEPARATOR.join(value) if plain else json_bytes(value).decode())
    return written_number(value)


class _Sink:
    """What the csv module writes a line into."""

    line = ""

    def write(self, line: str) -> None:
        self.line = line
