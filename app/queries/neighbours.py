"""Suggestions for an unknown id, where there are too many ids to compare with all of them."""

from functools import partial
from typing import Any

from sqlalchemy import BindParameter, SQLColumnExpression, bindparam, select

from app.queries.reading import Reading
from app.queries.vocabulary import nearest

BESIDE = 5  # ids, on each side


class IdSuggester:
    """Suggests the alphabetic neighbours of an id, since ids begin with subject and metric."""

    def __init__(self, identifier: SQLColumnExpression[str]) -> None:
        self._column = str(identifier)
        known: BindParameter[str] = bindparam("known")
        self._around = [
            select(identifier).where(identifier < known).order_by(identifier.desc()).limit(BESIDE),
            select(identifier).where(identifier > known).order_by(identifier).limit(BESIDE),
        ]

    def __call__(self, identifier: str, reading: Reading) -> tuple[str, ...]:
        identifier = identifier.lower()
        if not identifier.isascii() or not identifier.isprintable():
            return ()
        found = []
        for side, query in enumerate(self._around):
            statement = reading.statement((self._column, side), partial(_same, query))
            found += [row[0].decode() for row in reading.rows(statement, {"known": identifier})]
        return nearest(identifier, found)


def _same(query: Any) -> Any:
    return query
