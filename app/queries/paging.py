"""How a list is cut into pages: keyset cursors over a total order."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import orjson
from sqlalchemy import ColumnElement, UnaryExpression, and_, false, or_

from app.errors import BadRequest, Mistake, StaleCursor
from app.queries.filters import Column, Parameter, Refused
from app.queries.vocabulary import Vocabulary, nearest

MOST, USUAL = 500, 50
COUNTED = 10_000  # how far a total is exact without being asked to be
LONGEST_CURSOR = 2000
LARGEST_KEY = 2**31
SHOWING = {"after", "limit", "total", "fields", "format", "bom"}  # say what is shown of a page, not which rows
OFFSETS = {"page", "offset", "skip", "start", "cursor", "per_page", "page_size"}

TotalMode = Literal["bounded", "exact", "none"]


@dataclass(frozen=True, kw_only=True)
class Limit(Parameter[int]):
    name: str = "limit"
    description: str = f"How many answers a page has, 1 to {MOST}; {USUAL} where it is left out."
    example: Any = USUAL
    single: ClassVar[bool] = True

    def read(self, values: list[str], vocabulary: Vocabulary) -> int:
        text = values[0]
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) and 1 <= int(text) <= MOST):
            raise self.refuse(text, f"limit must be a whole number from 1 to {MOST}, not {text[:20]!r}.")
        return int(text)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}


@dataclass(frozen=True, kw_only=True)
class Total(Parameter[TotalMode]):
    name: str = "total"
    description: str = "`exact` counts beyond 10,000 too, `none` does not count at all."
    example: Any = "exact"
    single: ClassVar[bool] = True

    def read(self, values: list[str], vocabulary: Vocabulary) -> TotalMode:
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
    """One part of an order. `nullable` parts put rows without a value last, either way round."""

    column: Column | ColumnElement[Any]
    descending: bool = False
    nullable: bool = False

    @property
    def kind(self) -> type:
        """Of the values it has."""
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
    """`keys` are the columns one may sort by, `tie_break` the unique one that always decides last."""

    keys: Mapping[str, Key]
    tie_break: Key
    name: str = "sort"
    single: ClassVar[bool] = True

    def read(self, values: list[str], vocabulary: Vocabulary) -> list[Key]:
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


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ends: a revision, the question that was asked, and the keys of its last row."""

    revision: str
    question: str
    keys: tuple[Any, ...]

    def written(self) -> str:
        written = orjson.dumps([self.revision, self.question, *self.keys])
        return base64.urlsafe_b64encode(written).decode().rstrip("=")


@dataclass(frozen=True, kw_only=True)
class After(Parameter[Cursor]):
    name: str = "after"
    description: str = "The cursor of the page before, as `links.next` has it; it belongs to one question and revision."
    example: Any = "WyJyLTNmOWMwYSIsIi4uLiJd"
    single: ClassVar[bool] = True

    def read(self, values: list[str], vocabulary: Vocabulary) -> Cursor:
        text = values[0]
        try:
            padded = text[:LONGEST_CURSOR] + "=" * (-len(text) % 4)
            parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (ValueError, TypeError, RecursionError):
            parts = None
        match parts:
            case [str(revision), str(question), *keys] if all(_harmless(key) for key in keys):
                return Cursor(revision, question, tuple(keys))
        raise self.refuse(text, "after is no cursor of ours; take it from links.next.")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": LONGEST_CURSOR}

    def keys(
        self, cursor: Cursor | None, revision: str, question: str, kinds: Sequence[type]
    ) -> tuple[Any, ...] | None:
        """The keys a page starts behind, each of its kind or None.

        Raises BadRequest for a cursor of another question, StaleCursor for one of other data.
        """
        if cursor is None:
            return None
        fits = len(cursor.keys) == len(kinds) and all(
            key is None or type(key) is kind for key, kind in zip(cursor.keys, kinds, strict=False)
        )
        if cursor.question != question or not fits:
            detail = "after belongs to another question; follow links.next of this one."
            raise BadRequest([Mistake("invalid-value", self.name, "", detail)])
        if cursor.revision != revision:
            raise StaleCursor("The data was loaded anew since the page before; start again without `after`.")
        return cursor.keys


def _harmless(key: object) -> bool:
    """Whether a database takes it: no control characters, no integer beyond 64 bits."""
    if key is None:
        return True
    if isinstance(key, int):
        return abs(key) < LARGEST_KEY
    return isinstance(key, str) and key.isprintable()


def question_digest(path: str, parts: Sequence[tuple[str, str]]) -> str:
    """What a cursor belongs to: path and parameters, but for those that only say what is shown of a page."""
    asked = sorted([part for part in parts if part[0] not in SHOWING])
    return hashlib.sha256(orjson.dumps([path, asked])).hexdigest()[:12]


def beyond(order: Sequence[Key], values: Sequence[Any]) -> ColumnElement[bool]:
    """The rows that come after the one with these keys."""
    alternatives = []
    for index, (key, value) in enumerate(zip(order, values, strict=True)):
        same = [one.same(known) for one, known in zip(order[:index], values[:index], strict=True)]
        alternatives.append(and_(*same, key.beyond(value)))
    return or_(*alternatives)
