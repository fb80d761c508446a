"""From the record of a fact to its row, with the very JSON it is answered with."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from app import answers
from app.answers.flat import columns, csv_line, flattened, ndjson_line
from app.chinese import search_text
from app.decimals import sort_key, written
from app.periods import UNDATED, Basis, Period, read_period
from app.seeding import fields, records, statements
from app.seeding.entity_rows import name_of, timespan
from app.seeding.evidence import evidence_of
from app.seeding.seeds import Pins
from app.seeding.tags import Row, Tagger, Tags

Shape = TypeVar("Shape", bound=records.EntityRecord)


@dataclass(frozen=True, slots=True)
class FactRow:
    """`mentions` are the entities that appear in the fact, ancestors of its tags included."""

    id: str
    row: Row
    answer: str
    search: str
    csv: str
    ndjson: str
    tags: Tags
    mentions: frozenset[str]
    period: Period | None


class FactRows:
    """Makes the rows of facts."""

    def __init__(
        self,
        entities: Mapping[str, records.EntityRecord],
        nouns: Mapping[str, str],
        pins: Mapping[str, Pins],
        tagger: Tagger,
    ) -> None:
        self._records = entities
        self._nouns = nouns
        self._pins = pins
        self._tagger = tagger

    def make(self, record: records.Fact) -> FactRow:
        event = self._entity(record.event, records.Event) if record.event else None
        subject_id = record.subject or record.event or ""
        when = record.period or (event.period if event else UNDATED)
        period = read_period(when)
        place_id = self._place(record, event, subject_id)
        tags = self._tagger.of_fact(record, event, subject_id, place_id)
        answer = self._answer(record, subject_id, when, place_id, tags)
        named = {key for key in (subject_id, record.metric, record.relation, record.object) if key}
        search = search_text(
            answer.statement.zh,
            answer.statement.en,
            record.quote,
            record.printed,
            *(text for key in sorted(named) for text in self._names(key)),
        )
        flat = flattened(answer.model_dump(), columns(answers.Fact))
        mentions = frozenset(named | {record.source} | {tag_id for _, tag_id in tags.every})
        return FactRow(
            id=answer.id,
            row={**_row(record, answer), "period": when},
            answer=answer.json_text(),
            search=search,
            csv=csv_line(flat.values()),
            ndjson=ndjson_line(flat),
            tags=tags,
            mentions=mentions,
            period=period,
        )

    def _answer(
        self, record: records.Fact, subject_id: str, when: str, place_id: str | None, tags: Tags
    ) -> answers.Fact:
        period = read_period(when)
        metric = self._entity(record.metric, records.Metric) if record.metric else None
        statement = record.statement or self._statement(record, subject_id, period, tags)
        evidence, start, end = evidence_of(record, self._pins)
        return answers.Fact(
            id=_fact_id(record, subject_id, when, place_id, tags),
            kind=_kind(record),
            subject=self._ref(subject_id),
            metric=self._label(record.metric),
            value=Decimal(written(record.number)) if metric else None,
            unit=metric.unit if metric else None,
            bound=record.bound if metric else None,
            printed=record.printed,
            status=record.status,
            relation=self._label(record.relation),
            object=self._ref(record.object) if record.object else None,
            period=timespan(period, record.period_printed, record.basis or (Basis.STATED if period else Basis.UNDATED)),
            place=place_id,
            industries=tags.ids("industry"),
            initiatives=tags.ids("initiative"),
            statement=answers.Name(zh=statement.zh, en=statement.en),
            citation=answers.Citation(
                source=record.source, evidence=evidence, quote=record.quote, start=start, end=end
            ),
            derived=record.derived,
            note=record.note,
        )

    def _place(self, record: records.Fact, event: records.Event | None, subject_id: str) -> str | None:
        """The place a fact names, else that of its event, else its subject's: a place itself, or where it is."""
        if record.place:
            return None if record.place == fields.NOWHERE else record.place
        if event:
            return event.place
        return subject_id if self._nouns[subject_id] == "places" else getattr(self._records[subject_id], "place", None)

    def _statement(self, record: records.Fact, subject_id: str, period: Period | None, tags: Tags) -> records.Names:
        subject = self._records[subject_id]
        if record.metric:
            metric = self._entity(record.metric, records.Metric)
            unit = self._entity(metric.unit, records.Unit)
            industry = next(iter(record.industries or tags.ids("industry")), None)
            scope = self._records[industry] if industry else None
            return statements.measurement(record, metric, unit, subject, scope, period)
        if record.relation and record.object:
            relation = self._entity(record.relation, records.Relation)
            return statements.relation(relation, subject, self._records[record.object])
        return statements.occurrence(subject, period)

    def _entity(self, entity_id: str, shape: type[Shape]) -> Shape:
        record = self._records[entity_id]
        if not isinstance(record, shape):
            raise TypeError(f"{entity_id} is checked to be a {shape.__name__}")
        return record

    def _ref(self, entity_id: str) -> answers.Ref:
        type_ = records.TYPES[self._nouns[entity_id]]
        return answers.Ref(type=type_, id=entity_id, name=name_of(self._records[entity_id]))

    def _label(self, entity_id: str | None) -> answers.Label | None:
        return answers.Label(id=entity_id, name=name_of(self._records[entity_id])) if entity_id else None

    def _names(self, entity_id: str) -> list[str]:
        record = self._records[entity_id]
        return [record.zh, record.en, *record.aliases]


def _row(record: records.Fact, answer: answers.Fact) -> Row:
    return {
        "id": answer.id,
        "kind": answer.kind,
        "subject_id": answer.subject.id,
        "metric_id": record.metric,
        "relation_id": record.relation,
        "object_id": record.object,
        "value": written(record.number) if answer.metric else None,
        "value_key": sort_key(record.number) if answer.metric else None,
        "unit_id": answer.unit,
        "bound": answer.bound,
        "status": record.status,
        "period_start": answer.period.start,
        "period_end": answer.period.end,
        "basis": answer.period.basis,
        "place_id": answer.place,
        "source_id": record.source,
        "evidence": answer.citation.evidence,
    }


def _kind(record: records.Fact) -> answers.Kind:
    if record.metric:
        return answers.Kind.MEASUREMENT
    return answers.Kind.RELATION if record.relation else answers.Kind.OCCURRENCE


def _fact_id(record: records.Fact, subject_id: str, when: str, place_id: str | None, tags: Tags) -> str:
    """Readable first, so that ids sort by subject, what is said and year; then a digest of all of it."""
    said = [
        *(subject_id, record.metric, record.relation, record.object, record.value and written(record.number)),
        *(record.bound, record.printed, record.status, when, place_id),
        *(tags.ids("industry"), record.source, record.quote),
    ]
    digest = hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).digest()
    mark = base64.b32encode(digest[:5]).decode().lower()
    return "-".join(
        part for part in (subject_id, record.metric or record.relation, record.object, when[:4], mark) if part
    )
