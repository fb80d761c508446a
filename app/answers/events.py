"""An event as it is shown, with who took part."""

from app.answers.entities import Answer, Entity, Name
from app.answers.facts import Timespan
from app.answers.pages import Page


class Participant(Answer):
    type: str
    id: str
    name: Name
    role: str


class Event(Entity):
    kind: str
    place: str | None
    period: Timespan
    participants: list[Participant]


class Events(Page[Event]):
    """A page of events."""
