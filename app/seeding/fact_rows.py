"""From the record of a fact to its row, with the very JSON it is answered with."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache, lru_cache
from json.encoder import encode_basestring
from typing import NamedTuple, TypeVar

from app import answers
from app.chinese import joined_lines, search_line
from app.decimals import sort_key, written
from app.hedges import Bound
from app.periods import UNDATED, Basis, Period, read_period
from app.seeding import fields, records, statements
from app.seeding.entity_rows import name_of, timespan
from app.seeding.evidence import evidence_of
from app.seeding.seeds import Pins
from app.seeding.shown_parts import CACHED, Part, absent, answer_part, cached_part, listed, nested, part
from app.seeding.tags import Tagger, Tags

Shape = TypeVar("Shape", bound=records.EntityRecord)

# The columns of `facts` behind `position`, in the order of a row.
COLUMNS = (
    *("id", "kind", "subject_id", "metric_id", "relation_id", "object_id", "value", "value_key", "unit_id", "bound"),
    *("status", "period", "period_start", "period_end", "basis", "place_id", "source_id", "evidence"),
)


class FactRow(NamedTuple):
    """`mentions` are the entities that appear in the fact, ancestors of its tags included."""

    id: str
    row: tuple[str | None, ...]
    answer: str
    search: str
    csv: str
    ndjson: str
    tags: Tags
    mentions: frozenset[str]
    period: Period | None
    value: Decimal | None


class Said(NamedTuple):
    """What a fact says, with what its record left to be worked out."""

    id: str
    kind: answers.Kind
    subject_id: str
    value: Decimal | None
    unit: str | None
    bound: Bound | None
    when: str
    period: Period | None
    basis: Basis
    place_id: str | None
    tags: Tags
    statement: records.Names
    evidence: tuple[answers.Evidence, int | None, int | None]


NO_METRIC, NO_RELATION = absent("metric", answers.Label), absent("relation", answers.Label)
NO_OBJECT = absent("object", answers.Ref)


class FactRows:
    """Makes the rows of facts. What an entity is called is worked out once, however many facts name it."""

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
        self._refs, self._labels, self._names = cache(self._ref), cache(self._label), cache(self._name_lines)

    def make(self, record: records.Fact) -> FactRow:
        said = self._said(record)
        named = {key for key in (said.subject_id, record.metric, record.relation, record.object) if key}
        answer, csv, ndjson = map(",".join, zip(*self._parts(record, said), strict=True))
        lines = (said.statement.zh, said.statement.en, record.quote, record.printed)
        return FactRow(
            id=said.id,
            row=_row(record, said),
            answer=f"{{{answer}}}",
            search=joined_lines(
                [
                    *[search_line(text) for text in lines if text],
                    *[line for key in sorted(named) for line in self._names(key)],
                ]
            ),
            csv=f"{csv}\r\n",
            ndjson=f"{{{ndjson}}}\n",
            tags=said.tags,
            mentions=frozenset([*named, record.source, *[tag_id for _, tag_id in said.tags.every]]),
            period=said.period,
            value=said.value,
        )

    def _said(self, record: records.Fact) -> Said:
        event = self._entity(record.event, records.Event) if record.event else None
        subject_id = record.subject or record.event or ""
        when = record.period or (event.period if event else UNDATED)
        period = read_period(when)
        place_id = self._place(record, event, subject_id)
        tags = self._tagger.of_fact(record, event, subject_id, place_id)
        metric = self._entity(record.metric, records.Metric) if record.metric else None
        return Said(
            id=_fact_id(record, subject_id, when, place_id, tags),
            kind=_kind(record),
            subject_id=subject_id,
            value=record.number if metric else None,
            unit=metric.unit if metric else None,
            bound=record.bound if metric else None,
            when=when,
            period=period,
            basis=record.basis or (Basis.STATED if period else Basis.UNDATED),
            place_id=place_id,
            tags=tags,
            statement=record.statement or self._statement(record, subject_id, period, tags),
            evidence=evidence_of(record, self._pins),
        )

    def _parts(self, record: records.Fact, said: Said) -> Iterable[Part]:
        """The fields of answers.Fact, in their order."""
        statement = said.statement
        return (
            part("id", said.id),
            cached_part("kind", said.kind),
            self._refs("subject", said.subject_id),
            self._labels("metric", record.metric) if record.metric else NO_METRIC,
            part("value", said.value),
            cached_part("unit", said.unit),
            cached_part("bound", said.bound),
            part("printed", record.printed),
            cached_part("status", record.status),
            self._labels("relation", record.relation) if record.relation else NO_RELATION,
            self._refs("object", record.object) if record.object else NO_OBJECT,
            _period(said.period, record.period_printed, said.basis),
            cached_part("place", said.place_id),
            listed("industries", said.tags.ids("industry")),
            listed("initiatives", said.tags.ids("initiative")),
            nested("statement", (part("zh", statement.zh, "statement"), part("en", statement.en, "statement"))),
            _citation(record, *said.evidence),
            cached_part("derived", record.derived),
            cached_part("note", record.note),
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

    def _ref(self, field: str, entity_id: str) -> Part:
        type_ = records.TYPES[self._nouns[entity_id]]
        return answer_part(field, answers.Ref(type=type_, id=entity_id, name=name_of(self._records[entity_id])))

    def _label(self, field: str, entity_id: str) -> Part:
        return answer_part(field, answers.Label(id=entity_id, name=name_of(self._records[entity_id])))

    def _name_lines(self, entity_id: str) -> list[str]:
        record = self._records[entity_id]
        return [search_line(name) for name in (record.zh, record.en, *record.aliases)]


def _row(record: records.Fact, said: Said) -> tuple[str | None, ...]:
    """The values of COLUMNS."""
    value, period = said.value, said.period
    return (
        *(said.id, said.kind.value, said.subject_id, record.metric, record.relation, record.object),
        *((None, None) if value is None else (written(value), sort_key(value))),
        *(said.unit, said.bound and said.bound.value, record.status.value, said.when),
        *((period.start.isoformat(), period.end.isoformat()) if period else (None, None)),
        *(said.basis.value, said.place_id, record.source, said.evidence[0].value),
    )


@lru_cache(maxsize=CACHED)
def _period(period: Period | None, printed: str | None, basis: Basis) -> Part:
    return answer_part("period", timespan(period, printed, basis))


def _citation(record: records.Fact, evidence: answers.Evidence, start: int | None, end: int | None) -> Part:
    return nested(
        "citation",
        (
            cached_part("source", record.source, "citation"),
            cached_part("evidence", evidence, "citation"),
            part("quote", record.quote, "citation"),
            part("start", start, "citation"),
            part("end", end, "citation"),
        ),
    )


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
    digest = hashlib.sha256(_json(said).encode()).digest()
    mark = base64.b32encode(digest[:5]).decode().lower()
    return "-".join(
        [part for part in (subject_id, record.metric or record.relation, record.object, when[:4], mark) if part]
    )


def _json(said: object) -> str:
    """As json.dumps writes it: ids are digests of that."""
    if isinstance(said, list):
        return f"[{', '.join(map(_json, said))}]"
    return "null" if said is None else encode_basestring(str(said))
