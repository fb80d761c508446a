"""Responses of exports: choosing the format, and streaming the pieces as they are read, whole or in part.

Range requests (RFC 9110, 14) are for Polars, which cannot read from a URL without them.
"""

import re
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any
from urllib.parse import quote

from anyio import CancelScope
from anyio.lowlevel import checkpoint_if_cancelled
from fastapi import Request
from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipResponder
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import NotAcceptable, RangeNotSatisfiable
from app.http.caching import LEVEL, SMALLEST_COMPRESSED, Exchange
from app.http.headers import JSON, RANGES, RawHeaders, accepted, number_of, quality
from app.http.limits import ConcurrencyLimiter
from app.http.state import AppState
from app.queries.formats import WRITERS, Piece, Pieces
from app.queries.paging import PRESENTATION
from app.queries.parameters import read_pairs
from app.queries.reading import MOST_TOTALS, Form, Pairs
from app.store.releases import Deadline, Limit, OpenRelease

ACCEPTED = {
    Form.JSON: RANGES[JSON],
    Form.CSV: ("text/csv", "text/*"),
    Form.NDJSON: ("application/x-ndjson", "application/ndjson", "application/jsonl"),
}
LONGEST_NAME = 100
ONE_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{1,18})?|-(\d{1,18}))", re.IGNORECASE)
ByteChunks = Generator[bytes, None, None]
# Starts an export within a limit, from a given release or else from the one that the request names.
Make = Callable[..., tuple[Any, OpenRelease]]


@dataclass(frozen=True, slots=True)
class ByteRange:
    """`first` to `last`, both included, or the last `tail` bytes; `tag` is the ETag in If-Range, if any."""

    first: int
    last: int | None
    tail: int | None
    tag: str | None

    def within(self, length: int) -> range:
        """The bytes it selects from a body of this length. Raises RangeNotSatisfiable."""
        first = self.first if self.tail is None else max(0, length - self.tail)
        last = length - 1 if self.last is None else min(self.last, length - 1)
        selected = range(first, last + 1)
        if not selected:
            headers = {"Content-Range": f"bytes */{length}"}
            raise RangeNotSatisfiable(f"The answer has {length} bytes, and none in that range.", headers)
        return selected


def read_range(headers: Headers) -> ByteRange | None:
    """The requested range; None if there is none, or one that we ignore: several ranges, or another unit."""
    found = ONE_RANGE.fullmatch(headers.get("range", "").strip())
    if found is None:
        return None
    first, last, tail = (None if number is None else int(number) for number in found.groups())
    if last is not None and last < (first or 0):
        return None
    return ByteRange(first or 0, last, tail, headers.get("if-range"))


def negotiated_form(request: Request, pairs: Pairs, suffix: Form | None) -> Form:
    """The format named by the path suffix, `format` or `Accept`, in this order. Raises NotAcceptable."""
    named = [value for name, value in pairs if name == "format"]
    if suffix or named:
        known = suffix or named[0]
        return Form(known) if known in tuple(Form) else Form.JSON  # as JSON, an invalid value is reported
    weights = accepted(request)
    by_form = {form: quality(weights, ranges) for form, ranges in ACCEPTED.items()}
    best = max(Form, key=lambda form: by_form[form])  # of several with the same weight, the first
    if not by_form[best]:
        raise NotAcceptable(f"Only {JSON}, text/csv and {WRITERS[Form.NDJSON].media_type} can be had here.")
    return best


class ExportResponse(StreamingResponse):
    """Streams pieces as they are read. However that ends, they are closed and their slot is released."""

    def __init__(self, content: AsyncIterator[bytes], status: int, slot: AsyncExitStack, *, gzip: bool = False) -> None:
        super().__init__(content, status)
        self._slot, self._gzip = slot, gzip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = super().__call__
        if self._gzip:
            app = GZipResponder(app, SMALLEST_COMPRESSED, LEVEL)
        async with self._slot:
            await app(scope, receive, send)


