"""What is needed to read claims in a text: the units, names and metrics of a release, and its stored texts."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import or_, select

from app import answers, tables
from app.queries.reading import Reading
from app.text.claims import ClaimReader
from app.text.normalizing import squeezed_text
from app.text.vocabulary import Metric

ENTITY, UNIT, METRIC, PLACE, TEXT = tables.entities, tables.units, tables.metrics, tables.places, tables.source_texts
NAMES = (ENTITY.c.id, ENTITY.c.type, ENTITY.c.name_zh, ENTITY.c.name_en, ENTITY.c.aliases)
BEARERS = ("organization", "place")


class Known(NamedTuple):
    """`refs` are the entities that may be named, by id; `texts` are the stored source texts, squeezed, by source."""

    reader: ClaimReader
    refs: Mapping[str, answers.Ref]
    texts: Mapping[str, str]


def known_in(reading: Reading) -> Known:
    """The Known of the release being read, looked up once. Raises TimedOut, NotReady, ReleaseNotKept."""
    known: Known | None = reading.memory.claim_reader
    if known is None:
        known = reading.memory.claim_reader = _known(reading)
    return known


def _known(reading: Reading) -> Known:
    def rows(name: str, query: Any) -> Sequence[Sequence[Any]]:
        statement = reading.statement(("claims", name), lambda: query)
        return [_decoded(row) for row in reading.rows(statement, {})]

    bearers = rows("bearers", _bearers())
    metrics = rows("metrics", _metrics())
    units = rows("units", select(UNIT.c.id, UNIT.c.printed).order_by(UNIT.c.id))
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
    texts = rows("texts", select(TEXT.c.id, TEXT.c.text).order_by(TEXT.c.id))
    return Known(reader, refs, {source: squeezed_text(text) for source, text in texts})


def _bearers() -> Any:
    """Possible subjects of facts, without the world as a whole, which texts name only in passing."""
    somewhere = ENTITY.outerjoin(PLACE, PLACE.c.id == ENTITY.c.id)
    within = or_(PLACE.c.id.is_(None), PLACE.c.parent_id.is_not(None))
    query = select(*NAMES).select_from(somewhere)
    return query.where(or_(*(ENTITY.c.type == type_ for type_ in BEARERS)), within).order_by(ENTITY.c.id)


def _metrics() -> Any:
    query = select(*NAMES, METRIC.c.unit_id, METRIC.c.of_id, METRIC.c.transform)
    return query.join_from(ENTITY, METRIC, METRIC.c.id == ENTITY.c.id).order_by(ENTITY.c.id)


def _names(row: Sequence[Any]) -> list[str]:
    _, _, zh, en, aliases, *_ = row
    return [zh, en, *json.loads(aliases)]


def _decoded(row: Sequence[Any]) -> tuple[str | None, ...]:
    return tuple(value.decode() if isinstance(value, bytes) else value for value in row)
