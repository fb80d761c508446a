"""Releases: the loads so far, what each one changed, and how well the facts of the current one are evidenced."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy import select

from app import answers, tables
from app.api.nouns import add_list
from app.errors import NotFound, ReleaseGone, StaleCursor
from app.http.problems import READ_PROBLEMS, documented
from app.http.routing import CurrentReading, ReadRoute
from app.queries.list_query import AsOfQuery
from app.queries.lists import List
from app.queries.ordering import Key
from app.queries.reading import Body
from app.queries.releases import PATH, ChangesQuery, ReleaseFilters, changes_page

AUDIT, COVERAGE = select(tables.revisions.c.audit), select(tables.revisions.c.coverage)

router = APIRouter(prefix="/v1", route_class=ReadRoute)
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
add_list(
    router,
    RELEASES,
    exports="releases",
    about_exports="All releases, or the first `limit` of them.",
    operation_id="listReleases",
    summary="List releases",
    description="Every load that changed something, newest first: `curl 'http://localhost:8000/v1/releases'`.",
    tags=["releases"],
    response_model=answers.Releases,
)


@router.get(
    "/releases/{id}",
    operation_id="readRelease",
    summary="Read what a release changed",
    tags=["releases"],
    response_model=answers.ReleasePage,
    responses=documented(*READ_PROBLEMS, NotFound, StaleCursor),
)
def read_release(
    reading: CurrentReading,
    id: Annotated[str, Path(description="Id of a release, or its number", examples=["1"])],  # noqa: A002 - as in the path
    query: Annotated[ChangesQuery, Query()],
) -> Body:
    """What a release added, revised and retracted, each item before and after; `as_of` shows one in full."""
    return changes_page(id, query, reading)


@router.get(
    "/audit",
    operation_id="readAudit",
    summary="Read the evidence audit",
    tags=["audit"],
    response_model=answers.Audit,
    responses=documented(*READ_PROBLEMS, ReleaseGone),
)
def read_audit(reading: CurrentReading, query: Annotated[AsOfQuery, Query()]) -> Body:  # noqa: ARG001 - `as_of`
    """Counts of facts that are verbatim, derived, undated, corroborated or conflicting, computed at load:
    `curl 'http://localhost:8000/v1/audit'`.
    """
    return Body(reading.run(AUDIT)[0][0], 1)


@router.get(
    "/coverage",
    operation_id="readCoverage",
    summary="Read what is covered",
    tags=["coverage"],
    response_model=answers.CoverageReport,
    responses=documented(*READ_PROBLEMS, ReleaseGone),
)
def read_coverage(reading: CurrentReading, query: Annotated[AsOfQuery, Query()]) -> Body:  # noqa: ARG001 - `as_of`
    """What is measured for each initiative, in which years, and which series have gaps: silence is not zero.
    `curl 'http://localhost:8000/v1/coverage'`
    """
    return Body(reading.run(COVERAGE)[0][0], 1)
