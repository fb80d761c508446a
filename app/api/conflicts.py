"""Conflicts: the comparisons whose sides cannot all be true."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app import answers
from app.http import exports
from app.http.problems import LIST_PROBLEMS, ONE_PROBLEMS
from app.http.responder import responder_of
from app.queries.comparisons import comparison_list

router = APIRouter(prefix="/v1", tags=["facts"])
CONFLICTS = comparison_list("/v1/conflicts", answers.Verdict.CONFLICTS)
ConflictId = Annotated[
    str, Path(description="Id of a conflict", examples=["zhengzhou-nev-output-2024-ymghb3pzulkgzw6v"])
]


@router.get(
    "/conflicts",
    operation_id="listConflicts",
    summary="List conflicts",
    response_model=answers.Comparisons,
    responses=LIST_PROBLEMS,
    openapi_extra=CONFLICTS.questions.openapi(),
)
async def list_conflicts(request: Request) -> Response:
    """Facts that cannot all be true, with each side's citation and the gap between them:
    `curl 'http://localhost:8000/v1/conflicts?subject=zhengzhou&year=2024'`.
    """
    return await exports.respond(request, CONFLICTS)


@router.get(
    "/conflicts/{conflict_id}",
    operation_id="readConflict",
    summary="Read a conflict",
    response_model=answers.Comparison,
    responses=ONE_PROBLEMS,
    openapi_extra=CONFLICTS.questions_of_one.openapi(),
)
async def read_conflict(request: Request, conflict_id: ConflictId) -> Response:
    """One conflict, with every side and its citation."""
    return await responder_of(request).respond(request, CONFLICTS.one_of(conflict_id))
