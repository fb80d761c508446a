"""Error responses: application/problem+json for everything that goes wrong, and a page about each kind of problem."""

import logging
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from html import escape
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from app import answers
from app.errors import (
    PROBLEM_JSON,
    ApiError,
    BadRequest,
    Busy,
    FactRetracted,
    MethodNotAllowed,
    Moved,
    NotAcceptable,
    NotFound,
    NotReady,
    RangeNotSatisfiable,
    ReleaseGone,
    ServerFault,
    StaleCursor,
    TimedOut,
    title_of,
)
from app.http.headers import HTML, JSON, RANGES, accepted, quality
from app.http.paths import Routes, meant, routes_of
from app.http.state import AppState
from app.queries.parameters import read_pairs
from app.queries.reading import RequestContext
from app.queries.vocabulary import nearest
from app.store.releases import Deadline, ReleaseNotKept
from app.text.decimals import json_bytes

LOG = logging.getLogger("factbook")
METHODS = "GET, HEAD"
LOOKED_FOR = 1.0  # seconds, to find what a wrong path meant
# What is shown about each kind of problem; the `type` of an error links to it.
TYPES = tomllib.loads((files("app.http") / "problem_types.toml").read_text(encoding="utf-8"))
PAGE = (files("app.http") / "problem.html").read_text(encoding="utf-8")


def problem_body(problem: ApiError, root_path: str) -> bytes:
    """A problem as JSON; its type gets the root path, so that it can be opened behind a proxy."""
    body = problem.body()
    return json_bytes(body | {"type": f"{root_path}{body['type']}"})


def problem_response(problem: ApiError, root_path: str) -> Response:
    headers = {"Cache-Control": "no-store", **problem.headers}
    return Response(problem_body(problem, root_path), problem.status, headers, media_type=PROBLEM_JSON)


def documented(*problems: type[ApiError]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can answer with these problems; those with the same status share one entry."""
    of_status: dict[int, list[type[ApiError]]] = {}
    for problem in sorted(problems, key=lambda problem: problem.status):
        of_status.setdefault(problem.status, []).append(problem)
    return {status: _response(problems) for status, problems in of_status.items()}


def _response(problems: list[type[ApiError]]) -> dict[str, Any]:
    title = " or ".join(problem.title for problem in problems).capitalize()
    shapes = {answers.Gone if problem is FactRetracted else answers.Problem for problem in problems}
    schemas = [{"$ref": f"#/components/schemas/{name}"} for name in sorted(shape.__name__ for shape in shapes)]
    schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
    return {"description": title, "content": {PROBLEM_JSON: {"schema": schema}}}


# Every route that reads the data can raise these.
READ_PROBLEMS = (BadRequest, NotAcceptable, ServerFault, NotReady, Busy, TimedOut)
LIST_PROBLEMS = documented(*READ_PROBLEMS, StaleCursor, ReleaseGone)
EXPORT_PROBLEMS = documented(*READ_PROBLEMS, StaleCursor, ReleaseGone, RangeNotSatisfiable)
ITEM_PROBLEMS = documented(*READ_PROBLEMS, NotFound, ReleaseGone)
ENTITY_PROBLEMS = ITEM_PROBLEMS | {308: {"description": "One item has this name; `Location` has its id"}}
PAGE_OF_ONE_PROBLEMS = documented(*READ_PROBLEMS, NotFound, StaleCursor, ReleaseGone)
FACT_PROBLEMS = documented(*READ_PROBLEMS, NotFound, FactRetracted, ReleaseGone)


def statuses(of: type[ApiError] = ApiError) -> Iterator[tuple[str, int]]:
    """The kind and status of every ApiError class."""
    for one in of.__subclasses__():
        yield one.kind, one.status
        yield from statuses(one)


def install(app: FastAPI, paths: Iterable[str], root_path: str) -> None:
    """Turn every exception raised in a route into a problem response."""
    known, routes = sorted(paths), routes_of(app.routes)

    @app.exception_handler(ApiError)
    async def show_problem(request: Request, error: ApiError) -> Response:
        is_of_path = isinstance(error, NotFound | NotAcceptable) or (
            isinstance(error, BadRequest) and request.path_params
        )
        if is_of_path and not error.instead:
            error.instead = await _instead(request, routes)
        return problem_response(error, root_path)

    @app.exception_handler(Moved)
    def redirect(_request: Request, moved: Moved) -> Response:
        return Response(status_code=308, headers={"Location": moved.location, "Cache-Control": "no-cache"})

    @app.exception_handler(HTTPException)
    async def show_routing_error(request: Request, error: HTTPException) -> Response:
        path = request.url.path
        if error.status_code == MethodNotAllowed.status:
            posted = (error.headers or {}).get("Allow") == "POST"
            instead = "send it a text with GET or POST" if posted else "nothing is written over HTTP"
            detail = f"{request.method} is not a method of {path}; {instead}."
            refused = MethodNotAllowed(detail, {"Allow": f"{METHODS}, POST" if posted else METHODS})
            refused.instead = None if posted else await _instead(request, routes)
            return problem_response(refused, root_path)
        missing = NotFound(f"There is no {path[:200]}.", path, nearest(path, known), part="path")
        missing.instead = await _instead(request, routes)
        return problem_response(missing, root_path)

    @app.exception_handler(ReleaseNotKept)
    def show_release_gone(_request: Request, _error: ReleaseNotKept) -> Response:
        gone = ReleaseGone("The release that was being read is not kept any more; ask again.")
        return problem_response(gone, root_path)

    # Any other database error is a bug of ours.
    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    @app.exception_handler(PoolTimeout)
    def show_database_lost(request: Request, error: Exception) -> Response:
        LOG.error("request %s: %s", request.state.exchange.request_id.decode(), error)
        return problem_response(NotReady("The database does not answer; try again."), root_path)


async def _instead(request: Request, routes: Routes) -> str | None:
    """The URL that a request whose path is not there probably meant; none while the service is not able to look."""
    state: AppState = request.app.state.factbook

    def read() -> str | None:
        release = state.store.current()
        pairs, limit = read_pairs(request.scope["query_string"]), Deadline(LOOKED_FOR)
        reading = RequestContext(state.store, release, limit, "", state.settings.root_path, pairs)
        return meant(request.url.path, reading, routes)

    with suppress(ApiError, ReleaseNotKept, DBAPIError):
        return await state.limiters.quick.run(read)
    return None


def install_pages(app: FastAPI, root_path: str) -> None:
    """Add the pages under /problems."""
    status_of = dict(statuses())

    @app.get("/problems/{kind}", include_in_schema=False)
    def show_problem_type(kind: str, request: Request) -> Response:
        """What a kind of problem means, for people who follow a `type`. Raises NotFound, NotAcceptable."""
        if kind not in TYPES:
            raise NotFound(f"There is no kind of problem {kind[:100]!r}.", kind, nearest(kind, TYPES), part="kind")
        as_html, as_json = (quality(accepted(request), RANGES[one]) for one in (HTML, JSON))
        if not (as_html or as_json):
            raise NotAcceptable(f"Only {HTML} and {JSON} can be had here.")
        shown = {"title": title_of(kind), "status": status_of.get(kind, BadRequest.status), **TYPES[kind]}
        if as_json > as_html:
            return Response(json_bytes({"type": f"{root_path}/problems/{kind}", **shown}), media_type=JSON)
        escaped = {name: escape(str(value)) for name, value in shown.items()}
        return HTMLResponse(PAGE.format(root=escape(root_path), **escaped))
