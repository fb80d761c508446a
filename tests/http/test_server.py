"""The server as people start it: raw Chinese in a URL, what is refused, a proxy's root path, the docs page, the end."""

import http.client
import json
import os
import re
import signal
import socket
import threading
import time
from collections import Counter
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.conftest import CITY, SEED, KeptDatabase
from tests.http.conftest import start
from tests.store.tiny import until


def raw(port: int, *pieces: bytes) -> tuple[int, dict[str, str], bytes]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.02)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def test_chinese_typed_raw_is_what_it_is_percent_encoded(port: int) -> None:
    head = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    typed = raw(port, "GET /v1/facts?q=算力&limit=2".encode() + head)
    encoded = raw(port, f"GET /v1/facts?q={quote('算力')}&limit=2".encode() + head)
    assert typed[0] == encoded[0] == 200
    assert typed[2] == encoded[2]
    assert json.loads(typed[2])["data"]


def test_chinese_may_arrive_in_pieces_and_on_a_kept_connection(port: int) -> None:
    request = "GET /v1/facts?q=算力&limit=1 HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    assert raw(port, request[:18], request[18:20], request[20:])[0] == 200
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for _ in range(3):
            connection.sendall(request)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            assert answer.status == 200
            assert json.loads(answer.read())["data"]


def test_chinese_may_be_sent_without_waiting_for_the_answer_before(port: int) -> None:
    request = "GET /v1/facts?q=算力&limit=1 HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    last = request.replace(b"Host: x", b"Host: x\r\nConnection: close")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"\r\n" + request + request + last)
        answers = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answers.count(b"HTTP/1.1 200 OK") == 3
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        cut = len(request) + 22  # in the middle of 算
        connection.sendall((request + last)[:cut])
        time.sleep(0.05)
        connection.sendall((request + last)[cut:])
        answers = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answers.count(b"HTTP/1.1 200 OK") == 2


def test_a_body_of_chinese_does_not_spoil_the_next_request(port: int) -> None:
    body = "算力".encode()
    post = b"POST /v1/facts HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    get = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for request, status in ((post, 405), (get, 200)):
            connection.sendall(request)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            assert answer.status == status
            answer.read()


@pytest.mark.parametrize(
    "request_line", [b"nonsense", b"GET /v1 HTTP/9.9", b"GET\x00/v1 HTTP/1.1", b"\xff\xfe HTTP/1.1"]
)
def test_a_message_that_is_not_http_gets_a_plain_400_and_is_disconnected(request_line: bytes, port: int) -> None:
    status, headers, body = raw(port, request_line + b"\r\nHost: x\r\n\r\n")
    assert (status, headers["connection"]) == (400, "close")
    assert body == b"Invalid HTTP request received."


CHUNKED = b"POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "status", "kind"),
    [
        (b"GET /v1 HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 33_000 + b"\r\n\r\n", 431, "headers-too-large"),
        (b"GET /v1/facts?q=" + b"a" * 33_000, 431, "headers-too-large"),
        (CHUNKED + b"8000\r\n" + b"a" * 0x8000 + b"\r\n8800\r\n" + b"a" * 0x8800, 413, "content-too-large"),
        (CHUNKED + b"1;" + b"e" * 70_000, 413, "content-too-large"),
    ],
    ids=["headers", "url", "body", "chunk extension"],
)
def test_a_message_that_is_too_long_gets_a_problem_and_is_disconnected(
    sent: bytes, status: int, kind: str, port: int
) -> None:
    answered, headers, body = raw(port, sent)
    assert (answered, headers["content-type"], headers["connection"]) == (status, "application/problem+json", "close")
    assert (json.loads(body)["status"], json.loads(body)["type"]) == (status, f"/problems/{kind}")


def test_a_trailer_is_refused_and_is_no_header(port: int) -> None:
    body = "5\r\n算a2\r\n0\r\n".encode()
    status, headers, _ = raw(port, CHUNKED + body + b"X-Request-ID: from-a-trailer-0001\r\n\r\n")
    assert (status, headers["connection"]) == (400, "close")
    assert headers.get("x-request-id") != "from-a-trailer-0001"
    assert raw(port, CHUNKED + body + b"\r\n")[0] == 200


