"""Names of entities: which begin with a text, and which is meant by one that is misspelled, abridged or in pinyin."""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import Integer, Text, bindparam, select

from app import tables
from app.queries.reading import Reading
from app.text.normalizing import search_line
from app.text.script import stem, untoned

NAME, ENTITY = tables.names, tables.entities
EVERY = select(NAME.c.spelling, NAME.c.entity_id, NAME.c.kind, NAME.c.shown, NAME.c.rank, ENTITY.c.type).join_from(
    NAME, ENTITY, ENTITY.c.id == NAME.c.entity_id
)
SPELLED = (
    select(NAME.c.entity_id, ENTITY.c.type)
    .join_from(NAME, ENTITY, ENTITY.c.id == NAME.c.entity_id)
    .where(NAME.c.spelling == bindparam("spelling", type_=Text()), NAME.c.kind != "pinyin")
    .distinct()
    .order_by(NAME.c.entity_id)
)
BEGINNING = (
    select(ENTITY.c.id, ENTITY.c.type, ENTITY.c.name_zh, ENTITY.c.name_en, NAME.c.kind, NAME.c.shown)
    .join_from(NAME, ENTITY, ENTITY.c.id == NAME.c.entity_id)
    .where(NAME.c.spelling >= bindparam("low", type_=Text()), NAME.c.spelling < bindparam("high", type_=Text()))
    .order_by(NAME.c.rank, NAME.c.length, NAME.c.spelling, ENTITY.c.id)
    .limit(bindparam("rows", type_=Integer()))
)
# How many facts are about each entity, by what they are about it as.
ABOUT = {f"about{number}": one for number, one in enumerate(("metric", "place", "company", "industry", "event"))}
SLICE = tables.slices
USED = select(SLICE.c.first, SLICE.c.facts).where(SLICE.c.dimensions.in_([bindparam(name) for name in ABOUT]))
SCRIPTS = select(tables.revisions.c.scripts)
LAST = "\U0010ffff"  # follows every character that a spelling has
SPELLINGS_AN_ENTITY = 8  # names, aliases and pinyin of one entity that may begin alike
WORDS = re.compile(r"[^\W_]+")
MOST_CANDIDATES = 100
SHORTEST_CONTAINED = {True: 3, False: 2}  # characters of a name that is looked for in a question: ASCII, or not
# Letters that may differ: one in a short word, two in a longer one.
SHORT, LONG = 4, 8
SHORTEST_WITH_A_TYPO = {True: 4, False: 3}


class Fit(IntEnum):
    """How a name fits a question, the best first."""

    EXACT = 0
    PINYIN = 1
    BEGINNING = 2
    WORDS = 3
    TYPO = 4
    CONTAINED = 5  # the name is a part of the question


class Spelled(NamedTuple):
    """One spelling of an entity, with its English words in the singular as `stem`."""

    spelling: str
    entity_id: str
    kind: str
    shown: str
    rank: int
    type: str
    stem: str
    used: int  # how many facts are about it


@dataclass(frozen=True, slots=True)
class Hit:
    """An entity that a question may mean, and the spelling that tells so."""

    fit: Fit
    name: Spelled
    letters: int = 0  # that differ

    @property
    def order(self) -> tuple[Any, ...]:
        """An initiative that has the words is as good as one that has the name. A name goes before an alias, and what
        more facts are about is likelier meant; of names in a longer question, the longest is the most specific.
        """
        fit, name = self.fit, self.name
        if name.rank == 0 and fit in (Fit.BEGINNING, Fit.WORDS):
            fit = Fit.EXACT
        length = len(name.spelling)
        specific = -length if fit == Fit.CONTAINED else 0
        is_alias = name.kind == "alias"
        return fit, self.letters, specific, is_alias, name.rank, -name.used, length, name.entity_id

    @property
    def is_title(self) -> bool:
        """Whether it is a source with these words in its title."""
        return self.name.type == "source" and self.fit > Fit.PINYIN


def fold(text: str, reading: Reading) -> str:
    """A text with its traditional characters simplified, as in what is searched."""
    if text.isascii():
        return text
    if reading.cache.folding is None:
        ((scripts,),) = reading.run(SCRIPTS)
        reading.cache.folding = str.maketrans(json.loads(scripts))
    return text.translate(reading.cache.folding)


def spelled(text: str, reading: Reading) -> str:
    """A text as spellings are stored."""
    return search_line(fold(text, reading))


def named(text: str, type_: str, reading: Reading) -> list[str]:
    """The ids of the entities of a type that have exactly this name or alias."""
    return [
        id_.decode() for id_, found in reading.run(SPELLED, spelling=spelled(text, reading)) if found.decode() == type_
    ]


def named_anywhere(text: str, reading: Reading) -> list[str]:
    """The ids of all entities that have exactly this name or alias."""
    return [id_.decode() for id_, _ in reading.run(SPELLED, spelling=spelled(text, reading))]


