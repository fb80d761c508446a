"""What is done to every request and answer, outermost first: Observed, CrossOrigin, Guarded, Negotiated."""

import logging
import re
import time
import uuid

from prometheus_client import CollectorRegistry, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import PROBLEM_JSON, BadRequest, MethodNotAllowed, Mistake, NotAcceptable, ServerFault
from app.web.problems import problem_response
from app.web.responder import JSON, Responder

LOG = logging.getLogger("factbook")
# What is kept in the state of a request.
ID, ROUTE = "request_id", "route"
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


class Observed:
    """Gives each request an id and measures it."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self.app = app
        self.seconds = Histogram(
            "http_server_request_duration_seconds",
            "Time to answer a request.",
            ("method", "route", "status"),
            registry=registry,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        asked_id = Headers(scope=scope).get("x-request-id", "")
        request_id = asked_id if REQUEST_ID.fullmatch(asked_id) else uuid.uuid4().hex
        scope.setdefault("state", {})[ID] = request_id
        status = 0

        async def send_known(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Vary"] = _vary(headers.get("Vary", ""))
            await send(message)

        try:
            await self.app(scope, receive, send_known)
        finally:
            method = "other" if status == MethodNotAllowed.status else scope["method"]
            self.seconds.labels(method, scope["state"].get(ROUTE, "unmatched"), str(status)).observe(
                time.perf_counter() - began
            )


class CrossOrigin(CORSMiddleware):
    """Starlette's CORS, whose refusals are problems too."""

    def preflight_response(self, request_headers: Headers) -> Response:
        answer = super().preflight_response(request_headers)
        if answer.status_code == BadRequest.status:
            mistake = Mistake("invalid-request", "", "", f"{bytes(answer.body).decode()}: pages may only read.")
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
    """Answers HEAD as GET without a body, 304 from the revision last seen, 406 where JSON is not accepted."""

    def __init__(self, app: ASGIApp, responder: Responder) -> None:
        self.app = app
        self.responder = responder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = {**scope, "headers": _with_gzip_or_nothing(scope)}
        if scope["method"] == "HEAD":
            asked["method"] = "GET"
            send = _without_body(send)
        if asked["method"] == "GET" and (scope["path"] == "/v1" or scope["path"].startswith("/v1/")):
            accept = ",".join(Headers(scope=scope).getlist("accept"))
            if accept and not accepts(accept, (JSON, "application/*", "*/*")):
                refusal = NotAcceptable(f"Only {JSON} can be had here, and {PROBLEM_JSON} for errors.")
                await problem_response(refusal)(scope, receive, send)
                return
            if unchanged := self.responder.not_modified(asked):
                scope["state"][ROUTE] = "unchanged"
                await unchanged(scope, receive, send)
                return
        try:
            await self.app(asked, receive, send)
        finally:
            if route := asked.get("route"):
                scope["state"][ROUTE] = route.path


def _with_gzip_or_nothing(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The headers, with what is accepted of our encodings: what comes after only looks whether gzip is named."""
    encodings = ",".join(Headers(scope=scope).getlist("accept-encoding"))
    kept = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
    return [*kept, (b"accept-encoding", b"gzip")] if accepts(encodings, ("gzip", "*")) else kept


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


def accepts(header: str, ranges: tuple[str, ...]) -> bool:
    """Whether the most specific of the ranges that the header names has a weight above 0 (RFC 9110, 12.4.2)."""
    weights: dict[str, float] = {}
    for one in header.split(","):
        name, *parameters = (part.strip().lower() for part in one.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        weights["*/*" if name == "*" else name] = (
            float(weight) if re.fullmatch(r"\d?\.\d{1,3}|[01]\.?", weight) else 0.0
        )
    return next((weights[one] > 0 for one in ranges if one in weights), False)