def test_bytes_that_are_no_utf8_are_refused(port: int) -> None:
    status, headers, _ = raw(port, b"GET /v1/facts?q=\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (status, headers["content-type"]) == (400, "application/problem+json")


def test_the_server_does_not_name_itself(port: int) -> None:
    assert "server" not in raw(port, b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")[1]


def test_the_docs_page_and_all_it_needs_come_from_here(port: int) -> None:
    def get(path: str) -> bytes:
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        status, _, body = raw(port, request)
        assert status == 200, path
        return body

    needed = re.findall(r'(?:src|href|data-openapi)="([^"]+)"', get("/docs").decode())
    assert len(needed) == 5
    for path in needed:
        assert path.startswith("/"), path
        assert len(get(path)) > 100


def test_behind_a_proxy_links_begin_with_its_path(kept_database: KeptDatabase) -> None:
    with TestClient(create_app(Settings(database_url=kept_database("sqlite", SEED), root_path="/city/"))) as client:
        page = client.get("/v1/facts?limit=1").json()
        assert page["links"]["self"] == "/city/v1/facts?limit=1"
        assert page["links"]["next"].startswith("/city/v1/facts?limit=1&after=")
        group = client.get("/v1/facts/groups?by=year").json()["data"][0]
        assert group["href"].startswith("/city/v1/facts?")
        assert client.get("/v1/release/1").json()["links"]["try"] == "/city/v1/releases/1"
        for missing in ("/v1/releases/9999", "/v1/release/9999", "/v1/releases/r-0123456789abcdef"):
            assert "try" not in client.get(missing).json().get("links", {})
        assert client.get("/v1").json()["collections"][0]["href"] == "/city/v1/facts"
        assert '"/city/docs/start.js"' in client.get("/docs").text
        assert client.get("/openapi.json").json()["servers"] == [{"url": "/city"}]


def test_a_service_for_another_city_has_its_name(kept_database: KeptDatabase) -> None:
    def shown(title: str) -> tuple[str, dict[str, str], str, str]:
        with TestClient(create_app(Settings(database_url=kept_database("sqlite", CITY), title=title))) as client:
            index = client.get("/v1")
            return (
                index.json()["title"],
                client.get("/openapi.json").json()["info"],
                client.get("/docs").text,
                index.headers["etag"],
            )

    title, document, page, tag = shown("Lindow & <its> Factbook")
    assert title == document["title"] == "Lindow & <its> Factbook"
    assert "<title>Lindow &amp; &lt;its&gt; Factbook</title>" in page
    assert "Zhengzhou" not in json.dumps(document["contact"]) + page
    assert tag != shown("Another Factbook")[3]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/facts?limit=20", "/v1/facts?limit=20&fields=href", "/v1/facts.ndjson?limit=20", "/v1/facts.csv?limit=20",
        "/v1/series?limit=20&latest=true", "/v1/series/zhengzhou.nev-output.annual", "/v1/series.ndjson?limit=20",
        "/v1/series.csv?limit=20", "/v1/places", "/v1/places/zhengzhou", "/v1/companies.csv", "/v1",
        "/v1/sources/zhengzhou-feature-2025/evidence?limit=5", "/v1/facts/groups?by=series&series=any&limit=9",
    ],
)  # fmt: skip
def test_behind_a_proxy_each_url_of_an_answer_begins_with_its_path(path: str, kept_database: KeptDatabase) -> None:
    with TestClient(create_app(Settings(database_url=kept_database("sqlite", SEED), root_path="/city/"))) as client:
        text = client.get(path).text
        assert "/city/v1/" in text
        assert len(re.findall("/v1/", text)) == len(re.findall("/city/v1/", text))


def test_a_service_that_is_told_to_stop_cuts_no_answer(kept_database: KeptDatabase) -> None:
    """What it has not begun to answer may get no answer: it can be asked for again elsewhere."""
    process, port = start(kept_database("sqlite", CITY))
    counts: Counter[str] = Counter()
    told = threading.Event()

    def ask() -> None:
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            try:
                connection.connect()
            except ConnectionError:
                return  # the service has gone
            try:
                while True:
                    connection.request("GET", "/v1/facts?limit=100")
                    read = connection.getresponse()
                    read.read()
                    counts["whole"] += 1
                    if read.will_close:
                        break
            except http.client.IncompleteRead:
                counts["cut"] += 1
            except (ConnectionError, http.client.HTTPException):
                counts["unanswered" if told.is_set() else "cut"] += 1

    clients = [threading.Thread(target=ask) for _ in range(8)]
    for client in clients:
        client.start()
    until(lambda: counts["whole"] > 50)
    told.set()
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    for client in clients:
        client.join()
    assert counts["cut"] == 0
