"""What follows from facts by arithmetic: growth from two levels, a total from parts, a share from part and whole."""

import calendar
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import product

from app import tables
from app.answers.evidence import ComparisonKind, Role
from app.nouns.identities import IdentityRecord, Term
from app.nouns.metrics import MetricKind, MetricRecord, Transform
from app.nouns.places import PlaceRecord
from app.seeding.entities import Entities
from app.seeding.observations import ACTUAL, ComparableObservation, ObservationKey, Observations
from app.text.intervals import Interval, agreed, meet, quotient, shifted, total, width

Sides = list[tuple[Role, ComparableObservation]]
ByKey = Mapping[ObservationKey, Observations]
# The roles of the values that something is computed from, and the formula.
ROLES = {
    ComparisonKind.GROWTH: (Role.LEVEL, Role.BASE),
    ComparisonKind.SHARE: (Role.PART, Role.WHOLE),
    ComparisonKind.PART: (Role.WHOLE,),
}
FORMULAS = {
    ComparisonKind.GROWTH: "({} / {} - 1) * 100",
    ComparisonKind.SHARE: "{} / {} * 100",
    ComparisonKind.PART: "<= {}",
}
# Bounds where nearly all facts with one key disagree: the narrowest intervals to consider, and the levels to try.
MOST_INTERVALS, MOST_LEVELS = 50, 4


@dataclass(frozen=True, slots=True)
class Finding:
    """Facts to compare. With a formula, some of them give `computed` by it, and the others state `stated`.

    `whole` is what the subject is part of, if it is compared with that.
    """

    kind: ComparisonKind
    key: ObservationKey
    sides: Sides
    formula: str | None = None
    computed: Interval | None = None
    stated: Interval | None = None
    whole: str | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """An interval that facts with one key have in common, and those facts."""

    interval: Interval
    facts: Observations

    @property
    def shown(self) -> str:
        """The most precise value."""
        return min(self.facts, key=lambda one: (width(one.interval), one.fact_id)).value


class Arithmetic:
    """Computes values from the facts of a seed, to compare them with the stated ones."""

    def __init__(self, entities: Entities) -> None:
        self._entities = entities
        self._metrics = entities.of(MetricRecord)
        self._sums: dict[str, list[tuple[Term, list[Term]]]] = defaultdict(list)  # total and parts
        self._shares: dict[str, list[tuple[Term, Term, Term]]] = defaultdict(list)  # share, part and whole
        for one in entities.of(IdentityRecord).values():
            if one.total:
                self._sums[one.total.metric].append((one.total, one.parts))
            elif one.share and one.part and one.whole:
                self._shares[one.share.metric].append((one.share, one.part, one.whole))
        self._wholes = {whole.metric for shares in self._shares.values() for _, _, whole in shares if whole.within}
        self._elsewhere: dict[ObservationKey, Observations] = {}
        self._waiting: list[tuple[ObservationKey, Observations, Observations, Term]] = []

    def of_subject(self, by_key: ByKey) -> Iterator[Finding]:
        """What follows from the facts about one subject; what needs those about another, too, is left for the end."""
        for key, facts in by_key.items():
            if key.status_class != ACTUAL:
                continue
            metric = self._metrics[key.metric]
            if metric.transform is Transform.GROWTH and metric.of:
                yield from self._growth(key, facts, metric.of, by_key)
            for share in self._shares[key.metric]:
                yield from self._share(key, facts, share, by_key)
            for whole, parts in self._sums[key.metric]:
                if self._key_of(key, whole) == key:
                    terms = [by_key.get(self._key_of(key, part), []) for part in parts]
                    yield from derived(ComparisonKind.SUM, key, facts, *terms)
            if key.metric in self._wholes:
                self._elsewhere[key] = facts
        yield from self._over_time(by_key)

    def between_subjects(self) -> Iterator[Finding]:
        """Shares of a whole that is another subject's, such as that of the province."""
        places = self._entities.of(PlaceRecord)
        for key, stated, part, whole in self._waiting:
            above = [up for up in self._entities.with_parents(key.subject)[1:] if up in places]
            other = next((up for up in above if places[up].kind == whole.within), "")
            there = self._key_of(key, whole)._replace(subject=other)
            if there in self._elsewhere:
                yield from derived(ComparisonKind.SHARE, key, stated, part, self._elsewhere[there])

    def _key_of(self, key: ObservationKey, term: Term) -> ObservationKey:
        """The key of a term in a formula for the value of `key`."""
        scope = "" if term.scope == tables.NONE else term.scope or key.scope
        return key._replace(metric=term.metric, scope=scope, market=term.market or "")

    def _growth(self, key: ObservationKey, stated: Observations, of: str, by_key: ByKey) -> Iterator[Finding]:
        before = year_before(key.start, key.end)
        level = key._replace(metric=of)
        if before:
            # Growth is told over the final value of the year before.
            earlier = by_key.get(level._replace(start=before[0], end=before[1]), [])
            base = [one for one in earlier if not one.is_preliminary]
            yield from derived(ComparisonKind.GROWTH, key, stated, by_key.get(level, []), base)

    def _share(
        self, key: ObservationKey, stated: Observations, terms: tuple[Term, Term, Term], by_key: ByKey
    ) -> Iterator[Finding]:
        share, part, whole = terms
        parts = by_key.get(self._key_of(key, part), []) if self._key_of(key, share) == key else []
        if whole.within and parts:
            self._waiting.append((key, stated, parts, whole))
        elif parts:
            yield from derived(ComparisonKind.SHARE, key, stated, parts, by_key.get(self._key_of(key, whole), []))

    def _over_time(self, by_key: ByKey) -> Iterator[Finding]:
        """Sums of two consecutive periods, for flows."""
        beginning: dict[ObservationKey, list[ObservationKey]] = defaultdict(list)
        for key in by_key:
            metric = self._metrics[key.metric]
            if metric.kind is MetricKind.FLOW and not metric.transform and key.status_class == ACTUAL:
                beginning[key._replace(end="")].append(key)
        for begun in beginning.values():
            for first in begun:
                for second in beginning.get(first._replace(start=day_after(first.end), end=""), ()):
                    both = first._replace(end=second.end)
                    if both in by_key:
                        yield from derived(ComparisonKind.SUM, both, by_key[both], by_key[first], by_key[second])


