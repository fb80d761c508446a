"""What a text is read with: the units, names and metrics of a revision, and the texts that are stored."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Select, or_, select

from app import answers, tables
from app.chinese import squeezed_text
from app.claims.reading import ClaimReader
from app.claims.vocabulary import Metric
from app.database import Snapshot
from app.queries.shapes import Statements
from app.queries.walks import REVISION
from app.revisions import Revision

ENTITY, UNIT, METRIC, PLACE, TEXT = tables.Entity, tables.Unit, tables.Metric, tables.Place, tables.SourceText
NAMES = (ENTITY.id, ENTITY.type, ENTITY.name_zh, ENTITY.name_en, ENTITY.aliases)
BEARERS = ("organization", "place")
STATEMENTS = Statements()


class Known(NamedTuple):
    """`refs` are what may be named, by id; `texts` are those of sources without their layout."""

    reader: ClaimReader
    refs: Mapping[str, answers.Ref]
    texts: Mapping[str, str]


class ClaimReaders:
    """What is known of the revision that was asked of last."""

    def __init__(self) -> None:
        self._latest: tuple[Revision, Known] | None = None

    def of(self, snapshot: Snapshot) -> Known:
        """Raises Superseded, TimedOut, NotReady."""
        latest = self._latest
        if latest is None or latest[0] is not snapshot.revision:
            latest = self._latest = snapshot.revision, _known(snapshot)
        return latest[1]


def _known(snapshot: Snapshot) -> Known:
    def rows(name: str, query: Select[Any]) -> Sequence[Sequence[Any]]:
        statement = STATEMENTS.of(name, snapshot.database, query)
        return [_decoded(row[1:]) for row in snapshot.rows(statement, {})]

    bearers = rows("bearers", _bearers())
    metrics = rows("metrics", _metrics())
    units = rows("units", select(REVISION, UNIT.id, UNIT.printed).order_by(UNIT.id))
    scales = {unit: {word: Decimal(scale) for word, scale in json.loads(printed).items()} for unit, printed in units}
    reader = ClaimReader(
        scales,
        [(name, row[0]) for row in bearers for name in _names(row)],
        [Metric(row[0], _names(row), *row[len(NAMES) :]) for row in metrics],
    )
    refs = {
        id_: answers.Ref(type=type_, id=id_, name=answers.Name(zh=zh, en=en))
        for id_, type_, zh, en, *_ in (*bearers, *metrics)
    }
    texts = rows("texts", select(REVISION, TEXT.id, TEXT.text).order_by(TEXT.id))
    return Known(reader, refs, {source: squeezed_text(text) for source, text in texts})


def _bearers() -> Select[Any]:
    """Who facts are told of; the whole world is named beside what is told, not as whom it is told of."""
    somewhere = ENTITY.__table__.outerjoin(PLACE.__table__, PLACE.id == ENTITY.id)
    within = or_(PLACE.id.is_(None), PLACE.parent_id.is_not(None))
    query = select(REVISION, *NAMES).select_from(somewhere)
    return query.where(or_(*(ENTITY.type == type_ for type_ in BEARERS)), within).order_by(ENTITY.id)


def _metrics() -> Select[Any]:
    query = select(REVISION, *NAMES, METRIC.unit_id, METRIC.of_id, METRIC.transform)
    return query.join_from(ENTITY, METRIC, METRIC.id == ENTITY.id).order_by(ENTITY.id)


def _names(row: Sequence[Any]) -> list[str]:
    _, _, zh, en, aliases, *_ = row
    return [zh, en, *json.loads(aliases)]


def _decoded(row: Sequence[Any]) -> tuple[str | None, ...]:
    return tuple(value.decode() if isinstance(value, bytes) else value for value in row)
