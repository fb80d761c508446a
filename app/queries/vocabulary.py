"""Which ids there are, so that a filter can refuse one that does not exist and name those it may have meant."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import bindparam, select

from app import tables
from app.database import Database, Snapshot
from app.queries.shapes import Statements
from app.readers import Rows
from app.revisions import Revision

NEAR_ENOUGH, NEARLY_AS_GOOD = 60, 8  # of a likeness of 100
LONGEST_COMPARED = 80
SUGGESTIONS = 3
MOST_KEPT = 10_000  # types of ids
STATEMENTS = Statements()
AT_ONCE = 16  # ids of a statement
IDS = [f"id{number}" for number in range(AT_ONCE)]
# One row at least, that of the revision.
TYPES = select(tables.Revision.revision, tables.Entity.id, tables.Entity.type).join_from(
    tables.Revision, tables.Entity, tables.Entity.id.in_([bindparam(name) for name in IDS]), isouter=True
)


def nearest(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known words most like a word, the likest first; none where none is much like it."""
    plain = word[:LONGEST_COMPARED].casefold()
    matches = process.extract(
        plain, list(known), scorer=fuzz.ratio, processor=str.casefold, limit=SUGGESTIONS, score_cutoff=NEAR_ENOUGH
    )
    return tuple(match[0] for match in matches if match[1] >= matches[0][1] - NEARLY_AS_GOOD)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The ids of one revision: their types are kept once asked for, all names are read when one is mistyped."""

    database: Database
    revision: Revision
    _types: dict[str, str] = field(default_factory=dict)  # by id
    _spellings: dict[str, dict[str, str]] = field(default_factory=dict)  # type -> spelling -> id

    def look_up(self, ids: Iterable[str]) -> None:
        """Ask together for the ids of a question that are not known yet. Raises Superseded, TimedOut, NotReady."""
        if len(self._types) >= MOST_KEPT:
            self._types.clear()
        new = sorted({one for one in ids if one not in self._types})
        if not new:
            return
        statement = STATEMENTS.of("types", self.database, TYPES)
        for start in range(0, len(new), AT_ONCE):
            asked = dict.fromkeys(IDS) | dict(zip(IDS, new[start:], strict=False))
            for _, entity_id, type_ in self.database.rows(statement, asked, self.revision):
                if entity_id is not None:
                    self._types[entity_id.decode()] = type_.decode()

    def has(self, entity_id: str, types: Collection[str]) -> bool:
        """Whether there is such an id. Raises Superseded, TimedOut, NotReady."""
        if entity_id not in self._types:  # there is none, or another thread has let go of it
            self.look_up([entity_id])
        return self._types.get(entity_id) in types

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
    """The vocabulary of the latest revision."""

    def __init__(self) -> None:
        self._latest: Vocabulary | None = None

    def of(self, snapshot: Snapshot) -> Vocabulary:
        latest = self._latest
        if latest is None or latest.revision is not snapshot.revision:
            latest = self._latest = Vocabulary(snapshot.database, snapshot.revision)
        return latest
