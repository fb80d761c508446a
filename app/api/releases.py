"""Releases: the loads so far, and what each one changed."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from app import answers, tables
from app.api.nouns import exported
from app.errors import NotFound, StaleCursor
from app.http.exports import Export
from app.http.problems import LIST_PROBLEMS, READ_PROBLEMS, documented
from app.http.routing import Answer, CurrentReading, ReadRoute
from app.queries.formats import WRITERS
from app.queries.list_query import ListQuery
from app.queries.lists import List
from app.queries.pages import Body
from app.queries.paging import Key
from app.queries.reading import Form, Reading
from app.queries.releases import PATH, ChangesQuery, ReleaseFilters, changes_page

router = APIRouter(prefix="/v1", tags=["releases"], route_class=ReadRoute)
RELEASES = List(
    path=PATH,
    shape=answers.Release,
    source=tables.Release.__table__,
    answer=tables.Release.answer,
    crc=tables.Release.answer_crc,
    identifier=tables.Release.revision,
    suggest=lambda _said, _reading: (),
    asks=ReleaseFilters,
    keys={"number": Key(tables.Release.number)},
    tie_break=Key(tables.Release.number, descending=True),
)
Asked = RELEASES.query


def _answer(reading: Reading, query: ListQuery) -> Answer:
    return RELEASES.page(query, reading) if reading.form is Form.JSON else Export(RELEASES.export(query, reading))


@router.get(
    "/releases",
    operation_id="listReleases",
    summary="List releases",
    response_model=answers.Releases,
    responses=LIST_PROBLEMS,
)
def list_releases(reading: CurrentReading, query: Annotated[Asked, Query()]) -> Answer:  # type: ignore[valid-type]
    """Every load that changed something, newest first: `curl 'http://localhost:8000/v1/releases'`."""
    return _answer(reading, query)


for form, writer in WRITERS.items():

    @router.get(
        f"/releases.{form}",
        operation_id=f"exportReleasesAs{form.capitalize()}",
        summary=f"Export releases as {form.upper()}",
        response_class=Response,
        response_model=None,
        responses=exported(writer.media_type),
    )
    def export_releases(reading: CurrentReading, query: Annotated[Asked, Query()]) -> Answer:  # type: ignore[valid-type]
        """All releases, or the first `limit` of them."""
        return _answer(reading, query)


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
