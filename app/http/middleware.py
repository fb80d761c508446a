"""One ASGI middleware for every request: request id, admission, conditional requests, cache, log."""

import logging
import re
import time
from collections.abc import Callable, Iterable

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipResponder
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import ApiError, BadRequest, ErrorDetail, ServerFault
from app.http.caching import LEVEL, SMALLEST_COMPRESSED, Exchange
from app.http.logs import REQUESTS, Outcome, RequestRecord
from app.http.problems import problem_response
from app.http.state import AppState
from app.http.telemetry import UNMATCHED
from app.settings import Settings

LOG, ACCESS_LOG = logging.getLogger("factbook"), logging.getLogger(REQUESTS)
COMPRESSES_ITSELF = "/v1"  # these are cached compressed, streamed, or texts that are never compressed
EXPOSED = ["ETag", "Link", "X-Request-ID", "Retry-After", "RateLimit", "RateLimit-Policy"]


def template_finder(paths: Iterable[str]) -> Callable[[str], str]:
    """A function that finds the route template of a path which was answered without the router, or UNMATCHED."""
    templates = {re.sub(r"\{[^}]*\}", "", path): path for path in paths}

    def find(path: str) -> str:
        parent, _, last = path.rpartition("/")
        grandparent = parent.rpartition("/")[0]
        return templates.get(path) or templates.get(f"{parent}/") or templates.get(f"{grandparent}//{last}", UNMATCHED)

    return find


class FactbookMiddleware:
    """Wraps the application; answers by itself with 304, or from the cache, where it can."""

    def __init__(self, app: ASGIApp, state: AppState, paths: Iterable[str]) -> None:
        """`paths` are the documented path templates."""
        self._app, self._state, self._template_of = app, state, template_finder(paths)
        self._is_open, self._logs_requests = state.gate.is_open, state.settings.access_log
        self._cors = CrossOrigin(self._respond, state.settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(scope, send)
        failed = False
        try:
            await (self._cors if exchange.has_origin else self._respond)(scope, receive, exchange.send)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong gets a response and is logged
            failed = True
            await self._fail(exchange, receive, error)
        finally:
            self._finish(exchange, "failed" if failed else "sent" if exchange.is_sent else "client gone")
            del scope["state"]["exchange"]  # else they would form a reference cycle

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope["state"]["exchange"]
        if exchange.hosts != 1 or not self._is_open:
            try:
                exchange.admitted = await self._state.gate.admit(scope)
            except ApiError as problem:
                await problem_response(problem, self._state.settings.root_path)(scope, receive, send)
                return
        if scope["method"] == "HEAD":
            exchange.is_head = True
            exchange.scope = scope = {**scope, "method": "GET"}  # the server keeps the original scope
        release = self._state.store.known() if scope["method"] == "GET" else None
        if release and (known := self._state.cache.lookup(release, exchange)):
            await exchange.respond(known, send)
            return
        exchange.at_least = exchange.conditions.newest_number() if exchange.if_none_match else 0
        app = self._app
        if exchange.gzip and not scope["path"].startswith(COMPRESSES_ITSELF):
            app = GZipResponder(app, SMALLEST_COMPRESSED, LEVEL)
        await app(scope, receive, send)

    async def _fail(self, exchange: Exchange, receive: Receive, error: Exception) -> None:
        """Log an unhandled exception and answer with a problem; once a response has started, end the connection."""
        request_id, scope = exchange.request_id.decode(), exchange.scope
        LOG.error("request %s failed: %s %s", request_id, scope["method"], scope["path"], exc_info=error)
        if exchange.is_sent:
            return
        if exchange.status:
            raise error
        problem = ServerFault(f"Something went wrong here; report it with the request id {request_id}.")
        await problem_response(problem, self._state.settings.root_path)(scope, receive, exchange.send)

    def _finish(self, exchange: Exchange, end: Outcome) -> None:
        """Measure and log a request."""
        scope, seconds = exchange.scope, time.perf_counter() - exchange.began
        route = exchange.route or (scope["route"].path if "route" in scope else self._template_of(scope["path"]))
        method = "HEAD" if exchange.is_head else scope["method"]
        self._state.telemetry.measure(method, route, exchange.status, seconds, exchange.cache_use)
        if self._logs_requests and ACCESS_LOG.isEnabledFor(logging.INFO):
            client, query = scope.get("client"), scope["query_string"]
            record = RequestRecord(
                method=method,
                route=route,
                url=b"%b?%b" % (scope["raw_path"], query) if query else scope["raw_path"],
                status=exchange.status,
                seconds=seconds,
                size=exchange.size,
                rows=exchange.rows,
                release=exchange.release,
                cache=exchange.cache_use,
                end=end,
                request_id=exchange.request_id.decode(),
                client=client[0] if client else None,
            )
            ACCESS_LOG.handle(record)


class CrossOrigin(CORSMiddleware):
    """Starlette's CORS middleware, with its refusals as problems."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        super().__init__(
            app,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "HEAD", "POST"],
            allow_headers=["*"],
            expose_headers=EXPOSED,
        )
        self.root_path = settings.root_path

    def preflight_response(self, request_headers: Headers) -> Response:
        answer = super().preflight_response(request_headers)
        if answer.status_code == BadRequest.status:
            detail = f"{bytes(answer.body).decode()}: pages may only read and verify."
            return problem_response(BadRequest([ErrorDetail("invalid-request", "", "", detail)]), self.root_path)
        return answer
