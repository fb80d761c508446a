"""What is here: the collections with their counts, and the revision of the data."""

import json

from fastapi import APIRouter, Request
from sqlalchemy import select
from starlette.responses import Response

from app import answers, tables
from app.database import Snapshot
from app.errors import BadRequest, NotAcceptable, NotReady
from app.http.openapi import TITLE
from app.http.problems import documented
from app.http.responder import responder_of
from app.queries.pages import Body
from app.queries.questions import Questions, read_pairs
from app.queries.shapes import Statements
from app.queries.vocabulary import Vocabulary

router = APIRouter(tags=["service"])
COLLECTIONS = (
    "facts",
    "comparisons",
    "conflicts",
    "companies",
    "organizations",
    "industries",
    "initiatives",
    "metrics",
    "events",
    "policies",
    "places",
    "sources",
)
NO_QUESTIONS = Questions("/v1", [])
STATEMENTS = Statements()


def index(query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, root_path: str) -> Body:
    NO_QUESTIONS.read(read_pairs(query), vocabulary)
    statement = STATEMENTS.of("counts", snapshot.database, select(tables.Revision.revision, tables.Revision.counts))
    counts = json.loads(snapshot.rows(statement, {})[0][1])
    shown = answers.Index(
        title=TITLE,
        revision=snapshot.revision.name,
        loaded_at=snapshot.revision.loaded_at.isoformat(),
        collections=[
            answers.Collection(name=name, count=counts[name], href=f"{root_path}/v1/{name}") for name in COLLECTIONS
        ],
        links={
            "self": f"{root_path}/v1",
            "groups": f"{root_path}/v1/facts/groups?by=initiative,year",
            "releases": f"{root_path}/v1/releases",
            "docs": f"{root_path}/docs",
            "openapi": f"{root_path}/openapi.json",
        },
    )
    return Body(shown.json_text().encode(), len(COLLECTIONS))


@router.get(
    "/v1",
    operation_id="readIndex",
    summary="See what is here",
    response_model=answers.Index,
    responses=documented(BadRequest, NotAcceptable, NotReady),
)
async def read_index(request: Request) -> Response:
    """Every collection with its count, and the revision of the data: `curl 'http://localhost:8000/v1'`."""
    return await responder_of(request).respond(request, index)
