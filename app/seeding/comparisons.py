"""Comparisons of facts: which agree, which conflict, and which agree with what others come to by arithmetic."""

import base64
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

import polars as pl

from app import answers
from app.answers.evidence import ComparisonKind, Role, Verdict
from app.nouns.metrics import MetricRecord
from app.nouns.noun import timespan
from app.seeding.arithmetic import Arithmetic, Finding, Sides
from app.seeding.entities import Entities
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
    def verdicts(self) -> Mapping[str, int]:
        return Counter(str(row[COLUMNS.index("verdict")]) for row in self.rows)


def compare(table: pl.DataFrame, entities: Entities) -> Compared:
    """Compare the facts in a table: those of one subject after another, and then parts with their wholes."""
    dated = dated_measurements(table, entities)
    above = parts_above(dated, entities)
    of_parts = keys_of(above)
    observations = comparable(dated, entities, of_parts)
    del dated
    comparer, arithmetic = Comparer(entities), Arithmetic(entities)
    kept = dict[ObservationKey, Observations]()
    for _, facts in groupby(observations, key=lambda one: one.key.subject):
        by_key = {key: list(some) for key, some in groupby(facts, key=lambda one: one.key)}
        kept |= {key: by_key[key] for key in by_key.keys() & of_parts}
        for key, some in by_key.items():
            if len(some) > 1 and not is_range(some):
                comparer.compare_same(key, some)
        comparer.compare_findings(arithmetic.of_subject(by_key))
    comparer.compare_findings(arithmetic.between_subjects())
    comparer.compare_findings(findings_above(above, kept))
    return comparer.compared()


class Comparer:
    """Collects comparisons."""

    def __init__(self, entities: Entities) -> None:
        self._entities, self._metrics = entities, entities.of(MetricRecord)
        self._rows: dict[str, tuple[str | None, ...]] = {}
        self._facts: dict[str, list[str]] = defaultdict(list)
        self._standing: dict[str, str] = {}

    def compared(self) -> Compared:
        rows = [row for _, row in sorted(self._rows.items())]
        return Compared(rows, {key: sorted(ids) for key, ids in self._facts.items()}, self._standing)

    def compare_same(self, key: ObservationKey, facts: Observations) -> None:
        """Compare the facts with one key, and decide their standing."""
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
        self._standing |= {one.fact_id: answers.Standing.ALONE.value for one in facts} | standings
        finding, apart = Finding(ComparisonKind.SAME, key, [(Role.STATED, one) for one in facts]), gap(intervals)
        if apart is None and len(latest) < len(facts):
            self._add(finding, gap([one.interval for one in facts]), Verdict.REVISED)
        else:
            self._add(finding, apart)

    def compare_findings(self, findings: Iterable[Finding]) -> None:
        for one in findings:
            self._add(one, gap([one.computed, one.stated]) if one.computed and one.stated else None)

    def _add(self, finding: Finding, apart: Decimal | None, verdict_apart: Verdict = Verdict.CONFLICTS) -> None:
        comparison_id = _id(finding)
        if comparison_id in self._rows:
            return
        key, sides = finding.key, finding.sides
        metric, ref = self._metrics[key.metric], self._entities.ref
        verdict = Verdict.AGREES if apart is None else verdict_apart
        answer = answers.Comparison(
            id=comparison_id,
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
        self._rows[comparison_id] = (
            *(answer.id, finding.kind.value, verdict.value, key.subject, key.metric, metric.unit, key.scope or None),
            *(key.market or None, key.start, key.end, _search(answer), answer.json_text()),
        )
        for fact_id in {fact.fact_id for _, fact in sides}:
            self._facts[fact_id].append(comparison_id)

    def _side(self, role: Role, fact: ComparableObservation) -> answers.Side:
        source_id, *others = fact.citation
        cited = dict(zip(answers.Citation.model_fields, (self._entities.cited[source_id], *others), strict=True))
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
