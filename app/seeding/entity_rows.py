"""From the record of an entity to the row of its noun's table, and the answer it is shown as."""

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from app import answers
from app.seeding import records
from app.seeding.tags import Row, Tags
from app.text.periods import Basis, Period, read_period


@dataclass(frozen=True, slots=True)
class EntityRow:
    """`more` is what a search finds the entity by besides its names. Units, relations and identities are not shown."""

    row: Row
    answer: answers.Entity | None = None
    more: tuple[str | None, ...] = ()
    participants: list[Row] = field(default_factory=list)


class EntityRows:
    """Makes the rows of entities; `facts` counts the facts each appears in, `texts` are those of sources we store."""

    def __init__(
        self,
        entities: Mapping[str, records.EntityRecord],
        nouns: Mapping[str, str],
        facts: Mapping[str, int],
        texts: Container[str],
    ) -> None:
        self._records = entities
        self._nouns = nouns
        self._facts = facts
        self._texts = texts

    def make(self, entity_id: str, tags: Tags) -> EntityRow:
        record = self._records[entity_id]
        shared: Row = {
            "id": entity_id,
            "type": records.TYPES[self._nouns[entity_id]],
            "name": name_of(record),
            "aliases": record.aliases,
            "industries": list(tags.industry.declared),
            "initiatives": list(tags.initiative.declared),
            "facts": self._facts.get(entity_id, 0),
        }
        match record:
            case records.Event():
                return self._event(entity_id, record, shared)
            case records.Policy():
                return _policy(record, shared)
            case records.Place() | records.Industry():
                shape = answers.Place if isinstance(record, records.Place) else answers.Industry
                answer = shape(**shared, kind=record.kind, parent=record.parent)
                return EntityRow({"kind": record.kind, "parent_id": record.parent}, answer)
            case records.Organization():
                own = {
                    "kind": record.kind,
                    "parent": record.parent,
                    "place": record.place,
                    "source": record.source,
                }
                row = {"kind": record.kind} | {f"{key}_id": own[key] for key in ("parent", "place", "source")}
                return EntityRow(row, answers.Organization(**shared, **own))
            case records.Source():
                return _source(record, shared, stored=entity_id in self._texts)
            case _:
                return _plain(record, shared)

    def _event(self, entity_id: str, record: records.Event, shared: Row) -> EntityRow:
        participants = [
            answers.Participant(
                type=records.TYPES[self._nouns[one.id]], id=one.id, name=name_of(self._records[one.id]), role=one.role
            )
            for one in record.participants
        ]
        period = read_period(record.period)
        span = timespan(period, None, Basis.STATED if period else Basis.UNDATED)
        return EntityRow(
            {"kind": record.kind, "place_id": record.place, **_period_row(record.period, span)},
            answers.Event(**shared, kind=record.kind, place=record.place, period=span, participants=participants),
            tuple(text for one in participants for text in (one.name.zh, one.name.en)),
            [{"event_id": entity_id, "entity_id": one.id, "role": one.role} for one in participants],
        )


def _policy(record: records.Policy, shared: Row) -> EntityRow:
    period = read_period(record.period)
    span = timespan(period, None, Basis.STATED if period else Basis.UNDATED)
    row = {"kind": record.kind, "issuer_id": record.issuer, "place_id": record.place}
    answer = answers.Policy(**shared, kind=record.kind, issuer=record.issuer, place=record.place, period=span)
    return EntityRow(row | _period_row(record.period, span), answer)


def _source(record: records.Source, shared: Row, *, stored: bool) -> EntityRow:
    fields: dict[str, Any] = record.model_dump(exclude={"zh", "en", "aliases"})
    text = answers.TextKept.STORED if stored else answers.TextKept.VERIFIED if record.sha256 else None
    return EntityRow(fields, answers.Source(**shared, **fields, text=text), (record.publisher, record.author))


def _plain(record: records.EntityRecord, shared: Row) -> EntityRow:
    match record:
        case records.Unit():
            return EntityRow({"symbol": record.symbol, "printed": json.dumps(record.printed, ensure_ascii=False)})
        case records.Identity():
            terms = record.model_dump(mode="json", exclude={"zh", "en", "aliases"}, exclude_defaults=True)
            return EntityRow({"terms": json.dumps(terms)})
        case records.Relation():
            return EntityRow(_templates(record.statement))
        case records.Metric():
            own = {"kind": record.kind, "transform": record.transform}
            answer = answers.Metric(**shared, **own, unit=record.unit, of=record.of)
            return EntityRow(
                {**own, "unit_id": record.unit, "of_id": record.of, **_templates(record.statement)}, answer
            )
        case records.Initiative():
            summary = answers.Name(zh=record.summary.zh, en=record.summary.en)
            row = {"place_id": record.place, "summary_zh": summary.zh, "summary_en": summary.en}
            initiative = answers.Initiative(**shared, place=record.place, summary=summary)
            return EntityRow(row, initiative, (summary.zh, summary.en))
    raise TypeError(f"{type(record).__name__} has no row")


def name_of(record: records.EntityRecord) -> answers.Name:
    return answers.Name(zh=record.zh, en=record.en)


def timespan(period: Period | None, printed: str | None, basis: Basis) -> answers.Timespan:
    return answers.Timespan(
        start=period.start.isoformat() if period else None,
        end=period.end.isoformat() if period else None,
        precision=period.precision if period else None,
        printed=printed,
        basis=basis,
    )


def _period_row(written: str, span: answers.Timespan) -> Row:
    return {"period": written, "period_start": span.start, "period_end": span.end}


def _templates(statement: records.MeasurementTemplates | records.RelationTemplates | None) -> Row:
    return {"statement_zh": statement.zh if statement else None, "statement_en": statement.en if statement else None}
