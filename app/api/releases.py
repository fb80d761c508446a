"""Releases: the loads so far, and what each one changed."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app import answers, tables
from app.api.nouns import add_exports, list_handler
from app.errors import NotFound, StaleCursor
from app.http.problems import LIST_PROBLEMS, READ_PROBLEMS, documented
from app.http.routing import CurrentReading, ReadRoute
from app.queries.lists import List
from app.queries.ordering import Key
from app.queries.reading import Body
from app.queries.releases import PATH, ChangesQuery, ReleaseFilters, changes_page

router = APIRouter(prefix="/v1", tags=["releases"], route_class=ReadRoute)
RELEASES = List(
    path=PATH,
    shape=answers.Release,
    source=tables.releases,
    answer=tables.releases.c.answer,
    crc=tables.releases.c.answer_crc,
    identifier=tables.releases.c.revision,
    suggest=lambda _id, _reading: (),
    filters=ReleaseFilters,
    keys={"number": Key(tables.releases.c.number)},
    tie_break=Key(tables.releases.c.number, descending=True),
)
router.get(
    "/releases",
    operation_id="listReleases",
    summary="List releases",
    description="Every load that changed something, newest first: `curl 'http://localhost:8000/v1/releases'`.",
    response_model=answers.Releases,
    responses=LIST_PROBLEMS,
)(list_handler(RELEASES))
add_exports(router, RELEASES, "releases", "All releases, or the first `limit` of them.")


@router.get(
    "/releases/{release}",
    operation_id="readRelease",
    summary="Read what a release changed",
    response_model=answers.ReleasePage,
    responses=documented(*READ_PROBLEMS, NotFound, StaleCursor),
)
def read_release(
    reading: CurrentReading,
    release: Annotated[str, Path(description="Id of a release, or its number", examples=["1"])],
    query: Annotated[ChangesQuery, Query()],
) -> Body:
    """What a release added, revised and retracted, each item before and after; `as_of` shows one in full."""
    return changes_page(release, query, reading)