def _levels(facts: Observations) -> list[Level]:
    """The levels that facts with one key agree on: one if all agree. Hedged facts count only if none is exact."""
    exact = [one for one in facts if one.bound == "eq"] or facts
    sharpest = sorted({one.interval for one in exact}, key=width)[:MOST_INTERVALS]
    return [
        Level(interval, [one for one in exact if meet(one.interval, interval)])
        for interval in agreed(sharpest)[:MOST_LEVELS]
    ]


def derived(
    kind: ComparisonKind, key: ObservationKey, stated: Observations, *terms: Observations, whole: str | None = None
) -> Iterator[Finding]:
    """Findings that compare what is stated with what each combination of levels of the terms comes to."""
    by_interval: dict[Interval, Observations] = defaultdict(list)
    for fact in stated:
        by_interval[fact.interval].append(fact)
    roles = ROLES.get(kind) or [Role.PART] * len(terms)
    for levels in product(*map(_levels, terms)):
        computed = _computed(kind, [level.interval for level in levels])
        if computed is None:
            continue
        shown = [level.shown for level in levels]
        formula = FORMULAS[kind].format(*shown) if kind in FORMULAS else " + ".join(shown)
        sides = [(role, fact) for role, level in zip(roles, levels, strict=True) for fact in level.facts]
        for interval, facts in by_interval.items():
            every = [*((Role.STATED, fact) for fact in facts), *sides]
            yield Finding(kind, key, every, formula, computed, interval, whole)


def _computed(kind: ComparisonKind, intervals: list[Interval]) -> Interval | None:
    if kind is ComparisonKind.SUM:
        return total(intervals)
    if kind is ComparisonKind.PART:
        high = intervals[0].high
        return Interval(None, high) if high else None
    first, second = intervals
    percent = quotient(first, second, 100)
    return shifted(percent, -100) if percent and kind is ComparisonKind.GROWTH else percent


@lru_cache(maxsize=10_000)
def year_before(start: str, end: str) -> tuple[str, str] | None:
    """The same days of the year before; None for a period longer than a year."""
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    if not date.min.year < first.year < date.max.year or last >= _years_on(first, 1):
        return None
    closes_month = first.day == 1 and last.day == calendar.monthrange(last.year, last.month)[1]
    before = _years_on(last, -1)
    if closes_month:
        before = before.replace(day=calendar.monthrange(before.year, before.month)[1])
    return _years_on(first, -1).isoformat(), before.isoformat()


def _years_on(day: date, years: int) -> date:
    year = day.year + years
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))


@lru_cache(maxsize=10_000)
def day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat() if day < "9999-12-31" else ""
