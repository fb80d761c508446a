"""Pagination: keyset cursors over a total order."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

from sqlalchemy import ColumnElement, UnaryExpression, and_, false, or_

from app.errors import BadRequest, Mistake, StaleCursor
from app.queries.parameters import Context, Parameter, Refused
from app.queries.vocabulary import nearest

MOST, USUAL = 500, 50
COUNTED = 10_000  # up to which a total is exact by default
LONGEST_CURSOR = 2000
LARGEST_KEY = 2**31
SHOWING = {"after", "limit", "total", "fields", "format", "bom"}  # parameters that only affect presentation
ORDERING = {"sort", "by"}  # parameters whose order matters

TotalMode = Literal["bounded", "exact", "none"]


@dataclass(frozen=True, kw_only=True)
class Limit(Parameter[int]):
    single: ClassVar[bool] = True

    def read(self, values: list[str], context: Context) -> int:
        text = values[0]
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) and 1 <= int(text) <= MOST):
            raise self.refuse(text, f"limit must be a whole number from 1 to {MOST}, not {text[:20]!r}.")
        return int(text)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}


@dataclass(frozen=True, kw_only=True)
class Total(Parameter[TotalMode]):
    single: ClassVar[bool] = True

    def read(self, values: list[str], context: Context) -> TotalMode:
        if values[0] == "exact":
            return "exact"
        if values[0] == "none":
            return "none"
        raise self.refuse(
            values[0], f"total is exact or none, not {values[0][:20]!r}.", nearest(values[0], ["exact", "none"])
        )

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": ["exact", "none"]}


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key. `nullable` keys put rows without a value last, in either direction."""

    column: ColumnElement[Any]
    descending: bool = False
    nullable: bool = False

    @property
    def kind(self) -> type:
        """The type of its values."""
        kind: type = self.column.type.python_type
        return kind

    def order(self) -> UnaryExpression[Any]:
        ordered = self.column.desc() if self.descending else self.column.asc()
        return ordered.nulls_last() if self.nullable else ordered

    def same(self, value: Any) -> ColumnElement[bool]:
        return self.column.is_(None) if value is None else self.column == value

    def beyond(self, value: Any) -> ColumnElement[bool]:
        if value is None:
            return false()
        further = self.column < value if self.descending else self.column > value
        return or_(further, self.column.is_(None)) if self.nullable else further


@dataclass(frozen=True, kw_only=True)
class Sort(Parameter[list[Key]]):
    """`keys` are the allowed sort keys, `tie_break` is a unique key that always decides last."""

    keys: Mapping[str, Key]
    tie_break: Key
    joined: ClassVar[bool] = True

    def read(self, values: list[str], context: Context) -> list[Key]:
        order: list[Key] = []
        mistakes: list[Mistake] = []
        tokens = values[0].split(",")
        if len(tokens) > len(self.keys):
            raise self.refuse(values[0], f"sort takes up to {len(self.keys)} keys; name each once.")
        for token in tokens:
            name = token.removeprefix("-")
            if sum(name == other.removeprefix("-") for other in tokens) > 1:
                detail = f"{name[:40]!r} decides once; name it once."
                raise self.refuse(values[0], detail)
            if key := self.keys.get(name):
                order.append(Key(key.column, token.startswith("-"), key.nullable))
            else:
                detail = f"{name[:40]!r} cannot be sorted by; one of {', '.join(self.keys)} can."
                mistakes.append(Mistake("invalid-value", self.name, token, detail, nearest(name, self.keys)))
        if mistakes:
            raise Refused(*mistakes)
        return [*order, self.tie_break]

    def schema(self) -> dict[str, Any]:
        names = [sign + name for name in self.keys for sign in ("", "-")]
        return {"type": "array", "items": {"type": "string", "enum": names}}


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


@dataclass(frozen=True, kw_only=True)
class After(Parameter[Cursor]):
    """The cursor that a page starts after."""

    single: ClassVar[bool] = True

    def read(self, values: list[str], context: Context) -> Cursor:
        if cursor := read_cursor(values[0]):
            return cursor
        raise self.refuse(values[0], "after is no cursor of ours; take it from links.next.")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": LONGEST_CURSOR}


def keys_after(cursor: Cursor, release: str, query: str, kinds: Sequence[type]) -> tuple[Any, ...]:
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
    return cursor.keys


def _harmless(key: object) -> bool:
    """Whether the database accepts it: no control characters, no large integers."""
    if key is None:
        return True
    if isinstance(key, int):
        return abs(key) < LARGEST_KEY
    return isinstance(key, str) and key.isprintable()


def beyond(order: Sequence[Key], values: Sequence[Any]) -> ColumnElement[bool]:
    """The rows that come after the one with these keys."""
    alternatives = []
    for index, (key, value) in enumerate(zip(order, values, strict=True)):
        same = [one.same(known) for one, known in zip(order[:index], values[:index], strict=True)]
        alternatives.append(and_(*same, key.beyond(value)))
    return or_(*alternatives)
