"""Verification: the numbers in a text, checked against the facts; nothing of the text is stored."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from app import answers
from app.answers.verification import LONGEST_IN_URL, LONGEST_TEXT, VerifyRequest
from app.errors import (
    BadRequest,
    ContentTooLarge,
    ErrorDetail,
    NotAcceptable,
    NotReady,
    ServerFault,
    TimedOut,
    UnsupportedMediaType,
)
from app.evidence.verifying import PATH, VerifyLinkQuery, VerifyQuery, verify
from app.http.headers import JSON, require_acceptable
from app.http.problems import documented
from app.http.routing import FOR_STATEMENTS, Asked, read_release
from app.http.state import AppState
from app.nouns.facts import FACT_LIST
from app.queries.corrections import valid_pairs
from app.queries.lists import address
from app.queries.parameters import parsed, read_pairs
from app.queries.reading import Pairs, RequestContext
from app.store.releases import Deadline
from app.text.decimals import json_bytes


class VerifyRoute(APIRoute):
    """A route that a path or a query with a mistake may have meant."""

    query_model, takes_long = VerifyLinkQuery, False


router = APIRouter(tags=["verify"], route_class=VerifyRoute)
PLAIN = "text/plain"
UTF_8 = {"", "utf-8", "us-ascii"}
STATEMENT = TypeAdapter(VerifyRequest)
TAKEN = f"Send a text as {PLAIN} in UTF-8, or {JSON} with `text`."
BODY = {
    "required": True,
    "content": {
        PLAIN: {"schema": {"type": "string", "minLength": 1}, "example": "汽车产量突破110万辆"},
        JSON: {"schema": VerifyRequest.model_json_schema()},
    },
}


def _documented(query: type[VerifyQuery], *required: str) -> list[dict[str, object]]:
    """The parameters of a query model, as in the OpenAPI document."""
    schemas = query.model_json_schema()["properties"]
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": field.description,
            "schema": schemas[name],
        }
        for name, field in query.model_fields.items()
    ]


@router.post(
    PATH,
    operation_id="verifyText",
    summary="Verify a sentence or a number",
    response_model=answers.Verification,
    responses=documented(BadRequest, NotAcceptable, ContentTooLarge, UnsupportedMediaType, ServerFault, NotReady),
    openapi_extra={"requestBody": BODY, "parameters": _documented(VerifyQuery)},
)
async def verify_text(request: Request) -> Response:
    """What each number in a text claims, where sources say so, and which facts agree or contradict:
    `curl 'http://localhost:8000/v1/verify' --json '{"text": "2024年郑州市汽车产量突破110万辆"}'`.
    """
    require_acceptable(request, JSON)
    text, pairs = await _text_of(request), read_pairs(request.scope["query_string"])
    return await _verified(request, pairs, lambda reading: (text, parsed(VerifyQuery, reading)))


@router.get(
    PATH,
    operation_id="verifyLink",
    summary="Verify a sentence or a number by a link",
    response_model=answers.Verification,
    responses=documented(BadRequest, NotAcceptable, ContentTooLarge, ServerFault, NotReady),
    openapi_extra={"parameters": _documented(VerifyLinkQuery, "text")},
)
async def verify_link(request: Request) -> Response:
    """The same for a short text, so that a check can be a link:
    `curl 'http://localhost:8000/v1/verify?text=2024年郑州市汽车产量突破110万辆'`.
    """
    require_acceptable(request, JSON)
    return await _verified(request, read_pairs(request.scope["query_string"]), _text_of_link)


async def _verified(
    request: Request, pairs: Pairs, read: Callable[[RequestContext], tuple[str, VerifyQuery]]
) -> Response:
    state: AppState = request.app.state.factbook
    found, content = await state.limiters.verify.run(_verification, state, pairs, read)
    exchange = request.scope["state"]["exchange"]
    exchange.cache_use, exchange.rows, exchange.release = "miss", len(found.claims), found.revision
    return Response(content, headers={"Cache-Control": "no-store"}, media_type=JSON)


def _verification(
    state: AppState, pairs: Pairs, read: Callable[[RequestContext], tuple[str, VerifyQuery]]
) -> tuple[answers.Verification, bytes]:
    def verified(reading: RequestContext, _errors: object) -> answers.Verification:
        text, query = read(reading)
        return verify(text, query.published, FACT_LIST, reading)

    try:
        limit = Deadline(state.settings.time_limit * FOR_STATEMENTS)
        found, _ = read_release(verified, state, Asked(PATH, pairs), limit)
    except TimedOut:
        raise TimedOut("send the text in parts") from None
    return found, json_bytes(found.model_dump())


def _text_of_link(reading: RequestContext) -> tuple[str, VerifyQuery]:
    """The text of a link. Raises BadRequest, ContentTooLarge."""
    try:
        query = parsed(VerifyLinkQuery, reading)
    except BadRequest as error:
        pairs = valid_pairs(VerifyLinkQuery, reading)
        error.instead = address(reading.root_path + PATH, pairs) if pairs else None
        raise
    if len(query.text.encode()) > LONGEST_IN_URL:
        detail = (
            f"The text of a link has at most {LONGEST_IN_URL // 1024} kB; POST {PATH} takes {LONGEST_TEXT // 1024} kB."
        )
        raise ContentTooLarge(detail)
    return query.text, query


async def _text_of(request: Request) -> str:
    """The text that a request sends. Raises BadRequest, ContentTooLarge, UnsupportedMediaType."""
    kind, _, parameters = request.headers.get("content-type", PLAIN).partition(";")
    media_type, encoding = kind.strip().lower(), request.headers.get("content-encoding", "identity")
    named = dict(one.strip().lower().partition("=")[::2] for one in parameters.split(";"))
    charset = named.get("charset", "").strip(' "')
    if media_type not in {PLAIN, JSON} or charset not in UTF_8 or encoding.lower() != "identity":
        raise UnsupportedMediaType(TAKEN)
    content = await request.body()
    if len(content) > LONGEST_TEXT:
        raise ContentTooLarge(f"The body is over {LONGEST_TEXT // 1024} kB; send the text in parts.")
    try:
        text = STATEMENT.validate_json(content).text if media_type == JSON else content.decode()
    except UnicodeDecodeError:
        raise BadRequest([ErrorDetail("invalid-encoding", "", "", "The body is not UTF-8.")]) from None
    except ValidationError as error:
        raise BadRequest(
            [
                ErrorDetail("invalid-body", ".".join(map(str, one["loc"])), "", f"{one['msg']}. {TAKEN}")
                for one in error.errors(include_url=False, include_input=False)
            ]
        ) from None
    if not text.strip():
        raise BadRequest([ErrorDetail("invalid-body", "", "", f"There is no text. {TAKEN}")])
    return text
