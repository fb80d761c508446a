"""Releases: what each load changed, and what was loaded before."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app import answers, tables
from app.errors import BadRequest, NotAcceptable, NotFound, NotReady, ServerFault, StaleCursor
from app.http import exports
from app.http.problems import LIST_PROBLEMS, documented
from app.http.responder import responder_of
from app.queries.paging import Key
from app.queries.releases import PATH, QUESTIONS_OF_ONE, ReleaseList

router = APIRouter(prefix="/v1", tags=["service"])
RELEASES = ReleaseList(
    path=PATH,
    shape=answers.Release,
    source=tables.Release.__table__,
    answer=tables.Release.answer,
    identifier=tables.Release.revision,
    suggest=lambda _said, _snapshot, _vocabulary: (),
    filters={},
    keys={"number": Key(tables.Release.number)},
    tie_break=Key(tables.Release.number, descending=True),
    dated=(),
)
Revision = Annotated[str, Path(description="Revision of a release, or its number", examples=["1"])]


@router.get(
    "/releases",
    operation_id="listReleases",
    summary="List releases",
    response_model=answers.Releases,
    responses=LIST_PROBLEMS,
    openapi_extra=RELEASES.questions.openapi(),
)
async def list_releases(request: Request) -> Response:
    """Each load that changed something, the last one first: `curl 'http://localhost:8000/v1/releases'`."""
    return await exports.respond(request, RELEASES)


@router.get(
    "/releases/{revision}",
    operation_id="readRelease",
    summary="Read what a release changed",
    response_model=answers.ReleasePage,
    responses=documented(BadRequest, NotFound, NotAcceptable, StaleCursor, ServerFault, NotReady),
    openapi_extra=QUESTIONS_OF_ONE.openapi(),
)
async def read_release(request: Request, revision: Revision) -> Response:
    """What a release added, revised and retracted; each side as it was, which `as_of` shows whole."""
    return await responder_of(request).respond(request, RELEASES.one_of(revision))
