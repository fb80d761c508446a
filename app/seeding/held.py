"""What is held of a dated measurement to compare it with others: of what it is, and which values it allows."""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from app.text.hedges import Bound
from app.text.intervals import Interval, allowed

# What facts are of by their status: what happened, what is expected to, and what somebody means to reach.
SORTS = {"actual": "actual", "estimate": "expected", "target": "meant", "plan": "meant"}
ACTUAL = SORTS["actual"]
HELD = "held"  # the kind of its runs
CACHED = 10_000


class Slot(NamedTuple):
    """What several facts can say the value of. `industry` is that of a metric that is measured of one.

    `sort` is one of SORTS: a result contradicts no target and no forecast.
    """

    subject: str
    metric: str
    industry: str
    place: str
    sort: str
    start: str
    end: str


class Held(NamedTuple):
    """A fact that fills a slot; `voice` is who says it, nobody where a copy was read. Decimals are text."""

    slot: Slot
    fact: str
    value: str
    bound: str
    step: str
    printed: str
    voice: str
    citation: str

    def row(self) -> tuple[str, ...]:
        return (*self.slot, *self[1:])

    @property
    def interval(self) -> Interval:
        return _interval(self.value, self.bound, self.step)


def held_of(row: tuple[str, ...]) -> Held:
    size = len(Slot._fields)
    return Held(Slot(*row[:size]), *row[size:])


@lru_cache(maxsize=CACHED)
def _interval(value: str, bound: str, step: str) -> Interval:
    return allowed(Decimal(value), Bound(bound), Decimal(step))


def voices(facts: Iterable[Held]) -> int:
    """How many say it who do not merely repeat another."""
    return len({one.voice for one in facts if one.voice})
