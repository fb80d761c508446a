"""A field of an answer in all forms a fact is shown in, so that what many facts show is written once."""

from collections.abc import Iterable
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from app import answers
from app.answers.flat import cell, columns
from app.decimals import json_bytes

CACHED = 100_000


class Part(NamedTuple):
    """A field as it stands in JSON, in a line of CSV and in one of NDJSON; there a nested field is several."""

    json: str
    csv: str
    ndjson: str


def part(name: str, value: Any, within: str = "") -> Part:
    """A field that holds one value, or a list; `within` names the field it is nested in."""
    written = encode_basestring(value) if isinstance(value, str) else json_bytes(value).decode()
    flat = f"{within}_{name}" if within else name
    return Part(f'"{name}":{written}', _quoted(cell(value)), f'"{flat}":{written}')


def joined(parts: Iterable[Part]) -> Part:
    """Fields beside each other."""
    json, csv, ndjson = zip(*parts, strict=True)
    return Part(",".join(json), ",".join(csv), ",".join(ndjson))


def nested(name: str, parts: Iterable[Part]) -> Part:
    json, csv, ndjson = zip(*parts, strict=True)
    return Part(f'"{name}":{{{",".join(json)}}}', ",".join(csv), ",".join(ndjson))


@lru_cache(maxsize=CACHED)
def shared(name: str, value: str | int | tuple[str, ...] | None, within: str = "") -> Part:
    """A field of which many facts hold the same; a tuple is a list."""
    return part(name, list(value) if isinstance(value, tuple) else value, within)


def answer_part(name: str, answer: answers.Answer, within: str = "") -> Part:
    """A nested answer."""
    path = f"{within}_{name}" if within else name
    fields = ((key, getattr(answer, key)) for key in type(answer).model_fields)
    return nested(
        name,
        [
            answer_part(key, value, path) if isinstance(value, answers.Answer) else part(key, value, path)
            for key, value in fields
        ],
    )


def absent(name: str, shape: type[answers.Answer]) -> Part:
    """A nested answer that is not there."""
    names = [column for column, _ in columns(shape)]
    return Part(f'"{name}":null', "," * (len(names) - 1), ",".join(f'"{name}_{column}":null' for column in names))


def _quoted(text: str) -> str:
    """A cell as RFC 4180 wants it."""
    if '"' in text or "," in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text