async def export_response(request: Request, form: Form, make: Make, seconds: float) -> Response:
    """The response of an export, which holds its slot until all of it is sent or the client is gone.

    Each piece may take `seconds`. Raises ApiError.
    """
    state: AppState = request.app.state.factbook
    limiter, exchange = state.limiters.exports, request.scope["state"]["exchange"]
    part = None if exchange.is_head else read_range(request.headers)
    if part and part.tag:  # a client that resumes has seen the release of its tag
        exchange.at_least = max(exchange.at_least, number_of(part.tag.encode("latin-1")))
    async with AsyncExitStack() as slot:
        await slot.enter_async_context(limiter.slot())
        content, headers = await limiter.on_thread(_opened, make, Deadline(seconds), part, exchange, state)
        if content is None:
            unchanged = Response(status_code=304)
            unchanged.raw_headers = headers
            return unchanged
        # Closing a read may wait for the database, so it is done on a thread.
        slot.push_async_callback(limiter.on_thread, content.close)
        headers += [
            (b"content-type", WRITERS[form].media_type.encode()),
            (b"content-disposition", _disposition(request, form).encode()),
            (b"accept-ranges", b"bytes"),
        ]
        # HEAD gets a first piece, too: whether to compress depends on its size. The whole length is not known.
        pieces = _one_by_one(limiter, content, only_first=exchange.is_head)
        status = 206 if any(name == b"content-range" for name, _ in headers) else 200
        response = ExportResponse(pieces, status, slot.pop_all(), gzip=exchange.gzip)
        response.raw_headers = headers
        return response
    raise AssertionError  # not reached: the stack suppresses no exception


def _opened(
    make: Make, limit: Limit, part: ByteRange | None, exchange: Exchange, state: AppState
) -> tuple[ByteChunks | None, RawHeaders]:
    """The content of a started export, and its headers; no content if the client has it already.

    Errors in the query and of the database are raised before the first byte is sent.
    """
    pieces: Pieces
    pieces, release = make(limit)
    headers = [*state.cache.unchanged(exchange.key(release)).headers]
    tag = headers[0][1].decode()
    try:
        begun = list(islice(pieces, 2))
        exchange.release, exchange.rows = release.id, 0
        if exchange.is_conditional and exchange.conditions.hold_for(headers[0][1], release.loaded_at):
            pieces.close()
            exchange.cache_use = "caller"
            return None, headers
        if part is None or part.tag not in (None, tag):
            return _counted(begun, pieces, exchange), headers
        length = _length(make, limit, tag, release)
        selected = part.within(length)
        exchange.rows = None  # how many of the rows are in the part is not known
        content_range = b"bytes %d-%d/%d" % (selected.start, selected.stop - 1, length)
        headers += [(b"content-range", content_range), (b"content-length", b"%d" % len(selected))]
        return _cut(_counted(begun, pieces, exchange), selected), headers
    except BaseException:
        pieces.close()
        raise


def _length(make: Make, limit: Limit, tag: str, release: OpenRelease) -> int:
    """The length of an export in bytes, counted once per release."""
    totals = release.cache.totals
    length = totals.get(f"bytes of {tag}")
    if length is None:
        pieces, _ = make(limit, release)  # another may be current by now
        with closing(pieces):
            length = sum(len(piece.content) for piece in pieces)
        if len(totals) >= MOST_TOTALS:
            totals.clear()
        totals[f"bytes of {tag}"] = length
    return length


def _counted(begun: list[Piece], pieces: Pieces, exchange: Exchange) -> ByteChunks:
    """The bytes of all pieces, the ones read in advance joined to one; counts their rows."""
    first = Piece(b"".join([one.content for one in begun]), sum(one.rows for one in begun))
    with closing(pieces):
        for piece in chain([first], pieces):
            if exchange.rows is not None and not exchange.is_head:
                exchange.rows += piece.rows
            yield piece.content


def _cut(content: ByteChunks, selected: range) -> ByteChunks:
    """The selected bytes of the concatenated pieces."""
    with closing(content):
        position = 0
        for piece in content:
            if part := piece[max(0, selected.start - position) : selected.stop - position]:
                yield part
            position += len(piece)
            if position >= selected.stop:
                return


async def _one_by_one(limiter: ConcurrencyLimiter, content: ByteChunks, *, only_first: bool) -> AsyncIterator[bytes]:
    """Each piece, read on a thread. The end is a None, not an exception, whose frames would form reference cycles.

    When the client hangs up, the read under way is finished: until then it uses the slot and the connection.
    """
    while True:
        await checkpoint_if_cancelled()
        with CancelScope(shield=True):
            piece = await limiter.on_thread(next, content, None)
        if piece is None:
            return
        yield piece
        if only_first:
            return


def _disposition(request: Request, form: Form) -> str:
    """A Content-Disposition header with a file name that says what was requested (RFC 6266)."""
    path = request.url.path.removesuffix(f".{form}").removeprefix("/v1/")
    filters = [
        f"{name}-{value}" for name, value in read_pairs(request.scope["query_string"]) if name not in PRESENTATION
    ]
    name = re.sub(r"[^\w.-]+", "-", "-".join([path, *filters])).strip("-")[:LONGEST_NAME]
    plain = re.sub(r"[^\x20-\x7e]+", "_", name)
    spelled = "" if name.isascii() else f"; filename*=UTF-8''{quote(name)}.{form}"
    return f'attachment; filename="{plain}.{form}"{spelled}'
