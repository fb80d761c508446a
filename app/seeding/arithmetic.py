"""What follows from facts by arithmetic: growth from two levels, a total from parts, a share from part and whole."""

import calendar
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from app.answers.evidence import ComparisonKind, Role
from app.nouns.identities import IdentityRecord, Term
from app.nouns.metrics import MetricKind, MetricRecord, Transform
from app.seeding.held import ACTUAL, Held, Slot
from app.text.intervals import Interval, agreed, meet, quotient, shifted, total, width

Sides = list[tuple[Role, Held]]
Slots = Mapping[Slot, list[Held]]
# Of what is computed from two values: which they are, and how.
ROLES = {ComparisonKind.GROWTH: (Role.LEVEL, Role.BASE), ComparisonKind.SHARE: (Role.PART, Role.WHOLE)}
FORMULAS = {ComparisonKind.GROWTH: "({} / {} - 1) * 100", ComparisonKind.SHARE: "{} / {} * 100"}
# Of a slot in which nearly all disagree: the sharpest of what it is said to be, and how many of them are tried.
MOST_INTERVALS, MOST_LEVELS = 50, 4


@dataclass(frozen=True, slots=True)
class Finding:
    """Facts to compare: a formula over some, what it comes to, and what the others state; no formula of the same."""

    kind: ComparisonKind
    slot: Slot
    sides: Sides
    formula: str | None = None
    computed: Interval | None = None
    stated: Interval | None = None


class Sum(NamedTuple):
    total: Term
    parts: list[Term]


class Share(NamedTuple):
    share: Term
    part: Term
    whole: Term


@dataclass(frozen=True, slots=True)
class Level:
    """What facts of one slot have in common, and those facts."""

    interval: Interval
    facts: list[Held]

    @property
    def shown(self) -> str:
        """The value that is printed most precisely."""
        return min(self.facts, key=lambda one: (width(one.interval), one.fact)).value


class Arithmetic:
    """Finds what follows from the facts of a seed.

    `ancestor` gives the place of a kind that a place lies in.
    """

    def __init__(
        self,
        metrics: Mapping[str, MetricRecord],
        identities: Mapping[str, IdentityRecord],
        ancestor: Callable[[str, str], str | None],
    ) -> None:
        self._metrics = metrics
        self._ancestor = ancestor
        self._sums: dict[str, list[Sum]] = defaultdict(list)
        self._shares: dict[str, list[Share]] = defaultdict(list)
        for one in identities.values():
            if one.total:
                self._sums[one.total.metric].append(Sum(one.total, one.parts))
            elif one.share and one.part and one.whole:
                self._shares[one.share.metric].append(Share(one.share, one.part, one.whole))
        self._wholes = {one.whole.metric for shares in self._shares.values() for one in shares if one.whole.within}
        self._elsewhere: dict[Slot, list[Held]] = {}
        self._waiting: list[tuple[Slot, list[Held], Share, list[Held]]] = []

    def of_subject(self, slots: Slots) -> Iterator[Finding]:
        """What follows from the facts on one subject alone; what needs those of another is found at the end."""
        for slot, facts in slots.items():
            if slot.sort != ACTUAL:
                continue
            metric = self._metrics[slot.metric]
            if metric.transform is Transform.GROWTH and metric.of:
                yield from self._growth(slot, facts, metric.of, slots)
            for share in self._shares[slot.metric]:
                yield from self._share(slot, facts, share, slots)
            for one in self._sums[slot.metric]:
                if self._slot(slot, one.total) == slot:
                    parts = [slots.get(self._slot(slot, part), []) for part in one.parts]
                    yield from _derived(ComparisonKind.SUM, slot, facts, *parts)
            if slot.metric in self._wholes:
                self._elsewhere[slot] = facts
        yield from self._over_time(slots)

    def between_subjects(self) -> Iterator[Finding]:
        """Shares of what another subject has, such as those of a province."""
        for slot, stated, share, part in self._waiting:
            other = self._ancestor(slot.subject, share.whole.within or "") or ""
            there = self._slot(slot, share.whole)._replace(subject=other, place=other)
            if whole := self._elsewhere.get(there):
                yield from _derived(ComparisonKind.SHARE, slot, stated, part, whole)

    def _slot(self, slot: Slot, term: Term) -> Slot:
        """The slot of a term, for what is in another."""
        scoped = self._metrics[term.metric].scoped
        industry = (term.industry or slot.industry) if scoped else ""
        return slot._replace(metric=term.metric, industry=industry, place=term.place or slot.place)

    def _growth(self, slot: Slot, stated: list[Held], of: str, slots: Slots) -> Iterator[Finding]:
        before = year_before(slot.start, slot.end)
        level = self._slot(slot, Term(metric=of))
        if before and level.industry == slot.industry:  # else it may be that of a part
            base = level._replace(start=before[0], end=before[1])
            yield from _derived(ComparisonKind.GROWTH, slot, stated, slots.get(level, []), slots.get(base, []))

    def _share(self, slot: Slot, stated: list[Held], share: Share, slots: Slots) -> Iterator[Finding]:
        part = slots.get(self._slot(slot, share.part), []) if self._slot(slot, share.share) == slot else []
        if share.whole.within and part:
            self._waiting.append((slot, stated, share, part))
        elif part:
            whole = slots.get(self._slot(slot, share.whole), [])
            yield from _derived(ComparisonKind.SHARE, slot, stated, part, whole)

    def _over_time(self, slots: Slots) -> Iterator[Finding]:
        """What was made in two periods one behind the other, against what was made in both together."""
        beginning: dict[Slot, list[Slot]] = defaultdict(list)
        for slot in slots:
            metric = self._metrics[slot.metric]
            if metric.kind is MetricKind.FLOW and not metric.transform and slot.sort == ACTUAL:
                beginning[slot._replace(end="")].append(slot)
        for begun in beginning.values():
            for first in begun:
                for second in beginning.get(first._replace(start=day_after(first.end), end=""), ()):
                    both = first._replace(end=second.end)
                    if both in slots:
                        yield from _derived(ComparisonKind.SUM, both, slots[both], slots[first], slots[second])


def _levels(facts: list[Held]) -> list[Level]:
    """What facts of one slot come to: one level where they agree. Exact ones count before hedged ones."""
    exact = [one for one in facts if one.bound == "eq"] or facts
    sharpest = sorted({one.interval for one in exact}, key=width)[:MOST_INTERVALS]
    return [
        Level(interval, [one for one in exact if meet(one.interval, interval)])
        for interval in agreed(sharpest)[:MOST_LEVELS]
    ]


def _derived(kind: ComparisonKind, slot: Slot, stated: list[Held], *terms: list[Held]) -> Iterator[Finding]:
    """What is stated, against what follows from each choice of levels of the terms."""
    by_interval: dict[Interval, list[Held]] = defaultdict(list)
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
            yield Finding(kind, slot, [*((Role.STATED, fact) for fact in facts), *sides], formula, computed, interval)


def _computed(kind: ComparisonKind, intervals: list[Interval]) -> Interval | None:
    if kind is ComparisonKind.SUM:
        return total(intervals)
    first, second = intervals
    percent = quotient(first, second, 100)
    return shifted(percent, -100) if percent and kind is ComparisonKind.GROWTH else percent


@lru_cache(maxsize=10_000)
def year_before(start: str, end: str) -> tuple[str, str] | None:
    """The same days of the year before; None for what is longer than a year."""
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
