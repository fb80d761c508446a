"""The page that answers make: the envelope around them, their total, and the address of the next page."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sqlalchemy import ColumnElement, Subquery, func, literal_column

from app.database import Snapshot
from app.decimals import json_bytes
from app.queries.paging import COUNTED, Cursor, TotalMode
from app.queries.vocabulary import Vocabulary

READS_WELL = re.compile(r"[0-9A-Za-z,.:_~*-]*")
# Between answers: no answer holds a line break, and a page is read with one fact a line.
SEPARATOR = b",\n"
QUERY_READS_WELL = re.compile(r"[0-9A-Za-z,.:_~*&=-]*")


@dataclass(frozen=True, slots=True)
class Body:
    """The JSON of an answer, how many items it has, and the address of the next page if there is one.

    `tag` is that of plain text in the place of JSON: it stays the same over revisions, as long as the text does.
    """

    json: bytes
    rows: int
    next: str | None = None
    tag: bytes | None = None


# Makes the body of an answer out of a query string, a snapshot, its vocabulary and the root path.
Maker = Callable[[bytes, Snapshot, Vocabulary, str], Body]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows. `total` is that of all pages, if counted; `last` has the keys of its end, if more follow."""

    answers: bytes
    rows: int
    total: int | None
    last: tuple[Any, ...] | None


def joining(page: Subquery) -> list[ColumnElement[Any]]:
    """What makes one row of a page: its answers joined, how many they are, and the last position."""
    answer, position = page.c
    separator: Any = literal_column(f"'{SEPARATOR.decode()}'")
    return [func.aggregate_strings(answer, separator), func.count(), func.max(position)]


def joined_by_database(answers: bytes, rows: int, total: int | None, position: int, *, more: bool) -> Shown:
    """What a page shows, where the database joined it and, if there are more, the first of the next page."""
    if not more:
        return Shown(answers, rows, total, None)
    return Shown(answers[: answers.rindex(SEPARATOR)], rows - 1, total, (position - 1,))


def shown_total(total: int | None, mode: TotalMode) -> dict[str, Any] | None:
    """The total as a page shows it: exactly, or beyond 10,000 that there are at least so many."""
    if total is None or mode == "none":
        return None
    if mode == "bounded" and total > COUNTED:
        return {"value": COUNTED, "relation": "gte"}
    return {"value": total, "relation": "eq"}


def envelope_json(
    answers: bytes, total: dict[str, Any] | None, limit: int, snapshot: Snapshot, links: dict[str, str], **more: int
) -> bytes:
    """The envelope around answers that are JSON already; `more` is told of them in `meta`."""
    meta = ({"total": total} if total else {}) | {"limit": limit, "revision": snapshot.revision.name} | more
    return b"".join([b'{"data":[', answers, b'],"meta":', json_bytes(meta), b',"links":', json_bytes(links), b"}"])


def links_of(path: str, pairs: Sequence[tuple[str, str]], cursor: Cursor | None) -> dict[str, str]:
    """The link to a page itself, and to the next one where a cursor says that there is one."""
    links = {"self": address(path, pairs)}
    if cursor:
        others = [pair for pair in pairs if pair[0] != "after"]
        links["next"] = address(path, [*others, ("after", cursor.written())])
    return links


def address(path: str, pairs: Sequence[tuple[str, str]]) -> str:
    """A link: what reads well in a URL stays as it is, the rest is percent-encoded UTF-8."""
    query = "&".join([f"{name}={value}" for name, value in pairs])
    signs = query.count("&") + 1, query.count("=")
    if signs != (len(pairs), len(pairs)) or not QUERY_READS_WELL.fullmatch(query):
        query = "&".join([f"{_encoded(name)}={_encoded(value)}" for name, value in pairs])
    return f"{path}?{query}" if query else path


def _encoded(text: str) -> str:
    return text if READS_WELL.fullmatch(text) else quote(text, safe=",.:-_~*")
