"""Errors on the wire: application/problem+json for whatever goes wrong."""

import gzip
import logging
from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI, Request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app import answers
from app.decimals import json_bytes
from app.errors import (
    PROBLEM_JSON,
    BadRequest,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    NotReady,
    Problem,
    RangeNotSatisfiable,
    Retracted,
    ServerFault,
    StaleCursor,
)
from app.http.headers import COMMON
from app.http.responder import SMALLEST_ZIPPED, ZIP_LEVEL, Answer
from app.queries.vocabulary import nearest

LOG = logging.getLogger("factbook")
METHODS = "GET, HEAD"


def problem_response(problem: Problem) -> Response:
    headers = {"Cache-Control": "no-store", **problem.headers}
    return Response(json_bytes(problem.body()), problem.status, headers, media_type=PROBLEM_JSON)


def problem_answer(problem: Problem, *, zipped: bool) -> Answer:
    """The same as it goes over the wire; compressed, where it is to be, as the gzip middleware would."""
    response = problem_response(problem)
    headers, body = [*response.raw_headers, *COMMON], bytes(response.body)
    if zipped and len(body) >= SMALLEST_ZIPPED:
        body = gzip.compress(body, ZIP_LEVEL, mtime=0)
        headers = [one for one in headers if one[0] != b"content-length"]
        headers += [(b"content-length", b"%d" % len(body)), (b"content-encoding", b"gzip")]
    return Answer(response.status_code, headers, body)


def documented(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can answer with these."""
    return {
        problem.status: {"description": problem.title, "content": {PROBLEM_JSON: {"schema": _schema(problem)}}}
        for problem in problems
    }


def _schema(problem: type[Problem]) -> dict[str, str]:
    shape = answers.Gone if problem is Retracted else answers.Problem
    return {"$ref": f"#/components/schemas/{shape.__name__}"}


LIST_PROBLEMS = documented(BadRequest, NotAcceptable, StaleCursor, RangeNotSatisfiable, ServerFault, NotReady)
ONE_PROBLEMS = documented(BadRequest, NotFound, NotAcceptable, ServerFault, NotReady)
FACT_PROBLEMS = ONE_PROBLEMS | documented(Retracted)


def install(app: FastAPI, paths: Iterable[str]) -> None:
    """Answer every exception that reaches the routes as a problem."""
    known = sorted(paths)

    def ours(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101 - it is registered for these only
        return problem_response(error)

    def starlettes(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for these only
        if error.status_code == MethodNotAllowed.status:
            posted = (error.headers or {}).get("Allow") == "POST"
            what = "POST a text to it" if posted else "nothing is written over HTTP"
            detail = f"{request.method} is not a method of {request.url.path}; {what}."
            return problem_response(MethodNotAllowed(detail, {"Allow": "POST" if posted else METHODS}))
        path = request.url.path
        return problem_response(NotFound(f"There is no {path[:200]}.", path, nearest(path, known), part="path"))

    def absences(request: Request, error: Exception) -> Response:
        LOG.error("request %s: %s", request.state.request_id, error)
        return problem_response(NotReady("The database does not answer; try again."))

    app.add_exception_handler(Problem, ours)
    app.add_exception_handler(HTTPException, starlettes)
    # What else a database complains of is a fault of ours: see middleware.Guarded.
    for absence in (OperationalError, InterfaceError, PoolTimeout):
        app.add_exception_handler(absence, absences)
