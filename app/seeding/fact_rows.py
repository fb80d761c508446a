"""From the record of a fact to its row, with the very JSON it is answered with."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache, lru_cache
from itertools import chain
from typing import NamedTuple, TypeVar

from app import answers
from app.seeding import records, statements
from app.seeding.entity_rows import name_of, timespan
from app.seeding.evidence import evidence_of
from app.seeding.fact_ids import fact_id, quote_mark
from app.seeding.held import SORTS, Held, Slot
from app.seeding.seeds import Pins
from app.seeding.shown_parts import CACHED, answer_part, nested, part, shared
from app.seeding.statements import Statement
from app.seeding.tags import Tagger, Tags
from app.text.decimals import sort_key, written
from app.text.hedges import Bound
from app.text.intervals import ends, step_of
from app.text.normalizing import joined_lines, search_line
from app.text.periods import UNDATED, Basis, Period, read_period

Shape = TypeVar("Shape", bound=records.EntityRecord)
Span = tuple[str, str]  # first and last day

# The columns of `facts` behind `position`, in the order of a row.
COLUMNS = (
    *("id", "kind", "subject_id", "metric_id", "relation_id", "object_id", "value", "value_key", "unit_id", "bound"),
    *("status", "period", "period_start", "period_end", "basis", "place_id", "industry_id", "source_id"),
    *("evidence", "value_low_key", "value_high_key", "span_start", "span_end", "quote_mark"),
)


class FactRow(NamedTuple):
    """`mentions` are the entities that appear in the fact, ancestors of its tags included."""

    id: str
    row: tuple[str | int | None, ...]
    answer: str
    search: str
    tags: Tags
    mentions: frozenset[str]
    metric_id: str | None
    period: Period | None
    value: Decimal | None
    printed: str | None
    derived: str | None
    held: Held | None


class Said(NamedTuple):
    """What a fact says, with what its record left to be worked out."""

    id: str
    kind: answers.Kind
    subject_id: str
    value: Decimal | None
    written: str | None
    unit: str | None
    bound: Bound | None
    when: str
    period: Period | None
    basis: Basis
    place_id: str | None
    industry_id: str | None  # whose value it is, where the metric is measured of one
    tags: Tags
    statement: Statement
    evidence: tuple[answers.Evidence, int | None, int | None]


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
        self._wordings, self._names = cache(self._wording), cache(self._name_lines)
        self._voices = cache(self._voice)
        self._refs, self._labels = cache(self._ref), cache(self._label)

    def make(self, record: records.Fact) -> FactRow:
        said = self._said(record)
        named = _named(said.subject_id, record.metric, record.relation, record.object)
        texts = (said.statement.zh, said.statement.en, record.quote, record.printed)
        names = chain.from_iterable(map(self._names, sorted(named)))
        return FactRow(
            id=said.id,
            row=_row(record, said),
            answer=f"{{{','.join(self._parts(record, said))}}}",
            search=joined_lines([*[search_line(text) for text in texts if text], *names]),
            tags=said.tags,
            mentions=named.union([record.source], *[ids.every for ids in said.tags]),
            metric_id=record.metric,
            period=said.period,
            value=said.value,
            printed=record.printed,
            derived=record.derived,
            held=self._held(record, said),
        )

    def _held(self, record: records.Fact, said: Said) -> Held | None:
        """What a dated measurement is compared by."""
        if not record.metric or said.value is None or said.bound is None or said.period is None:
            return None
        sort = SORTS[record.status]
        slot = Slot(
            said.subject_id, record.metric, said.industry_id or "", said.place_id or "", sort, *span(said.period)
        )
        printed = record.printed or ""
        step = "0" if record.derived else written(step_of(printed, said.value))
        citation = _citation(record, *said.evidence).partition(":")[2]
        return Held(
            slot, said.id, said.written or "", said.bound.value, step, printed, self._voices(record.source), citation
        )

    def _voice(self, source_id: str) -> str:
        """Who says it: the publisher of a source, nobody where a copy was read."""
        source = self._entity(source_id, records.Source)
        return "" if source.republished else source.publisher or source_id

    def _said(self, record: records.Fact) -> Said:
        event = self._entity(record.event, records.Event) if record.event else None
        subject_id = record.subject or record.event or ""
        when = record.period or (event.period if event else UNDATED)
        period = read_period(when)
        place_id = self._place(record, event, subject_id)
        tags = self._tagger.of_fact(record, event, subject_id, place_id)
        metric = self._entity(record.metric, records.Metric) if record.metric else None
        value = record.number if metric else None
        scoped = metric is not None and metric.scoped
        industry_id = next(iter(record.industries or tags.industry.declared), None) if scoped else None
        plain = None if value is None else written(value)
        return Said(
            id=fact_id(record, plain, subject_id, when, place_id, tags.industry.declared),
            kind=_kind(record),
            subject_id=subject_id,
            value=value,
            written=plain,
            unit=metric.unit if metric else None,
            bound=record.bound if metric else None,
            when=when,
            period=period,
            basis=record.basis or (Basis.STATED if period else Basis.UNDATED),
            place_id=place_id,
            industry_id=industry_id,
            tags=tags,
            statement=self._statement(record, subject_id, period, industry_id),
            evidence=evidence_of(record, self._pins),
        )

    def _parts(self, record: records.Fact, said: Said) -> Iterable[str]:
        """The fields of answers.Fact, in their order; what many facts share is kept as one part."""
        return (
            part("id", said.id),
            shared("kind", said.kind),
            self._refs("subject", said.subject_id),
            self._labels("metric", record.metric),
            _value(said.written),
            shared("unit", said.unit),
            shared("bound", said.bound),
            part("printed", record.printed),
            shared("status", record.status),
            self._labels("relation", record.relation),
            self._refs("object", record.object),
            _period(said.period, record.period_printed, said.basis),
            shared("place", said.place_id),
            shared("industries", said.tags.industry.declared),
            shared("initiatives", said.tags.initiative.declared),
            nested("statement", [part("zh", said.statement.zh), part("en", said.statement.en)]),
            _citation(record, *said.evidence),
            shared("derived", record.derived),
            shared("note", record.note),
        )

    def _place(self, record: records.Fact, event: records.Event | None, subject_id: str) -> str | None:
        """The place a fact names, else that of its event, else its subject's: a place itself, or where it is."""
        if record.place:
            return None if record.place == records.NOWHERE else record.place
        if event:
            return event.place
        return subject_id if self._nouns[subject_id] == "places" else getattr(self._records[subject_id], "place", None)

    def _statement(
        self, record: records.Fact, subject_id: str, period: Period | None, industry_id: str | None
    ) -> Statement:
        if record.statement:
            return Statement(record.statement.zh, record.statement.en)
        subject = self._records[subject_id]
        if record.metric:
            wording = self._wordings(record.metric)
            scope = self._records[industry_id] if industry_id else None
            return statements.measurement(record, wording, subject, scope, period)
        if record.relation and record.object:
            relation = self._entity(record.relation, records.Relation)
            return statements.relation(relation, subject, self._records[record.object])
        return statements.occurrence(subject, period)

    def _wording(self, metric_id: str) -> statements.Wording:
        metric = self._entity(metric_id, records.Metric)
        return statements.wording(metric, self._entity(metric.unit, records.Unit))

    def _entity(self, entity_id: str, shape: type[Shape]) -> Shape:
        record = self._records[entity_id]
        if not isinstance(record, shape):
            raise TypeError(f"{entity_id} is checked to be a {shape.__name__}")
        return record

    def _ref(self, field: str, entity_id: str | None) -> str:
        if entity_id is None:
            return part(field, None)
        type_ = records.TYPES[self._nouns[entity_id]]
        return answer_part(field, answers.Ref(type=type_, id=entity_id, name=name_of(self._records[entity_id])))

    def _label(self, field: str, entity_id: str | None) -> str:
        if entity_id is None:
            return part(field, None)
        return answer_part(field, answers.Label(id=entity_id, name=name_of(self._records[entity_id])))

    def _name_lines(self, entity_id: str) -> list[str]:
        record = self._records[entity_id]
        return [search_line(name) for name in (record.zh, record.en, *record.aliases)]


