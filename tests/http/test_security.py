"""What the review in docs/security.md rests on, and that each test it names is there."""

import re
import sys
from html.parser import HTMLParser

import psycopg
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import delete, literal
from starlette.testclient import TestClient

from app import tables
from app.api import ROUTERS
from app.errors import NotReady
from app.main import create_app
from app.settings import Settings
from app.store.releases import NO_LIMIT
from tests.conftest import CITY, ROOT, KeptDatabase, Service
from tests.document import OPENAPI
from tests.http.test_server import raw

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ASKED = (
    "/v1",
    "/v1/facts",
    "/v1/facts?yaer=1",
    "/v1/facts/nope",
    "/v1/facts.csv",
    "/nope",
    "/livez",
    "/metrics",
    "/docs",
)


def test_the_review_speaks_of_all_ten_risks() -> None:
    assert [f"API{number}" for number in range(1, 11)] == re.findall(r"^\| (API\d+) ", PAGE, re.MULTILINE)


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`(tests/[\w/]+\.py(?:::\w+)?)`", PAGE))))
def test_what_the_review_names_is_there(named: str) -> None:
    path, _, test = named.partition("::")
    assert f"def {test}" in (ROOT / path).read_text(encoding="utf-8")


def test_nothing_is_written_over_http(service: Service) -> None:
    read = [path for path, operations in OPENAPI["paths"].items() if set(operations) == {"get"}]
    assert set(OPENAPI["paths"]) - set(read) <= {"/v1/verify"}, "which stores nothing"
    for path in read:
        for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
            answer = service.client.request(method, path.replace("{", "").replace("}", ""))
            assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD"), (method, path)


def test_a_connection_of_the_service_cannot_write(service: Service) -> None:
    store = service.client.app.state.factbook.store  # type: ignore[attr-defined]
    statement = store.statement(delete(tables.facts).where(tables.facts.c.kind == literal("measurement")))
    with pytest.raises((NotReady, psycopg.Error)) as refused:
        store.current().rows(statement, {}, NO_LIMIT)
    assert re.search("read.?only", f"{refused.value} {refused.value.__cause__}")
    assert service.client.get("/v1/facts?limit=1").json()["data"]


def test_no_request_makes_the_service_open_a_connection(kept_database: KeptDatabase) -> None:
    opened: list[object] = []
    listening = [True]
    sys.addaudithook(lambda name, args: opened.append(args) if listening and name == "socket.connect" else None)
    with TestClient(create_app(Settings(database_url=kept_database("sqlite", CITY)))) as client:
        opened.clear()
        address = "http://127.0.0.1:9/evil"
        for path in ASKED:
            client.get(path, headers={"Referer": address, "Origin": address, "X-Forwarded-Host": "127.0.0.1:9"})
        for name in ("q", "source", "after", "fields", "sort", "subject"):
            client.get("/v1/facts", params={name: address})
        assert opened == []
    listening.clear()


def test_every_answer_has_its_security_headers(port: int) -> None:
    for path in ASKED:
        for accept in (b"*/*", b"text/html, */*"):
            head = b"GET %b HTTP/1.1\r\nHost: x\r\nAccept: %b\r\nConnection: close\r\n\r\n" % (path.encode(), accept)
            headers = raw(port, head)[1]
            assert headers["x-content-type-options"] == "nosniff", path
            assert "default-src 'none'" in headers["content-security-policy"], path
            assert "frame-ancestors 'none'" in headers["content-security-policy"], path
            assert headers["x-request-id"]
            assert not {"server", "x-powered-by", "set-cookie"} & headers.keys()


class Parts(HTMLParser):
    """What a page would run or fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.inline: list[str] = []
        self._in = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._in = tag
        self.inline += [name for name, _ in attributes if name == "style" or name.startswith("on")]
        self.fetched += [value or "" for name, value in attributes if name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        if self._in in {"script", "style"} and data.strip():
            self.inline.append(data)


def test_the_docs_page_runs_under_its_policy(service: Service) -> None:
    page = service.client.get("/docs")
    parts = Parts()
    parts.feed(page.text)
    assert parts.fetched
    assert all(one.startswith("/docs/") for one in parts.fetched)
    assert parts.inline == []
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_credentials_of_another_page_are_never_allowed(service: Service) -> None:
    answer = service.client.get("/v1/facts", headers={"Origin": "http://evil.example", "Cookie": "a=b"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_the_document_has_every_route() -> None:
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    assert sorted({route.path for route in routes}) == sorted(OPENAPI["paths"])
    assert all(route.include_in_schema for route in routes)
