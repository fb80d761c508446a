"""Answers as CSV or NDJSON: which form is wanted, and the lines sent as they are read."""

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable
from contextlib import AsyncExitStack, ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Protocol
from urllib.parse import quote

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.database import LOADED_AGAIN, MOST_TRIES, Snapshot, Superseded
from app.errors import BadRequest, Mistake, NotAcceptable, NotReady, StaleCursor
from app.http.byte_ranges import ByteRange, cut, read_range
from app.http.exchanges import CALLER, TOLD, Told
from app.http.headers import JSON, JSON_RANGES, quality
from app.http.responder import Responder, responder_of
from app.http.tags import ANY_TAG, Question, Tags, for_ever, question_of, tags_of
from app.queries.as_of import names_as_of
from app.queries.exports import FORMAT, Form, Lines, Piece
from app.queries.pages import Body
from app.queries.paging import SHOWING
from app.queries.questions import read_pairs
from app.queries.vocabulary import Vocabulary
from app.revisions import Revision

MEDIA_TYPES = {
    Form.CSV: "text/csv; charset=utf-8; header=present",
    Form.NDJSON: "application/x-ndjson",
}
ACCEPTED = {
    Form.JSON: JSON_RANGES,
    Form.CSV: ("text/csv", "text/*"),
    Form.NDJSON: ("application/x-ndjson", "application/ndjson", "application/jsonl"),
}
HEAD = "head"  # marks, in the state of a request, that only headers are wanted
LONGEST_NAME = 100
Content = Generator[bytes, None, None]


class Listed(Protocol):
    """What can be answered as a page and line by line."""

    @property
    def path(self) -> str: ...

    def page(self, query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, root_path: str) -> Body: ...

    def lines(self, query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, root_path: str, form: Form) -> Lines: ...


class Export(StreamingResponse):
    """Lines sent as they are read. However that ends, they are closed, and its turn is over."""

    def __init__(self, lines: Content, status: int, headers: dict[str, str], turn: AsyncExitStack) -> None:
        super().__init__(_one_by_one(lines), status, headers)
        self._turn = turn

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._turn:
            await super().__call__(scope, receive, send)


async def _one_by_one(lines: Content) -> AsyncIterator[bytes]:
    """Each piece, read on a thread; that there are no more is no exception, whose frames would keep one another."""
    while (piece := await run_in_threadpool(next, lines, None)) is not None:
        yield piece


def install(app: FastAPI, lists: Iterable[Listed]) -> None:
    """Answer each list under the suffixes too. They are in the OpenAPI document as `format`."""

    def answering(listed: Listed) -> Callable[[Request], Awaitable[Response]]:
        async def export(request: Request) -> Response:
            return await respond(request, listed)

        return export

    for listed in lists:
        for form in MEDIA_TYPES:
            app.add_api_route(f"{listed.path}.{form}", answering(listed), include_in_schema=False)


async def respond(request: Request, listed: Listed) -> Response:
    """A page of the list, or all of its lines. Raises Problem."""
    form = wanted_form(request, listed.path)
    responder = responder_of(request)
    if form is Form.JSON:
        return await responder.respond(request, listed.page)
    question = question_of(request.scope, form)
    head = getattr(request.state, HEAD, False)
    part = None if head else read_range(request.headers)
    asked = Asked(question, tags_of(request.scope), form, part, time.monotonic())
    lane = responder.exports
    async with AsyncExitStack() as turn:
        opened = await _opened(responder, asked, listed, turn)
        request.scope["state"][TOLD] = replace(opened.told, rows=0) if head else opened.told
        if opened.lines is None:
            return Response(status_code=304, headers=opened.headers)
        headers = {
            **opened.headers,
            "Content-Type": MEDIA_TYPES[form],
            "Content-Disposition": _disposition(listed.path, question.query, form),
            "Accept-Ranges": "bytes",
        }
        # Some of it for HEAD too: whether it is compressed is decided by how it begins. Its length is not known.
        lines = _begun(opened.lines) if head else opened.lines
        # What ends a transaction may wait for the database: it is done on a thread.
        turn.push_async_callback(lane.on_a_thread, lines.close)
        return Export(lines, 206 if "Content-Range" in headers else 200, headers, turn.pop_all())


