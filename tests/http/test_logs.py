"""Each request is a line on stdout, each record of a logger one on stderr, whatever is sent; no secret is told."""

import asyncio
import json
import logging
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from app.errors import NotReady
from app.http.logs import LONGEST_LINE, LONGEST_TRACEBACK, REQUESTS, LineFormatter, RequestRecord, TerminalFormatter
from app.main import create_app
from app.nouns.listed import COLLECTIONS
from app.settings import Settings
from bench.processes import free_port
from tests.conftest import CITY, DATABASES, ROOT, SEED, CityDatabase, KeptDatabase
from tests.http.processes import serving, wait

KEYS = [
    "time", "level", "logger", "method", "route", "url", "status", "ms", "bytes", "rows", "revision", "cache", "end",
    "request_id", "client",
]  # fmt: skip
SECRET = "sesame-9f3b"  # noqa: S105 - what must not be told
Line = dict[str, Any]


class Recorded(logging.Handler):
    """Keeps what the access log is told."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[RequestRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        assert isinstance(record, RequestRecord)
        self.requests.append(record)


@contextmanager
def recorded() -> Iterator[list[RequestRecord]]:
    """What the access log is told meanwhile."""
    log, handler = logging.getLogger(REQUESTS), Recorded()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "handlers", [handler])
        patch.setattr(log, "propagate", False)
        log.setLevel(logging.INFO)
        yield handler.requests
        log.setLevel(logging.NOTSET)


@pytest.fixture(scope="module", params=DATABASES)
def client(request: pytest.FixtureRequest, kept_database: KeptDatabase) -> Iterator[TestClient]:
    app = create_app(Settings(database_url=kept_database(request.param, CITY)))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(
    ("url", "headers", "route", "rows", "cached"),
    [
        ("/v1/facts?limit=7", {}, "/v1/facts", 7, "miss"),
        ("/v1/facts?limit=7&fields=id", {}, "/v1/facts", 7, "miss"),
        ("/v1/facts?limit=500&total=none", {}, "/v1/facts", 69, "miss"),
        ("/v1/facts?limit=7&sort=-year", {"Origin": "http://one.example"}, "/v1/facts", 7, "miss"),
        ("/v1/facts/groups?by=kind", {}, "/v1/facts/groups", 3, "miss"),
        ("/v1/companies/marlow-motors", {}, "/v1/companies/{id}", 1, "miss"),
        ("/v1", {}, "/v1", len(COLLECTIONS), "miss"),
        ("/v1/facts.csv", {}, "/v1/facts.csv", 69, None),
        ("/v1/facts?format=ndjson&limit=5", {}, "/v1/facts", 5, None),
        ("/v1/facts.csv", {"Range": "bytes=0-9"}, "/v1/facts.csv", None, None),
        ("/v1/facts/groups.csv?by=kind", {}, "/v1/facts/groups.csv", 3, None),
        ("/v1/facts?limit=8", {"If-None-Match": "*"}, "/v1/facts", 0, "caller"),
        ("/v1/facts?yaer=2024", {}, "/v1/facts", None, None),
        ("/nowhere", {}, "unmatched", None, None),
        ("/livez", {}, "/livez", None, None),
    ],
)
def test_a_log_line_describes_the_response(
    url: str,
    headers: dict[str, str],
    route: str,
    rows: int | None,
    cached: str | None,
    client: TestClient,
) -> None:
    asked = client.stream("GET", url, headers=headers | {"Accept-Encoding": "gzip"})
    with recorded() as requests, asked as answer:
        size = len(b"".join(answer.iter_raw()))
    (told,) = requests
    assert (told.route, told.rows, told.cache, told.end) == (route, rows, cached, "sent")
    assert (told.method, told.url, told.client) == ("GET", url.encode(), "testclient")
    assert (told.status, told.size) == (answer.status_code, size)
    assert told.request_id == answer.headers["X-Request-ID"]
    assert (told.release is None) == (rows is None and route != "/v1/facts.csv")


def test_a_log_line_says_whether_a_cache_was_used(client: TestClient) -> None:
    url = "/v1/facts?limit=9&total=exact"
    with recorded() as requests:
        tag = client.get(url).headers["ETag"]
        client.get(url)
        client.get(url)
        client.get(url, headers={"If-None-Match": tag})
        client.get(url, headers={"Accept": "application/json;q=0.9"})
        client.get(url, headers={"Accept": "application/json;q=0.9", "If-None-Match": tag})
    # A tag is of the form that was asked for, as Accept says it.
    assert [one.cache for one in requests] == ["miss", "hit", "hit", "caller", "miss", "hit"]
    assert [one.rows for one in requests] == [9, 9, 9, 0, 9, 9]
    assert len({(one.route, one.release, one.end) for one in requests}) == 1


def test_head_sends_no_rows(client: TestClient) -> None:
    with recorded() as requests:
        client.head("/v1/facts.csv")
    assert [(one.rows, one.size, one.end) for one in requests] == [(0, 0, "sent")]


@pytest.mark.parametrize("database", DATABASES)
def test_an_export_whose_reader_goes_away_is_told_so(database: str, kept_database: KeptDatabase) -> None:
    app = create_app(Settings(database_url=kept_database(database, SEED)))
    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/facts.csv",
        "raw_path": b"/v1/facts.csv",
        "headers": [(b"host", b"x")],
    }
    scope = dict(scope) | {
        "query_string": b"",
        "state": {},
        "client": ("192.0.2.1", 5),
        "scheme": "http",
        "http_version": "1.1",
    }

    async def ask() -> None:
        bodies, gone = 0, asyncio.Event()

        async def receive() -> Message:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            nonlocal bodies
            bodies += message["type"] == "http.response.body"
            if bodies == 2:
                gone.set()
                await asyncio.Event().wait()

        await app(scope, receive, send)

    with recorded() as requests:
        asyncio.run(ask())
    app.state.factbook.store.close()
    (told,) = requests
    assert (told.status, told.end) == (200, "client gone")
    assert told.size
    assert told.rows


def served(environment: dict[str, str], tmp_path: Path, ask: Any) -> tuple[list[Line], list[Line], str]:
    """The lines of stdout and stderr of a server that was asked something, and all it wrote."""
    log, errors = tmp_path / "out", tmp_path / "err"
    with errors.open("wb") as err, log.open("wb") as out, serving(environment, stdout=out, stderr=err) as (_, port):
        ask(port)
    said = errors.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()], lines, said


HOSTILE = [
    b"GET /v1/facts?q=%0d%0a%7b%22time%22%3a1%7d HTTP/1.1\r\nHost: x\r\n",
    b'GET /v1/facts?q="}\\",{"a":1} HTTP/1.1\r\nHost: x\r\n',
    b"GET /%00%0a%ff%c0%ae HTTP/1.1\r\nHost: x\r\n",
    "GET /v1/facts?q=算力&q=\u2028 HTTP/1.1\r\nHost: x\r\n".encode(),
    b"GET /v1/facts?q=" + b"%0a" * 5000 + b" HTTP/1.1\r\nHost: x\r\n",
    b'GET /livez HTTP/1.1\r\nHost: x\r\nX-Request-ID: a"}\t{"b\r\n',
    b'GET /livez HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4"}\t{"c\r\n',
    b"PURGE /v1/facts HTTP/1.1\r\nHost: x\r\n",
    f"GET /v1/facts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\r\nX-API-Key: {SECRET}\r\n".encode(),
    f"GET /nowhere HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {SECRET}\r\nCookie: a={SECRET}\r\n".encode(),
]


def ask_hostile(port: int) -> None:
    for head in [*HOSTILE, b"\x16\x03\x01 no HTTP\r\n"]:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(head + b"Connection: close\r\n\r\n")
            while connection.recv(65536):
                pass


def test_nothing_that_is_sent_breaks_a_line_and_no_header_is_told(kept_database: KeptDatabase, tmp_path: Path) -> None:
    environment = {"FACTBOOK_DATABASE_URL": kept_database("sqlite", CITY)}
    requests, records, said = served(environment, tmp_path, ask_hostile)
    asked = [line for line in requests if line["url"] != "/livez" or line is not requests[0]][-len(HOSTILE) :]
    assert all(list(line) == KEYS for line in requests)
    assert len(asked) == len(HOSTILE), "a line a request"
    assert {line["method"] for line in asked} == {"GET", "PURGE"}
    assert max(len(json.dumps(line)) for line in requests) < 4000
    assert {line["client"] for line in asked if "livez" not in line["url"]} == {"127.0.0.1"}
    assert said.splitlines() == [line for line in said.splitlines() if line.startswith("{")], "stderr is JSON too"
    assert any(record["message"] == "Invalid HTTP request received." for record in records)
    assert SECRET not in said + json.dumps(requests)


def test_the_database_password_is_not_logged(tmp_path: Path) -> None:
    url = f"postgresql://factbook:{SECRET}@127.0.0.1:1/factbook?connect_timeout=1"

    def ask(port: int) -> None:
        for path in ("/readyz", "/v1/facts", "/v1/facts.csv"):
            with pytest.raises(OSError, match="503"):
                urlopen(f"http://127.0.0.1:{port}{path}")

    environment = {"FACTBOOK_DATABASE_URL": url, "FACTBOOK_LOG_LEVEL": "debug"}
    requests, _, said = served(environment, tmp_path, ask)
    assert [line["status"] for line in requests][-3:] == [503, 503, 503]
    assert SECRET not in said + json.dumps(requests)


def test_without_an_access_log_no_request_is_logged(kept_database: KeptDatabase, tmp_path: Path) -> None:
    environment = {"FACTBOOK_DATABASE_URL": kept_database("sqlite", CITY), "FACTBOOK_ACCESS_LOG": "false"}
    requests, records, _ = served(environment | {"FACTBOOK_LOG_LEVEL": "warning"}, tmp_path, lambda _: None)
    assert requests == records == []


def written_to(reading: int, writing: int, database: str) -> list[str]:
    """What a server that was asked three things writes to a pair of file descriptors, as stdout and as stderr."""
    with serving({"FACTBOOK_DATABASE_URL": database}, stdout=writing, stderr=writing) as (_, port):
        for path in ("/v1/places", "/nowhere", "/v1/facts?q=%1b[2J\x1b"):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
                while connection.recv(65536):
                    pass
    os.close(writing)
    written = b""
    with suppress(OSError):  # the end of a terminal
        while piece := os.read(reading, 65536):
            written += piece
    os.close(reading)
    return written.decode().splitlines()


def test_at_a_terminal_lines_are_in_words(kept_database: KeptDatabase) -> None:
    lines = written_to(*pty.openpty(), kept_database("sqlite", CITY))
    assert any(re.fullmatch(r"  The docs:   http://127.0.0.1:\d+/docs", line) for line in lines)
    said = [line for line in lines if re.match(r"\d\d:\d\d:\d\d ", line)]
    assert len(said) >= len(lines) - 4
    assert any(line.endswith("info: Application startup complete.") for line in said)
    assert any(re.search(r" GET /v1/places 200 \d+\.\d ms$", line) for line in said)
    assert any(re.search(r" GET /nowhere 404 \d+\.\d ms$", line) for line in said)
    assert any(line.endswith("warning: Invalid HTTP request received.") for line in said)
    assert all(line.isprintable() for line in lines)


def test_at_a_pipe_lines_are_json(kept_database: KeptDatabase) -> None:
    lines = [json.loads(line) for line in written_to(*os.pipe(), kept_database("sqlite", CITY))]
    assert {line["status"] for line in lines if line["logger"] == REQUESTS} == {200, 404}
    assert any(line.get("message") == "Application startup complete." for line in lines)


def test_at_a_terminal_an_error_is_shown_with_its_traceback() -> None:
    caught = ValueError("\x1b[2J no")
    asked = logging.LogRecord("one", logging.ERROR, "file.py", 1, "%s failed", ("A\x07",), (ValueError, caught, None))
    shown = TerminalFormatter().format(asked)
    assert shown[8:] == " error: A\\x07 failed\nValueError: \\x1b[2J no"


def record(message: object, *arguments: object, error: Exception | None = None) -> Line:
    caught = (type(error), error, error.__traceback__) if error else None
    line = LineFormatter().format(logging.LogRecord("one", logging.ERROR, "file.py", 1, message, arguments, caught))
    assert "\n" not in line
    assert len(line.encode()) < LONGEST_LINE
    shown: Line = json.loads(line)
    assert list(shown)[:4] == ["time", "level", "logger", "message"]
    return shown


def test_a_record_is_one_line_whatever_it_says() -> None:
    assert record("one %s", "two\nthree")["message"] == "one two\nthree"
    assert record("\ud800 \x00 \u2028")["message"] == "\\ud800 \x00 \u2028"
    assert "two" in record("one", "two")["message"], "arguments that do not fit are told all the same"
    assert len(record("x" * 100_000)["message"]) < 1000


ANY_TEXT = st.text(st.characters(), max_size=6000)  # surrogates and control characters among it
ANY_NUMBER = st.none() | st.integers(0, 2**60)


@given(message=ANY_TEXT | st.integers() | st.dictionaries(ANY_TEXT, ANY_TEXT), argument=ANY_TEXT, caught=ANY_TEXT)
def test_any_record_is_one_line_that_a_pipe_takes_as_a_whole(message: object, argument: str, caught: str) -> None:
    assert "message" in record(message)
    assert "exception" in record("failed: %s %s", argument, "two", error=ValueError(caught))


@given(
    st.builds(
        RequestRecord,
        method=st.text(st.characters(max_codepoint=255)),
        route=st.sampled_from(["/v1/facts", "unmatched"]),
        url=st.binary(max_size=5000),
        status=st.integers(0, 999),
        seconds=st.floats(0, 1e6),
        size=st.integers(0, 2**60),
        rows=ANY_NUMBER,
        release=st.none() | st.just("r-123456789012"),
        cache=st.sampled_from([None, "hit", "miss", "caller"]),
        end=st.sampled_from(["sent", "client gone", "failed"]),
        request_id=st.text(st.characters(max_codepoint=255)),
        client=st.none() | st.text(st.characters(max_codepoint=255)),
    )
)
def test_any_request_is_one_line_that_a_pipe_takes_as_a_whole(request: RequestRecord) -> None:
    line = LineFormatter().format(request)
    assert "\n" not in line
    assert len(line.encode()) < LONGEST_LINE
    shown = json.loads(line)
    assert list(shown) == KEYS
    assert (shown["status"], shown["rows"], shown["end"]) == (request.status, request.rows, request.end)


def test_a_problem_is_logged_with_its_detail() -> None:
    problem = NotReady("The database does not answer; try again.")
    problem.__cause__ = ConnectionError("reset")
    assert record("failed", error=problem)["exception"] == "NotReady: The database does not answer; try again."


def test_an_error_is_logged_with_its_innermost_frames() -> None:
    def deep(depth: int) -> None:
        if not depth:
            raise ValueError("at the very bottom")
        (deep if depth % 2 else as_deep)(depth - 1)

    def as_deep(depth: int) -> None:
        deep(depth)

    with pytest.raises(ValueError, match="bottom") as caught:
        deep(50)
    told = record("failed", error=caught.value)["exception"]
    assert told.startswith("Traceback")
    assert told.endswith("ValueError: at the very bottom")
    assert len(told) < LONGEST_TRACEBACK + 100


def test_a_service_whose_output_is_closed_writes_to_no_other_file(city_database: CityDatabase) -> None:
    database = Path(make_url(city_database("sqlite")).database or "")
    before, port = database.read_bytes(), free_port()
    command = f"exec {sys.executable} -m app serve --port {port} >&- 2>&-"
    environment = os.environ | {"FACTBOOK_DATABASE_URL": f"sqlite:///{database}"}
    with subprocess.Popen(["/bin/sh", "-c", command], env=environment, cwd=ROOT) as process:
        wait(port, process)
        for path in ("/v1", "/v1/facts.csv", "/livez"):
            urlopen(f"http://127.0.0.1:{port}{path}").read()
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert database.read_bytes() == before
