"""Pagination: cursors, which name a release, a query, and the keys of the last row of a page."""

import base64
import json
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from app.errors import BadRequest, Mistake, StaleCursor

MOST, USUAL = 500, 50
COUNTED = 10_000  # up to which a total is exact by default
LONGEST_CURSOR = 2000
LARGEST_KEY = 2**31
SHOWING = {"after", "limit", "total", "fields", "format", "bom"}  # parameters that only affect presentation
ORDERING = {"sort", "by"}  # parameters whose order matters

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


def keys_after(cursor: Cursor, release: str, query: str, kinds: Sequence[type]) -> list[Any]:
    """The keys that a page starts after, each of its type or None.

    Raises BadRequest for a cursor of another query, StaleCursor for a cursor of another release.
    """
    fits = len(cursor.keys) == len(kinds) and all(
        key is None or type(key) is kind for key, kind in zip(cursor.keys, kinds, strict=False)
    )
    if cursor.query != query or not fits:
        detail = "after belongs to another query; follow links.next of this one."
        raise BadRequest([Mistake("invalid-value", "after", "", detail)])
    if cursor.release != release:
        raise StaleCursor("The release of that page is not kept any more; start again without `after`.")
    return list(cursor.keys)