def _named(*entity_ids: str | None) -> frozenset[str]:
    return frozenset([entity_id for entity_id in entity_ids if entity_id])


def _row(record: records.Fact, said: Said) -> tuple[str | int | None, ...]:
    """The values of COLUMNS."""
    value, period = said.value, said.period
    evidence, start, end = said.evidence
    return (
        *(said.id, said.kind.value, said.subject_id, record.metric, record.relation, record.object),
        *((None, None) if value is None else (said.written, sort_key(value))),
        *(said.unit, said.bound and said.bound.value, record.status.value, said.when),
        *(span(period) if period else (None, None)),
        *(said.basis.value, said.place_id, said.industry_id, record.source, evidence.value),
        *((None, None) if value is None or said.bound is None else ends(value, said.bound)),
        *(start, end, record.quote and quote_mark(record.quote)),
    )


@lru_cache(maxsize=CACHED)
def span(period: Period) -> Span:
    return period.start.isoformat(), period.end.isoformat()


def _value(plain: str | None) -> str:
    """A number stands as it is written, with all its digits."""
    return f'"value":{plain or "null"}'


@lru_cache(maxsize=CACHED)
def _period(period: Period | None, printed: str | None, basis: Basis) -> str:
    return answer_part("period", timespan(period, printed, basis))


def _citation(record: records.Fact, evidence: answers.Evidence, start: int | None, end: int | None) -> str:
    quote = part("quote", record.quote)
    return nested("citation", [_cited(record.source, evidence), quote, _found(start, end)])


@lru_cache(maxsize=CACHED)
def _cited(source: str, evidence: answers.Evidence) -> str:
    return ",".join([part("source", source), part("evidence", evidence)])


@lru_cache(maxsize=CACHED)
def _found(start: int | None, end: int | None) -> str:
    return ",".join([part("start", start), part("end", end)])


def _kind(record: records.Fact) -> answers.Kind:
    if record.metric:
        return answers.Kind.MEASUREMENT
    return answers.Kind.RELATION if record.relation else answers.Kind.OCCURRENCE
