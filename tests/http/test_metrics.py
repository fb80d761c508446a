"""What /metrics shows: of requests, cache, limiters and data, of all workers, within bounds and at nobody's expense."""

import asyncio
import concurrent.futures
import http.client
import os
import re
import signal
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from fastapi.routing import iter_route_contexts
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from app.http import telemetry
from app.http.telemetry import BOUNDS, METHODS, STATUS_CLASSES, Telemetry
from app.main import create_app
from app.settings import Settings
from tests.conftest import CITY, DATABASES, KeptDatabase, Service
from tests.http.processes import serving

REQUESTS = "http_server_request_duration_seconds_count"
OK = REQUESTS + '{method="GET",route="/v1/facts",status="2xx"}'
PATHS = re.compile(r'route="((?:[^"\\]|\\.)*)"')


def numbers(text: str) -> dict[str, float]:
    lines = (line.rpartition(" ") for line in text.split("\n") if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def shown(one: Telemetry) -> dict[str, float]:
    return numbers(one.metrics_text()[0].decode())


def metrics(port: int) -> dict[str, float]:
    return numbers(urlopen(f"http://127.0.0.1:{port}/metrics").read().decode())


@pytest.fixture
def made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """No text is kept: each look sees what is there."""
    monkeypatch.setattr(telemetry, "TEXT_KEPT_FOR", 0)


@pytest.fixture(params=DATABASES)
def client(request: pytest.FixtureRequest, made_anew: None, kept_database: KeptDatabase) -> Iterator[TestClient]:
    """A service that nobody has asked yet."""
    settings = Settings(database_url=kept_database(request.param, CITY), quick_limit=3, access_log=False)
    with TestClient(create_app(settings)) as client:
        yield client


def test_what_is_measured_is_shown(client: TestClient) -> None:
    tag = client.get("/v1/facts?limit=3").headers["ETag"]
    for _ in range(2):
        client.get("/v1/facts?limit=3")
    client.get("/v1/facts?limit=3", headers={"If-None-Match": tag})
    revision = client.get("/v1").json()["revision"]
    found = numbers(client.get("/metrics").text)
    assert found['factbook_cache_requests_total{cache="hit"}'] == 2
    assert found['factbook_cache_requests_total{cache="miss"}'] == 2
    assert found['factbook_cache_requests_total{cache="caller"}'] == 1
    assert found["factbook_cache_bytes"] > 1000
    assert found[OK] == 3
    assert found[REQUESTS + '{method="GET",route="/v1/facts",status="3xx"}'] == 1
    assert found[f'factbook_revision{{revision="{revision}"}}'] == 1
    assert 0 <= found["factbook_load_age_seconds"] < 3600
    assert found['factbook_answers_limit{limiter="quick"}'] == 3
    assert found['factbook_answers{limiter="slow",state="running"}'] == 0
    assert found['factbook_answers{limiter="slow",state="waiting"}'] == 0
    assert found["process_resident_memory_bytes"] > 10_000_000
    assert found["process_open_fds"] > 3
    assert found["factbook_workers"] == 1
    assert found["factbook_log_dropped_total"] == 0


def test_a_service_without_data_is_measured_too(tmp_path: Path) -> None:
    with TestClient(create_app(Settings(database_url=f"sqlite:///{tmp_path}/none.db", access_log=False))) as client:
        assert client.get("/v1/facts").status_code == 503
        found = numbers(client.get("/metrics").text)
    assert found[REQUESTS + '{method="GET",route="/v1/facts",status="5xx"}'] == 1
    assert not [name for name in found if name.startswith("factbook_revision")]


def test_a_histogram_counts_up_to_all() -> None:
    one = Telemetry()
    for seconds in (0.0001, 0.0007, 0.0007, 99.0):
        one.measure("GET", "/v1", 200, seconds, None)
    found = shown(one)
    counts = [value for name, value in found.items() if "_bucket" in name]
    assert counts[:2] == [1, 3]
    assert counts[-2:] == [3, 4]
    assert found['http_server_request_duration_seconds_sum{method="GET",route="/v1",status="2xx"}'] > 99


def test_the_metrics_are_prometheus_text(service: Service) -> None:
    answer = service.client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    names = re.findall(r"^# TYPE (\S+) (\S+)$", answer.text, re.MULTILINE)
    assert len(dict(names)) == len(names), "each family once"


# What callers may send: words of their own in every place that a series is named after.
WORDS = st.text(st.characters(codec="utf-8"), max_size=20).map(lambda word: quote(word, safe=""))
TEMPLATES = ["/{}", "/v1/{}", "/v1/facts/{}", "/v1/companies/{}", "/v1/facts?q={}", "/v1/facts.csv?{}", "/docs/{}"]


def series(text: str) -> list[str]:
    return [name for name in numbers(text) if name.startswith("http_server_request_duration_seconds")]


def bound(routes: int) -> int:
    """Series of as many routes, and of requests that have none: buckets, their count and their sum."""
    return (routes + 1) * (len(METHODS) + 1) * len(STATUS_CLASSES) * (len(BOUNDS) + 3)


def test_no_caller_can_make_the_metrics_grow(kept_database: KeptDatabase, made_anew: None) -> None:
    app = create_app(Settings(database_url=kept_database("sqlite", CITY), access_log=False))
    routes = {route.path for route in iter_route_contexts(app.routes)}

    @settings(max_examples=60)
    @given(st.lists(st.tuples(st.from_regex(r"[A-Z]{1,8}", fullmatch=True), st.sampled_from(TEMPLATES), WORDS)))
    def ask(asked: list[tuple[str, str, str]]) -> None:
        for method, template, word in asked:
            asking.request(method, template.format(word))
            asking.get(template.format(word))
        found = asking.get("/metrics").text
        assert len(series(found)) <= bound(len(routes))
        assert {path for name in series(found) for path in PATHS.findall(name)} <= {*routes, "unmatched"}

    with TestClient(app, raise_server_exceptions=False) as asking:
        ask()


class Look:
    """A callback that takes its time, and knows how often it was asked and by how many at a time."""

    def __init__(self) -> None:
        self.asked, self.now, self.most = 0, 0, 0
        self._lock = threading.Lock()

    def __call__(self) -> tuple[()]:
        with self._lock:
            self.asked, self.now = self.asked + 1, self.now + 1
            self.most = max(self.most, self.now)
        time.sleep(0.02)
        with self._lock:
            self.now -= 1
        return ()


@pytest.mark.parametrize(("kept", "made"), [(float("inf"), 1), (0, 40)])
def test_a_text_is_made_by_one_at_a_time_and_kept(kept: float, made: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry, "TEXT_KEPT_FOR", kept)
    one, look = Telemetry(), Look()
    one.collect(look)
    with concurrent.futures.ThreadPoolExecutor(8) as several:
        list(several.map(lambda _: one.metrics_text(), range(40)))
    assert (look.asked, look.most) == (made, 1)


def test_others_are_answered_while_the_metrics_are_made(kept_database: KeptDatabase) -> None:
    """And the many who ask for them take one thread, not all there are."""
    app = create_app(Settings(database_url=kept_database("sqlite", CITY), access_log=False))
    begun, done = threading.Event(), threading.Event()

    def look() -> tuple[()]:
        begun.set()
        assert done.wait(60)
        return ()

    app.state.factbook.telemetry.collect(look)

    async def ask(path: str) -> int:
        statuses: list[int] = []

        async def receive() -> Message:
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        scope: Scope = {"type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "query_string": b""}
        scope.update(path=path, raw_path=path.encode(), headers=[(b"host", b"x")])
        await app(scope, receive, send)
        return statuses[0]

    async def ask_all() -> list[int]:
        waiting = [asyncio.create_task(ask("/metrics")) for _ in range(100)]
        await asyncio.to_thread(begun.wait, 60)
        others = [await ask("/livez"), await ask("/readyz")]  # one on the event loop, one on a thread
        assert not any(one.done() for one in waiting)
        done.set()
        return others + await asyncio.gather(*waiting)

    assert set(asyncio.run(ask_all())) == {200}
    app.state.factbook.store.close()


def test_loops_on_the_metrics_hold_nobody_up(kept_database: KeptDatabase) -> None:
    with serving({"FACTBOOK_DATABASE_URL": kept_database("sqlite", CITY)}) as (_, port):

        def median(path: str, times: int) -> float:
            connection, taken = http.client.HTTPConnection("127.0.0.1", port, timeout=60), []
            for _ in range(times):
                began = time.perf_counter()
                connection.request("GET", path)
                assert connection.getresponse().read()
                taken.append(time.perf_counter() - began)
            connection.close()
            return statistics.median(taken)

        def length() -> int:
            return len(urlopen(f"http://127.0.0.1:{port}/metrics").read().splitlines())

        alone = median("/v1/facts?limit=1", 100)
        with pytest.raises(OSError, match="404"):
            urlopen(f"http://127.0.0.1:{port}/nowhere")
        median("/metrics", 1)
        time.sleep(telemetry.TEXT_KEPT_FOR * 1.1)
        before = length()
        stop = threading.Event()

        def loop() -> None:
            while not stop.is_set():
                median("/metrics", 10)

        with concurrent.futures.ThreadPoolExecutor(4) as loops:
            looping = [loops.submit(loop) for _ in range(4)]
            median("/v1/facts?limit=1", 20)
            beside = median("/v1/facts?limit=1", 100)
            stop.set()
        assert [one.result() for one in looping] == [None] * 4
        assert beside < max(50 * alone, 0.25), f"{beside} s instead of {alone} s"
        for number in range(300):
            with pytest.raises(OSError, match="404"):
                urlopen(f"http://127.0.0.1:{port}/nowhere/{number}")
        time.sleep(telemetry.TEXT_KEPT_FOR * 1.1)
        assert length() == before


def until(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_any_of_several_workers_tells_of_all_and_of_a_dead_one_what_it_counted(
    kept_database: KeptDatabase, tmp_path: Path
) -> None:
    def ask(_number: int) -> str:
        with urlopen(f"http://127.0.0.1:{port}/v1/facts?limit=1") as answer:
            return str(answer.headers["X-Request-ID"]).partition("-")[0]

    def gauged() -> set[int]:
        """The processes that have something to show of what they are, not of what they did."""
        files = tmp_path.glob("factbook-work-*/gauge_*")
        return {int(file.stem.rpartition("_")[2]) for file in files}

    environment = {"FACTBOOK_DATABASE_URL": kept_database("sqlite", CITY), "TMPDIR": str(tmp_path)}
    with serving(environment, "--workers", "2") as (_, port):
        asked, answered = 0, set[str]()
        with concurrent.futures.ThreadPoolExecutor(8) as several:
            while len(answered) < 2 and asked < 60 * 100:  # one may start late, or be quicker
                answered |= set(several.map(ask, range(60)))
                asked += 60
        for _ in range(6):  # whichever answers
            until(lambda: metrics(port)[OK] == asked)
        found = metrics(port)
        assert found["factbook_workers"] == len(gauged()) == 2
        assert found['factbook_answers_limit{limiter="quick"}'] == 16
        one = min(gauged())
        memory = [int(Path(f"/proc/{worker}/statm").read_text().split()[1]) for worker in gauged()]
        assert found["process_resident_memory_bytes"] > max(memory) * os.sysconf("SC_PAGE_SIZE")
        os.kill(one, signal.SIGKILL)
        until(lambda: bool(metrics(port)) and one not in gauged() and len(gauged()) == 2)
        until(lambda: metrics(port)["factbook_workers"] == 2)
        assert metrics(port)[OK] == asked
    assert not list(tmp_path.glob("factbook-work-*")), "what they shared is gone"
