"""What is held of a dated measurement to compare it with others: of what it is, and which values it allows."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

import polars as pl

from app.nouns.fields import EntityRecord
from app.nouns.identities import IdentityRecord
from app.nouns.metrics import MetricRecord, Transform
from app.nouns.sources import SourceRecord
from app.text.decimals import written
from app.text.hedges import Bound
from app.text.intervals import Interval, allowed, step_of

# What facts are of by their status: what happened, what is expected to, and what somebody means to reach.
SORTS = {"actual": "actual", "estimate": "expected", "target": "meant", "plan": "meant"}
ACTUAL = SORTS["actual"]
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
    citation: tuple[str, str, str | None, int | None, int | None]  # the fields of answers.Citation

    @property
    def interval(self) -> Interval:
        return _interval(self.value, self.bound, self.step)


@lru_cache(maxsize=CACHED)
def _interval(value: str, bound: str, step: str) -> Interval:
    return allowed(Decimal(value), Bound(bound), Decimal(step))


def voices(facts: Iterable[Held]) -> int:
    """How many say it who do not merely repeat another."""
    return len({one.voice for one in facts if one.voice})


def comparable(facts: pl.DataFrame, entities: Mapping[str, EntityRecord]) -> list[Held]:
    """The facts of which there may be something to compare, slot by slot.

    That are those of which another is in the same slot, those of metrics that something follows from by arithmetic,
    and those of a series in which one period begins with another.
    """
    related = _related(entities)
    slots = facts.filter(pl.col("value").is_not_null() & pl.col("period_start").is_not_null()).with_columns(
        pl.col("industry_id", "place_id").fill_null(""),
        sort=pl.col("status").replace_strict(SORTS, return_dtype=pl.String),
    )
    series = ["subject_id", "metric_id", "industry_id", "place_id", "sort"]
    slot, opening = [*series, "period_start", "period_end"], [*series, "period_start"]
    more = slots.select(slot).filter(slots.select(slot).is_duplicated()).unique()
    periods = slots.select(slot).unique()
    nested = periods.filter(periods.select(opening).is_duplicated()).select(series).unique()
    chosen = pl.concat(
        [
            slots.join(more, on=slot, how="semi"),
            slots.join(nested, on=series, how="semi"),
            slots.filter(pl.col("metric_id").is_in(related)),
        ]
    ).unique("id")
    columns = ("id", "value", "bound", "printed", "derived", "source_id", "evidence", "quote", "span_start", "span_end")
    return sorted(
        _held(Slot(*row[: len(slot)]), row[len(slot) :], entities) for row in chosen.select(*slot, *columns).iter_rows()
    )


def _related(entities: Mapping[str, EntityRecord]) -> list[str]:
    """The metrics that growth, sums and shares are worked out of, or held against."""
    found: set[str] = set()
    for key, one in entities.items():
        if isinstance(one, MetricRecord) and one.transform is Transform.GROWTH and one.of:
            found |= {key, one.of}
        if isinstance(one, IdentityRecord):
            found |= {term.metric for term in (one.total, *one.parts, one.share, one.part, one.whole) if term}
    return sorted(found)


def _held(slot: Slot, row: tuple[str, ...], entities: Mapping[str, EntityRecord]) -> Held:
    fact, value, bound, printed, derived, source_id, evidence, quote, start, end = row
    step = "0" if derived else written(step_of(printed or "", Decimal(value)))
    citation = (source_id, evidence, quote, start, end)
    return Held(slot, fact, value, bound, step, printed or "", _voice(source_id, entities), citation)  # type: ignore[arg-type]  # offsets are numbers


def _voice(source_id: str, entities: Mapping[str, EntityRecord]) -> str:
    """Who says it: the publisher of a source, nobody where a copy was read."""
    source = entities[source_id]
    assert isinstance(source, SourceRecord)  # noqa: S101 - narrows the type for mypy
    return "" if source.republished else source.publisher or source_id
