"""deploy/nginx.conf in a real nginx in front of a real service: slow clients delay nobody, caching is never wrong."""

import http.client
import json
import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest

from app.errors import PROBLEM_JSON
from app.http.admission import new_key
from bench.processes import Server
from drills.servers import proxied, serving
from tests.conftest import CITY, SEED, CityDatabase, KeptDatabase, loaded
from tests.http.conftest import start

WITHIN = 60.0  # seconds for what takes one, on a machine that has much else to do
SLOW = 800
KEPT = 1.0  # seconds for which the proxy does not ask again


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


def ask(port: int, path: str, headers: dict[str, str] | None = None, method: str = "GET", body: str = "") -> Answer:
    """Over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WITHIN)
    try:
        connection.request(method, path, body.encode() or None, headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


@dataclass(frozen=True)
class Proxied:
    """The port of the proxy, and the service behind it."""

    port: int
    service: Server

    def reached(self, part: str, least: int = 0) -> list[int]:
        """The statuses of the requests that reached the service, with this in their line of the log; soon so many."""
        until = time.monotonic() + WITHIN
        while True:
            lines = [line for line in self.service.log().splitlines() if part in line and '"url"' in line]
            if len(lines) >= least or time.monotonic() > until:
                return [json.loads(line)["status"] for line in lines]
            time.sleep(0.05)


@contextmanager
def behind_nginx(url: str, folder: Path) -> Iterator[Proxied]:
    with serving(url, folder / "service") as service, proxied([service.port], folder / "nginx") as port:
        yield Proxied(port, service)


@pytest.fixture(scope="module")
def proxy(kept_database: KeptDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    with behind_nginx(kept_database("sqlite", SEED), tmp_path_factory.mktemp("proxy")) as one:
        yield one


@pytest.fixture
def many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def is_open(connection: socket.socket, more: bytes = b"a") -> bool:
    """Whether the other side has not let it go, once a little more was sent."""
    connection.setblocking(False)
    try:
        connection.send(more)
        return connection.recv(65536) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


@pytest.mark.parametrize("mark", ["é", "算", "\U0001f600"])
def test_nobody_gets_the_answer_to_a_request_hidden_in_a_body(mark: str, proxy: Proxied) -> None:
    """Each line of the body would be three times as long in ASCII: what is left over would be the next request."""
    evil = "GET /v1/facts?limit=1&year=1999 HTTP/1.1\r\nX-Absorb: "
    size = len(mark.encode())
    evil += "a" * (-len(evil) % (2 * size))
    body = "x\nGET /" + mark * (len(evil) // (2 * size)) + " HTTP/1.1\r\n" + evil
    for _ in range(70):
        ask(proxy.port, "/v1/verify", {"Content-Type": "text/plain"}, "POST", body)
        victim = ask(proxy.port, "/v1/companies?limit=1", {"Cache-Control": "no-cache"})
        assert victim.status == 200
        assert json.loads(victim.body)["links"]["self"] == "/v1/companies?limit=1"


@pytest.mark.usefixtures("many_files")
def test_slow_clients_hold_nobody_up_and_are_let_go(proxy: Proxied) -> None:
    post = b"POST /v1/verify?slow HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 60000\r\n\r\nslow"
    with ExitStack() as opened:

        def connect(first: bytes) -> socket.socket:
            connection = opened.enter_context(socket.create_connection(("127.0.0.1", proxy.port), timeout=WITHIN))
            connection.sendall(first)
            return connection

        dripping = [connect(b"GET /v1/facts?slow HTTP/1.1\r\nHost: x\r\nX-A: ") for _ in range(SLOW - 150)]
        silent = [connect(b"") for _ in range(100)]
        bodies = [connect(post) for _ in range(50)]
        for number in range(30):
            assert ask(proxy.port, f"/v1/facts?limit=3&year=20{number:02}").status == 200
            dripping = [one for one in dripping if is_open(one)]
        assert proxy.reached("slow") == [], "the service was asked before a request had come whole"
        until = time.monotonic() + WITHIN
        while dripping or silent or bodies:
            assert time.monotonic() < until
            time.sleep(0.5)
            dripping = [one for one in dripping if is_open(one)]
            silent = [one for one in silent if is_open(one, b"")]
            bodies = [one for one in bodies if is_open(one, b"")]
    assert proxy.reached("slow") == []


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [({"X-A": "a" * 9_000}, "", 400), ({}, "a" * 66_000, 413), ({"Host": ""}, "", 400)],
    ids=["a long header", "a long body", "no host"],
)
def test_what_is_too_much_does_not_reach_the_service(
    headers: dict[str, str], body: str, status: int, proxy: Proxied
) -> None:
    method = "POST" if body else "GET"
    assert ask(proxy.port, "/v1/verify?much", headers, method, body).status == status
    if headers != {"Host": ""}:
        assert proxy.reached("much") == []


def test_a_refusal_of_the_proxy_is_a_problem_too(proxy: Proxied, tmp_path: Path) -> None:
    def holds(answer: Answer, status: int) -> None:
        assert (answer.status, json.loads(answer.body)["status"]) == (status, status)
        assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == (PROBLEM_JSON, "no-store")

    holds(ask(proxy.port, "/v1/verify", method="POST", body="a" * 66_000), 413)
    with ExitStack() as opened:
        post = b"POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
        for _ in range(100):
            opened.enter_context(socket.create_connection(("127.0.0.1", proxy.port))).sendall(post)
        until = time.monotonic() + WITHIN
        while (answer := ask(proxy.port, "/v1/facts?limit=1")).status == 200:
            assert time.monotonic() < until
        holds(answer, 429)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        with proxied([silent.getsockname()[1]], tmp_path / "nginx") as port:  # where nobody listens
            away = ask(port, "/v1/facts")
            holds(away, 503)
            assert away.headers["Retry-After"]


def test_a_trailer_is_no_header_behind_a_proxy_either(proxy: Proxied) -> None:
    head = "POST /v1/verify?trailer HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n"
    trailers = "X-Request-ID: from-a-trailer\r\nAuthorization: Bearer x\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n"
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=WITHIN) as connection:
        connection.sendall(f"{head}Connection: close\r\n\r\n5\r\n12345\r\n0\r\n{trailers}".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 400"))
    assert b"from-a-trailer" not in answer
    assert "from-a-trailer" not in proxy.service.log()


def test_chinese_typed_raw_reaches_the_service(proxy: Proxied) -> None:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=WITHIN) as connection:
        connection.sendall("GET /v1/facts?q=算力&limit=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200")


def test_a_page_that_is_kept_reaches_the_service_once_a_second_and_then_as_a_304(proxy: Proxied) -> None:
    path, began, bodies = "/v1/facts?limit=9&sort=-value", time.monotonic(), set()
    for _ in range(100):
        bodies.add(ask(proxy.port, path).body)
    assert len(bodies) == 1
    most = 2 + (time.monotonic() - began) / KEPT
    statuses = proxy.reached(path, least=1)
    assert len(statuses) <= most
    assert statuses == [200] + [304] * (len(statuses) - 1)
    time.sleep(KEPT + 1)
    assert ask(proxy.port, path).body in bodies
    assert proxy.reached(path, least=len(statuses) + 1)[len(statuses) :] == [304]


def test_what_is_new_is_asked_for_once_however_many_ask(proxy: Proxied) -> None:
    path, statuses = "/v1/facts/groups?by=industry,year&q=a", []
    askers = [Thread(target=lambda: statuses.append(ask(proxy.port, path).status)) for _ in range(20)]
    began = time.monotonic()
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert statuses == [200] * 20
    if time.monotonic() - began < KEPT:
        assert len(proxy.reached(path, least=1)) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer x"}, {"If-None-Match": '"x"'}, {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"Range": "bytes=0-9"}, {"Cache-Control": "no-cache"}, {"Cookie": "a=b"},
    ],
    ids=lambda headers: next(iter(headers)),
)  # fmt: skip
def test_what_could_make_a_difference_is_answered_by_the_service(headers: dict[str, str], proxy: Proxied) -> None:
    path = f"/v1/facts.csv?q={next(iter(headers))}"
    for sent in ({}, headers, headers, headers):
        assert ask(proxy.port, path, sent).status in {200, 206}
    assert len(proxy.reached(path, least=4)) == 4


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/verify?kept"), ("GET", "/v1/none"), ("GET", "/readyz")])
def test_what_is_no_answer_of_a_release_is_not_kept(method: str, path: str, proxy: Proxied) -> None:
    before = len(proxy.reached(path))
    for _ in range(3):
        ask(proxy.port, path, {"Content-Type": "text/plain"}, method, "2024" if method == "POST" else "")
    assert len(proxy.reached(path, least=before + 3)) == before + 3


def test_forms_encodings_and_origins_are_kept_apart(proxy: Proxied) -> None:
    path, origin = "/v1/facts?limit=40&year=2020..", "Access-Control-Allow-Origin"
    wanted: list[tuple[dict[str, str], Callable[[Answer], bool]]] = [
        ({}, lambda answer: json.loads(answer.body)["data"] != []),
        ({"Accept": "text/csv"}, lambda answer: answer.headers["Content-Type"].startswith("text/csv")),
        ({"Accept-Encoding": "gzip"}, lambda answer: answer.headers["Content-Encoding"] == "gzip"),
        ({"Accept-Encoding": "identity"}, lambda answer: answer.headers["Content-Encoding"] is None),
        ({"Origin": "https://a.example"}, lambda answer: answer.headers[origin] is not None),
    ]
    for headers, holds in wanted * 3:
        answer = ask(proxy.port, path, headers)
        assert answer.status == 200
        assert holds(answer), headers
    head = ask(proxy.port, path, method="HEAD")
    assert (head.status, head.body, head.headers["ETag"]) == (200, b"", ask(proxy.port, path).headers["ETag"])


def test_each_answer_has_an_id_of_its_own_request(proxy: Proxied) -> None:
    path = "/v1/metrics?limit=2"
    ids = [ask(proxy.port, path).headers["X-Request-ID"] for _ in range(5)]
    assert len(set(ids)) == 5
    assert ask(proxy.port, path, {"X-Request-ID": "mine-1"}).headers.get_all("X-Request-ID") == ["mine-1"]
    assert ask(proxy.port, path, {"X-Request-ID": "not mine"}).headers["X-Request-ID"] != "not mine"
    uncached = ask(proxy.port, path, {"Cache-Control": "no-cache"}).headers["X-Request-ID"]
    assert proxy.reached(uncached, least=1) == [200], "the log has another id than the caller"


def test_what_one_key_is_answered_nobody_else_is(kept_database: KeptDatabase, tmp_path: Path) -> None:
    key, line = new_key("me")
    keys = tmp_path / "keys"
    keys.write_text(f"{line}\n", encoding="utf-8")
    process, port = start(kept_database("sqlite", CITY), api_keys=keys, trusted_proxies='["127.0.0.1"]')
    try:
        with proxied([port], tmp_path / "nginx") as proxy_port:
            for _ in range(3):
                assert ask(proxy_port, "/v1/facts", {"Authorization": f"Bearer {key}"}).status == 200
                assert ask(proxy_port, "/v1/facts").status == 401
                assert ask(proxy_port, "/v1/facts", {"Authorization": "Bearer x"}).status == 401
    finally:
        process.terminate()
        assert process.wait(timeout=WITHIN) == 0


def test_new_data_is_shown_within_a_moment_and_no_release_is_given_for_another(
    city_database: CityDatabase, tmp_path: Path
) -> None:
    paths = ["/v1/facts?limit=5", "/v1/companies", "/v1/facts.ndjson", "/v1"]
    url = city_database("sqlite")
    with behind_nginx(url, tmp_path) as proxy:
        own = {CITY: {path: ask(proxy.service.port, path) for path in paths}}
        for path in paths * 2:
            assert ask(proxy.port, path).body == own[CITY][path].body
        loaded(url, SEED)
        until = time.monotonic() + WITHIN
        while (new := ask(proxy.service.port, paths[0])).headers["ETag"] == own[CITY][paths[0]].headers["ETag"]:
            assert time.monotonic() < until
        own[SEED] = {path: ask(proxy.service.port, path) for path in paths}
        for path in paths:  # who was shown the new release is not shown the old one, whatever is kept
            answer = ask(proxy.port, path, {"If-None-Match": new.headers["ETag"]})
            assert answer.headers["ETag"] == own[SEED][path].headers["ETag"]
        bodies = {one.headers["ETag"]: one.body for each in own.values() for one in each.values()}
        shown = dict.fromkeys(paths, 0)
        while min(shown.values()) < 3:
            assert time.monotonic() < until
            for path in paths:
                answer = ask(proxy.port, path)
                assert answer.body == bodies[answer.headers["ETag"]]
                is_new = answer.headers["ETag"] == own[SEED][path].headers["ETag"]
                assert is_new or not shown[path], "it went back"
                shown[path] += is_new
