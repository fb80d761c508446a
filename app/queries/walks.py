"""Ways to the rows that are asked for."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, func, select, true

from app import tables
from app.queries.filters import Column
from app.queries.paging import COUNTED, TotalMode

# Tells each answer of which revision it is; an answer made of two would be noticed.
REVISION = select(tables.Revision.revision).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Walk:
    """A way to the rows that are asked for: where they lie, which of them, and by what they are in order.

    `shown` is `source` with what a row is answered with; `total` is how many rows there are, where
    that may be known without counting, else null.
    """

    source: FromClause
    where: ColumnElement[bool]
    key: Column | ColumnElement[Any]
    shown: FromClause
    total: ColumnElement[int] | None = None


def counting(walk: Walk, mode: TotalMode) -> ColumnElement[int]:
    """How many rows there are, or, bounded, that they are more than 10,000."""
    rows = select(true()).select_from(walk.source).where(walk.where)
    if mode == "bounded":
        rows = rows.limit(COUNTED + 1)
    counted = select(func.count()).select_from(rows.subquery()).scalar_subquery()
    return counted if walk.total is None else func.coalesce(walk.total, counted)
