"""The OpenAPI 3.1 document: complete, and with nothing in it that the service does not do.

FastAPI makes it from the signatures of the handlers. This package adds what the middleware does for every operation;
`components` then names what several operations share, and `examples` adds a real response to each.
"""

from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic.json_schema import models_json_schema

from app import answers
from app.errors import (
    BadRequest,
    ContentTooLarge,
    HeadersTooLarge,
    Problem,
    TooManyRequests,
    Unauthorized,
)
from app.http.gate import GUARDED
from app.http.openapi.components import REFERENCE, Document, Operation, operations_of, share
from app.http.openapi.examples import show_examples
from app.http.problems import documented
from app.nouns import NOUNS
from app.settings import Settings

TITLE = "Zhengzhou Factbook"
DESCRIPTION = """Facts about a city's industry, each with its evidence.

`/v1/{plural}` lists, `/v1/{plural}/{id}` shows one. Results match every parameter given; several values of one
parameter are alternatives (`a,b`, or the parameter repeated); `x..y` is a range that includes both ends, either of
which may be left out; a leading `-` excludes a value; `any` matches whatever has a value and `none` whatever has none.
A request that is not understood, because of an undocumented parameter for example, is refused with status 400, and the
response suggests what you may have meant.

Every list is also available as CSV and NDJSON: append `.csv` or `.ndjson` to its path, pass `format=csv`, or send
`Accept`.

Numbers are exact. `bound` records the printed hedge: 超 is `gt`, 近 is `below`. `value=100..` also finds values that
may be that high given their bound, and `match` says whether that is certain. Evidence is `verbatim` if the quote was
found, exactly once, in a text with a known SHA-256."""
BEARER = "bearer"
LONGEST_EXAMPLE = 40  # characters of an example that is repeated in the description
MACHINERY = {"readLiveness", "readReadiness", "readMeasurements"}
HEADERS = {
    "ETag": "Strong entity tag; send it back in `If-None-Match`",
    "Last-Modified": "When the data was loaded",
    "Link": "Link to the next page, if there is one",
    "Content-Disposition": "Suggested file name",
    "X-Request-ID": "The id that the request sent, or a generated one",
    "Retry-After": "Seconds to wait before trying again",
}
ABOUT_TAGS = {
    "audit": "How well the loaded facts are evidenced.",
    "verify": "The numbers in a text, checked against the facts.",
    "releases": "What each load changed.",
    "service": "Index, health and metrics of the service.",
}


def tags() -> list[dict[str, str]]:
    """One tag for each noun, and those of the other routes."""
    nouns = {one.plural: one.about.partition(": `curl")[0].rstrip(".") + "." for one in NOUNS}
    return [{"name": name, "description": about} for name, about in (nouns | ABOUT_TAGS).items()]


def paths_of(app: FastAPI) -> list[str]:
    """The documented paths, without generating the document, which takes most of a second."""
    routes = (route for route in iter_route_contexts(app.routes) if isinstance(route.original_route, APIRoute))
    return sorted({route.path for route in routes if route.path and route.include_in_schema})


def document_of(app: FastAPI, settings: Settings) -> Callable[[], Document]:
    """A function that generates the document on first use, from any thread."""
    lock = Lock()
    described = cache(lambda: describe(app, settings))

    def document() -> Document:
        with lock:
            return described()

    return document


def describe(app: FastAPI, settings: Settings) -> Document:
    """FastAPI's document, completed."""
    document = FastAPI.openapi(app)
    shapes: Any = [(answers.Problem, "serialization"), (answers.Gone, "serialization")]
    _, problems = models_json_schema(shapes, ref_template=REFERENCE.format(kind="schemas", name="{model}"))
    components = document["components"]
    components["schemas"].update(problems["$defs"])
    components["headers"] = {
        name: {"description": about, "schema": {"type": "integer" if name == "Retry-After" else "string"}}
        for name, about in HEADERS.items()
    }
    document["security"] = []
    if settings.api_keys:
        components["securitySchemes"] = {BEARER: {"type": "http", "scheme": BEARER}}
    for path, operation in operations_of(document):
        operation["responses"].pop("422", None)
        _describe_parameters(operation, path)
        _describe_refusals(operation, settings, guarded=path.startswith(GUARDED))
        _describe_headers(operation["responses"], operation)
    show_examples(document)
    share(document, {"releases": "release"} | {noun.plural: noun.singular for noun in NOUNS})
    return document


def _describe_parameters(operation: Operation, path: str) -> None:
    """Leave out `format` and `bom`, since exports have paths of their own; give only required parameters an `example`,
    since the docs page fills those in.
    """
    shown = [
        one
        for one in operation.get("parameters", [])
        if one["name"] != "format" and (one["name"] != "bom" or path.endswith(".csv"))
    ]
    if shown:
        operation["parameters"] = shown
    for parameter in shown:
        schema = parameter["schema"]
        for same in ("title", "description"):  # the parameter has them already
            schema.pop(same, None)
        if parameter["required"]:
            parameter["example"] = schema.pop("examples")[0]
        elif "examples" in schema:  # which Swagger UI does not show
            example = schema["examples"][0]
            written = ",".join(example) if isinstance(example, list) else str(example)
            if len(written) <= LONGEST_EXAMPLE:
                parameter["description"] += f" For example `{written}`."


def _describe_refusals(operation: Operation, settings: Settings, *, guarded: bool) -> None:
    """The responses with which a request can be refused before it reaches its handler."""
    kinds: list[type[Problem]] = [BadRequest, ContentTooLarge, HeadersTooLarge]
    if guarded and settings.api_keys:
        operation["security"] = [{BEARER: []}]
        kinds.append(Unauthorized)
    if guarded and settings.rate_limit:
        kinds.append(TooManyRequests)
    refusals = {str(status): response for status, response in documented(*kinds).items()}
    operation["responses"] = dict(sorted({**refusals, **operation["responses"]}.items()))


def _describe_headers(responses: dict[str, Any], operation: Operation) -> None:
    """The headers of responses under /v1, and the 304 response."""
    if operation["operationId"] not in MACHINERY and "requestBody" not in operation:
        is_paged = any(one["name"] == "after" for one in operation.get("parameters", []))
        names = ["ETag", "Last-Modified", "X-Request-ID"]
        names += ["Content-Disposition"] if "206" in responses else ["Link"] if is_paged else []
        for status in {"200", "206"} & set(responses):
            responses[status]["headers"] = _headers(*names)
        responses["304"] = {
            "description": "Unchanged since the `ETag` sent in `If-None-Match`",
            "headers": _headers("ETag", "X-Request-ID"),
        }
    for status in {"429", "503"} & set(responses):
        responses[status]["headers"] = _headers("Retry-After")


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": REFERENCE.format(kind="headers", name=name)} for name in names}
