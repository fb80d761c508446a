"""A field of an answer as it stands in JSON, so that what many facts show is written once."""

from collections.abc import Iterable
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from app import answers
from app.text.decimals import json_bytes

CACHED = 100_000


def part(name: str, value: Any) -> str:
    """A field that holds one value, or a list."""
    written = encode_basestring(value) if isinstance(value, str) else json_bytes(value).decode()
    return f'"{name}":{written}'


def nested(name: str, parts: Iterable[str]) -> str:
    return f'"{name}":{{{",".join(parts)}}}'


@lru_cache(maxsize=CACHED)
def shared(name: str, value: str | int | tuple[str, ...] | None) -> str:
    """A field of which many facts hold the same; a tuple is a list."""
    return part(name, list(value) if isinstance(value, tuple) else value)


def answer_part(name: str, answer: answers.Answer) -> str:
    """A nested answer."""
    fields = ((key, getattr(answer, key)) for key in type(answer).model_fields)
    return nested(
        name,
        [answer_part(key, value) if isinstance(value, answers.Answer) else part(key, value) for key, value in fields],
    )
