"""One ASGI middleware for every request: request id, admission, conditional requests, cache, log."""

import logging
import re
import time
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipResponder
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import BadRequest, Mistake, Problem, ServerFault
from app.http.caching import LEVEL, SMALLEST_COMPRESSED, UNCONDITIONAL, CachedResponse, CacheKey, read_conditions
from app.http.headers import COMMON, NUMBERS, PROCESS, REQUEST_ID, RawHeaders, takes_gzip
from app.http.problems import problem_response
from app.http.state import AppState
from app.http.telemetry import UNMATCHED, CacheUse, End, RequestRecord
from app.settings import Settings

LOG = logging.getLogger("factbook")
ANY = b"*/*"
COMPRESSES_ITSELF = "/v1"  # these are cached compressed, streamed, or texts that are never compressed
SECURITY_POLICY, *ALWAYS = COMMON  # a page may have its own policy
OURS = {name for name, _ in ALWAYS}
EXPOSED = ["ETag", "Link", "X-Request-ID", "Retry-After", "RateLimit", "RateLimit-Policy"]


class Templates:
    """Finds the route template of a path that was answered without the router, for logs and metrics."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._known = {path: path for path in paths if "{" not in path}
        self._known |= {_without_parameter(path): path for path in paths if "{" in path}

    def of(self, path: str) -> str:
        """The route template of a path, or UNMATCHED."""
        if path in self._known:
            return self._known[path]
        parent, _, last = path.rpartition("/")
        grandparent = parent.rpartition("/")[0]
        return self._known.get(f"{parent}/") or self._known.get(f"{grandparent}//{last}", UNMATCHED)


def _without_parameter(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "", path)


class FactbookMiddleware:
    """Wraps the application; answers by itself with 304, or from the cache, where it can."""

    def __init__(self, app: ASGIApp, state: AppState, templates: Templates) -> None:
        self._app, self._state, self._templates = app, state, templates
        self._is_open = state.gate.is_open
        self._cors = CrossOrigin(self._respond, state.settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(scope, send, self._state)
        scope["state"]["exchange"] = exchange
        try:
            await (self._cors if exchange.has_origin else self._respond)(scope, receive, exchange.send)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong gets a response and is logged
            await exchange.fail(error)
        finally:
            exchange.finish(self._templates)
            del scope["state"]["exchange"]  # else they would form a reference cycle

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope["state"]["exchange"]
        if exchange.hosts != 1 or not self._is_open:
            try:
                exchange.admitted = await self._state.gate.admit(scope)
            except Problem as problem:
                await problem_response(problem, self._state.settings.root_path)(scope, receive, send)
                return
        if scope["method"] == "HEAD":
            exchange.is_head = True
            exchange.scope = scope = {**scope, "method": "GET"}  # the server keeps the original scope
        if scope["method"] == "GET" and (known := exchange.known()):
            status = 304 if exchange.cache_use == "caller" else 200
            exchange.has_all = not exchange.has_origin  # CORS adds to what is kept
            await send({"type": "http.response.start", "status": status, "headers": known.headers})
            await send({"type": "http.response.body", "body": known.body})
            return
        app = self._app
        if exchange.key.gzip and not scope["path"].startswith(COMPRESSES_ITSELF):
            app = GZipResponder(app, SMALLEST_COMPRESSED, LEVEL)
        await app(scope, receive, send)


class Exchange:
    """One request and its outcome. Routes record the rows and the release of their response in it."""

    def __init__(self, scope: Scope, send: Send, state: AppState) -> None:
        self._began = time.perf_counter()
        self.scope, self._state, self._send = scope, state, send
        self._status = self._size = self.hosts = 0
        self._sent = self._failed = self.is_head = self.has_origin = self.has_all = ranged = False
        self.admitted: RawHeaders = []
        self.cache_use: CacheUse | None = None
        self.rows: int | None = None
        self.release: str | None = None
        self._route: str | None = None
        accept = encoding = tags = since = request_id = b""
        for name, value in scope["headers"]:
            if name == b"host":
                self.hosts += 1
            elif name == b"accept":
                accept = accept + b"," + value if accept else value
            elif name == b"accept-encoding":
                encoding = encoding + b"," + value if encoding else value
            elif name == b"if-none-match":
                tags = tags + b"," + value if tags else value
            elif name == b"if-modified-since":
                since = since + b"," + value if since else value  # two dates are invalid, and ignored
            elif name == b"x-request-id":
                request_id = value
            elif name == b"origin":
                self.has_origin = True
            elif name == b"range":
                ranged = True
        zipped = bool(encoding) and not ranged and takes_gzip(encoding)
        self.key = CacheKey(scope["raw_path"], scope["query_string"], b"" if accept == ANY else accept, zipped)
        self.conditions = read_conditions(tags, since) if tags or since else UNCONDITIONAL
        # The number of a release that the client has seen, perhaps from another process.
        self.at_least = self.conditions.newest_number() if tags else 0
        valid = request_id and REQUEST_ID.fullmatch(request_id)
        self.request_id: bytes = request_id if valid else b"%b-%x" % (PROCESS, next(NUMBERS))
        scope.setdefault("state", {})["request_id"] = self.request_id.decode()

    def known(self) -> CachedResponse | None:
        """A response that needs no router: 304, or one from the cache. None if the client has seen a newer release than
        this process knows.
        """
        release = self._state.store.known(at_least=self.at_least)
        if release is None:
            return None
        cache = self._state.cache
        if self.conditions.tags and (headers := cache.headers(release, self.key))[0][1] in self.conditions.tags:
            self.cache_use, self.rows, self.release = "caller", 0, release.id
            return CachedResponse(headers, b"", 0, "")
        found = cache.get((release.id, release.number, release.loaded_at, self.key))
        if found is None:
            return None
        self.release = release.id
        if self.conditions is not UNCONDITIONAL and self.conditions.hold_for(found.headers[0][1], release):
            self.cache_use, self.rows = "caller", 0
            return CachedResponse(cache.headers(release, self.key), b"", 0, "")
        self.cache_use, self.rows, self._route = "hit", found.rows, found.route
        return found

    async def send(self, message: Message) -> None:
        """Send a message of the response, with the common headers added, and count its bytes."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = [(b"x-request-id", self.request_id), *self.admitted]
            if self.has_all:
                headers += message["headers"]
            else:
                headers += ALWAYS
                has_policy = False
                for header in message["headers"]:
                    if header[0] not in OURS:
                        headers.append(header)
                        has_policy = has_policy or header[0] == SECURITY_POLICY[0]
                if not has_policy:
                    headers.append(SECURITY_POLICY)
            message["headers"] = headers
            await self._send(message)
            return
        if message["type"] == "http.response.body":
            if self.is_head:
                message = {**message, "body": b""}
            self._size += len(message.get("body", b""))
        await self._send(message)
        self._sent = not message.get("more_body")

    async def fail(self, error: Exception) -> None:
        """Answer an unhandled exception with a problem; once a response has started, end the connection instead."""
        request_id = self.request_id.decode()
        LOG.error("request %s failed: %s %s", request_id, self.scope["method"], self.scope["path"], exc_info=error)
        self._failed = True
        if self._status:
            raise error
        fault = ServerFault(f"Something went wrong here; report it with the request id {request_id}.")
        await problem_response(fault, self._state.settings.root_path)(self.scope, _nothing_to_receive, self.send)

    def finish(self, templates: Templates) -> None:
        """Pass the record of the request to the telemetry."""
        scope = self.scope
        client, query, route = scope.get("client"), scope["query_string"], scope.get("route")
        end: End = "failed" if self._failed else "sent" if self._sent else "client gone"
        self._state.telemetry.finished(
            RequestRecord(
                method="HEAD" if self.is_head else scope["method"],
                route=route.path if route is not None else self._route or templates.of(scope["path"]),
                url=b"%b?%b" % (scope["raw_path"], query) if query else scope["raw_path"],
                status=self._status,
                seconds=time.perf_counter() - self._began,
                size=self._size,
                rows=self.rows,
                release=self.release,
                cache=self.cache_use,
                end=end,
                request_id=scope["state"]["request_id"],
                client=client[0] if client else None,
            )
        )


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
            return problem_response(BadRequest([Mistake("invalid-request", "", "", detail)]), self.root_path)
        return answer


async def _nothing_to_receive() -> Message:
    return {"type": "http.disconnect"}
