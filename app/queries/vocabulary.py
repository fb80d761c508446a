"""The known ids of a release, so that filters can refuse an unknown id and suggest similar ones."""

import json
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from rapidfuzz import fuzz, process
from sqlalchemy import bindparam, select

from app import tables
from app.store.releases import Rows, Statement

NEAR_ENOUGH, NEARLY_AS_GOOD = 60, 8  # scores out of 100
LONGEST_COMPARED = 80
SUGGESTIONS = 3
MOST_KEPT = 10_000  # ids whose types are cached
AT_ONCE = 16  # ids looked up by one statement
IDS = [f"id{number}" for number in range(AT_ONCE)]
TYPES = select(tables.entities.c.id, tables.entities.c.type).where(
    tables.entities.c.id.in_([bindparam(name) for name in IDS])
)


def nearest(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known words most similar to a word, best first; none if none is similar enough."""
    plain = word[:LONGEST_COMPARED].casefold()
    matches = process.extract(
        plain, list(known), scorer=fuzz.ratio, processor=str.casefold, limit=SUGGESTIONS, score_cutoff=NEAR_ENOUGH
    )
    return tuple(match[0] for match in matches if match[1] >= matches[0][1] - NEARLY_AS_GOOD)


class Reader(Protocol):
    """Reads the release that the ids belong to."""

    def statement(self, key: Hashable, build: Callable[[], Any]) -> Statement:
        """The statement of a query that is built once for each key."""
        ...

    def rows(self, statement: Statement, values: dict[str, Any]) -> Rows:
        """All rows of a statement. Raises TimedOut, NotReady, Unusable, ReleaseNotKept."""
        ...


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The ids of one release. Types are cached when first looked up; all names are read once an id is mistyped."""

    _types: dict[str, str] = field(default_factory=dict)  # by id
    _spellings: dict[str, dict[str, str]] = field(default_factory=dict)  # type -> spelling -> id

    def look_up(self, ids: Iterable[str], reader: Reader) -> None:
        """Look up the ids of a query that are not cached yet, in one go."""
        if len(self._types) >= MOST_KEPT:
            self._types.clear()
        new = sorted({one for one in ids if one not in self._types})
        if not new:
            return
        statement = reader.statement("types", lambda: TYPES)
        for start in range(0, len(new), AT_ONCE):
            values = dict.fromkeys(IDS) | dict(zip(IDS, new[start:], strict=False))
            for entity_id, type_ in reader.rows(statement, values):
                self._types[entity_id.decode()] = type_.decode()

    def has(self, entity_id: str, types: Collection[str], reader: Reader) -> bool:
        """Whether an entity with this id and one of these types exists."""
        if entity_id not in self._types:  # unknown, or evicted by another thread
            self.look_up([entity_id], reader)
        return self._types.get(entity_id) in types

    def nearest(self, word: str, types: Iterable[str], reader: Reader) -> tuple[str, ...]:
        """The ids that are, or whose names are, most similar to a word."""
        spellings = {spelling: one for type_ in types for spelling, one in self._spelled(type_, reader).items()}
        return tuple(dict.fromkeys(spellings[spelling] for spelling in nearest(word, spellings)))

    def _spelled(self, type_: str, reader: Reader) -> dict[str, str]:
        known = self._spellings.get(type_)
        if known is None:
            known = {}
            for entity_id, zh, en, aliases in reader.rows(reader.statement("names", _select_names), {"type": type_}):
                for spelling in (entity_id.decode(), zh.decode(), en.decode(), *json.loads(aliases)):
                    known.setdefault(spelling, entity_id.decode())
            self._spellings[type_] = known
        return known


def _select_names() -> Any:
    entity = tables.entities
    query = select(entity.c.id, entity.c.name_zh, entity.c.name_en, entity.c.aliases)
    return query.where(entity.c.type == bindparam("type")).order_by(entity.c.id)
