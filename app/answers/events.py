"""The response model of an event, with its participants."""

from enum import StrEnum

from app.answers.entities import Answer, Entity, Name
from app.answers.facts import Timespan
from app.answers.pages import Page


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


class Participant(Answer):
    type: str
    id: str
    name: Name
    role: str


class Event(Entity):
    kind: EventKind
    place: str | None
    period: Timespan
    participants: list[Participant]


class Events(Page[Event]):
    """A page of events."""
