"""All names of a release in memory: which entities a question means, also misspelled, abridged or in pinyin."""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache, partial
from itertools import accumulate
from typing import Any, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import bindparam, select

from app import tables
from app.queries.names import spelled
from app.queries.reading import RequestContext
from app.text.script import stem, untoned

NAME, ENTITY, SLICE = tables.names, tables.entities, tables.slices
EVERY = select(NAME.c.spelling, NAME.c.entity_id, NAME.c.kind, NAME.c.shown, NAME.c.rank, ENTITY.c.type).join_from(
    NAME, ENTITY, ENTITY.c.id == NAME.c.entity_id
)
# How many facts are about each entity, by what they are about it as.
ABOUT = {f"about{number}": one for number, one in enumerate(("metric", "place", "company", "industry", "event"))}
USED = select(SLICE.c.first, SLICE.c.facts).where(SLICE.c.dimensions.in_([bindparam(name) for name in ABOUT]))
WORDS = re.compile(r"[^\W_]+")
MOST_CANDIDATES = 100
MOST_READ = 2_000  # names that have a word of a question and are looked at more closely
SHORTEST_CONTAINED = {True: 3, False: 2}  # characters of a name that is looked for in a question: ASCII, or not
SHORTEST_PINYIN = 3  # that the pinyin of a name may begin with: `by` begins too many
# Letters that may differ: one in a short word, two in a longer one.
LONG = 8
BEGINNINGS_KEPT = 16  # lists of how all names begin, by length
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


class NameIndex:
    """All spellings of a release. A question is looked for in one text of all of them, which is a hundred times faster
    than in each.
    """

    def __init__(self, every: list[Spelled]) -> None:
        self.every = every
        self._text = "\n".join(["", *(one.stem for one in every), ""])
        self._starts = list(accumulate((len(one.stem) + 1 for one in every), initial=1))
        self._by_stem: dict[str, list[Spelled]] = {}
        for one in every:
            if one.kind not in ("id", "pinyin") and len(one.spelling) >= SHORTEST_CONTAINED[one.spelling.isascii()]:
                self._by_stem.setdefault(one.stem, []).append(one)
        self._beginnings = lru_cache(maxsize=BEGINNINGS_KEPT)(partial(_beginnings, every))
        self._lengths = sorted({len(stemmed) for stemmed in self._by_stem})

    def fitting(self, text: str) -> Iterator[Hit]:
        """Names that are the question, begin with it or have all its words."""
        stemmed = stem(text)
        words = WORDS.findall(stemmed)
        for one in self._with(max(words, key=len), MOST_READ) if words else ():
            if one.kind == "pinyin":
                continue
            if one.stem == stemmed or one.spelling == text:
                yield Hit(Fit.EXACT, one)
            elif one.stem.startswith(stemmed):
                yield Hit(Fit.BEGINNING, one)
            elif all(_has_word(one.stem, word) for word in words):
                yield Hit(Fit.WORDS, one)
        typed = untoned(text)
        for one in self._with(f"\n{typed}", MOST_READ) if len(typed) >= SHORTEST_PINYIN else ():
            if one.kind == "pinyin":
                yield Hit(Fit.PINYIN if one.spelling == typed else Fit.BEGINNING, one)

    def _with(self, part: str, most: int) -> Iterator[Spelled]:
        """The spellings that have a part, or begin with it if it begins with a line break."""
        at, last = self._text.find(part), -1
        while at >= 0 and most:
            number = bisect_right(self._starts, at + part.startswith("\n")) - 1
            if number != last and number < len(self.every):
                yield self.every[number]
                most -= 1
            last = number
            at = self._text.find(part, at + 1)

    def contained(self, text: str) -> list[Hit]:
        """Names that are words of the question, but for those within longer ones."""
        stemmed = stem(text)
        found: list[str] = []
        for start in range(len(stemmed)):
            if _begins_word(stemmed, start):
                for length in self._lengths:
                    end = start + length
                    if end > len(stemmed):
                        break
                    if stemmed[start:end] in self._by_stem and _begins_word(stemmed, end):
                        found.append(stemmed[start:end])
        whole = [one for one in found if not any(one != other and one in other for other in found)]
        return [Hit(Fit.CONTAINED, one) for stemmed in dict.fromkeys(whole) for one in self._by_stem[stemmed]]

    def with_a_typo(self, text: str) -> Iterator[Hit]:
        """Names that begin with the question but for a letter or two; letters that changed places count as one."""
        is_ascii = text.isascii()
        if len(text) < SHORTEST_WITH_A_TYPO[is_ascii]:
            return
        most, length = 1 if not is_ascii or len(text) < LONG else 2, text.count(" ") + 1 if is_ascii else len(text)
        alike, beginnings = self._beginnings(is_ascii, length)
        found = process.extract(text, beginnings, scorer=OSA.distance, score_cutoff=most, limit=MOST_CANDIDATES)
        for _, letters, number in found:
            yield Hit(Fit.TYPO, alike[number], int(letters))

    def nearest(self, text: str, most: int) -> list[str]:
        """The names that are most similar to a question that means none."""
        spellings = (one.spelling for one in self.every)
        found = process.extract(text, spellings, scorer=OSA.normalized_similarity, limit=most * 3)
        return list(dict.fromkeys(self.every[number].shown for _, score, number in found if score > 0))[:most]


