"""What facts can be grouped by, so that each group's own filter leads to exactly its facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from orjson import Fragment
from sqlalchemy import ColumnElement, FromClause, Select, SQLColumnExpression, and_, exists, or_, select
from sqlalchemy.orm import aliased

from app import tables
from app.decimals import EXACT, written
from app.queries.facts import fixed_key
from app.queries.shapes import Range, Wanted
from app.queries.walks import REVISION
from app.tables.slices import COUNTED, LISTED, NONE

COLUMNS: Mapping[str, SQLColumnExpression[Any]] = {
    "metric": tables.Fact.metric_id,
    "subject": tables.Fact.subject_id,
    "source": tables.Fact.source_id,
    "kind": tables.Fact.kind,
    "bound": tables.Fact.bound,
    "status": tables.Fact.status,
    "evidence": tables.Fact.evidence,
    "unit": tables.Fact.unit_id,
}
AVERAGE_STEP = Decimal("1e-12")
DIMENSIONS = ("initiative", "industry", "place", "company", "event", "year", *COLUMNS)


@dataclass(frozen=True, slots=True)
class Dimension:
    """A column of keys, the rows it is taken from, and which of its keys are groups."""

    source: FromClause
    column: SQLColumnExpression[Any]
    kept: ColumnElement[bool] | None


def dimension(
    source: FromClause, position: SQLColumnExpression[int], name: str, wanted: Wanted[Any] | None
) -> Dimension:
    """A dimension over facts. Of a tag or year a fact may have several, each a row, or `none`.

    Where the facts are filtered by the same dimension, only what the filter asks for is a group:
    any other would lead to facts that the filter left out.
    """
    if name in COLUMNS:
        return Dimension(source, COLUMNS[name], None)
    tag, one = aliased(tables.FactTag), aliased(tables.Slice)
    joined = source.join(tag, tag.position == position).join(one, one.number == tag.slice)
    kept = _kept(name, one.first, wanted)
    return Dimension(joined, one.first, one.dimensions == name if kept is None else and_(one.dimensions == name, kept))


def _kept(name: str, column: SQLColumnExpression[Any], wanted: Wanted[Any] | None) -> ColumnElement[bool] | None:
    if wanted is None or wanted.some or not (wanted.any_of or wanted.missing):
        return None
    kept = [column == NONE] if wanted.missing else []
    if name == "year":
        kept += [_between(column, years) for years in wanted.any_of]
    elif name == "metric":
        kept.append(column.in_(wanted.any_of))
    elif wanted.any_of:
        tag = tables.EntityTag
        kept.append(exists().where(tag.entity_id == column, tag.kind == name, tag.tag_id.in_(wanted.any_of)))
    return or_(*kept)


def _between(column: SQLColumnExpression[Any], years: Any) -> ColumnElement[bool]:
    years = years if isinstance(years, Range) else Range(years, years)
    low, high = years.low, years.high
    return and_(
        column != NONE, *([column >= low] if low is not None else []), *([column <= high] if high is not None else [])
    )


@dataclass(frozen=True, slots=True)
class Summed:
    """Groups that are slices: what they come to was summed up at load."""

    dimensions: tuple[str, ...]
    stats: Sequence[str]

    def select(self, by: Sequence[str], wanted: Mapping[str, Any]) -> Select[Any]:
        """Revision, count, unit, sum, min, max, keys."""
        one = tables.Slice
        columns = dict(zip(self.dimensions, (one.first, one.second, one.third), strict=False))
        where = [one.dimensions == ",".join(self.dimensions)]
        for name, asked in wanted.items():
            kept = _kept(name, columns[name], asked) if name in by else columns[name] == fixed_key(asked)
            where += [kept] if kept is not None else []
        metric = columns.get("metric")
        unit = (
            select(tables.Metric.unit_id).where(tables.Metric.id == metric).scalar_subquery() if self.stats else one.sum
        )
        return select(REVISION, one.facts, unit, one.sum, one.min, one.max, *(columns[name] for name in by)).where(
            *where
        )

    def statistics(self, row: Sequence[Any]) -> Mapping[str, Fragment]:
        """The sum, min, max and, if asked for, avg of a row, where it has values: as they are written in JSON."""
        _, count, _, total, least, most, *_ = row
        if total is None:
            return {}
        known = {"sum": Fragment(total), "min": Fragment(least), "max": Fragment(most)}
        if "avg" in self.stats:
            known["avg"] = Fragment(written(average(Decimal(total.decode()), count)))
        return known


def summed(by: Sequence[str], wanted: Mapping[str, Wanted[Any]], stats: Sequence[str]) -> Summed | None:
    """How to read the groups from the slices; None where they must be counted among the facts."""
    dimensions = tuple(sorted({*by, *wanted}))
    if dimensions not in (*LISTED, *COUNTED) or (stats and "metric" not in dimensions):
        return None
    for name, one in wanted.items():
        if (one.none_of or one.some) if name in by else fixed_key(one) is None:
            return None
    return Summed(dimensions, stats)


def average(total: Decimal, count: int) -> Decimal:
    return EXACT.divide(total, Decimal(count)).quantize(AVERAGE_STEP, ROUND_HALF_EVEN, EXACT)


def exclusions(pairs: list[tuple[str, str]], names: set[str]) -> str:
    """What a filter excludes, to go on in the address of a group: `,-a,-b`."""
    given = [token for name, value in pairs if name in names for token in value.split(",")]
    return "".join(f",{token}" for token in given if token.startswith("-"))
