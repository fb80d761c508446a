"""What facts can be grouped by, so that each group's own filter leads to exactly its facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, SQLColumnExpression, and_, exists, false, or_
from sqlalchemy.orm import aliased

from app import tables
from app.queries.filters import Wanted
from app.queries.ranges import Range

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
TAGS = ("initiative", "industry", "place", "company", "event")
DIMENSIONS = (*TAGS, "year", *COLUMNS)


@dataclass(frozen=True, slots=True)
class Dimension:
    """A column of keys, the rows it is taken from, and which of its keys are groups."""

    source: FromClause
    column: SQLColumnExpression[Any]
    kept: ColumnElement[bool] | None


def dimension(source: FromClause, name: str, wanted: Wanted[Any] | None) -> Dimension:
    """A dimension over facts. Of a tag or year a fact may have several, each a row, or none.

    Where the facts are filtered by the same dimension, only what the filter asks for is a group:
    any other would lead to facts that the filter left out.
    """
    if name in COLUMNS:
        return Dimension(source, COLUMNS[name], None)
    if name == "year":
        year = aliased(tables.FactYear)
        joined = source.outerjoin(year, year.fact_position == tables.Fact.position)
        return Dimension(joined, year.year, _kept(wanted, year.year, _year_in(year.year, wanted)))
    tag = aliased(tables.FactTag)
    joined = source.outerjoin(tag, and_(tag.fact_position == tables.Fact.position, tag.kind == name))
    return Dimension(joined, tag.tag_id, _kept(wanted, tag.tag_id, _tag_within(name, tag.tag_id, wanted)))


def _kept(
    wanted: Wanted[Any] | None, column: SQLColumnExpression[Any], asked_for: ColumnElement[bool]
) -> ColumnElement[bool] | None:
    if wanted is None or wanted.some or not (wanted.any_of or wanted.missing):
        return None
    return or_(asked_for, column.is_(None)) if wanted.missing else asked_for


def _year_in(column: SQLColumnExpression[Any], wanted: Wanted[Range[int]] | None) -> ColumnElement[bool]:
    ranges = [
        and_(column >= (years.low or 0), column <= (years.high or 9999)) for years in (wanted.any_of if wanted else [])
    ]
    return or_(false(), *ranges)


def _tag_within(kind: str, column: SQLColumnExpression[Any], wanted: Wanted[str] | None) -> ColumnElement[bool]:
    tag = tables.EntityTag
    asked_for = wanted.any_of if wanted else []
    return exists().where(tag.entity_id == column, tag.kind == kind, tag.tag_id.in_(asked_for))


def narrowing(name: str, key: str | int | None, pairs: list[tuple[str, str]], aliases: set[str]) -> str:
    """The value of the filter that leads to a group: its key, and the exclusions there were."""
    given = [token for one, value in pairs if one in aliases | {name} for token in value.split(",")]
    excluded = [token for token in given if token.startswith("-")]
    return ",".join(["none" if key is None else str(key), *excluded])