def _beginnings(every: list[Spelled], is_ascii: bool, length: int) -> tuple[list[Spelled], list[str]]:
    """Spellings, and how they begin: words in ASCII, or else characters; a name may lack one of these."""
    if is_ascii:
        alike = [one for one in every if one.spelling.isascii()]
        return alike, [" ".join(one.spelling.split(" ", length)[:length]) for one in alike]
    alike = [one for one in every if len(one.spelling) >= length - 1 and not one.spelling.isascii()]
    return alike, [one.spelling[:length] for one in alike]


def _begins_word(text: str, at: int) -> bool:
    """Whether a word may begin, or have ended, at a place: Chinese ones anywhere."""
    if at in (0, len(text)):
        return True
    before, after = text[at - 1], text[at]
    return not (before.isascii() and before.isalnum() and after.isascii() and after.isalnum())


def _has_word(text: str, word: str) -> bool:
    """Whether a text has a word: English ones as a whole or their beginning, Chinese ones anywhere."""
    at = text.find(word)
    while at >= 0 and word[0].isascii() and not _begins_word(text, at):
        at = text.find(word, at + 1)
    return at >= 0


def name_index(reading: RequestContext) -> NameIndex:
    """The index of the names of a release, which is made when something is searched for the first time."""
    known: NameIndex | None = reading.release.cache.names
    if known is None:
        used: dict[str, int] = {}
        for entity_id, count in reading.run(USED, **ABOUT):
            used[entity_id.decode()] = max(count, used.get(entity_id.decode(), 0))
        every = []
        for *texts, rank, type_ in reading.run(EVERY):
            spelling, id_, kind, shown = (text.decode() for text in texts)
            every.append(Spelled(spelling, id_, kind, shown, rank, type_.decode(), stem(spelling), used.get(id_, 0)))
        reading.release.cache.names = known = NameIndex(every)
    return known


def meant(question: str, reading: RequestContext) -> list[Hit]:
    """The entities that a question may mean, the likeliest first, each with its best spelling."""
    index, text = name_index(reading), spelled(question, reading)
    best: dict[str, Hit] = {}
    fitting = list(index.fitting(text))
    for hit in (*fitting, *(() if fitting else index.with_a_typo(text)), *index.contained(text)):
        known = best.get(hit.name.entity_id)
        if known is None or hit.order < known.order:
            best[hit.name.entity_id] = hit
    return sorted(best.values(), key=lambda hit: hit.order)[:MOST_CANDIDATES]


def nearest_names(question: str, most: int, reading: RequestContext) -> list[str]:
    """The names that are most similar to a question that means none."""
    return name_index(reading).nearest(spelled(question, reading), most)


def by_type(hits: Iterable[Hit], fits: Collection[Fit]) -> dict[str, list[str]]:
    """The ids of hits that fit so, by type."""
    found: dict[str, list[str]] = {}
    for hit in hits:
        if hit.fit in fits:
            found.setdefault(hit.name.type, []).append(hit.name.entity_id)
    return found
