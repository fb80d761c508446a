"""A response model as one row of a table: nested fields flattened as `subject_id`, `subject_name_zh`, ..."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, get_args, get_origin

from app.answers.entities import Answer
from app.text.decimals import json_bytes

# What a spreadsheet would take for a formula begins so (OWASP, CSV injection); a quote before it prevents that.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
LIST_SEPARATOR = ";"

Columns = tuple[tuple[str, tuple[str, ...]], ...]


@cache
def columns(shape: type[Answer]) -> Columns:
    """The name of each column, and the path in the answer that it comes from."""
    return tuple(_columns(shape, ()))


def _columns(shape: type[Answer], path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, info in shape.model_fields.items():
        parts = () if get_origin(info.annotation) is list else (info.annotation, *get_args(info.annotation))
        inner = next((one for one in parts if isinstance(one, type) and issubclass(one, Answer)), None)
        if inner is not None:
            yield from _columns(inner, (*path, name))
        else:
            yield "_".join((*path, name)), (*path, name)


def at(value: Any, path: Sequence[str]) -> Any:
    """The value at a path; None where a part of the path is null."""
    for part in path:
        if value is None:
            return None
        value = value.get(part)
    return value


def cell(value: Any, *, harmless: bool) -> str:
    """A value as text."""
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        value = LIST_SEPARATOR.join(value)
    if isinstance(value, str):
        return f"'{value}" if harmless and value.startswith(FORMULA) else value
    return json_bytes(value).decode()
