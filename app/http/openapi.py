"""The OpenAPI document: 3.1, complete, with nothing in it that the service does not do."""

from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from app import answers
from app.errors import (
    BadRequest,
    ContentTooLarge,
    HeadersTooLarge,
    Problem,
    RequestTimeout,
    TooManyRequests,
    Unauthorized,
)
from app.http.exports import MEDIA_TYPES
from app.http.gate import GUARDED
from app.http.problems import documented
from app.queries.exports import FORMAT
from app.settings import Settings

TITLE = "Zhengzhou Factbook"
DESCRIPTION = """Facts about a city's industry, each with the evidence that says so.

`/v1/{plural}` lists, `/v1/{plural}/{id}` shows one. Different parameters must all
hold; several values of one parameter are alternatives (`a,b` or repeated); `x..y` is a range, both ends
included, either may be left out; a leading `-` excludes; `any` and `none` ask whether there is one. What is
not understood is refused with status 400, and the answer says what you may have meant.

Numbers are exact. `bound` keeps the printed hedge: 超 is `gt`, 近 is `below`; `value=100..` finds what may be as much
because of it, too, and `match` says whether that is certain. A citation of evidence `verbatim` was found, once, in a
text of known sha256."""
BEARER = "bearer"
MACHINERY = {"readLiveness", "readReadiness", "readMeasurements"}
TEXT = {"schema": {"type": "string"}}
HEADERS = {
    "ETag": "Strong; send it back in `If-None-Match`",
    "Last-Modified": "When the data was loaded",
    "Link": "The next page of a list, if there is one",
    "Content-Disposition": "A file name, for CSV and NDJSON",
    "X-Request-ID": "As sent, or made",
}
SCHEMA = "#/components/schemas/{model}"
TAGS = [
    {"name": "facts", "description": "Cited statements: measurements, relations and occurrences."},
    {
        "name": "entities",
        "description": "What facts are about: companies, industries, initiatives, metrics and the rest.",
    },
    {"name": "service", "description": "What is here, and how the service is."},
]


def describe(app: FastAPI, settings: Settings) -> dict[str, Any]:
    """The document FastAPI makes, made complete: shared schemas, and no error that cannot occur."""
    document = FastAPI.openapi(app)
    unused_by_routes = [
        (answers.Problem, "serialization"),
        (answers.Gone, "serialization"),
        (answers.CutPage, "serialization"),
    ]
    _, shared = models_json_schema(unused_by_routes, ref_template=SCHEMA)  # type: ignore[arg-type]
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(shared["$defs"])
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    if settings.api_keys:
        document["components"]["securitySchemes"] = {BEARER: {"type": "http", "scheme": BEARER}}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            _describe_refusals(operation, settings, guarded=path.startswith(GUARDED))
            exported = any(parameter["name"] == FORMAT.name for parameter in operation.get("parameters", []))
            if operation["operationId"] not in MACHINERY:
                _describe_http(operation["responses"], exported=exported, paged=_has(operation, "after"))
            if exported:
                _describe_exports(operation["responses"])
            if any(parameter["name"] == "fields" for parameter in operation.get("parameters", [])):
                _allow_cut(operation)
    return document


def _describe_refusals(operation: dict[str, Any], settings: Settings, *, guarded: bool) -> None:
    """What is refused before it is looked at what was asked."""
    kinds: list[type[Problem]] = [BadRequest, RequestTimeout, ContentTooLarge, HeadersTooLarge]
    if guarded and settings.api_keys:
        operation["security"] = [{BEARER: []}]
        kinds.append(Unauthorized)
    if guarded and settings.rate_limit:
        kinds.append(TooManyRequests)
    refusals = {str(status): response for status, response in documented(*kinds).items()}
    operation["responses"] = dict(sorted({**refusals, **operation["responses"]}.items()))


def _has(operation: dict[str, Any], name: str) -> bool:
    return any(parameter["name"] == name for parameter in operation.get("parameters", []))


def _describe_http(responses: dict[str, Any], *, exported: bool, paged: bool) -> None:
    """What every answer under /v1 has besides its body, and the answer that has none."""
    of_some = {"Link": paged, "Content-Disposition": exported}
    names = [name for name in HEADERS if of_some.get(name, True)]
    responses["200"]["headers"] = {name: {"description": HEADERS[name], **TEXT} for name in names}
    responses["304"] = {"description": "Unchanged since the `ETag` sent in `If-None-Match`"}
    if "503" in responses:
        responses["503"]["headers"] = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}}


def _describe_exports(responses: dict[str, Any]) -> None:
    """A list as CSV or NDJSON, whole or in part."""
    forms = dict.fromkeys(MEDIA_TYPES.values(), TEXT)
    told = {"Content-Range": {"description": "Which bytes these are, and of how many", **TEXT}}
    responses["200"]["content"] |= forms
    responses["206"] = {
        "description": "The bytes of CSV or NDJSON that `Range` asks for",
        "headers": told,
        "content": forms,
    }


def _allow_cut(operation: dict[str, Any]) -> None:
    """With `fields` an answer lacks what its shape requires; the document says so."""
    cut = answers.CutPage if operation["operationId"].startswith("list") else answers.CutAnswer
    content = operation["responses"]["200"]["content"]["application/json"]
    content["schema"] = {"anyOf": [content["schema"], {"$ref": SCHEMA.format(model=cut.__name__)}]}
