"""Pagination: its parameters, and cursors, which name a release, a query, and the keys of the last row of a page."""

import base64
import json
from typing import Any, Literal, NamedTuple

from app.queries.parameters import OneOf, QueryModel, Single

LARGEST_LIMIT, DEFAULT_LIMIT = 500, 50
LARGEST_EXACT_TOTAL = 10_000  # up to which a total is exact by default
LONGEST_CURSOR = 2000
LARGEST_KEY = 2**31
PRESENTATION = {"after", "limit", "total", "fields", "format", "bom"}  # parameters that only affect presentation
ORDERED = {"sort", "by"}  # parameters whose order matters

TotalMode = Literal["bounded", "exact", "none"]


class Cursor(NamedTuple):
    """Where a page ends: its release with its number, a digest of the query, and the keys of the last row."""

    release: str
    number: int
    query: str
    keys: tuple[Any, ...]


def read_cursor(text: str) -> Cursor | None:
    """Decode a cursor; None if it is not one of ours."""
    try:
        padded = text[:LONGEST_CURSOR] + "=" * (-len(text) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError, RecursionError):
        return None
    match parts:
        case [str(release), int(number), str(query), *keys] if all(_harmless(key) for key in (release, number, *keys)):
            return Cursor(release, number, query, tuple(keys))
    return None


def _harmless(key: object) -> bool:
    """Whether the database accepts it: no control characters, no large integers."""
    if isinstance(key, int):
        return abs(key) < LARGEST_KEY
    return key is None or (isinstance(key, str) and key.isprintable())


def limited(largest: int, default: int) -> Single[int]:
    """The parameter for the number of items in a response."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(largest)) and 1 <= int(text) <= largest):
            raise ValueError(f"limit must be a whole number from 1 to {largest}, not {text[:20]!r}.")
        return int(text)

    return Single(parse=read, documented={"type": "integer", "minimum": 1, "maximum": largest, "default": default})


def _read_after(text: str) -> Cursor:
    cursor = read_cursor(text)
    if cursor is None:
        raise ValueError("after is no cursor of ours; take it from links.next.")
    return cursor


class PageQuery(QueryModel):
    """A paginated query."""

    limit: int | None = limited(LARGEST_LIMIT, DEFAULT_LIMIT).described(
        f"Page size, 1 to {LARGEST_LIMIT}; {DEFAULT_LIMIT} by default.", 10
    )
    after: Cursor | None = Single(
        parse=_read_after, documented={"type": "string", "minLength": 1, "maxLength": LONGEST_CURSOR}
    ).described("The cursor in `links.next` of the previous page; it is valid for one query and one release.")
    total: TotalMode | None = OneOf(choices=("exact", "none")).described(
        "`exact` also counts beyond 10,000, where counting stops by default; `none` skips the count.", "exact"
    )
