"""The selection of rows for a query, and how to count them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table, and_, func, select, true
from sqlalchemy.sql.util import find_tables

from app.queries.paging import COUNTED, Key, TotalMode, beyond


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows for a query: the tables, the condition, and the key of their order.

    `shown` is `source` joined with what the response needs; `total` is the number of rows, if it is known without
    counting, else null.
    """

    source: FromClause
    where: ColumnElement[bool]
    key: ColumnElement[Any]
    shown: FromClause
    total: ColumnElement[int] | None = None


def counting(selection: Selection, mode: TotalMode) -> ColumnElement[int]:
    """The number of rows; in mode "bounded", counting stops just beyond 10,000."""
    rows = select(true()).select_from(selection.source).where(selection.where)
    if mode == "bounded":
        rows = rows.limit(COUNTED + 1)
    counted = select(func.count()).select_from(rows.subquery()).scalar_subquery()
    return counted if selection.total is None else func.coalesce(selection.total, counted)


def beyond_in(source: FromClause, order: Sequence[Key], after: Sequence[Any]) -> ColumnElement[bool]:
    """The condition that a row comes after these keys.

    It is repeated for the position in each joined table: otherwise PostgreSQL would scan those from the start.
    """
    where = beyond(order, after)
    if len(order) > 1 or order[0].kind is not int:
        return where
    known = [table.c.position for table in find_tables(source) if isinstance(table, Table) and "position" in table.c]
    return and_(where, *(beyond([replace(order[0], column=column)], after) for column in known))
