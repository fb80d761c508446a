"""What follows from facts by arithmetic: growth from two levels, a total from parts, a share from part and whole."""

import calendar
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from app import answers
from app.answers.evidence import ComparisonKind, Role
from app.seeding import records
from app.seeding.held import ACTUAL, Held, Slot
from app.text.intervals import Interval, agreed, meet, quotient, shifted, total, width

Sides = list[tuple[Role, Held]]
Slots = Mapping[Slot, list[Held]]
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
    total: records.Term
    parts: list[records.Term]


class Share(NamedTuple):
    share: records.Term
    part: records.Term
    whole: records.Term


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
        metrics: Mapping[str, records.Metric],
        identities: Mapping[str, records.Identity],
        ancestor: Callable[[str, str], str | None],
    ) -> None:
        self._metrics = metrics
        self._ancestor = ancestor
        sums = [Sum(one.total, one.parts) for one in identities.values() if one.total]
        self._sums = {metric_id: [one for one in sums if one.total.metric == metric_id] for metric_id in metrics}
        shares = [Share(one.share, one.part, one.whole) for one in identities.values() if one.share]  # type: ignore[arg-type]  # checked: see Identity.is_whole
        self._shares = {metric_id: [one for one in shares if one.share.metric == metric_id] for metric_id in metrics}
        self._wholes = {one.whole.metric for one in shares if one.whole.within}
        self._elsewhere: dict[Slot, list[Held]] = {}
        self._waiting: list[tuple[Slot, list[Held], Share, list[Held]]] = []

    def of_subject(self, slots: Slots) -> Iterator[Finding]:
        """What follows from the facts on one subject alone; what needs those of another is found at the end."""
        for slot, facts in slots.items():
            if slot.sort != ACTUAL:
                continue
            metric = self._metrics[slot.metric]
            if metric.transform is answers.Transform.GROWTH and metric.of:
                yield from self._growth(slot, facts, metric.of, slots)
            for share in self._shares[slot.metric]:
                yield from self._share(slot, facts, share, slots)
            for one in self._sums[slot.metric]:
                yield from self._sum(slot, facts, one, slots)
            if slot.metric in self._wholes:
                self._elsewhere[slot] = facts
        yield from self._over_time(slots)

    def between_subjects(self) -> Iterator[Finding]:
        """Shares of what another subject has, such as those of a province."""
        for slot, stated, share, part in self._waiting:
            other = self._ancestor(slot.subject, share.whole.within or "") or ""
            there = self._slot(slot, share.whole)._replace(subject=other, place=other)
            if whole := self._elsewhere.get(there):
                yield from _shares(slot, stated, part, whole)

    def _slot(self, slot: Slot, term: records.Term) -> Slot:
        """The slot of a term, for what is in another."""
        scoped = self._metrics[term.metric].scoped
        industry = (term.industry or slot.industry) if scoped else ""
        return slot._replace(metric=term.metric, industry=industry, place=term.place or slot.place)

    def _growth(self, slot: Slot, stated: list[Held], of: str, slots: Slots) -> Iterator[Finding]:
        before = year_before(slot.start, slot.end)
        level = self._slot(slot, records.Term(metric=of))
        if before is None or level.industry != slot.industry:  # it may be that of a part
            return
        now, then = slots.get(level, []), slots.get(level._replace(start=before[0], end=before[1]), [])
        for one, base in product(_levels(now), _levels(then)):
            grown = quotient(one.interval, base.interval, 100)
            if grown is None:
                continue
            formula = f"({one.shown} / {base.shown} - 1) * 100"
            sides = _sides({Role.LEVEL: one.facts, Role.BASE: base.facts})
            yield from _held_against(ComparisonKind.GROWTH, slot, stated, formula, shifted(grown, -100), sides)

    def _share(self, slot: Slot, stated: list[Held], share: Share, slots: Slots) -> Iterator[Finding]:
        part = slots.get(self._slot(slot, share.part), []) if self._slot(slot, share.share) == slot else []
        if share.whole.within and part:
            self._waiting.append((slot, stated, share, part))
        elif part:
            yield from _shares(slot, stated, part, slots.get(self._slot(slot, share.whole), []))

    def _sum(self, slot: Slot, stated: list[Held], one: Sum, slots: Slots) -> Iterator[Finding]:
        if self._slot(slot, one.total) == slot:
            yield from _totals(slot, stated, [slots.get(self._slot(slot, part), []) for part in one.parts])

    def _over_time(self, slots: Slots) -> Iterator[Finding]:
        """What was made in two periods one behind the other, against what was made in both together."""
        beginning: dict[Slot, list[Slot]] = defaultdict(list)
        for slot in slots:
            metric = self._metrics[slot.metric]
            if metric.kind is answers.MetricKind.FLOW and not metric.transform and slot.sort == ACTUAL:
                beginning[slot._replace(end="")].append(slot)
        for begun in beginning.values():
            for first in begun:
                for second in beginning.get(first._replace(start=day_after(first.end), end=""), ()):
                    both = first._replace(end=second.end)
                    if both in slots:
                        yield from _totals(both, slots[both], [slots[first], slots[second]])


def _levels(facts: list[Held]) -> list[Level]:
    """What facts of one slot come to: one level where they agree. Exact ones count before hedged ones."""
    exact = [one for one in facts if one.bound == "eq"] or facts
    sharpest = sorted({one.interval for one in exact}, key=width)[:MOST_INTERVALS]
    return [
        Level(interval, [one for one in exact if meet(one.interval, interval)])
        for interval in agreed(sharpest)[:MOST_LEVELS]
    ]


def _shares(slot: Slot, stated: list[Held], part: list[Held], whole: list[Held]) -> Iterator[Finding]:
    for one, other in product(_levels(part), _levels(whole)):
        share = quotient(one.interval, other.interval, 100)
        if share is not None:
            formula = f"{one.shown} / {other.shown} * 100"
            sides = _sides({Role.PART: one.facts, Role.WHOLE: other.facts})
            yield from _held_against(ComparisonKind.SHARE, slot, stated, formula, share, sides)


def _totals(slot: Slot, stated: list[Held], parts: list[list[Held]]) -> Iterator[Finding]:
    for levels in product(*map(_levels, parts)):
        formula = " + ".join(one.shown for one in levels)
        sides = [(Role.PART, fact) for one in levels for fact in one.facts]
        computed = total(one.interval for one in levels)
        yield from _held_against(ComparisonKind.SUM, slot, stated, formula, computed, sides)


def _held_against(
    kind: ComparisonKind, slot: Slot, stated: list[Held], formula: str, computed: Interval, sides: Sides
) -> Iterator[Finding]:
    said: dict[Interval, list[Held]] = defaultdict(list)
    for fact in stated:
        said[fact.interval].append(fact)
    for interval, facts in said.items():
        shown = [(Role.STATED, fact) for fact in facts]
        yield Finding(kind, slot, shown + sides, formula, computed, interval)


def _sides(facts: Mapping[Role, list[Held]]) -> Sides:
    return [(role, fact) for role, some in facts.items() for fact in some]


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
