"""Every id there is, so that a filter can refuse one that does not exist and name those it may have meant."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import bindparam, select

from app import tables
from app.database import Database, Snapshot
from app.queries.shapes import Statements
from app.readers import Rows

NEAR_ENOUGH, NEARLY_AS_GOOD = 60, 8  # of a likeness of 100
LONGEST_COMPARED = 80
SUGGESTIONS = 3
STATEMENTS = Statements()


def nearest(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known words most like a word, the likest first; none where none is much like it."""
    plain = word[:LONGEST_COMPARED].casefold()
    matches = process.extract(
        plain, list(known), scorer=fuzz.ratio, processor=str.casefold, limit=SUGGESTIONS, score_cutoff=NEAR_ENOUGH
    )
    return tuple(match[0] for match in matches if match[1] >= matches[0][1] - NEARLY_AS_GOOD)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The ids of one revision and their types; the names that people may type instead are read when one is mistyped."""

    database: Database
    types: dict[str, str]
    _spellings: dict[str, dict[str, str]] = field(default_factory=dict)  # type -> spelling -> id

    def has(self, entity_id: str, types: Iterable[str]) -> bool:
        return self.types.get(entity_id, "") in types

    def nearest(self, word: str, types: Iterable[str]) -> tuple[str, ...]:
        spellings = {spelling: one for type_ in types for spelling, one in self._spelled(type_).items()}
        return tuple(dict.fromkeys(spellings[spelling] for spelling in nearest(word, spellings)))

    def _spelled(self, type_: str) -> dict[str, str]:
        known = self._spellings.get(type_)
        if known is None:
            entity = tables.Entity
            query = select(entity.id, entity.name_zh, entity.name_en, entity.aliases)
            query = query.where(entity.type == bindparam("type")).order_by(entity.id)
            known = {}
            for entity_id, zh, en, aliases in self._rows(query, type_):
                for spelling in (entity_id.decode(), zh.decode(), en.decode(), *json.loads(aliases)):
                    known.setdefault(spelling, entity_id.decode())
            self._spellings[type_] = known
        return known

    def _rows(self, query: Any, type_: str) -> Rows:
        statement = STATEMENTS.of("names", self.database, query)
        return self.database.readers.rows(statement, {"type": type_})


class Vocabularies:
    """The vocabulary of the latest revision, read once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._latest: tuple[str, Vocabulary] | None = None

    def of(self, snapshot: Snapshot) -> Vocabulary:
        latest = self._latest
        if latest is None or latest[0] != snapshot.revision.name:
            with self._lock:
                latest = self._latest
                if latest is None or latest[0] != snapshot.revision.name:
                    latest = self._latest = (snapshot.revision.name, _read(snapshot))
        return latest[1]


def _read(snapshot: Snapshot) -> Vocabulary:
    query = select(select(tables.Revision.revision).scalar_subquery(), tables.Entity.id, tables.Entity.type)
    rows = snapshot.rows(STATEMENTS.of("types", snapshot.database, query), {})
    types = {type_: type_.decode() for type_ in {row[2] for row in rows}}
    return Vocabulary(snapshot.database, {entity_id.decode(): types[type_] for _, entity_id, type_ in rows})
