"""Comparisons of facts: which agree, which conflict, and which agree with what others come to by arithmetic."""

import base64
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

import polars as pl

from app import answers
from app.answers.evidence import ComparisonKind, Role, Verdict
from app.nouns.fields import EntityRecord
from app.nouns.identities import IdentityRecord
from app.nouns.metrics import MetricRecord
from app.nouns.noun import timespan
from app.nouns.places import PlaceRecord
from app.seeding.arithmetic import Arithmetic, Finding, Sides
from app.seeding.observations import (
    ComparableObservation,
    ObservationKey,
    Observations,
    comparable,
    count_publishers,
    dated_measurements,
    is_range,
    unrevised,
)
from app.seeding.references import References
from app.seeding.wholes import findings_above, keys_of, parts_above
from app.text.intervals import Interval, gap, is_bounded, meet, tightest_of
from app.text.normalizing import search_text
from app.text.periods import Basis, period_between
from app.text.script import fold

MOST_SIDES = 50
MARK = 10  # bytes
COLUMNS = (
    *("id", "kind", "verdict", "subject_id", "metric_id", "unit_id", "scope_id", "market_id", "period_start"),
    *("period_end", "search", "answer"),
)


class Compared(NamedTuple):
    """The rows of all comparisons, in the order of ids.

    By id of a fact, `facts` has the ids of its comparisons, and `standing` its standing, if a comparison decides it.
    """

    rows: list[tuple[str | None, ...]]
    facts: Mapping[str, list[str]]
    standing: Mapping[str, str]

    @property
    def total(self) -> int:
        return len(self.rows)

    @property
    def verdicts(self) -> Mapping[str, int]:
        return Counter(str(row[COLUMNS.index("verdict")]) for row in self.rows)

    @property
    def standings(self) -> Mapping[str, int]:
        return Counter(self.standing.values())


def compare(table: pl.DataFrame, entities: Mapping[str, EntityRecord], references: References) -> Compared:
    """Compare the facts in a table."""
    dated = dated_measurements(table, entities)
    above = parts_above(dated, entities)
    observations = comparable(dated, entities, keys_of(above))
    del dated
    rows, facts, standing = [], defaultdict(list), {}
    for one in Comparer(entities, references, above).comparisons(observations):
        rows.append(one.row)
        for fact_id, its_standing in one.standings.items():
            facts[fact_id].append(str(one.row[0]))
            if its_standing:
                standing[fact_id] = its_standing
    return Compared(
        sorted(rows, key=lambda row: str(row[0])), {key: sorted(ids) for key, ids in facts.items()}, standing
    )


class ComparisonRow(NamedTuple):
    """The row of a comparison, and the standing of each fact in it; empty if the comparison does not decide it."""

    row: tuple[str | None, ...]
    standings: Mapping[str, str]