def beginning(text: str, most: int, reading: Reading) -> list[tuple[str, ...]]:
    """Entities with a name that begins so, each once: id, type, both names, kind of spelling and the name that fits."""
    start = spelled(text, reading)
    found: dict[str, tuple[str, ...]] = {}
    rows = reading.run(BEGINNING, low=start, high=start + LAST, rows=most * SPELLINGS_AN_ENTITY)
    for row in rows:
        found.setdefault(row[0].decode(), tuple(one.decode() for one in row))
    return list(found.values())[:most]


def meant(question: str, reading: Reading) -> list[Hit]:
    """The entities that a question may mean, the likeliest first, each with its best spelling."""
    every, text = _every(reading), spelled(question, reading)
    best: dict[str, Hit] = {}
    for hit in (*_fitting(text, every), *_with_a_typo(text, every)):
        known = best.get(hit.name.entity_id)
        if known is None or hit.order < known.order:
            best[hit.name.entity_id] = hit
    contained = {hit.name.spelling for hit in best.values() if hit.fit is Fit.CONTAINED}
    parts = {one for one in contained if any(one != other and one in other for other in contained)}
    hits = [hit for hit in best.values() if hit.fit is not Fit.CONTAINED or hit.name.spelling not in parts]
    return sorted(hits, key=lambda hit: hit.order)[:MOST_CANDIDATES]


def _every(reading: Reading) -> list[Spelled]:
    known: list[Spelled] | None = reading.cache.spellings_of_all
    if known is None:
        used: dict[str, int] = {}
        for entity_id, count in reading.run(USED, **ABOUT):
            used[entity_id.decode()] = max(count, used.get(entity_id.decode(), 0))
        known = []
        for *texts, rank, type_ in reading.run(EVERY):
            spelling, id_, kind, shown = (text.decode() for text in texts)
            known.append(Spelled(spelling, id_, kind, shown, rank, type_.decode(), stem(spelling), used.get(id_, 0)))
        reading.cache.spellings_of_all = known
    return known


def _fitting(text: str, every: Iterable[Spelled]) -> Iterator[Hit]:
    stemmed, typed = stem(text), untoned(text)
    words = [word for word in WORDS.findall(stemmed) if word]
    for one in every:
        fit = _fit(text, stemmed, typed, words, one)
        if fit is not None:
            yield Hit(fit, one)


def _fit(text: str, stemmed: str, typed: str, words: list[str], one: Spelled) -> Fit | None:
    if one.kind == "pinyin":
        return (
            Fit.PINYIN if typed == one.spelling else Fit.BEGINNING if typed and _begins(one.spelling, typed) else None
        )
    if one.spelling == text or one.stem == stemmed:
        return Fit.EXACT
    if one.stem.startswith(stemmed):
        return Fit.BEGINNING
    if words and all(_has_word(one.stem, word) for word in words):
        return Fit.WORDS
    is_long_enough = len(one.spelling) >= SHORTEST_CONTAINED[one.spelling.isascii()]
    return Fit.CONTAINED if is_long_enough and one.kind != "id" and _has_word(stemmed, one.stem) else None


def _begins(spelling: str, typed: str) -> bool:
    return len(typed) > 2 and spelling.startswith(typed)  # noqa: PLR2004 - `by` begins too many


def _has_word(text: str, word: str) -> bool:
    """Whether a text has a word: English ones as a whole or their beginning, Chinese ones anywhere."""
    at = text.find(word)
    return at >= 0 and (not word[0].isascii() or at == 0 or not text[at - 1].isascii() or not text[at - 1].isalnum())


def _with_a_typo(text: str, every: list[Spelled]) -> Iterator[Hit]:
    """Names that begin with the question but for a letter or two; letters that changed places count as one."""
    is_ascii = text.isascii()
    if len(text) < SHORTEST_WITH_A_TYPO[is_ascii]:
        return
    most = 1 if not is_ascii or len(text) < LONG else 2
    count = len(text.split())
    beginnings = [" ".join(one.spelling.split()[:count]) if is_ascii else one.spelling[: len(text)] for one in every]
    for _, letters, number in process.extract(
        text, beginnings, scorer=OSA.distance, score_cutoff=most, limit=MOST_CANDIDATES
    ):
        if every[number].spelling.isascii() == is_ascii:
            yield Hit(Fit.TYPO, every[number], int(letters))


def nearest_names(question: str, most: int, reading: Reading) -> list[str]:
    """The names that are most similar to a question that means none."""
    every, text = _every(reading), spelled(question, reading)
    found = process.extract(text, [one.spelling for one in every], scorer=OSA.normalized_similarity, limit=most * 3)
    return list(dict.fromkeys(every[number].shown for _, score, number in found if score > 0))[:most]


def by_type(hits: Iterable[Hit], fits: Collection[Fit]) -> dict[str, list[str]]:
    """The ids of hits that fit so, by type."""
    found: dict[str, list[str]] = {}
    for hit in hits:
        if hit.fit in fits:
            found.setdefault(hit.name.type, []).append(hit.name.entity_id)
    return found
