"""What the protocol adds to uvicorn's: only request lines are altered, no message is endless, nobody's answer is taken.

The real protocol and the real parser, on a transport that only remembers: `fed` is what the parser was given.
"""

import asyncio
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from types import FunctionType
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from app.http.server import MAX_BODY, MAX_HEAD, PIECE, BoundedProtocol
from app.main import create_app
from app.settings import Settings

Asgi = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]
LOOP = asyncio.new_event_loop()
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


class Transport(asyncio.Transport):
    """Remembers what is written."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 80), "peername": ("127.0.0.1", 4000)})
        self.written = b""
        self.closed = False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        """What is fed is fed."""

    def resume_reading(self) -> None:
        """As above."""


class RecordingParser:
    """The real parser; `fed` is what it was given."""

    def __init__(self, parser: Any, protocol: "Watched") -> None:
        self._parser, self._protocol = parser, protocol
        self.fed = b""

    def feed_data(self, data: bytes) -> None:
        self.fed += data
        self._protocol.unfinished += len(data)
        self._protocol.longest = max(self._protocol.longest, self._protocol.unfinished)
        self._parser.feed_data(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)


class Watched(BoundedProtocol):
    """`unfinished` is how much the parser was given since it last told of the end of a message."""

    unfinished = longest = 0

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.unfinished = 0

    @property
    def kept(self) -> int:
        """Bytes of the message that is arriving which are held by it."""
        if self.scope is None:
            return 0
        headers = sum(len(name) + len(value) for name, value in self.headers)
        return len(self.url) + headers + (len(self.cycle.body) if self.cycle else 0)


@dataclass
class Connection:
    """A client's end of the protocol. `seen` are the targets and bodies that the application was asked with."""

    app: Asgi | None = None
    seen: list[tuple[bytes, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        config = Config(
            self.app or self._answer, ws="none", lifespan="off", log_config=None, interface="asgi3", proxy_headers=False
        )
        self.protocol = Watched(config, ServerState(), {}, LOOP)
        self.transport = Transport()
        self.protocol.connection_made(self.transport)
        self.parser = RecordingParser(self.protocol.parser, self.protocol)
        self.protocol.parser = self.parser  # type: ignore[assignment]

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message["body"], message["more_body"]
        target = unquote_to_bytes(scope["raw_path"]) + b"?" + unquote_to_bytes(scope["query_string"])
        self.seen.append((target, body))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    def receive(self, *reads: bytes) -> None:
        """What a socket would hand over, one read after the other, until the connection is closed."""
        for read in reads:
            if self.transport.closed:
                return
            self.protocol.data_received(read)
            self.run(1)
        self.run()

    def run(self, turns: int = 20) -> None:
        """Let whoever can go on do so, for so many turns of the loop."""

        async def go_on() -> None:
            for _ in range(turns):
                await asyncio.sleep(0)

        LOOP.run_until_complete(go_on())

    @property
    def statuses(self) -> list[int]:
        return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", self.transport.written)]


@dataclass(frozen=True)
class Message:
    """A request as it is sent: its line, all that follows, and what an application should see of it."""

    line: bytes
    rest: bytes
    target: bytes
    body: bytes


RAW = st.lists(st.sampled_from([*"算力é\U0001f600ab/", "\n"]), max_size=8).map("".join)
TARGETS = RAW.map(lambda text: text.replace("\n", "").encode())
INNER = TARGETS.map(lambda target: b"x\r\n\r\nGET /" + target + b" HTTP/1.1\r\nHost: y\r\n\r\n")
BODIES = st.one_of(st.binary(max_size=60), RAW.map(str.encode), INNER, st.just(b""))


@st.composite
def messages(draw: st.DrawFn) -> Message:
    target, query = b"/" + draw(TARGETS), draw(TARGETS)
    blank = b"\r\n" * draw(st.sampled_from([0, 0, 1, 2]))
    head = b"Host: x\r\nX-Raw: " + draw(TARGETS) + b"\r\n"
    kind = draw(st.sampled_from(["get", "length", "chunked"]))
    body = b"" if kind == "get" else draw(BODIES)
    if kind == "get":
        rest = head + b"\r\n"
    elif kind == "length":
        rest = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    else:
        at = draw(st.integers(0, len(body)))
        parts = [part for part in (body[:at], body[at:]) if part]
        extension = draw(st.sampled_from([b"", b";a=b"]))
        framed = b"".join(b"%x%b\r\n%b\r\n" % (len(part), extension, part) for part in parts)
        rest = head + CHUNKED + framed + b"0\r\n\r\n"
    method = b"GET" if kind == "get" else b"POST"
    return Message(blank + b"%b %b?%b HTTP/1.1\r\n" % (method, target, query), rest, target + b"?" + query, body)


def encoded(line: bytes) -> bytes:
    return b"".join(b"%%%02X" % byte if byte > 0x7F else bytes([byte]) for byte in line)


def reads_of(stream: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return [stream[start:end] for start, end in pairwise(places)]


@settings(max_examples=400)
@given(st.lists(messages(), min_size=1, max_size=4), st.lists(st.integers(0, 10_000), max_size=60))
def test_every_byte_outside_of_request_lines_comes_to_the_parser_as_sent(sent: list[Message], cuts: list[int]) -> None:
    connection = Connection()
    connection.receive(*reads_of(b"".join(one.line + one.rest for one in sent), cuts))
    rest = connection.parser.fed
    for one in sent:  # behind a body in the same read, a line may be left as it is, which the parser refuses
        line = one.line if rest[: len(one.line)] == one.line[: len(rest)] else encoded(one.line)
        whole = line + one.rest
        assert rest[: len(whole)] == whole[: len(rest)]
        rest = rest[len(whole) :]
    assert rest == b""
    asked = [(one.target, one.body) for one in sent]
    assert connection.seen == asked[: len(connection.seen)]
    assert len(connection.seen) == len(asked) or connection.transport.closed
    assert connection.statuses in ([200] * len(connection.seen), [200] * len(connection.seen) + [400])


@settings(max_examples=200)
@given(st.lists(messages(), min_size=1, max_size=4), st.lists(st.integers(0, 10_000), max_size=20))
def test_raw_chinese_is_understood_in_every_request_line_read_apart_from_a_body(
    sent: list[Message], cuts: list[int]
) -> None:
    connection, pending = Connection(), b""
    for one in sent:
        pending += one.line + one.rest
        if one.rest.endswith(b"\r\n\r\n") and not one.body and CHUNKED not in one.rest:
            continue
        connection.receive(*reads_of(pending, cuts))
        pending = b""
    connection.receive(*reads_of(pending, cuts))
    assert connection.seen == [(one.target, one.body) for one in sent]
    assert connection.statuses == [200] * len(sent)


PARTS = [
    GET, POST, CHUNKED, b"Content-Length: 90000\r\n\r\n", b"\r\n", b"\n", b"\r", b"0\r\n", b"0\r\n\r\n",
    b"3\r\nabc\r\n", b"1;" + b"e" * 900, b"x: y\r\n", b"x: " + b"v" * 3000, b"GET /" + b"u" * 3000,
    "GET /算".encode() * 300, b" HTTP/1.1\r\n", b"\x00\xff", b":", b"a" * 5000,
]  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=12), st.integers(1, 400), st.integers(1, 40_000))
def test_no_message_is_endless(parts: list[bytes], times: int, size: int) -> None:
    stream = (b"".join(parts[:-1]) + parts[-1] * times)[:400_000]
    connection = Connection()
    connection.receive(*(stream[start : start + size] for start in range(0, len(stream), size)))
    most = MAX_HEAD + MAX_BODY + 3 * PIECE
    assert connection.protocol.longest <= most
    assert connection.protocol.kept <= most


ENDLESS = {
    "blank lines": (b"", b"\r\n" * 50, 431),
    "line": (b"GET /", b"u" * 100, 431),
    "raw line": (b"GET /", "算".encode() * 30, 431),
    "header": (b"GET / HTTP/1.1\r\nX: ", b"v" * 100, 431),
    "headers": (b"GET / HTTP/1.1\r\n", b"X: v\r\n" * 20, 431),
    "body": (POST + b"Content-Length: 900000\r\n\r\n", b"b" * 100, 413),
    "chunks": (POST + CHUNKED, b"1\r\nb\r\n" * 20, 413),
    "chunk": (POST + CHUNKED + b"fffff\r\n", b"b" * 100, 413),
    "chunk extension": (POST + CHUNKED + b"1;", b"e" * 100, 413),
    "trailer": (POST + CHUNKED + b"0\r\nX: ", b"v" * 100, 413),
    "trailers": (POST + CHUNKED + b"0\r\n", b"X: v\r\n" * 20, 400),
}


@pytest.mark.parametrize("size", [61, 1460, PIECE, 262_144])
@pytest.mark.parametrize("kind", ENDLESS)
def test_what_never_ends_is_refused_with_its_status(kind: str, size: int) -> None:
    first, more, status = ENDLESS[kind]
    stream = first + more * 3000
    connection = Connection()
    connection.receive(*(stream[start : start + size] for start in range(0, len(stream), size)))
    assert connection.statuses == [status]
    assert connection.transport.closed
    assert connection.seen == []
    assert connection.protocol.longest <= (MAX_HEAD if status == 431 else MAX_HEAD + MAX_BODY) + 2 * PIECE
    told = len(connection.parser.fed)
    connection.protocol.data_received(GET)
    assert len(connection.parser.fed) == told, "what comes after a refusal is parsed"


@pytest.mark.parametrize("size", [61, 1460, 262_144])
def test_what_is_within_the_limits_is_taken_whatever_stands_before_and_behind_it(size: int) -> None:
    head = b"GET / HTTP/1.1\r\nHost: x\r\n"
    long_head = head + b"X: " + b"v" * (MAX_HEAD - len(head) - 7) + b"\r\n\r\n"
    body = b"b" * MAX_BODY
    long_body = POST + b"Content-Length: %d\r\n\r\n" % len(body) + body
    stream = GET + long_head + long_body + GET * 3 + long_head + GET
    connection = Connection()
    connection.receive(*(stream[start : start + size] for start in range(0, len(stream), size)))
    assert connection.statuses == [200] * 8
    assert [len(taken) for _, taken in connection.seen] == [0, 0, MAX_BODY, 0, 0, 0, 0, 0]
    over = Connection()
    over.receive(long_head.replace(b"X: ", b"X: v"))
    assert over.statuses == [431]


@pytest.mark.parametrize("junk", [b"nonsense\r\n\r\n", b"\r\n" * MAX_HEAD, ENDLESS["header"][0] + b"v" * 2 * MAX_HEAD])
def test_a_refusal_never_takes_the_place_of_an_earlier_answer(junk: bytes) -> None:
    told = asyncio.Event()

    async def late(scope: Any, receive: Any, send: Any) -> None:
        await told.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    for sent in ([GET, junk, GET], [GET + junk, GET], [GET + GET, junk, GET]):
        told.clear()
        connection = Connection(late)
        connection.receive(*sent)
        assert connection.transport.written == b""
        told.set()
        connection.run()
        assert connection.statuses == [200] * sent[0].count(GET), "what came whole is answered, and nothing else"
        assert connection.transport.closed


@pytest.mark.parametrize("status", [400, 413])
@pytest.mark.parametrize("begun", [False, True])
def test_a_body_is_refused_once_and_only_where_no_answer_has_begun(status: int, *, begun: bool) -> None:
    told = asyncio.Event()

    async def early(scope: Any, receive: Any, send: Any) -> None:
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await told.wait()
        if not begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    connection = Connection(early)
    connection.receive(POST + CHUNKED, b"0\r\nX: y\r\n\r\n" if status == 400 else b"1\r\nb\r\n" * 20_000)
    assert connection.statuses == ([200] if begun else [status])
    told.set()
    connection.run()
    assert connection.statuses == ([200] if begun else [status])
    assert b"done" not in connection.transport.written


def test_uvicorn_still_has_what_the_protocol_overrides() -> None:
    """With a new minor version of uvicorn, read its httptools_impl.py again before this is changed."""
    overridden = {name for name, what in vars(BoundedProtocol).items() if isinstance(what, FunctionType)}
    inherited = {name for name in overridden if hasattr(HttpToolsProtocol, name)}
    assert inherited == {"data_received", "on_headers_complete", "on_message_complete", "send_400_response"}
    assert version("uvicorn").startswith("0.54.")
    connection = Connection()
    connection.receive(GET)
    for name in ("disconnected", "message_event", "response_started", "response_complete"):
        assert hasattr(connection.protocol.cycle, name)
    assert isinstance(connection.protocol.cycle, RequestResponseCycle)
    assert list(connection.protocol.pipeline) == []


def test_the_type_of_a_refusal_includes_the_root_path(tmp_path: Path) -> None:
    app = create_app(Settings(root_path="/city", database_url=f"sqlite:///{tmp_path / 'none.db'}"))
    for served in (app, ProxyHeadersMiddleware(app)):  # type: ignore[arg-type]  # uvicorn has types of its own
        connection = Connection(served)
        connection.receive(b"GET /" + b"u" * (MAX_HEAD + PIECE))
        assert b'"type":"/city/problems/headers-too-large"' in connection.transport.written
