"""Sources: the documents that facts cite."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import PlainTextResponse, Response

from app import answers, tables
from app.errors import BadRequest, NotAcceptable, NotFound, NotReady, ServerFault, StaleCursor
from app.http import exports
from app.http.problems import LIST_PROBLEMS, ONE_PROBLEMS, documented
from app.http.responder import responder_of
from app.queries.entities import entity_list, kinds
from app.queries.evidence import QUESTIONS, QUESTIONS_OF_TEXT, evidence_of, text_of

router = APIRouter(prefix="/v1", tags=["entities"])
SOURCES = entity_list(
    "/v1/sources",
    answers.Source,
    tables.Source,
    type_="source",
    more=[kinds(tables.Source.kind, answers.SourceKind)],
)
SourceId = Annotated[str, Path(description="Id of a source", examples=["zhengzhou-feature-2025"])]


@router.get(
    "/sources",
    operation_id="listSources",
    summary="List sources",
    response_model=answers.Sources,
    responses=LIST_PROBLEMS,
    openapi_extra=SOURCES.questions.openapi(),
)
async def list_sources(request: Request) -> Response:
    """Sources, such as those with facts of a year: `curl 'http://localhost:8000/v1/sources?year=2024'`."""
    return await exports.respond(request, SOURCES)


@router.get(
    "/sources/{source_id}",
    operation_id="readSource",
    summary="Read a source",
    response_model=answers.Source,
    responses=ONE_PROBLEMS,
    openapi_extra=SOURCES.questions_of_one.openapi(),
)
async def read_source(request: Request, source_id: SourceId) -> Response:
    """One source: `curl 'http://localhost:8000/v1/sources/zhengzhou-feature-2025'`."""
    return await responder_of(request).respond(request, SOURCES.one_of(source_id))


@router.get(
    "/sources/{source_id}/evidence",
    operation_id="listEvidence",
    summary="List the quotes of a source",
    response_model=answers.EvidencePage,
    responses=documented(BadRequest, NotFound, NotAcceptable, StaleCursor, ServerFault, NotReady),
    openapi_extra=QUESTIONS.openapi(),
)
async def list_evidence(request: Request, source_id: SourceId) -> Response:
    """The quotes of a source in the order of its text, each with its place and its facts:
    `curl 'http://localhost:8000/v1/sources/zhengzhou-feature-2025/evidence'`.
    """
    return await responder_of(request).respond(request, evidence_of(source_id))


@router.get(
    "/sources/{source_id}/text",
    operation_id="readText",
    summary="Read the text of a source",
    response_class=PlainTextResponse,
    responses=ONE_PROBLEMS,
    openapi_extra=QUESTIONS_OF_TEXT.openapi(),
)
async def read_text(request: Request, source_id: SourceId) -> Response:
    """The text of a source that says `text: stored`, or some characters of it, byte for byte."""
    return await responder_of(request).respond(request, text_of(source_id))
