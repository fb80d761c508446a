"""Places: the tree from the world down to districts, zones and parks."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app import answers, tables
from app.http import exports
from app.http.problems import LIST_PROBLEMS, ONE_PROBLEMS
from app.http.responder import responder_of
from app.queries.entities import entity_list, kinds, parents

router = APIRouter(prefix="/v1", tags=["entities"])
PLACES = entity_list(
    "/v1/places",
    answers.Place,
    tables.Place,
    type_="place",
    more=[
        kinds(tables.Place.kind, answers.PlaceKind),
        parents(tables.Place.parent_id, "place", "zhengzhou"),
    ],
)
PlaceId = Annotated[str, Path(description="Id of a place", examples=["zhengzhou"])]


@router.get(
    "/places",
    operation_id="listPlaces",
    summary="List places",
    response_model=answers.Places,
    responses=LIST_PROBLEMS,
    openapi_extra=PLACES.questions.openapi(),
)
async def list_places(request: Request) -> Response:
    """Places, such as those directly within a city: `curl 'http://localhost:8000/v1/places?parent=zhengzhou'`."""
    return await exports.respond(request, PLACES)


@router.get(
    "/places/{place_id}",
    operation_id="readPlace",
    summary="Read a place",
    response_model=answers.Place,
    responses=ONE_PROBLEMS,
    openapi_extra=PLACES.questions_of_one.openapi(),
)
async def read_place(request: Request, place_id: PlaceId) -> Response:
    """One place: `curl 'http://localhost:8000/v1/places/zhengzhou'`."""
    return await responder_of(request).respond(request, PLACES.one_of(place_id))
