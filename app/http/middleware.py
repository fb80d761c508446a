"""What is done to every request and answer, outermost first: Observed, then Negotiated."""

import logging
import re
import time
import uuid

from prometheus_client import CollectorRegistry, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import PROBLEM_JSON, MethodNotAllowed, NotAcceptable, ServerFault
from app.http.answering import JSON, Service
from app.http.problems import problem_response

LOG = logging.getLogger("factbook")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


class Observed:
    """Gives each request an id, measures it, and answers a fault of ours as a problem.

    The fault is logged and not raised again: the server would close the connection over it.
    """

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
        except Exception:
            LOG.exception("request %s failed: %s %s", request_id, scope["method"], scope["path"])
            if not status:
                fault = ServerFault(f"Something went wrong here; report it with the request id {request_id}.")
                await problem_response(fault)(scope, receive, send_known)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            labels = ("other" if status == MethodNotAllowed.status else scope["method"], route, str(status))
            self.seconds.labels(*labels).observe(time.perf_counter() - began)


class Negotiated:
    """Answers HEAD as GET without a body, 304 from the revision last seen, 406 where JSON is not accepted."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
            send = _without_body(send)
        if scope["method"] == "GET" and (scope["path"] == "/v1" or scope["path"].startswith("/v1/")):
            accept = Headers(scope=scope).get("accept", "*/*")
            if not accepts_json(accept):
                refusal = NotAcceptable(f"Only {JSON} can be had here, and {PROBLEM_JSON} for errors.")
                await problem_response(refusal)(scope, receive, send)
                return
            if unchanged := self.service.not_modified(scope):
                await unchanged(scope, receive, send)
                return
        await self.app(scope, receive, send)


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


def accepts_json(accept: str) -> bool:
    """Whether the most specific media range for JSON has a weight above 0 (RFC 9110, 12.5.1)."""
    weights: dict[str, float] = {}
    for one in accept.split(","):
        media, *parameters = (part.strip().lower() for part in one.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        weights[media] = float(weight) if re.fullmatch(r"[01](\.\d{0,3})?", weight) else 0.0
    return next((weights[media] > 0 for media in (JSON, "application/*", "*/*") if media in weights), False)
