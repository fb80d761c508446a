"""The audit: how well what is loaded is evidenced."""

from fastapi import APIRouter, Request
from sqlalchemy import select
from starlette.responses import Response

from app import answers, tables
from app.database import Snapshot
from app.errors import BadRequest, NotAcceptable, NotReady
from app.http.problems import documented
from app.http.responder import responder_of
from app.queries.pages import Body
from app.queries.questions import Questions, read_pairs
from app.queries.shapes import Statements
from app.queries.vocabulary import Vocabulary

router = APIRouter(prefix="/v1", tags=["facts"])
NO_QUESTIONS = Questions("/v1/audit", [])
STATEMENTS = Statements()


def audit(query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, _root_path: str) -> Body:
    NO_QUESTIONS.read(read_pairs(query), vocabulary)
    statement = STATEMENTS.of("audit", snapshot.database, select(tables.Revision.revision, tables.Revision.audit))
    return Body(snapshot.rows(statement, {})[0][1], 1)


@router.get(
    "/audit",
    operation_id="readAudit",
    summary="See how well all is evidenced",
    response_model=answers.Audit,
    responses=documented(BadRequest, NotAcceptable, NotReady),
)
async def read_audit(request: Request) -> Response:
    """How many facts are verbatim, derived, undated, corroborated, conflicting: counted at load:
    `curl 'http://localhost:8000/v1/audit'`.
    """
    return await responder_of(request).respond(request, audit)
