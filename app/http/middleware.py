"""What is done on the long way, outermost first: Observed, CrossOrigin, Guarded, Negotiated."""

import logging
import re
import time
from collections.abc import Collection, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import PROBLEM_JSON, BadRequest, Mistake, NotAcceptable, ServerFault
from app.http.exchanges import FAILED, GONE, SENT, TOLD, End, Exchange, Told, Watcher
from app.http.exports import HEAD
from app.http.headers import (
    JSON,
    JSON_RANGES,
    PLAIN_TEXT,
    POLICY,
    TEXT_RANGES,
    accepts,
    new_request_id,
    valid_request_id,
)
from app.http.measurements import Measurements
from app.http.problems import problem_response

LOG = logging.getLogger("factbook")
# What is kept in the state of a request.
ID, ROUTE = "request_id", "route"
# Those that are measured under their own names; a caller can make up any number of others.
METHODS = {"GET", "HEAD", "OPTIONS", "POST"}
# The texts of sources, which are no JSON.
TEXTS = re.compile(r"/v1/sources/[^/]+/text")


class Observed:
    """Gives each request an id, measures it, and tells the watchers of it."""

    def __init__(self, app: ASGIApp, measurements: Measurements, watchers: Sequence[Watcher]) -> None:
        self.app = app
        self.measurements = measurements
        self.watchers = watchers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        asked_id = Headers(scope=scope).get("x-request-id", "").encode("latin-1")
        request_id = (asked_id if valid_request_id(asked_id) else new_request_id()).decode()
        scope.setdefault("state", {})[ID] = request_id
        status, size = 0, 0
        end: End = FAILED

        async def send_known(message: Message) -> None:
            nonlocal status, size, end
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Content-Security-Policy", POLICY)
                headers["Vary"] = _vary(headers.get("Vary", ""))
            await send(message)
            if message["type"] == "http.response.body":
                size += len(message.get("body", b""))
                if not message.get("more_body"):
                    end = SENT

        try:
            await self.app(scope, receive, send_known)
            if end == FAILED:  # it was given up, and no error told of it
                end = GONE
        finally:
            seconds = time.perf_counter() - began
            method = scope["method"] if scope["method"] in METHODS else "other"
            route = scope["state"].get(ROUTE, "unmatched")
            told = scope["state"].get(TOLD) or Told()
            self.measurements.observe(method, route, status, seconds, told.cached)
            held = (told.rows, told.revision, told.cached)
            for watcher in self.watchers:
                watcher(Exchange(scope, route, request_id, status, seconds, size, *held, end))


class CrossOrigin(CORSMiddleware):
    """Starlette's CORS, whose refusals are problems too."""

    def preflight_response(self, request_headers: Headers) -> Response:
        answer = super().preflight_response(request_headers)
        if answer.status_code == BadRequest.status:
            mistake = Mistake(
                "invalid-request", "", "", f"{bytes(answer.body).decode()}: pages may only read and verify."
            )
            return problem_response(BadRequest([mistake]))
        return answer


class Guarded:
    """Answers a fault of ours as a problem.

    It is logged and not raised again: the server would close the connection over it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_noted)
        except Exception:
            if scope["type"] != "http" or started:
                raise
            request_id = scope["state"][ID]
            LOG.exception("request %s failed: %s %s", request_id, scope["method"], scope["path"])
            fault = ServerFault(f"Something went wrong here; report it with the request id {request_id}.")
            await problem_response(fault)(scope, receive, send)


class Negotiated:
    """Answers HEAD as GET without a body, and 406 where what can be had is not accepted: JSON, of texts plain text."""

    def __init__(self, app: ASGIApp, lists: Collection[str]) -> None:
        """`lists` are the paths that can be had as other things than JSON; they see to it themselves."""
        self.app = app
        self.lists = lists

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        is_text = TEXTS.fullmatch(path) is not None
        asked = {**scope, "headers": _with_gzip_or_nothing(scope, never=is_text)}
        if scope["method"] == "HEAD":
            asked["method"] = "GET"
            scope["state"][HEAD] = True
            send = _without_body(send)
        only_one = (path == "/v1" or path.startswith("/v1/")) and path.partition(".")[0] not in self.lists
        if asked["method"] in {"GET", "POST"} and only_one:
            accept = ",".join(Headers(scope=scope).getlist("accept"))
            media_type, ranges = (PLAIN_TEXT, TEXT_RANGES) if is_text else (JSON, JSON_RANGES)
            if accept and not accepts(accept, ranges):
                refusal = NotAcceptable(f"Only {media_type} can be had here, and {PROBLEM_JSON} for errors.")
                await problem_response(refusal)(scope, receive, send)
                return
        try:
            await self.app(asked, receive, send)
        finally:
            if route := asked.get("route"):
                scope["state"][ROUTE] = route.path


def _with_gzip_or_nothing(scope: Scope, *, never: bool) -> list[tuple[bytes, bytes]]:
    """The headers, with what is accepted of our encodings: what comes after only looks whether gzip is named.

    A range is one of the bytes as they are; a text is told by the digest of its bytes as they are.
    """
    headers = Headers(scope=scope)
    encodings = ",".join(headers.getlist("accept-encoding"))
    kept = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
    zipped = not never and "range" not in headers and accepts(encodings, ("gzip", "*"))
    return [*kept, (b"accept-encoding", b"gzip")] if zipped else kept


def _vary(present: str) -> str:
    """Each header that an answer depends on, once."""
    names = [name.strip() for name in present.split(",") if name.strip()]
    return ", ".join(sorted({*names, "Accept", "Accept-Encoding"}))


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_head
