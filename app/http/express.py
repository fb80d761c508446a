"""The short way: a plain GET of an answer needs no router, and meets none of the layers behind this one.

What it answers is made by the same `Responder.answer` as on the way through the routes; whatever is not plain goes
that way: other methods, other media types, pages of other origins.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import Problem
from app.http.exchanges import SENT, Exchange, Watcher
from app.http.gate import Gate
from app.http.headers import accepts, new_request_id, valid_request_id
from app.http.measurements import Measurements
from app.http.problems import problem_answer
from app.http.responder import Responder
from app.http.tags import Question, RawHeaders, Tags, known_tags
from app.queries.pages import Maker
from app.queries.questions import names

ANY_TYPE = {b"*/*", b"application/json"}
READ = {b"accept", b"accept-encoding", b"host", b"if-none-match", b"origin", b"x-request-id"}
NO_TAGS = Tags()
EXPORTED = b"format="


class Makers(NamedTuple):
    """What makes answers: of whole paths, and of paths with the template of those below, and what makes one."""

    pages: Mapping[str, Maker]
    items: Mapping[str, tuple[str, Callable[[str], Maker]]]


class Express:
    """Answers what is asked plainly, hands on the rest."""

    def __init__(
        self,
        app: ASGIApp,
        responder: Responder,
        measurements: Measurements,
        watchers: Sequence[Watcher],
        makers: Makers,
        gate: Gate,
    ) -> None:
        self.app = app
        self.responder = responder
        self.measurements = measurements
        self.watchers = watchers
        self.pages, self.items = makers
        self.gate = None if gate.is_open else gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not await self._answered(scope, send):
            await self.app(scope, receive, send)

    async def _answered(self, scope: Scope, send: Send) -> bool:
        """Answer what is plain; False where nothing was sent."""
        route, make = self._maker(scope["path"])
        if make is None or names(scope["query_string"], EXPORTED) or (plain := _plain(scope)) is None:
            return False
        question, tags, request_id = plain
        began = time.perf_counter()
        told: RawHeaders = []
        try:
            if self.gate:
                told = await self.gate.admit(scope)
            answer = await self.responder.answer(question, tags, make)
        except Problem as problem:
            answer = problem_answer(problem, zipped=question.zipped)
        except Exception:  # noqa: BLE001 - it is met again, and logged, on the long way
            return False
        headers = [*answer.headers, (b"x-request-id", request_id), *told]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})
        seconds = time.perf_counter() - began
        self.measurements.observe("GET", route, answer.status, seconds, answer.cached)
        if self.watchers:
            status, _, body, rows, revision, cached = answer
            sent = (status, seconds, len(body))
            exchange = Exchange(scope, route, request_id.decode(), *sent, rows, revision, cached, SENT)
            for watcher in self.watchers:
                watcher(exchange)
        return True

    def _maker(self, path: str) -> tuple[str, Maker | None]:
        """The route of a path, and what makes its answer."""
        if make := self.pages.get(path):
            return path, make
        parent, _, last = path.rpartition("/")
        # A suffix asks for an export; no id has a dot.
        if last and "." not in last and (found := self.items.get(parent)):
            return found[0], found[1](last)
        return "", None


def _plain(scope: Scope) -> tuple[Question, Tags, bytes] | None:
    """The question, tags and id of a request with nothing out of the ordinary; None for any other."""
    hosts, zipped, tags, request_id = 0, False, NO_TAGS, b""
    for name, value in scope["headers"]:
        if name not in READ:
            continue
        if name == b"host":
            hosts += 1
        elif name == b"if-none-match":
            tags = tags | known_tags(value) if tags else known_tags(value)
        elif name == b"x-request-id":
            request_id = value
        elif name == b"accept-encoding" and not zipped:
            zipped = _takes_gzip(value)
        elif name != b"accept" or value not in ANY_TYPE:
            return None
    if hosts != 1:
        return None
    if not (request_id and valid_request_id(request_id)):
        request_id = new_request_id()
    return Question(scope["raw_path"], scope["query_string"], zipped), tags, request_id


@lru_cache(maxsize=100)
def _takes_gzip(header: bytes) -> bool:
    return accepts(header.decode("latin-1"), ("gzip", "*"))
