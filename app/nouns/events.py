"""Events: what happened on a date, where, and who took part."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import Table

from app import tables
from app.answers.entities import Answer, Entity, Name
from app.answers.facts import Timespan
from app.nouns import fields
from app.nouns.fields import EntityRecord, Others, Record, Row
from app.nouns.noun import EntityFilters, Noun, kinds, own_year
from app.queries.filters import Alternatives, FilterExpression, TagFilter
from app.queries.periods import Years

events = tables.entity_table(
    "events",
    tables.text("kind"),
    tables.text("place_id", "places", null=True),
    *tables.texts("statement_zh", "statement_en", null=True),
    *tables.period(),
)
participants = Table(
    "participants",
    tables.METADATA,
    tables.text("event_id", "events", key=True),
    tables.text("entity_id", "entities", key=True),
    tables.text("role", key=True),
)


class EventKind(StrEnum):
    AGREEMENT = "agreement"
    APPROVAL = "approval"
    CONFERENCE = "conference"
    DELIVERY = "delivery"
    GROUNDBREAKING = "groundbreaking"
    LAUNCH = "launch"
    MEETING = "meeting"
    OPENING = "opening"
    OTHER = "other"
    PLAN = "plan"
    PRODUCTION = "production"
    VISIT = "visit"


class ParticipantRecord(Record):
    id: Annotated[fields.Slug, fields.To(("organizations", "places", "policies", "events"))]
    role: fields.Slug


class Participant(Answer):
    type: str
    id: str
    name: Name
    role: str


class EventTemplates(Record):
    zh: fields.EventTemplate
    en: fields.EventTemplate


class EventRecord(EntityRecord):
    """`statement` says in a sentence what happened, with its date in the slot `{period}`."""

    kind: EventKind = EventKind.OTHER
    place: fields.PlaceId | None = None
    period: fields.WrittenPeriod
    statement: EventTemplates | None = None
    participants: Annotated[list[ParticipantRecord], fields.Unique] = []  # noqa: RUF012 - pydantic copies it
    industries: fields.IndustryIds
    initiatives: fields.InitiativeIds

    def more_rows(self, id_: str) -> Mapping[str, list[Row]]:
        return {"participants": [{"event_id": id_, "entity_id": one.id, "role": one.role} for one in self.participants]}

    @classmethod
    def exported(cls, row: Mapping[Any, Any]) -> Row:
        shown = json.loads(row["answer"])["participants"]  # it keeps their order, which a table does not
        return {"participants": [{"id": one["id"], "role": one["role"]} for one in shown]}

    def response_fields(self, _id: str, others: Others) -> Row:
        named = [(others.ref(one.id), one.role) for one in self.participants]
        return {"participants": [Participant(**ref.model_dump(), role=role) for ref, role in named]}

    def more_names(self, others: Others) -> list[str | None]:
        names = [others.ref(one.id).name for one in self.participants]
        return [text for name in names for text in (name.zh, name.en)]


class Event(Entity):
    kind: EventKind
    place: str | None
    period: Timespan
    participants: list[Participant]


class EventFilters(EntityFilters):
    """Filters for the list of events."""

    year: FilterExpression[Years] | None = own_year(events)
    kind: Alternatives = kinds(events.c.kind, EventKind)
    company: Alternatives = TagFilter(("organization",)).described(
        "The organization, or one that belongs to it, took part in the event.", "byd"
    )


EVENTS = Noun(
    singular="event",
    table=events,
    more_tables=(participants,),
    record=EventRecord,
    response=Event,
    filters=EventFilters,
    tag="event",
    about="Events, such as those of one year that are tagged with an initiative: `curl 'http://localhost:8000/v1/events?year=2025&initiative=nev-city'`.",
    example="china-computing-conference-2024",
)
