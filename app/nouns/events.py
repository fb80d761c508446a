"""Events: what happened on a date, where, and who took part."""

from typing import Annotated

from app import answers, tables
from app.nouns.noun import EntityFilters, Noun, entity_list, kinds, own_year
from app.queries.filters import Alternatives, Tag
from app.queries.parameters import described


class EventFilters(EntityFilters):
    """Filters for the list of events."""

    year: own_year(tables.events) = None  # type: ignore[valid-type]
    kind: kinds(tables.events.c.kind, answers.EventKind) = None  # type: ignore[valid-type]
    company: Annotated[Alternatives, Tag(("organization",))] = described(
        "The organization, or one that belongs to it, took part in the event.", ["byd"]
    )


EVENTS = Noun(
    plural="events",
    singular="event",
    list=entity_list("/v1/events", answers.Event, tables.events, EventFilters, type_="event"),
    page=answers.Events,
    about="Events, such as those of one year that are tagged with an initiative: `curl 'http://localhost:8000/v1/events?year=2025&initiative=nev-city'`.",
    about_one="One event: `curl 'http://localhost:8000/v1/events/china-computing-conference-2024'`.",
    example="china-computing-conference-2024",
)
