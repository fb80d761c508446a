"""Reading claims in texts: the names, units and metrics of a release, and where its sources print a number."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, islice
from typing import Any, NamedTuple

from sqlalchemy import bindparam, or_, select, union_all

from app import answers, tables
from app.nouns import NOUNS
from app.nouns.industries import industries
from app.nouns.metrics import metrics
from app.nouns.organizations import organizations
from app.nouns.places import places
from app.nouns.scopes import scopes
from app.nouns.sources import source_texts
from app.nouns.units import units
from app.queries.reading import RequestContext
from app.text.claims import ClaimReader
from app.text.lexis import Lexis
from app.text.normalizing import Squeezed, find_quote, squeeze, squeezed_text
from app.text.vocabulary import MetricTerm

FactJson = dict[str, Any]  # as in a response, with exact numbers

ENTITY, UNIT, METRIC, PLACE, TEXT = tables.entities, units, metrics, places, source_texts
NAMED = [noun.singular for noun in NOUNS.values() if noun.is_named_in_texts]
NAMES = (ENTITY.c.id, ENTITY.c.type, ENTITY.c.name_zh, ENTITY.c.name_en, ENTITY.c.aliases)
# Possible subjects of facts, without the world as a whole, which texts name only in passing.
BEARERS = (
    select(*NAMES)
    .select_from(ENTITY.outerjoin(PLACE, PLACE.c.id == ENTITY.c.id))
    .where(or_(*(ENTITY.c.type == type_ for type_ in NAMED)))
    .where(or_(PLACE.c.id.is_(None), PLACE.c.parent_id.is_not(None)))
    .order_by(ENTITY.c.id)
)
# What each place, organization, industry or scope lies in or belongs to.
WITHIN = union_all(
    select(PLACE.c.id, PLACE.c.parent_id).where(PLACE.c.parent_id.is_not(None)),
    select(organizations.c.id, organizations.c.place_id).where(organizations.c.place_id.is_not(None)),
    select(industries.c.id, industries.c.parent_id).where(industries.c.parent_id.is_not(None)),
    select(scopes.c.id, scopes.c.parent_id).where(scopes.c.parent_id.is_not(None)),
)
# What facts may be of besides: events, policies, and the world.
OTHERS = (
    select(*NAMES)
    .select_from(ENTITY.outerjoin(PLACE, PLACE.c.id == ENTITY.c.id))
    .where(or_(ENTITY.c.type == "event", ENTITY.c.type == "policy", ENTITY.c.type == "place"))
    .where(PLACE.c.parent_id.is_(None))
    .order_by(ENTITY.c.id)
)
SCOPES = select(*NAMES).where(or_(ENTITY.c.type == "scope", ENTITY.c.type == "industry")).order_by(ENTITY.c.id)
METRICS = (
    select(*NAMES, METRIC.c.unit_id, METRIC.c.of_id, METRIC.c.transform)
    .join_from(ENTITY, METRIC, METRIC.c.id == ENTITY.c.id)
    .order_by(ENTITY.c.id)
)
UNITS = (
    select(UNIT.c.id, ENTITY.c.name_zh, ENTITY.c.name_en, UNIT.c.printed)
    .join_from(UNIT, ENTITY, ENTITY.c.id == UNIT.c.id)
    .order_by(UNIT.c.id)
)
TEXTS = (
    select(TEXT.c.id, ENTITY.c.answer, TEXT.c.text)
    .join_from(TEXT, ENTITY, ENTITY.c.id == TEXT.c.id)
    .order_by(TEXT.c.id)
)
STORED_TEXT = select(TEXT.c.text).where(TEXT.c.id == bindparam("source"))
MOST_QUOTES = 20
DIGITS_BEFORE, DIGITS_BEHIND = re.compile(r"\d[.,]?$"), re.compile(r"[.,]?\d")


class Lexicon(NamedTuple):
    """`refs` are the entities that may be named, by id; `texts` are the sources whose texts are stored, each with its
    text, squeezed.
    """

    reader: ClaimReader
    lexis: Lexis
    refs: Mapping[str, answers.Ref]
    texts: Sequence[tuple[answers.CitedSource, str]]


def lexicon(reading: RequestContext) -> Lexicon:
    """The lexicon of the release being read, looked up once. Raises TimedOut, NotReady, ReleaseNotKept."""
    known: Lexicon | None = reading.release.cache.lexicon
    if known is None:
        known = reading.release.cache.lexicon = _lexicon(reading)
    return known


def _lexicon(reading: RequestContext) -> Lexicon:
    bearers, others, named_scopes, metrics, units, texts, pairs = (
        [[value.decode() if isinstance(value, bytes) else value for value in row] for row in reading.run(query)]
        for query in (BEARERS, OTHERS, SCOPES, METRICS, UNITS, TEXTS, WITHIN)
    )
    within: dict[str, list[str]] = {}
    for id_, other in pairs:
        within.setdefault(id_, []).append(other)
    subjects = [(name, row[0]) for row in bearers for name in _names(row)]
    measured = [MetricTerm(row[0], _names(row), *row[len(NAMES) :]) for row in metrics]
    named = [*subjects, *((name, row[0]) for row in others for name in _names(row))]
    scales = {id_: dict.fromkeys(names, 1) | json.loads(printed) for id_, *names, printed in units}
    words = [word for printed in scales.values() for word in printed]
    lexis = Lexis(named, [(name, row[0]) for row in named_scopes for name in _names(row)], measured, within, words)
    reader = ClaimReader(
        {unit: {word: Decimal(scale) for word, scale in printed.items()} for unit, printed in scales.items()},
        subjects,
        measured,
        lexis,
    )
    refs = {
        id_: answers.Ref(type=type_, id=id_, name=answers.Name(zh=zh, en=en))
        for id_, type_, zh, en, *_ in (*bearers, *others, *metrics)
    }
    return Lexicon(
        reader, lexis, refs, [(_cited(json.loads(source)), squeezed_text(text)) for _, source, text in texts]
    )


def _cited(source: dict[str, Any]) -> answers.CitedSource:
    return answers.CitedSource.model_validate(source | {"title": source["name"]})


def _names(row: Sequence[Any]) -> list[str]:
    _, _, zh, en, aliases, *_ = row
    return [zh, en, *json.loads(aliases)]


@dataclass(frozen=True, slots=True)
class Passages:
    """Where numbers occur in quotes of facts and in stored texts, each of which is read once."""

    lexicon: Lexicon
    reading: RequestContext
    texts: dict[str, tuple[str, Squeezed]] = field(default_factory=dict)

    def of(self, printed: str, likely: Iterable[FactJson]) -> list[answers.Passage]:
        """The passages with a number; `likely` are the facts whose quotes may have it."""
        printed = squeezed_text(printed)
        cited: dict[tuple[str, str], list[FactJson]] = {}
        for fact in {fact["id"]: fact for fact in likely}.values():
            quote = fact["citation"]["quote"]
            if quote and _stands_in(printed, squeezed_text(quote)):
                cited.setdefault((fact["citation"]["source"]["id"], quote), []).append(fact)
        quotes = [
            answers.Passage(
                citation=answers.Citation.model_validate(facts[0]["citation"]), facts=[fact["id"] for fact in facts]
            )
            for facts in cited.values()
        ]
        return list(islice(chain(quotes, self._in_texts(printed, quotes)), MOST_QUOTES))

    def _in_texts(self, printed: str, quotes: Sequence[answers.Passage]) -> Iterator[answers.Passage]:
        for source, plain in self.lexicon.texts:
            self.reading.check_time_limit()
            if not _stands_in(printed, plain):
                continue
            text, squeezed = self._text(source.id)
            for start, end in find_quote(printed, squeezed):
                self.reading.check_time_limit()
                if _is_cut(text, start, end) or any(_covers(one.citation, source.id, start, end) for one in quotes):
                    continue
                evidence, quote = answers.Evidence.VERBATIM, text[start:end]
                citation = answers.Citation(source=source, evidence=evidence, quote=quote, start=start, end=end)
                yield answers.Passage(citation=citation, facts=[])

    def _text(self, source: str) -> tuple[str, Squeezed]:
        """The stored text of a source, as it is and squeezed."""
        if source not in self.texts:
            text = self.reading.run(STORED_TEXT, source=source)[0][0].decode()
            self.texts[source] = text, squeeze(text, self.reading.check_time_limit)
        return self.texts[source]


def _stands_in(printed: str, text: str) -> bool:
    """Whether a number occurs in a text other than as part of a longer number."""
    at = text.find(printed)
    while at >= 0:
        if not _is_cut(text, at, at + len(printed)):
            return True
        at = text.find(printed, at + 1)
    return False


def _is_cut(text: str, start: int, end: int) -> bool:
    """Whether a span of a text begins or ends inside a number."""
    before, behind = text[max(0, start - 2) : start], text[end : end + 2]
    begins, ends = text[start].isdigit(), text[end - 1].isdigit()
    return bool((begins and DIGITS_BEFORE.search(before)) or (ends and DIGITS_BEHIND.match(behind)))


def _covers(citation: answers.Citation, source: str, start: int, end: int) -> bool:
    """Whether a citation covers a span of a source."""
    if citation.source.id != source or citation.start is None or citation.end is None:
        return False
    return citation.start <= start and end <= citation.end
