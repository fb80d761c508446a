"""Initiatives: what a city has declared it will become, such as 算力之城."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app import answers, tables
from app.http import exports
from app.http.problems import LIST_PROBLEMS, ONE_PROBLEMS
from app.http.responder import responder_of
from app.queries.entities import entity_list

router = APIRouter(prefix="/v1", tags=["entities"])
INITIATIVES = entity_list(
    "/v1/initiatives",
    answers.Initiative,
    tables.Initiative,
    type_="initiative",
)
InitiativeId = Annotated[str, Path(description="Id of an initiative", examples=["nev-city"])]


@router.get(
    "/initiatives",
    operation_id="listInitiatives",
    summary="List initiatives",
    response_model=answers.Initiatives,
    responses=LIST_PROBLEMS,
    openapi_extra=INITIATIVES.questions.openapi(),
)
async def list_initiatives(request: Request) -> Response:
    """The initiatives a city has declared: `curl 'http://localhost:8000/v1/initiatives'`."""
    return await exports.respond(request, INITIATIVES)


@router.get(
    "/initiatives/{initiative_id}",
    operation_id="readInitiative",
    summary="Read an initiative",
    response_model=answers.Initiative,
    responses=ONE_PROBLEMS,
    openapi_extra=INITIATIVES.questions_of_one.openapi(),
)
async def read_initiative(request: Request, initiative_id: InitiativeId) -> Response:
    """One initiative: `curl 'http://localhost:8000/v1/initiatives/nev-city'`."""
    return await responder_of(request).respond(request, INITIATIVES.one_of(initiative_id))
