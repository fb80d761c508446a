"""The dimensions of groups, chosen so that each group can be queried by a filter for exactly its facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from orjson import Fragment
from sqlalchemy import ColumnElement, FromClause, Select, SQLColumnExpression, and_, exists, or_, select

from app import tables
from app.queries.expressions import FilterExpression, Range
from app.queries.facts import fixed_key
from app.text.decimals import EXACT, written

COLUMNS: Mapping[str, SQLColumnExpression[Any]] = {
    "metric": tables.facts.c.metric_id,
    "subject": tables.facts.c.subject_id,
    "source": tables.facts.c.source_id,
    "kind": tables.facts.c.kind,
    "bound": tables.facts.c.bound,
    "status": tables.facts.c.status,
    "evidence": tables.facts.c.evidence,
    "unit": tables.facts.c.unit_id,
}
AVERAGE_STEP = Decimal("1e-12")
DIMENSIONS = ("initiative", "industry", "place", "company", "event", "year", *COLUMNS)


@dataclass(frozen=True, slots=True)
class Dimension:
    """A column of keys, the rows it comes from, and a condition on which keys are groups."""

    source: FromClause
    column: SQLColumnExpression[Any]
    kept: ColumnElement[bool] | None


def dimension(
    source: FromClause, position: SQLColumnExpression[int], name: str, wanted: FilterExpression[Any] | None
) -> Dimension:
    """A dimension over facts. A fact may have several tags or years, each a row, or `none`.

    If the facts are filtered by the same dimension, only the keys that match the filter are groups:
    the link of any other group would include facts that the filter excludes.
    """
    if name in COLUMNS:
        return Dimension(source, COLUMNS[name], None)
    tag, one = tables.fact_tags.alias(), tables.slices.alias()
    joined = source.join(tag, tag.c.position == position).join(one, one.c.number == tag.c.slice)
    kept = _kept(name, one.c.first, wanted)
    return Dimension(
        joined, one.c.first, one.c.dimensions == name if kept is None else and_(one.c.dimensions == name, kept)
    )


def _kept(
    name: str, column: SQLColumnExpression[Any], wanted: FilterExpression[Any] | None
) -> ColumnElement[bool] | None:
    if wanted is None or wanted.present or not (wanted.any_of or wanted.missing):
        return None
    kept = [column == tables.NONE] if wanted.missing else []
    if name == "year":
        kept += [_between(column, years) for years in wanted.any_of]
    elif name == "metric":
        kept.append(column.in_(wanted.any_of))
    elif wanted.any_of:
        tag = tables.entity_tags
        kept.append(exists().where(tag.c.entity_id == column, tag.c.kind == name, tag.c.tag_id.in_(wanted.any_of)))
    return or_(*kept)


def _between(column: SQLColumnExpression[Any], years: Any) -> ColumnElement[bool]:
    years = years if isinstance(years, Range) else Range(years, years)
    low, high = years.low, years.high
    return and_(
        column != tables.NONE,
        *([column >= low] if low is not None else []),
        *([column <= high] if high is not None else []),
    )


@dataclass(frozen=True, slots=True)
class Summed:
    """Groups that are slices, whose statistics were computed at load."""

    dimensions: tuple[str, ...]
    stats: Sequence[str]

    def select(self, by: Sequence[str], wanted: Mapping[str, Any]) -> Select[Any]:
        """Count, unit, sum, min, max, keys."""
        one = tables.slices
        columns = dict(zip(self.dimensions, (one.c.first, one.c.second, one.c.third), strict=False))
        where = [one.c.dimensions == ",".join(self.dimensions)]
        for name, asked in wanted.items():
            kept = _kept(name, columns[name], asked) if name in by else columns[name] == fixed_key(asked)
            where += [kept] if kept is not None else []
        metric = columns.get("metric")
        unit = (
            select(tables.metrics.c.unit_id).where(tables.metrics.c.id == metric).scalar_subquery()
            if self.stats
            else one.c.sum
        )
        return select(one.c.facts, unit, one.c.sum, one.c.min, one.c.max, *(columns[name] for name in by)).where(*where)

    def statistics(self, row: Sequence[Any]) -> Mapping[str, Fragment]:
        """The sum, min, max and, if requested, avg of a row, as JSON; empty if it has no values."""
        count, _, total, least, most, *_ = row
        if total is None:
            return {}
        known = {"sum": Fragment(total), "min": Fragment(least), "max": Fragment(most)}
        if "avg" in self.stats:
            known["avg"] = Fragment(written(average(Decimal(total.decode()), count)))
        return known


def summed(by: Sequence[str], wanted: Mapping[str, FilterExpression[Any]], stats: Sequence[str]) -> Summed | None:
    """How to read the groups from the slices; None if they must be counted from the facts."""
    dimensions = tuple(sorted({*by, *wanted}))
    if dimensions not in (*tables.LISTED, *tables.COUNTED) or (stats and "metric" not in dimensions):
        return None
    for name, one in wanted.items():
        if (one.none_of or one.present) if name in by else fixed_key(one) is None:
            return None
    return Summed(dimensions, stats)


def average(total: Decimal, count: int) -> Decimal:
    return EXACT.divide(total, Decimal(count)).quantize(AVERAGE_STEP, ROUND_HALF_EVEN, EXACT)


def exclusions(pairs: Sequence[tuple[str, str]], names: set[str]) -> str:
    """The exclusions of a filter, to be repeated in the URL of a group: `,-a,-b`."""
    given = [token for name, value in pairs if name in names for token in value.split(",")]
    return "".join(f",{token}" for token in given if token.startswith("-"))
