"""Events: what happened on a date, where, and who took part."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app import answers, tables
from app.http import exports
from app.http.problems import LIST_PROBLEMS, ONE_PROBLEMS
from app.http.responder import responder_of
from app.queries.entities import entity_list, entity_tag, kinds

router = APIRouter(prefix="/v1", tags=["entities"])
EVENTS = entity_list(
    "/v1/events",
    answers.Event,
    tables.Event,
    type_="event",
    more=[
        kinds(tables.Event.kind, answers.EventKind),
        entity_tag("company", description="The organization, or one that belongs to it, took part."),
    ],
)
EventId = Annotated[str, Path(description="Id of an event", examples=["china-computing-conference-2024"])]


@router.get(
    "/events",
    operation_id="listEvents",
    summary="List events",
    response_model=answers.Events,
    responses=LIST_PROBLEMS,
    openapi_extra=EVENTS.questions.openapi(),
)
async def list_events(request: Request) -> Response:
    """Events of a year: `curl 'http://localhost:8000/v1/events?year=2025&initiative=nev-city'`."""
    return await exports.respond(request, EVENTS)


@router.get(
    "/events/{event_id}",
    operation_id="readEvent",
    summary="Read an event",
    response_model=answers.Event,
    responses=ONE_PROBLEMS,
    openapi_extra=EVENTS.questions_of_one.openapi(),
)
async def read_event(request: Request, event_id: EventId) -> Response:
    """One event: `curl 'http://localhost:8000/v1/events/china-computing-conference-2024'`."""
    return await responder_of(request).respond(request, EVENTS.one_of(event_id))