def wanted_form(request: Request, path: str) -> Form:
    """As the suffix of the path says, or `format`, or `Accept`. Raises BadRequest, NotAcceptable."""
    suffix = request.url.path.removeprefix(path).removeprefix(".")
    named = [value for name, value in read_pairs(request.scope["query_string"]) if name == FORMAT.name]
    if suffix and any(value != suffix for value in named):
        detail = f"format is not what the suffix .{suffix} says; leave one of them out."
        raise BadRequest([Mistake("invalid-value", FORMAT.name, named[0], detail)])
    if suffix or named:
        known = suffix or named[0]
        return Form(known) if known in tuple(Form) else Form.JSON  # where the mistake is met
    header = ",".join(request.headers.getlist("accept")) or "*/*"
    weights = {form: quality(header, ranges) for form, ranges in ACCEPTED.items()}
    best = max(Form, key=lambda form: weights[form])  # the first of equals
    if not weights[best]:
        raise NotAcceptable(f"Only {JSON}, text/csv and {MEDIA_TYPES[Form.NDJSON]} can be had here.")
    return best


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, and when; `tags` and the range tell what the caller has."""

    question: Question
    tags: Tags
    form: Form
    part: ByteRange | None
    at: float  # `time.monotonic()` seconds

    @property
    def known(self) -> Tags:
        """The tags of all that the caller says he has some of."""
        return self.tags | {self.part.tag.encode("latin-1")} if self.part and self.part.tag else self.tags


@dataclass(frozen=True, slots=True)
class Opened:
    """The headers of an export, and its lines; there are none where the caller has them already."""

    headers: dict[str, str]
    lines: Content | None
    told: Told


async def _opened(responder: Responder, asked: Asked, listed: Listed, turn: AsyncExitStack) -> Opened:
    """An export of what is loaded, or of a release of before. It has its turn, and the data, until `turn` ends.

    Raises Problem.
    """
    lane = responder.exports

    async def opened(by: Responder, question: Question) -> Opened:
        async with AsyncExitStack() as own:
            await own.enter_async_context(lane.turn())
            found = await lane.on_a_thread(_open, by, replace(asked, question=question), listed)
            turn.push_async_exit(own.pop_all())
            return found

    if responder.past is None or not names_as_of(asked.question.query):
        return await opened(responder, asked.question)
    found = await responder.past.ask(asked.question, turn, opened)
    found.headers["cache-control"] = for_ever(responder.settings)
    return found


def _open(responder: Responder, asked: Asked, listed: Listed) -> Opened:
    """Begin an export: what is wrong with the question, or with the database, is met before the first byte is sent."""
    responder.database.allow(responder.settings.time_limit, asked.at)
    question, part = asked.question, asked.part
    revision = responder.caught_up(asked.known, asked.at)
    for _ in range(MOST_TRIES):
        snapshot = responder.database.snapshot(responder.settings.time_limit, revision)
        tagger = responder.tagger_of(snapshot.revision)
        found = tagger.headers(question)
        headers = {name.decode(): value.decode() for name, value in found}
        told = Told(0, snapshot.revision.name)
        if found[0][1] in asked.tags:
            return Opened(headers, None, Told(0, snapshot.revision.name, CALLER))
        try:
            vocabulary = responder.vocabularies.of(snapshot)
            root_path = responder.settings.root_path
            begin = partial(listed.lines, question.query, snapshot, vocabulary, root_path, asked.form)
            with ExitStack() as opened:
                lines = opened.enter_context(closing(begin()))
                sent = _from([next(lines), *islice(lines, 1)], lines, told)
                if asked.tags & ANY_TAG:
                    return Opened(headers, None, told)
                if part and part.tag in (None, headers["etag"]):
                    length = _length(begin, headers["etag"], snapshot.revision)
                    wanted = part.within(length)
                    named = f"bytes {wanted.start}-{wanted.stop - 1}/{length}"
                    headers |= {"Content-Range": named, "Content-Length": str(len(wanted))}
                    sent = cut(sent, wanted)
                    told = Told(None, snapshot.revision.name)  # how many of the rows are in the part is not known
                opened.pop_all()  # they are closed when they are sent
                return Opened(headers, sent, told)
        except Superseded:
            revision = responder.database.renewed()
        except StaleCursor:
            revision = responder.newer(snapshot.revision, asked.at)
            if revision is None:
                raise
    raise NotReady(LOADED_AGAIN)


def _length(begin: Callable[[], Lines], tag: str, revision: Revision) -> int:
    """How many bytes an export has, counted once. Raises Superseded."""
    question = f"bytes of {tag}"
    length = revision.totals.get(question)
    if length is None:
        with closing(begin()) as lines:
            length = sum(len(piece.content) for piece in lines)
        revision.remember_total(question, length)
    return length


def _from(first: list[Piece], lines: Lines, told: Told) -> Content:
    """The bytes of all pieces, the first of them together; it is told how many rows they show."""
    with closing(lines):
        told.rows = sum(piece.rows for piece in first)
        yield b"".join([piece.content for piece in first])
        for piece in lines:
            told.rows += piece.rows
            yield piece.content


def _begun(lines: Content) -> Content:
    with closing(lines):
        yield next(lines)


def _disposition(path: str, query: bytes, form: Form) -> str:
    """A file name that tells what was asked (RFC 6266)."""
    asked = [f"{name}-{value}" for name, value in read_pairs(query) if name not in SHOWING]
    name = re.sub(r"[^\w.-]+", "-", "-".join([path.removeprefix("/v1/"), *asked])).strip("-")[:LONGEST_NAME]
    plain = re.sub(r"[^\x20-\x7e]+", "_", name)
    spelled = "" if name.isascii() else f"; filename*=UTF-8''{quote(name)}.{form}"
    return f'attachment; filename="{plain}.{form}"{spelled}'
