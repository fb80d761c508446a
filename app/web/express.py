"""The short way: a plain GET of an answer needs no router, and meets none of the layers behind this one.

What it answers is made by the same `Responder.answer` as on the way through the routes; whatever is not plain goes
that way: other methods, other media types, pages of other origins.
"""

import time
from collections.abc import Callable, Mapping
from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import Problem
from app.web.headers import NEGOTIATED_VARY, NOSNIFF, accepts, new_request_id, valid_request_id
from app.web.measurements import Measurements
from app.web.problems import problem_answer
from app.web.responder import Answer, Maker, Question, Responder, known_tags

ANY_TYPE = {b"*/*", b"application/json"}
EXPORTED = b"format="


class Express:
    """Answers what is asked plainly, hands on the rest."""

    def __init__(
        self,
        app: ASGIApp,
        responder: Responder,
        measurements: Measurements,
        pages: Mapping[str, Maker],
        items: Mapping[str, tuple[str, Callable[[str], Maker]]],
    ) -> None:
        """`pages` are whole paths; `items` are paths with the template of those below, and what makes one."""
        self.app = app
        self.responder = responder
        self.measurements = measurements
        self.pages = pages
        self.items = items

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            route, make = self._maker(scope["path"])
            plain = _plain(scope) if make else None
            if make and plain:
                question, request_id = plain
                began = time.perf_counter()
                answer = await self._answer(question, make)
                if answer is None:
                    await self.app(scope, receive, send)
                    return
                headers = [*answer.headers, (b"x-request-id", request_id), NOSNIFF, NEGOTIATED_VARY]
                await send({"type": "http.response.start", "status": answer.status, "headers": headers})
                await send({"type": "http.response.body", "body": answer.body})
                self.measurements.observe("GET", route, answer.status, time.perf_counter() - began)
                return
        await self.app(scope, receive, send)

    async def _answer(self, question: Question, make: Maker) -> Answer | None:
        """The answer, or the problem that there is none; None for a fault, which is dealt with on the long way."""
        try:
            return await self.responder.answer(question, make)
        except Problem as problem:
            return problem_answer(problem, zipped=question.zipped)
        except Exception:  # noqa: BLE001 - it is met again, and logged, behind `Guarded`
            return None

    def _maker(self, path: str) -> tuple[str, Maker | None]:
        """The route of a path, and what makes its answer."""
        if make := self.pages.get(path):
            return path, make
        parent, _, last = path.rpartition("/")
        # A suffix asks for an export; no id has a dot.
        if last and "." not in last and (found := self.items.get(parent)):
            return found[0], found[1](last)
        return "", None


def _plain(scope: Scope) -> tuple[Question, bytes] | None:
    """The question and the id of a request with nothing out of the ordinary; None for any other."""
    if EXPORTED in scope["query_string"]:
        return None
    zipped, tags, request_id = False, frozenset[bytes](), b""
    for name, value in scope["headers"]:
        match name:
            case b"accept":
                if value not in ANY_TYPE:
                    return None
            case b"accept-encoding":
                if zipped:
                    return None
                zipped = _takes_gzip(value)
            case b"if-none-match":
                tags |= known_tags(value)
            case b"x-request-id":
                request_id = value
            case b"origin":
                return None
    question = Question(scope["raw_path"], scope["query_string"], zipped, tags)
    return question, request_id if valid_request_id(request_id) else new_request_id()


@lru_cache(maxsize=100)
def _takes_gzip(header: bytes) -> bool:
    return accepts(header.decode("latin-1"), ("gzip", "*"))
