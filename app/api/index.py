"""The index: every collection with its count, and the current release."""

import json

from fastapi import APIRouter
from sqlalchemy import select

from app import answers, tables
from app.http.openapi import TITLE
from app.http.problems import READ_PROBLEMS, documented
from app.http.routing import CurrentReading, ReadRoute
from app.nouns import NOUNS
from app.queries.reading import Body

router = APIRouter(tags=["service"], route_class=ReadRoute)


@router.get(
    "/v1",
    operation_id="readIndex",
    summary="List the collections",
    response_model=answers.Index,
    responses=documented(*READ_PROBLEMS),
)
def read_index(reading: CurrentReading) -> Body:
    """Every collection with its count, and the current release of the data: `curl 'http://localhost:8000/v1'`."""
    statement = reading.statement("counts", lambda: select(tables.revisions.c.counts))
    counts, root_path = json.loads(reading.rows(statement, {})[0][0]), reading.root_path
    shown = answers.Index(
        title=TITLE,
        revision=reading.release.id,
        loaded_at=reading.release.loaded_at.isoformat(),
        collections=[
            answers.Collection(name=one.plural, count=counts[one.plural], href=f"{root_path}/v1/{one.plural}")
            for one in NOUNS
        ],
        links={
            "self": f"{root_path}/v1",
            "groups": f"{root_path}/v1/facts/groups?by=initiative,year",
            "releases": f"{root_path}/v1/releases",
            "docs": f"{root_path}/docs",
            "openapi": f"{root_path}/openapi.json",
        },
    )
    return Body(shown.json_text().encode(), len(NOUNS))
