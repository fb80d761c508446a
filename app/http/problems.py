"""Error responses: application/problem+json for everything that goes wrong."""

import logging
from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI, Request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app import answers
from app.errors import (
    PROBLEM_JSON,
    BadRequest,
    Busy,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    NotReady,
    Problem,
    RangeNotSatisfiable,
    ReleaseGone,
    Retracted,
    ServerFault,
    StaleCursor,
    TimedOut,
)
from app.queries.vocabulary import nearest
from app.store.releases import ReleaseNotKept
from app.text.decimals import json_bytes

LOG = logging.getLogger("factbook")
METHODS = "GET, HEAD"


def problem_body(problem: Problem, root_path: str) -> bytes:
    """A problem as JSON; its type gets the root path, so that it can be opened behind a proxy."""
    body = problem.body()
    return json_bytes(body | {"type": f"{root_path}{body['type']}"})


def problem_response(problem: Problem, root_path: str) -> Response:
    headers = {"Cache-Control": "no-store", **problem.headers}
    return Response(problem_body(problem, root_path), problem.status, headers, media_type=PROBLEM_JSON)


def documented(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can answer with these problems; those with the same status share one entry."""
    of_status: dict[int, list[type[Problem]]] = {}
    for problem in problems:
        of_status.setdefault(problem.status, []).append(problem)
    return {status: _response(of_status[status]) for status in sorted(of_status)}


def _response(problems: list[type[Problem]]) -> dict[str, Any]:
    title = " or ".join(problem.title for problem in problems).capitalize()
    shapes = {answers.Gone if problem is Retracted else answers.Problem for problem in problems}
    schemas = [{"$ref": f"#/components/schemas/{name}"} for name in sorted(shape.__name__ for shape in shapes)]
    schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
    return {"description": title, "content": {PROBLEM_JSON: {"schema": schema}}}


READ_PROBLEMS = (
    BadRequest,
    NotAcceptable,
    ServerFault,
    NotReady,
    Busy,
    TimedOut,
)  # every route that reads the data can raise these
LIST_PROBLEMS = documented(*READ_PROBLEMS, StaleCursor, ReleaseGone)
EXPORT_PROBLEMS = documented(*READ_PROBLEMS, StaleCursor, ReleaseGone, RangeNotSatisfiable)
ITEM_PROBLEMS = documented(*READ_PROBLEMS, NotFound, ReleaseGone)
PAGE_OF_ONE_PROBLEMS = documented(*READ_PROBLEMS, NotFound, StaleCursor, ReleaseGone)
FACT_PROBLEMS = documented(*READ_PROBLEMS, NotFound, Retracted, ReleaseGone)


def install(app: FastAPI, paths: Iterable[str], root_path: str) -> None:
    """Turn every exception raised in a route into a problem response."""
    known = sorted(paths)

    def ours(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101 - it is registered for these only
        return problem_response(error, root_path)

    def starlettes(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for these only
        if error.status_code == MethodNotAllowed.status:
            posted = (error.headers or {}).get("Allow") == "POST"
            what = "POST a text to it" if posted else "nothing is written over HTTP"
            detail = f"{request.method} is not a method of {request.url.path}; {what}."
            return problem_response(MethodNotAllowed(detail, {"Allow": "POST" if posted else METHODS}), root_path)
        path = request.url.path
        missing = NotFound(f"There is no {path[:200]}.", path, nearest(path, known), part="path")
        return problem_response(missing, root_path)

    def gone(_request: Request, _error: Exception) -> Response:
        return problem_response(
            ReleaseGone("The release that was being read is not kept any more; ask again."), root_path
        )

    def absences(request: Request, error: Exception) -> Response:
        LOG.error("request %s: %s", request.state.request_id, error)
        return problem_response(NotReady("The database does not answer; try again."), root_path)

    app.add_exception_handler(Problem, ours)
    app.add_exception_handler(HTTPException, starlettes)
    app.add_exception_handler(ReleaseNotKept, gone)
    # Any other database error is a bug of ours: see middleware.
    for absence in (OperationalError, InterfaceError, PoolTimeout):
        app.add_exception_handler(absence, absences)
