"""Verification: what a sentence or a number says, held against the facts; nothing of it is stored."""

from fastapi import APIRouter, Request
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from app import answers
from app.answers.verification import LONGEST_TEXT, Statement
from app.database import Snapshot
from app.decimals import json_bytes
from app.errors import (
    BadRequest,
    ContentTooLarge,
    Mistake,
    NotAcceptable,
    NotReady,
    ServerFault,
    UnsupportedMediaType,
)
from app.http.headers import JSON
from app.http.problems import documented
from app.http.responder import responder_of
from app.queries.lists import List
from app.queries.pages import Body
from app.queries.questions import read_pairs
from app.queries.verifying import PATH, QUESTIONS, Verifier
from app.queries.vocabulary import Vocabulary

PLAIN = "text/plain"
UTF_8 = {"", "utf-8", "us-ascii"}
STATEMENT = TypeAdapter(Statement)
TAKEN = f"Send a text as {PLAIN} in UTF-8, or {JSON} with `text`."
BODY = {
    "required": True,
    "content": {
        PLAIN: {"schema": {"type": "string", "minLength": 1}, "example": "汽车产量突破110万辆"},
        JSON: {"schema": Statement.model_json_schema()},
    },
}


def router_of(facts: List) -> APIRouter:
    """The route that verifies against a list of facts."""
    router = APIRouter(tags=["facts"])
    verifier = Verifier(facts)

    @router.post(
        PATH,
        operation_id="verifyText",
        summary="Verify a sentence or a number",
        response_model=answers.Verification,
        responses=documented(BadRequest, NotAcceptable, ContentTooLarge, UnsupportedMediaType, ServerFault, NotReady),
        openapi_extra={"requestBody": BODY, **QUESTIONS.openapi()},
    )
    async def verify_text(request: Request) -> Response:
        """What the numbers of a text say, where that stands in sources, which facts agree and which contradict:
        `curl 'http://localhost:8000/v1/verify' --json '{"text": "2024年郑州市汽车产量突破110万辆"}'`.
        """
        text = await _text_of(request)

        def verify(query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, root_path: str) -> Body:
            asked = QUESTIONS.read(read_pairs(query), vocabulary)
            found = verifier.verify(text, asked.get("published"), snapshot, vocabulary, root_path)
            return Body(json_bytes(found.model_dump()), len(found.claims))

        return await responder_of(request).respond_anew(request, verify)

    return router


async def _text_of(request: Request) -> str:
    """The text that a request sends. Raises BadRequest, ContentTooLarge, UnsupportedMediaType."""
    kind, _, parameters = request.headers.get("content-type", PLAIN).partition(";")
    media_type, encoding = kind.strip().lower(), request.headers.get("content-encoding", "identity")
    charset = parameters.partition("=")[2].strip(' "').lower() if "charset" in parameters.lower() else ""
    if media_type not in {PLAIN, JSON} or charset not in UTF_8 or encoding.lower() != "identity":
        raise UnsupportedMediaType(TAKEN)
    content = await request.body()
    if len(content) > LONGEST_TEXT:
        raise ContentTooLarge(f"The body is over {LONGEST_TEXT // 1024} kB; send the text in parts.")
    try:
        text = STATEMENT.validate_json(content).text if media_type == JSON else content.decode()
    except UnicodeDecodeError:
        raise BadRequest([Mistake("invalid-encoding", "", "", "The body is not UTF-8.")]) from None
    except ValidationError as error:
        raise BadRequest(
            [
                Mistake("invalid-body", ".".join(map(str, one["loc"])), "", f"{one['msg']}. {TAKEN}")
                for one in error.errors(include_url=False, include_input=False)
            ]
        ) from None
    if not text.strip():
        raise BadRequest([Mistake("invalid-body", "", "", f"There is no text. {TAKEN}")])
    return text
