"""Facts held against each other: which say the same, which say otherwise, and what follows from them by arithmetic."""

import base64
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from app import answers
from app.answers.evidence import ComparisonKind, Role, Verdict
from app.nouns import TYPES
from app.nouns.fields import EntityRecord
from app.nouns.identities import IdentityRecord
from app.nouns.metrics import MetricRecord
from app.nouns.noun import timespan
from app.nouns.places import PlaceRecord
from app.seeding.arithmetic import Arithmetic, Finding, Sides
from app.seeding.held import Held, Slot, voices
from app.text.intervals import Interval, gap, is_bounded, meet, tightest_of
from app.text.normalizing import search_text
from app.text.periods import Basis, period_between

MOST_SIDES = 50
MARK = 10  # bytes
COLUMNS = (
    *("id", "kind", "verdict", "subject_id", "metric_id", "unit_id", "place_id", "period_start", "period_end"),
    *("search", "answer"),
)


class Compared(NamedTuple):
    """The rows of all comparisons in their order, and of each fact the ids of its own, and its standing if they tell.

    `conflicts` and `standings` count comparisons and facts.
    """

    rows: list[tuple[str | None, ...]]
    facts: Mapping[str, list[str]]
    standing: Mapping[str, str]

    @property
    def total(self) -> int:
        return len(self.rows)

    @property
    def conflicts(self) -> int:
        return sum(row[COLUMNS.index("verdict")] == Verdict.CONFLICTS for row in self.rows)

    @property
    def standings(self) -> Mapping[str, int]:
        return Counter(self.standing.values())


def compare(held: list[Held], entities: Mapping[str, EntityRecord], nouns: Mapping[str, str]) -> Compared:
    """Hold facts, which are in the order of their slots, against each other."""
    rows, facts, standing = [], defaultdict(list), {}
    for one in Comparing(entities, nouns).comparisons(held):
        rows.append(one.row)
        for fact_id, stands in one.facts.items():
            facts[fact_id].append(str(one.row[0]))
            if stands:
                standing[fact_id] = stands
    return Compared(
        sorted(rows, key=lambda row: str(row[0])), {key: sorted(ids) for key, ids in facts.items()}, standing
    )


class Comparison(NamedTuple):
    """The row of a comparison, and each of its facts with its standing where it gets one from it."""

    row: tuple[str | None, ...]
    facts: Mapping[str, str]


