"""Each `type` of a problem is an address that opens, and says what the problem means."""

import http.client
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any, get_args

import pytest
from starlette.testclient import TestClient

from app.errors import BadRequest, ErrorKind
from app.http.problems import TYPES, statuses
from app.main import create_app
from app.settings import Settings
from tests.conftest import CITY, KeptDatabase, Service
from tests.http.conftest import start

STATUSES = dict.fromkeys(get_args(ErrorKind), BadRequest.status) | dict(statuses())
REQUESTS = {kind: one for kind, one in TYPES.items() if not one["wrong"].startswith("#")}
ROOT_PATH = "/kept/behind"


def asked(client: TestClient, request: str) -> Any:
    """The answer to a request as it is written in the table."""
    head, _, body = request.partition("\n\n")
    line, *lines = head.split("\n")
    method, target = line.split(" ")
    headers = dict(one.split(": ", 1) for one in lines)
    return client.request(method, target, headers=headers, content=body or None)


def test_there_is_a_page_for_every_problem_and_no_other() -> None:
    assert TYPES.keys() == STATUSES.keys()


@pytest.mark.parametrize("kind", STATUSES)
def test_a_page_says_what_is_wrong_and_what_to_do(kind: str, service: Service) -> None:
    page = service.client.get(f"/problems/{kind}")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search("<style|style=|<script|<link|src=", page.text)
    shown = service.client.get(f"/problems/{kind}", headers={"Accept": "application/json"})
    assert shown.headers["Content-Type"] == "application/json"
    said = shown.json()
    assert (said["type"], said["status"]) == (f"/problems/{kind}", STATUSES[kind])
    for name in ("title", "status", "means", "to_do", "wrong", "right"):
        assert said[name]
        assert str(said[name]) in unescape(page.text)
    head = service.client.head(f"/problems/{kind}")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("kind", REQUESTS)
def test_the_wrong_call_is_answered_with_it_and_the_right_one_is_not(kind: str, real: Service) -> None:
    wrong = asked(real.client, TYPES[kind]["wrong"])
    assert (wrong.status_code, wrong.json()["type"]) == (STATUSES[kind], f"/problems/{kind}")
    assert asked(real.client, TYPES[kind]["right"]).status_code in {200, 206}


def test_a_kind_that_is_none_is_not_found(service: Service) -> None:
    missing = service.client.get("/problems/unknown-parametre")
    assert missing.status_code == 404
    assert missing.json()["errors"][0]["did_you_mean"] == ["unknown-parameter"]
    assert service.client.get("/problems/busy", headers={"Accept": "image/png"}).status_code == 406
    assert not any("problems" in path for path in service.client.get("/openapi.json").json()["paths"])


def problems(client: TestClient) -> Iterator[Any]:
    """Answers that are problems, from every layer that makes some."""
    for accept in ("*/*", "text/html, */*"):
        yield client.get("/v1/facts?yaer=2024", headers={"Accept": accept})
        yield client.get("/v1/facts/nope", headers={"Accept": accept})
        yield client.get("/v1/facts?limit=1", headers={"Accept": accept, "Host": "elsewhere.example"})
    yield client.get("/v1/nope")
    yield client.get("/v1/facts/groups")
    yield client.get("/v1/facts.csv?limit=0")
    yield client.put("/v1/facts")
    yield client.get("/v1", headers={"Accept": "image/png"})
    yield client.get("/v1/facts", headers={"Accept": "image/png"})
    yield client.post("/v1/verify", content="a" * 30_000)
    yield client.post("/v1/verify", content="a", headers={"Content-Type": "image/png"})
    yield client.options("/v1", headers={"Origin": "http://x", "Access-Control-Request-Method": "PUT"})
    yield client.get("/v1/companies.csv", headers={"Range": "bytes=999999999-"})


def test_the_type_of_a_problem_opens_behind_a_proxy(kept_database: KeptDatabase) -> None:
    """The proxy asks without the path that it strips, as the pages are asked here."""
    settings = Settings(
        database_url=kept_database("sqlite", CITY), root_path=ROOT_PATH, allowed_hosts=["testserver"], access_log=False
    )
    with TestClient(create_app(settings)) as client:
        found = set()
        for answer in problems(client):
            assert answer.headers["Content-Type"] == "application/problem+json"
            address = answer.json()["type"]
            assert address.startswith(f"{ROOT_PATH}/problems/")
            page = client.get(address.removeprefix(ROOT_PATH))
            assert page.status_code == 200
            assert f'href="{ROOT_PATH}/docs"' in page.text
            found.add(answer.status_code)
        assert found == {400, 404, 405, 406, 413, 415, 416}


def test_the_type_of_a_page_that_is_gone_opens(service: Service, real: Service) -> None:
    there = service.client.get("/v1/facts?limit=1").json()["links"]["next"]
    gone = real.client.get(there)
    assert gone.status_code == 410
    assert real.client.get(gone.json()["type"]).status_code == 200


def test_the_type_of_a_service_that_is_not_ready_opens(tmp_path: Path) -> None:
    with TestClient(create_app(Settings(database_url=f"sqlite:///{tmp_path / 'none.db'}"))) as client:
        for path in ("/v1", "/v1/facts", "/readyz"):
            answer = client.get(path)
            assert answer.status_code == 503
            assert client.get(answer.json()["type"]).status_code == 200


def test_the_type_of_what_the_server_itself_refuses_opens(kept_database: KeptDatabase) -> None:
    server, port = start(kept_database("sqlite", CITY), root_path=ROOT_PATH)
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/v1/facts", headers={"X": "a" * 40_000})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        assert answer.status == 431
        assert f'"type":"{ROOT_PATH}/problems/headers-too-large"' in body
    finally:
        server.terminate()
        assert server.wait(timeout=30) == 0
