"""Every id there is, so that a filter can refuse one that does not exist and name those it may have meant."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

from rapidfuzz import fuzz, process
from sqlalchemy import select

from app import tables
from app.database import Snapshot

NEAR_ENOUGH, NEARLY_AS_GOOD = 60, 8  # of a likeness of 100
LONGEST_COMPARED = 80
SUGGESTIONS = 3


def nearest(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known words most like a word, the likest first; none where none is much like it."""
    plain = word[:LONGEST_COMPARED].casefold()
    matches = process.extract(
        plain, list(known), scorer=fuzz.ratio, processor=str.casefold, limit=SUGGESTIONS, score_cutoff=NEAR_ENOUGH
    )
    return tuple(match[0] for match in matches if match[1] >= matches[0][1] - NEARLY_AS_GOOD)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The ids of one revision: their types, and the names and aliases people may type instead."""

    types: dict[str, str]
    spellings: dict[str, dict[str, str]] = field(default_factory=dict)  # type -> spelling -> id

    def has(self, entity_id: str, types: Iterable[str]) -> bool:
        return self.types.get(entity_id, "") in types

    def nearest(self, word: str, types: Iterable[str]) -> tuple[str, ...]:
        spellings = {spelling: one for type_ in types for spelling, one in self.spellings.get(type_, {}).items()}
        return tuple(dict.fromkeys(spellings[spelling] for spelling in nearest(word, spellings)))


class Vocabularies:
    """The vocabulary of the latest revision, read once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._latest: tuple[str, Vocabulary] | None = None

    def of(self, snapshot: Snapshot) -> Vocabulary:
        latest = self._latest
        if latest is None or latest[0] != snapshot.revision:
            with self._lock:
                latest = self._latest
                if latest is None or latest[0] != snapshot.revision:
                    latest = self._latest = (snapshot.revision, _read(snapshot))
        return latest[1]


def _read(snapshot: Snapshot) -> Vocabulary:
    entity = tables.Entity
    vocabulary = Vocabulary({})
    rows = snapshot.connection.execute(select(entity.id, entity.type, entity.name_zh, entity.name_en, entity.aliases))
    for entity_id, type_, zh, en, aliases in rows:
        vocabulary.types[entity_id] = type_
        spellings = vocabulary.spellings.setdefault(type_, {})
        for spelling in (entity_id, zh, en, *json.loads(aliases)):
            spellings.setdefault(spelling, entity_id)
    return vocabulary
