"""Comparisons: facts held against each other, whether they agree or not."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app import answers
from app.http import exports
from app.http.problems import LIST_PROBLEMS, ONE_PROBLEMS
from app.http.responder import responder_of
from app.queries.comparisons import comparison_list

router = APIRouter(prefix="/v1", tags=["facts"])
COMPARISONS = comparison_list("/v1/comparisons")
ComparisonId = Annotated[
    str, Path(description="Id of a comparison", examples=["zhengzhou-nev-output-2024-ymghb3pzulkgzw6v"])
]


@router.get(
    "/comparisons",
    operation_id="listComparisons",
    summary="List comparisons",
    response_model=answers.Comparisons,
    responses=LIST_PROBLEMS,
    openapi_extra=COMPARISONS.questions.openapi(),
)
async def list_comparisons(request: Request) -> Response:
    """Facts on the same, and facts that follow from others, each with its verdict:
    `curl 'http://localhost:8000/v1/comparisons?metric=nev-output-growth&kind=growth'`.
    """
    return await exports.respond(request, COMPARISONS)


@router.get(
    "/comparisons/{comparison_id}",
    operation_id="readComparison",
    summary="Read a comparison",
    response_model=answers.Comparison,
    responses=ONE_PROBLEMS,
    openapi_extra=COMPARISONS.questions_of_one.openapi(),
)
async def read_comparison(request: Request, comparison_id: ComparisonId) -> Response:
    """One comparison, with every side and its citation, by the id that its facts show."""
    return await responder_of(request).respond(request, COMPARISONS.one_of(comparison_id))
