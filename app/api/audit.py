"""The audit: how well the loaded facts are evidenced."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select

from app import answers, tables
from app.errors import ReleaseGone
from app.http.problems import READ_PROBLEMS, documented
from app.http.routing import CurrentReading, ReadRoute
from app.queries.list_query import DatedQuery
from app.queries.reading import Body

router = APIRouter(prefix="/v1", tags=["audit"], route_class=ReadRoute)


@router.get(
    "/audit",
    operation_id="readAudit",
    summary="Read the evidence audit",
    response_model=answers.Audit,
    responses=documented(*READ_PROBLEMS, ReleaseGone),
)
def read_audit(reading: CurrentReading, query: Annotated[DatedQuery, Query()]) -> Body:  # noqa: ARG001 - `as_of`
    """Counts of facts that are verbatim, derived, undated, corroborated or conflicting, computed at load:
    `curl 'http://localhost:8000/v1/audit'`.
    """
    statement = reading.statement("audit", lambda: select(tables.revisions.c.audit))
    return Body(reading.rows(statement, {})[0][0], 1)
