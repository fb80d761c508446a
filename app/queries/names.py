"""Names of entities, looked up in the database: which is exactly one, and which begin with a text."""

import json

from sqlalchemy import Integer, Text, bindparam, select

from app import tables
from app.queries.reading import RequestContext
from app.text.normalizing import search_line, search_words

NAME, ENTITY = tables.names, tables.entities
SPELLED = (
    select(NAME.c.entity_id, ENTITY.c.type)
    .join_from(NAME, ENTITY, ENTITY.c.id == NAME.c.entity_id)
    .where(NAME.c.spelling == bindparam("spelling", type_=Text()), NAME.c.kind != "pinyin")
    .distinct()
    .order_by(NAME.c.entity_id)
)
ORDER = ("rank", "length", "spelling", "entity_id")
BEGINNING = (  # only the first are joined
    select(NAME.c.entity_id, NAME.c.shown, NAME.c.rank, NAME.c.length, NAME.c.spelling)
    .where(NAME.c.spelling >= bindparam("low", type_=Text()), NAME.c.spelling < bindparam("high", type_=Text()))
    .order_by(*(NAME.c[name] for name in ORDER))
    .limit(bindparam("rows", type_=Integer()))
    .subquery("beginning")
)
SUGGESTED = (
    select(ENTITY.c.id, ENTITY.c.type, ENTITY.c.name_zh, ENTITY.c.name_en, BEGINNING.c.shown)
    .join_from(BEGINNING, ENTITY, ENTITY.c.id == BEGINNING.c.entity_id)
    .order_by(*(BEGINNING.c[name] for name in ORDER))
)
SCRIPTS = select(tables.revisions.c.scripts)
LAST = "\U0010ffff"  # follows every character that a spelling has
# Names, aliases and pinyin of one entity that may begin alike: few as a rule, many at most.
SPELLINGS_AN_ENTITY = (2, 16)


def fold(text: str, reading: RequestContext) -> str:
    """A text with its traditional characters simplified, as in what is searched."""
    if text.isascii():
        return text
    if reading.release.cache.folding is None:
        ((scripts,),) = reading.run(SCRIPTS)
        reading.release.cache.folding = str.maketrans(json.loads(scripts))
    return text.translate(reading.release.cache.folding)


def searched_words(question: str, reading: RequestContext) -> list[str]:
    """The words of a `q`, as they stand in what is searched: made plain first, then simplified."""
    return [fold(word, reading) for word in search_words(question)]


def spelled(text: str, reading: RequestContext) -> str:
    """A text as spellings are stored; PostgreSQL takes no NUL."""
    return fold(search_line(text), reading).replace("\0", "")


def named(text: str, reading: RequestContext) -> dict[str, str]:
    """The types, by id, of the entities that have exactly this name or alias."""
    return {id_.decode(): type_.decode() for id_, type_ in reading.run(SPELLED, spelling=spelled(text, reading))}


def beginning(text: str, most: int, reading: RequestContext) -> list[tuple[str, ...]]:
    """Entities with a name that begins so, each once: id, type, both names, and the name that fits."""
    start = spelled(text, reading)
    found: dict[bytes, tuple[bytes, ...]] = {}
    for times in SPELLINGS_AN_ENTITY:
        rows = reading.run(SUGGESTED, low=start, high=start + LAST, rows=most * times)
        for row in rows:
            found.setdefault(row[0], tuple(row))
        if len(found) >= most or len(rows) < most * times:
            break
    return [tuple(one.decode() for one in row) for row in list(found.values())[:most]]
