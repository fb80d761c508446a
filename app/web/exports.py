"""Answers as CSV or NDJSON: which form is wanted, and the lines sent as they are read."""

import re
from collections.abc import Awaitable, Callable, Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from typing import Protocol
from urllib.parse import quote

from fastapi import FastAPI, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.database import Revision, Snapshot, Superseded
from app.errors import BadRequest, Mistake, NotAcceptable, NotReady
from app.queries.exports import FORMAT, Form, Lines
from app.queries.pages import Body
from app.queries.paging import SHOWING
from app.queries.questions import read_pairs
from app.queries.vocabulary import Vocabulary
from app.web.byte_ranges import ByteRange, cut, read_range
from app.web.headers import JSON, JSON_RANGES, quality
from app.web.responder import (
    ANY_TAG,
    LOADED_AGAIN,
    MOST_TRIES,
    Question,
    Responder,
    Tags,
    question_of,
    responder_of,
    tags_of,
)

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


class Listed(Protocol):
    """What can be answered as a page and line by line."""

    @property
    def path(self) -> str: ...

    def page(self, query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, root_path: str) -> Body: ...

    def lines(self, query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, root_path: str, form: Form) -> Lines: ...


class Export(StreamingResponse):
    """Lines sent as they are read; they are closed, and their transaction ends, whenever the caller goes."""

    def __init__(self, responder: Responder, lines: Lines, status: int, headers: dict[str, str]) -> None:
        super().__init__(lines, status, headers)
        self._close = partial(responder.on_a_thread, lines.close)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._close()


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
    opened = await responder.on_a_thread(_open, responder, question, tags_of(request.scope), listed, form, part)
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
    return Export(responder, lines, 206 if "Content-Range" in headers else 200, headers)


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
class Opened:
    """The headers of an export, and its lines; there are none where the caller has them already."""

    headers: dict[str, str]
    lines: Lines | None


def _open(
    responder: Responder, question: Question, tags: Tags, listed: Listed, form: Form, part: ByteRange | None
) -> Opened:
    """Begin an export: what is wrong with the question, or with the database, is met before the first byte is sent."""
    for _ in range(MOST_TRIES):
        snapshot = responder.database.snapshot(responder.settings.time_limit)
        tagger = responder.tagger_of(snapshot.revision)
        found = tagger.headers(question)
        headers = {name.decode(): value.decode() for name, value in found}
        if found[0][1] in tags:
            return Opened(headers, None)
        try:
            vocabulary = responder.vocabularies.of(snapshot)
            root_path = responder.settings.root_path
            begin = partial(listed.lines, question.query, snapshot, vocabulary, root_path, form)
            with ExitStack() as opened:
                lines = opened.enter_context(closing(begin()))
                sent = _from(next(lines) + next(lines, b""), lines)
                if tags & ANY_TAG:
                    return Opened(headers, None)
                if part and part.tag in (None, headers["etag"]):
                    length = _length(begin, headers["etag"], snapshot.revision)
                    wanted = part.within(length)
                    told = f"bytes {wanted.start}-{wanted.stop - 1}/{length}"
                    headers |= {"Content-Range": told, "Content-Length": str(len(wanted))}
                    sent = cut(sent, wanted)
                opened.pop_all()  # they are closed when they are sent
                return Opened(headers, sent)
        except Superseded:
            responder.database.forget()
    raise NotReady(LOADED_AGAIN)


def _length(begin: Callable[[], Lines], tag: str, revision: Revision) -> int:
    """How many bytes an export has, counted once. Raises Superseded."""
    question = f"bytes of {tag}"
    length = revision.totals.get(question)
    if length is None:
        with closing(begin()) as lines:
            length = sum(map(len, lines))
        revision.remember_total(question, length)
    return length


def _from(first: bytes, lines: Lines) -> Lines:
    with closing(lines):
        yield first
        yield from lines


def _begun(lines: Lines) -> Lines:
    with closing(lines):
        yield next(lines)


def _disposition(path: str, query: bytes, form: Form) -> str:
    """A file name that tells what was asked (RFC 6266)."""
    asked = [f"{name}-{value}" for name, value in read_pairs(query) if name not in SHOWING]
    name = re.sub(r"[^\w.-]+", "-", "-".join([path.removeprefix("/v1/"), *asked])).strip("-")[:LONGEST_NAME]
    plain = re.sub(r"[^\x20-\x7e]+", "_", name)
    spelled = "" if name.isascii() else f"; filename*=UTF-8''{quote(name)}.{form}"
    return f'attachment; filename="{plain}.{form}"{spelled}'
