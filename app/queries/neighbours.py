"""Ids like one that does not exist, where ids are too many to compare with all."""

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute

from app.database import Snapshot
from app.queries.shapes import Statements
from app.queries.vocabulary import Vocabulary, nearest
from app.queries.walks import REVISION

BESIDE = 5  # ids, on each side


class Neighbours:
    """The ids around one in their order, which begins with subject and metric."""

    def __init__(self, identifier: InstrumentedAttribute[str]) -> None:
        known: BindParameter[str] = bindparam("known")
        self._around = [
            select(REVISION, identifier).where(identifier < known).order_by(identifier.desc()).limit(BESIDE),
            select(REVISION, identifier).where(identifier > known).order_by(identifier).limit(BESIDE),
        ]
        self._statements = Statements()

    def __call__(self, identifier: str, snapshot: Snapshot, _vocabulary: Vocabulary) -> tuple[str, ...]:
        identifier = identifier.lower()
        if not identifier.isascii() or not identifier.isprintable():
            return ()
        statements = [
            self._statements.of(number, snapshot.database, query) for number, query in enumerate(self._around)
        ]
        found = [row[1].decode() for one in statements for row in snapshot.rows(one, {"known": identifier})]
        return nearest(identifier, found)
