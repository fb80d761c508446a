"""Comparable observations: dated measurements, the keys they have in common, and the values they allow."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import polars as pl

from app.answers.facts import Vintage
from app.nouns.fields import EntityRecord
from app.nouns.identities import IdentityRecord
from app.nouns.metrics import MetricRecord, Transform
from app.nouns.sources import SourceRecord
from app.text.decimals import written
from app.text.hedges import Bound
from app.text.intervals import Interval, allowed, is_revised, step_of
from app.text.periods import Frequency

# By status: what happened, what is expected to happen, and what somebody means to achieve.
STATUS_CLASSES = {"actual": "actual", "estimate": "expected", "target": "meant", "plan": "meant"}
ACTUAL, MEANT = STATUS_CLASSES["actual"], STATUS_CLASSES["target"]
CACHED = 10_000
CITATION = ("source_id", "evidence", "quote", "span_start", "span_end")


class ObservationKey(NamedTuple):
    """A series and a period: what several facts may state the value of.

    `scope` and `market` are empty where there is none. `status_class` is one of STATUS_CLASSES: a result contradicts no
    target and no forecast. `author` is who means to achieve it: nobody contradicts another's target. It is empty for
    other facts. `measure` is what the source calls it, empty where that is the metric's own name.
    """

    subject: str
    metric: str
    scope: str
    market: str
    measure: str
    status_class: str
    author: str
    start: str
    end: str


class ComparableObservation(NamedTuple):
    """A fact as it is compared. `publisher` is the group that published it first, or empty. Decimals are text."""

    key: ObservationKey
    fact_id: str
    value: str
    bound: str
    rounding_unit: str
    is_preliminary: bool
    is_settled: bool  # final or revised
    printed: str
    publisher: str
    citation: tuple[Any, ...]  # the fields of answers.Citation

    @property
    def interval(self) -> Interval:
        return _interval(self.value, self.bound, self.rounding_unit)


Observations = list[ComparableObservation]


@lru_cache(maxsize=CACHED)
def _interval(value: str, bound: str, rounding_unit: str) -> Interval:
    return allowed(Decimal(value), Bound(bound), Decimal(rounding_unit))


def count_publishers(facts: Iterable[ComparableObservation]) -> int:
    """The number of groups of publishers that are known."""
    return len({one.publisher for one in facts if one.publisher})


def is_range(facts: Observations) -> bool:
    """Whether these are the two ends of a range that one source prints: 140 to 150."""
    return len({one.citation[0] for one in facts}) == 1 and sorted(one.bound for one in facts) == [Bound.GE, Bound.LE]


def unrevised(facts: Observations) -> Observations:
    """The facts without the preliminary values that were revised: those that cannot be true beside a later one."""
    settled = [one.interval for one in facts if one.is_settled]
    return [one for one in facts if not (one.is_preliminary and is_revised(one.interval, settled))]


def dated_measurements(facts: pl.DataFrame, entities: Mapping[str, EntityRecord]) -> pl.DataFrame:
    """The measurements that have a series, with the columns of their keys."""
    year = pl.col("period_end").str.head(4)
    is_annual = pl.col("frequency") == Frequency.ANNUAL.value  # also a stock that is told for the last day of a year
    publishers = {key: _publisher(one, entities) for key, one in entities.items() if isinstance(one, SourceRecord)}
    dated = facts.filter(pl.col("series_id").is_not_null()).with_columns(
        pl.col("measure").fill_null(""),
        subject="subject_id",
        metric="metric_id",
        scope=pl.col("scope_id").fill_null(""),
        market=pl.col("market_id").fill_null(""),
        end="period_end",
        status_class=pl.col("status").replace_strict(STATUS_CLASSES, return_dtype=pl.String),
        publisher=pl.col("source_id").replace_strict(publishers, return_dtype=pl.String),
        start=pl.when(is_annual).then(year + "-01-01").otherwise("period_start"),
    )
    author = pl.when(pl.col("publisher") == "").then("source_id").otherwise("publisher")
    author = pl.when(pl.col("status_class") == MEANT).then(author).otherwise(pl.lit(""))
    return dated.with_columns(author=author)


def comparable(
    dated: pl.DataFrame, entities: Mapping[str, EntityRecord], more: Iterable[ObservationKey]
) -> Observations:
    """The dated measurements that may have something to be compared with, in the order of their keys.

    These are the ones whose key another one has, those of metrics that are related by arithmetic, those of a series in
    which two periods begin on the same day, so that one may be the other and more, and those with one of `more` keys.
    """
    key = list(ObservationKey._fields)
    series, opening = key[:-2], key[:-1]
    shared = dated.select(key).filter(dated.select(key).is_duplicated()).unique()
    periods = dated.select(key).unique()
    nested = periods.filter(periods.select(opening).is_duplicated()).select(series).unique()
    chosen = pl.concat(
        [
            dated.join(shared, on=key, how="semi"),
            dated.join(nested, on=series, how="semi"),
            dated.filter(pl.col("metric").is_in(_related(entities))),
            dated.join(pl.DataFrame(list(more), dict.fromkeys(key, pl.String), orient="row"), on=key, how="semi"),
        ]
    ).unique("id")
    columns = ("id", "value", "bound", "printed", "derived", "vintage", "publisher", *CITATION)
    rows = chosen.select(*key, *columns).iter_rows()
    return sorted(_observation(ObservationKey(*row[: len(key)]), row[len(key) :]) for row in rows)


def _related(entities: Mapping[str, EntityRecord]) -> list[str]:
    """The metrics of growth, sums and shares, and those that they are computed from."""
    found: set[str] = set()
    for key, one in entities.items():
        if isinstance(one, MetricRecord) and one.transform is Transform.GROWTH and one.of:
            found |= {key, one.of}
        if isinstance(one, IdentityRecord):
            found |= {term.metric for term in (one.total, *one.parts, one.share, one.part, one.whole) if term}
    return sorted(found)


def _observation(key: ObservationKey, row: tuple[Any, ...]) -> ComparableObservation:
    fact_id, value, bound, printed, derived, vintage, publisher, *citation = row
    return ComparableObservation(
        key=key,
        fact_id=fact_id,
        value=value,
        bound=bound,
        rounding_unit=_rounding_unit(printed or "", value, is_derived=derived is not None),
        is_preliminary=vintage == Vintage.PRELIMINARY,
        is_settled=vintage in (Vintage.FINAL, Vintage.REVISED),
        printed=printed or "",
        publisher=publisher,
        citation=tuple(citation),
    )


def _rounding_unit(printed: str, value: str, *, is_derived: bool) -> str:
    """What the last printed digit counts; 0 for a derived value that is not the printed number in other words."""
    step = step_of(printed, Decimal(value))
    return "0" if is_derived and written(step).strip("0.") != "1" else written(step)


def _publisher(source: SourceRecord, entities: Mapping[str, EntityRecord]) -> str:
    """The group that a source's publisher belongs to; empty if it is not known who published it first."""
    return with_parents(source.publisher, entities)[-1] if source.publisher else ""


def with_parents(entity_id: str, entities: Mapping[str, EntityRecord]) -> list[str]:
    """An entity, what it belongs to, and so on up to the top."""
    every = [entity_id]
    while (up := getattr(entities[every[-1]], "parent", None)) and up not in every:
        every.append(up)
    return every
