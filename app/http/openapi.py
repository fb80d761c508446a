"""The OpenAPI 3.1 document: complete, and with nothing in it that the service does not do.

FastAPI makes it from the signatures of the handlers. This adds what the middleware does for every operation, gives the
values of parameters names that suit generated clients, and adds a real response to each operation: `make docs` records
them from the service with the real seed, and a test compares them with what it answers today.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic.alias_generators import to_pascal
from pydantic.json_schema import models_json_schema

from app import answers
from app.errors import ApiError, BadRequest, ContentTooLarge, HeadersTooLarge, TooManyRequests, Unauthorized
from app.http.admission import GUARDED
from app.http.problems import documented
from app.nouns.listed import COLLECTIONS
from app.settings import Settings

Document = dict[str, Any]
Operation = dict[str, Any]
REFERENCE = "#/components/{kind}/{name}"
EXAMPLES = Path(str(files("app.http") / "examples.json"))
DESCRIPTION = (files("app.http") / "description.md").read_text(encoding="utf-8").rstrip()
BEARER = "bearer"
LONGEST_EXAMPLE = 40  # characters of an example that is repeated in the description
# Schemas of what is left out of FastAPI's document.
UNUSED = {"Form", "Shape", "HTTPValidationError", "ValidationError"}
OPERATIONAL = {"readLiveness", "readReadiness", "readMeasurements"}
HEADERS = {
    "ETag": "Strong entity tag; send it back in `If-None-Match`",
    "Last-Modified": "When the data was loaded",
    "Link": "Link to the next page, if there is one",
    "Content-Disposition": "Suggested file name",
    "X-Request-ID": "The id that the request sent, or a generated one",
    "Retry-After": "Seconds to wait before trying again",
    "Location": "The path with the id",
}
ABOUT_TAGS = {
    "audit": "How well the loaded facts are evidenced.",
    "coverage": "What is measured, and what is not.",
    "verify": "The numbers in a text, checked against the facts.",
    "releases": "What each load changed.",
    "search": "All nouns, series and facts together.",
    "service": "Index, health and metrics of the service.",
}


def tags() -> list[dict[str, str]]:
    """One tag for each noun, and those of the other routes."""
    nouns = {one.plural: one.about.partition(": `curl")[0].rstrip(".") + "." for one in COLLECTIONS}
    return [{"name": name, "description": about} for name, about in (nouns | ABOUT_TAGS).items()]


def operations_of(document: Document) -> Iterator[tuple[str, Operation]]:
    """Each operation, with its path."""
    for path, operations in document["paths"].items():
        for operation in operations.values():
            yield path, operation


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
    _show_examples(document)
    _name_choices(document, {"releases": "release"} | {noun.plural: noun.singular for noun in COLLECTIONS})
    components["schemas"] = {name: one for name, one in sorted(components["schemas"].items()) if name not in UNUSED}
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
    kinds: list[type[ApiError]] = [BadRequest, ContentTooLarge, HeadersTooLarge]
    if guarded and settings.api_keys:
        operation["security"] = [{BEARER: []}]
        kinds.append(Unauthorized)
    if guarded and settings.rate_limit:
        kinds.append(TooManyRequests)
    refusals = {str(status): response for status, response in documented(*kinds).items()}
    operation["responses"] = dict(sorted({**refusals, **operation["responses"]}.items()))


def _describe_headers(responses: dict[str, Any], operation: Operation) -> None:
    """The headers of responses under /v1, and the 304 response."""
    if operation["operationId"] not in OPERATIONAL and "requestBody" not in operation:
        is_paged = any(one["name"] == "after" for one in operation.get("parameters", []))
        names = ["ETag", "Last-Modified", "X-Request-ID"]
        names += ["Content-Disposition"] if "206" in responses else ["Link"] if is_paged else []
        for status in {"200", "206"} & set(responses):
            responses[status]["headers"] = _headers(*names)
        responses["304"] = {
            "description": "Unchanged since the `ETag` sent in `If-None-Match`",
            "headers": _headers("ETag", "X-Request-ID"),
        }
    for statuses, name in (({"429", "503"}, "Retry-After"), ({"308"}, "Location")):
        for status in statuses & set(responses):
            responses[status]["headers"] = _headers(name)


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": REFERENCE.format(kind="headers", name=name)} for name in names}


def _show_examples(document: Document) -> None:
    """Add to each operation its recorded example."""
    recorded = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    for _, operation in operations_of(document):
        if (example := recorded.get(operation["operationId"])) is not None:
            (media_type,) = operation["responses"]["200"]["content"].values()
            media_type["example"] = example


def _name_choices(document: Document, singulars: Mapping[str, str]) -> None:
    """Move the enumerations of parameters into named schemas; `singulars` maps tags to their singular.

    Parameters and problems stay inline, so that one operation can be read on its own.
    """
    schemas = document["components"]["schemas"]
    for name, parameters in _named_parameters(document, singulars).items():
        for parameter in parameters:
            choices = parameter["schema"].get("items", parameter["schema"])
            if "enum" in choices:
                schemas[f"{name}Value"] = {"type": choices.pop("type"), "enum": choices.pop("enum")}
                choices["$ref"] = REFERENCE.format(kind="schemas", name=f"{name}Value")


def _named_parameters(document: Document, singulars: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Identical parameters, grouped under a unique name.

    A group used under several tags gets the parameter's own name; others, and name clashes, get the singular of the
    tag or the operation id as a prefix.
    """
    same: dict[str, list[tuple[Operation, dict[str, Any]]]] = {}
    for _, operation in operations_of(document):
        for parameter in operation.get("parameters", []):
            same.setdefault(json.dumps(parameter), []).append((operation, parameter))
    named: dict[str, list[dict[str, Any]]] = {}
    for uses in sorted(same.values(), key=len, reverse=True):
        tags = sorted({operation["tags"][0] for operation, _ in uses})
        owners = [singulars.get(tags[0], tags[0]), uses[0][0]["operationId"]]
        owners = [*([""] if len(tags) > 1 else []), *owners]
        names = [owner[:1].upper() + owner[1:] + to_pascal(uses[0][1]["name"]) for owner in owners]
        named[next(name for name in names if name not in named)] = [parameter for _, parameter in uses]
    return named
