"""The ids of a release: which exist, and which are similar to one that does not."""

import json
from collections.abc import Callable, Collection, Iterable
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import SQLColumnExpression, bindparam, select

from app import tables
from app.queries.reading import RequestContext

NEAR_ENOUGH, NEARLY_AS_GOOD = 60, 8  # scores out of 100
LONGEST_COMPARED = 80
SUGGESTIONS = 3
MOST_KEPT = 10_000  # ids whose types are cached
AT_ONCE = 16  # ids looked up by one statement
AROUND = 5  # ids suggested on each side of one in the alphabet
ENTITY = tables.entities
IDS = [f"id{number}" for number in range(AT_ONCE)]
TYPES = select(ENTITY.c.id, ENTITY.c.type).where(ENTITY.c.id.in_([bindparam(name) for name in IDS]))
NAMES = (
    select(ENTITY.c.id, ENTITY.c.name_zh, ENTITY.c.name_en, ENTITY.c.aliases)
    .where(ENTITY.c.type == bindparam("type"))
    .order_by(ENTITY.c.id)
)
# Suggests ids for one that does not exist.
Suggest = Callable[[str, RequestContext], tuple[str, ...]]


def nearest(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known words most similar to a word, best first; none if none is similar enough."""
    plain = word[:LONGEST_COMPARED].casefold()
    matches = process.extract(
        plain, list(known), scorer=fuzz.ratio, processor=str.casefold, limit=SUGGESTIONS, score_cutoff=NEAR_ENOUGH
    )
    return tuple(match[0] for match in matches if match[1] >= matches[0][1] - NEARLY_AS_GOOD)


def look_up(ids: Iterable[str], reading: RequestContext) -> None:
    """Look up the types of the ids of a query that are not cached yet, in one go."""
    types = reading.release.cache.types
    if len(types) >= MOST_KEPT:
        types.clear()
    new = sorted({one for one in ids if one not in types})
    for start in range(0, len(new), AT_ONCE):
        values: dict[str, Any] = dict.fromkeys(IDS) | dict(zip(IDS, new[start:], strict=False))
        types.update((id_.decode(), type_.decode()) for id_, type_ in reading.run(TYPES, **values))


def is_known(id_: str, types: Collection[str], reading: RequestContext) -> bool:
    """Whether there is an entity with this id and one of these types."""
    if id_ not in reading.release.cache.types:  # unknown, or evicted by another thread
        look_up([id_], reading)
    return reading.release.cache.types.get(id_) in types


def similar_ids(word: str, types: Iterable[str], reading: RequestContext) -> tuple[str, ...]:
    """The ids of these types that are, or whose names are, most similar to a word."""
    spellings = {spelling: id_ for type_ in types for spelling, id_ in _spellings(type_, reading).items()}
    return tuple(dict.fromkeys(spellings[spelling] for spelling in nearest(word, spellings)))


def _spellings(type_: str, reading: RequestContext) -> dict[str, str]:
    """The ids of a type by all their names; read when an id is mistyped for the first time."""
    known = reading.release.cache.spellings.get(type_)
    if known is None:
        known = {}
        for id_, zh, en, aliases in reading.run(NAMES, type=type_):
            for spelling in (id_.decode(), zh.decode(), en.decode(), *json.loads(aliases)):
                known.setdefault(spelling, id_.decode())
        reading.release.cache.spellings[type_] = known
    return known


def suggest_neighbours(column: SQLColumnExpression[str]) -> Suggest:
    """Suggests the neighbours of an id in the alphabet, where there are too many to compare with all of them.

    Ids of facts and comparisons begin with subject and metric, so neighbours are alike.
    """
    around = (
        select(column).where(column < bindparam("id")).order_by(column.desc()).limit(AROUND),
        select(column).where(column > bindparam("id")).order_by(column).limit(AROUND),
    )

    def suggest(id_: str, reading: RequestContext) -> tuple[str, ...]:
        id_ = id_.lower()
        if not id_.isascii() or not id_.isprintable():
            return ()
        return nearest(id_, [row[0].decode() for query in around for row in reading.run(query, id=id_)])

    return suggest