class Comparing:
    """Compares what is said of one subject after the other."""

    def __init__(self, entities: Mapping[str, EntityRecord], nouns: Mapping[str, str]) -> None:
        self._records, self._nouns = entities, nouns
        self._metrics = {key: one for key, one in entities.items() if isinstance(one, MetricRecord)}
        identities = {key: one for key, one in entities.items() if isinstance(one, IdentityRecord)}
        self._arithmetic = Arithmetic(self._metrics, identities, self._ancestor)

    def comparisons(self, held: Iterable[Held]) -> Iterator[Comparison]:
        for _, facts in groupby(held, key=lambda one: one.slot.subject):
            slots = {slot: list(some) for slot, some in groupby(facts, key=lambda one: one.slot)}
            for slot, some in slots.items():
                if len(some) > 1:
                    yield self._same(slot, some)
            yield from self._found(self._arithmetic.of_subject(slots))
        yield from self._found(self._arithmetic.between_subjects())

    def _ancestor(self, place_id: str, kind: str) -> str | None:
        up: str | None = place_id
        while up:
            record = self._records[up]
            if not isinstance(record, PlaceRecord):
                return None
            if record.kind == kind and up != place_id:
                return up
            up = record.parent
        return None

    def _same(self, slot: Slot, facts: list[Held]) -> Comparison:
        intervals = [one.interval for one in facts]
        tightest, bounded = tightest_of(intervals), {one.voice for one in facts if is_bounded(one.interval)}
        everybody = {one.voice for one in facts}
        by_interval: dict[Interval, set[str]] = defaultdict(set)
        for one in facts:
            by_interval[one.interval].add(one.voice)
        # Two that only say "more than" of different values do not tell of each other.
        standings = {
            one.fact: answers.Standing.CONFLICTING.value
            if not meet(one.interval, tightest)
            else _standing(everybody if is_bounded(one.interval) else bounded | by_interval[one.interval]).value
            for one in facts
        }
        together = Finding(ComparisonKind.SAME, slot, [(Role.STATED, one) for one in facts])
        return self._comparison(together, gap(intervals), standings)

    def _found(self, findings: Iterable[Finding]) -> Iterator[Comparison]:
        known: set[str | None] = set()
        for one in findings:
            apart = gap([one.computed, one.stated]) if one.computed and one.stated else None
            made = self._comparison(one, apart, {fact.fact: "" for _, fact in one.sides})
            if made.row[0] not in known:
                known.add(made.row[0])
                yield made

    def _comparison(self, found: Finding, apart: Decimal | None, standings: Mapping[str, str]) -> Comparison:
        slot, sides = found.slot, found.sides
        metric = self._metrics[slot.metric]
        verdict = Verdict.AGREES if apart is None else Verdict.CONFLICTS
        answer = answers.Comparison(
            id=_id(found),
            kind=found.kind,
            verdict=verdict,
            subject=answers.Ref(
                type=TYPES[self._nouns[slot.subject]],
                id=slot.subject,
                name=self._records[slot.subject].name,
            ),
            metric=answers.Label(id=slot.metric, name=metric.name),
            unit=metric.unit,
            period=timespan(period_between(slot.start, slot.end), None, Basis.STATED),
            place=slot.place or None,
            industry=slot.industry or None,
            formula=found.formula,
            computed=_span(found.computed) if found.computed else None,
            gap=apart,
            voices=voices(fact for role, fact in sides if role is Role.STATED),
            facts=len(sides),
            sides=[_side(role, fact) for role, fact in _shown(sides)],
        )
        row = (
            *(answer.id, found.kind.value, verdict.value, slot.subject, slot.metric, metric.unit, slot.place or None),
            *(slot.start, slot.end, _search(answer), answer.json_text()),
        )
        return Comparison(row, standings)


def _standing(said_by: set[str]) -> answers.Standing:
    return answers.Standing.CORROBORATED if len(said_by - {""}) > 1 else answers.Standing.ALONE


def _id(found: Finding) -> str:
    """Readable first; it stays when one more fact says the same."""
    slot = found.slot
    said = json.dumps([found.kind, slot, found.formula, repr(found.stated)])
    mark = base64.b32encode(hashlib.sha256(said.encode()).digest()[:MARK]).decode().lower()
    return f"{slot.subject}-{slot.metric}-{slot.start[:4]}-{mark}"


def _search(answer: answers.Comparison) -> str:
    texts = [text for side in answer.sides for text in (side.printed, side.citation.quote)]
    names = (answer.subject.name, answer.metric.name)
    return search_text(answer.id, *(text for name in names for text in (name.zh, name.en)), *texts)


def _shown(sides: Sides) -> Sides:
    """As many as are shown: of each role each value first, from the least to the greatest and back."""
    if len(sides) <= MOST_SIDES:
        return sides
    first: dict[tuple[Role, Interval], tuple[Role, Held]] = {}
    for role, fact in sides:
        first.setdefault((role, fact.interval), (role, fact))
    ends = sorted(first.values(), key=lambda one: (one[0] is Role.STATED, Decimal(one[1].value)))
    apart = [one for pair in zip(ends, reversed(ends), strict=True) for one in pair]
    chosen = set(list(dict.fromkeys([*apart, *sides]))[:MOST_SIDES])
    return [one for one in sides if one in chosen]


def _side(role: Role, fact: Held) -> answers.Side:
    return answers.Side(
        role=role,
        fact=fact.fact,
        value=Decimal(fact.value),
        bound=fact.bound,
        printed=fact.printed,
        allowed=_span(fact.interval),
        citation=answers.Citation(**dict(zip(answers.Citation.model_fields, fact.citation, strict=True))),
    )


def _span(interval: Interval) -> answers.Span:
    return answers.Span(low=interval.least, high=interval.most)
