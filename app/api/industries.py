"""Industries: the tree that facts and companies are tagged with; also called sectors."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app import answers, tables
from app.http import exports
from app.http.problems import LIST_PROBLEMS, ONE_PROBLEMS
from app.http.responder import responder_of
from app.queries.entities import entity_list, kinds, parents

router = APIRouter(prefix="/v1", tags=["entities"])
INDUSTRIES = entity_list(
    "/v1/industries",
    answers.Industry,
    tables.Industry,
    type_="industry",
    more=[
        kinds(tables.Industry.kind, answers.IndustryKind),
        parents(tables.Industry.parent_id, "industry", "automotive"),
    ],
)
IndustryId = Annotated[str, Path(description="Id of an industry", examples=["automotive"])]


@router.get(
    "/industries",
    operation_id="listIndustries",
    summary="List industries",
    response_model=answers.Industries,
    responses=LIST_PROBLEMS,
    openapi_extra=INDUSTRIES.questions.openapi(),
)
async def list_industries(request: Request) -> Response:
    """Industries, such as those at the top of the tree: `curl 'http://localhost:8000/v1/industries?parent=none'`."""
    return await exports.respond(request, INDUSTRIES)


@router.get(
    "/industries/{industry_id}",
    operation_id="readIndustry",
    summary="Read an industry",
    response_model=answers.Industry,
    responses=ONE_PROBLEMS,
    openapi_extra=INDUSTRIES.questions_of_one.openapi(),
)
async def read_industry(request: Request, industry_id: IndustryId) -> Response:
    """One industry: `curl 'http://localhost:8000/v1/industries/automotive'`."""
    return await responder_of(request).respond(request, INDUSTRIES.one_of(industry_id))