class Comparer:
    """Compares the observations of one subject after another, and then those of parts with those of their wholes."""

    def __init__(
        self, entities: Mapping[str, EntityRecord], references: References, above: Mapping[ObservationKey, list[str]]
    ) -> None:
        self._records, self._references, self._above = entities, references, above
        self._metrics = {key: one for key, one in entities.items() if isinstance(one, MetricRecord)}
        identities = {key: one for key, one in entities.items() if isinstance(one, IdentityRecord)}
        self._arithmetic = Arithmetic(self._metrics, identities, self._ancestor)

    def comparisons(self, observations: Iterable[ComparableObservation]) -> Iterator[ComparisonRow]:
        """The comparisons of observations that are in the order of their keys."""
        kept, of_parts = dict[ObservationKey, Observations](), keys_of(self._above)
        for _, facts in groupby(observations, key=lambda one: one.key.subject):
            by_key = {key: list(some) for key, some in groupby(facts, key=lambda one: one.key)}
            kept |= {key: by_key[key] for key in by_key.keys() & of_parts}
            for key, some in by_key.items():
                if len(some) > 1 and not is_range(some):
                    yield self._same(key, some)
            yield from self._compare_findings(self._arithmetic.of_subject(by_key))
        yield from self._compare_findings(self._arithmetic.between_subjects())
        yield from self._compare_findings(findings_above(self._above, kept))

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

    def _same(self, key: ObservationKey, facts: Observations) -> ComparisonRow:
        latest = unrevised(facts)
        intervals = [one.interval for one in latest]
        tightest, bounding = tightest_of(intervals), {one.publisher for one in latest if is_bounded(one.interval)}
        publishers = {one.publisher for one in latest}
        by_interval: dict[Interval, set[str]] = defaultdict(set)
        for one in latest:
            by_interval[one.interval].add(one.publisher)
        # "More than 60" and "more than 90" do not corroborate each other.
        standings = {
            one.fact_id: answers.Standing.CONFLICTING.value
            if not meet(one.interval, tightest)
            else _standing(publishers if is_bounded(one.interval) else bounding | by_interval[one.interval]).value
            for one in latest
        }
        standings = {one.fact_id: answers.Standing.ALONE.value for one in facts} | standings
        finding, apart = Finding(ComparisonKind.SAME, key, [(Role.STATED, one) for one in facts]), gap(intervals)
        if apart is None and len(latest) < len(facts):
            return self._comparison(finding, gap([one.interval for one in facts]), standings, Verdict.REVISED)
        return self._comparison(finding, apart, standings)

    def _compare_findings(self, findings: Iterable[Finding]) -> Iterator[ComparisonRow]:
        known: set[str | None] = set()
        for one in findings:
            apart = gap([one.computed, one.stated]) if one.computed and one.stated else None
            comparison = self._comparison(one, apart, {fact.fact_id: "" for _, fact in one.sides})
            if comparison.row[0] not in known:
                known.add(comparison.row[0])
                yield comparison

    def _comparison(
        self,
        finding: Finding,
        apart: Decimal | None,
        standings: Mapping[str, str],
        verdict_apart: Verdict = Verdict.CONFLICTS,
    ) -> ComparisonRow:
        key, sides = finding.key, finding.sides
        metric, ref = self._metrics[key.metric], self._references.ref
        verdict = Verdict.AGREES if apart is None else verdict_apart
        answer = answers.Comparison(
            id=_id(finding),
            kind=finding.kind,
            verdict=verdict,
            subject=ref(key.subject),
            metric=ref(key.metric),
            scope=ref(key.scope) if key.scope else None,
            unit=metric.unit,
            period=timespan(period_between(key.start, key.end), None, Basis.STATED),
            market=ref(key.market) if key.market else None,
            whole=ref(finding.whole) if finding.whole else None,
            formula=finding.formula,
            computed=_span(finding.computed) if finding.computed else None,
            gap=apart,
            voices=count_publishers(fact for role, fact in sides if role is Role.STATED),
            fact_count=len(sides),
            sides=[self._side(role, fact) for role, fact in _shown(sides)],
        )
        row = (
            *(answer.id, finding.kind.value, verdict.value, key.subject, key.metric, metric.unit, key.scope or None),
            *(key.market or None, key.start, key.end, _search(answer), answer.json_text()),
        )
        return ComparisonRow(row, standings)

    def _side(self, role: Role, fact: ComparableObservation) -> answers.Side:
        source_id, *others = fact.citation
        cited = dict(zip(answers.Citation.model_fields, (self._references.source(source_id), *others), strict=True))
        return answers.Side(
            role=role,
            fact=fact.fact_id,
            value=Decimal(fact.value),
            bound=fact.bound,
            printed=fact.printed,
            allowed=_span(fact.interval),
            citation=answers.Citation(**cited),
        )


def _standing(publishers: set[str]) -> answers.Standing:
    return answers.Standing.CORROBORATED if len(publishers - {""}) > 1 else answers.Standing.ALONE


def _id(finding: Finding) -> str:
    """An id with a readable beginning. It does not change when another fact states the same value."""
    key = finding.key
    whole = [finding.whole] if finding.whole else []
    identifying = json.dumps([finding.kind, key, finding.formula, repr(finding.stated), *whole])
    mark = base64.b32encode(hashlib.sha256(identifying.encode()).digest()[:MARK]).decode().lower()
    return f"{key.subject}-{key.metric}-{key.start[:4]}-{mark}"


def _search(answer: answers.Comparison) -> str:
    texts = [text for side in answer.sides for text in (side.printed, side.citation.quote)]
    names = [one.name for one in (answer.subject, answer.metric, answer.scope, answer.market, answer.whole) if one]
    return fold(search_text(answer.id, *(text for name in names for text in (name.zh, name.en)), *texts))


def _shown(sides: Sides) -> Sides:
    """At most MOST_SIDES sides: first one for each role and interval, alternating between the extremes."""
    if len(sides) <= MOST_SIDES:
        return sides
    first: dict[tuple[Role, Interval], tuple[Role, ComparableObservation]] = {}
    for role, fact in sides:
        first.setdefault((role, fact.interval), (role, fact))
    ends = sorted(first.values(), key=lambda one: (one[0] is Role.STATED, Decimal(one[1].value)))
    apart = [one for pair in zip(ends, reversed(ends), strict=True) for one in pair]
    chosen = set(list(dict.fromkeys([*apart, *sides]))[:MOST_SIDES])
    return [one for one in sides if one in chosen]


def _span(interval: Interval) -> answers.Span:
    return answers.Span(low=interval.least, high=interval.most)
