"""The evidence in a source: its quotes in text order, and the text itself."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import PlainTextResponse

from app import answers
from app.evidence.quotes import EvidenceQuery, TextQuery, evidence_page, text_of
from app.http.problems import ITEM_PROBLEMS, PAGE_OF_ONE_PROBLEMS
from app.http.routing import CurrentReading, ReadRoute
from app.queries.reading import Body

router = APIRouter(prefix="/v1", tags=["sources"], route_class=ReadRoute)
SourceInPath = Annotated[str, Path(description="Id of a source", examples=["zhengzhou-feature-2025"])]


@router.get(
    "/sources/{id}/evidence",
    operation_id="listEvidence",
    summary="List the quotes of a source",
    response_model=answers.EvidencePage,
    responses=PAGE_OF_ONE_PROBLEMS,
)
def list_evidence(
    reading: CurrentReading,
    id: SourceInPath,  # noqa: A002 - as it is called in the path
    query: Annotated[EvidenceQuery, Query()],
) -> Body:
    """The quotes of a source in text order, each with its position and the facts that cite it:
    `curl 'http://localhost:8000/v1/sources/zhengzhou-feature-2025/evidence'`.
    """
    return evidence_page(id, query, reading)


@router.get(
    "/sources/{id}/text",
    operation_id="readText",
    summary="Read the text of a source",
    response_class=PlainTextResponse,
    response_model=None,
    responses=ITEM_PROBLEMS,
)
def read_text(
    reading: CurrentReading,
    id: SourceInPath,  # noqa: A002 - as it is called in the path
    query: Annotated[TextQuery, Query()],
) -> Body:
    """The text of a source that has `text: stored`, or a range of its characters, byte for byte."""
    return text_of(id, query, reading)
