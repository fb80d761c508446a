"""What /metrics shows: of requests, cache, threads and data, and of all workers whichever of them is asked."""

import concurrent.futures
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from starlette.testclient import TestClient

from app.http.measurements import Measurements
from app.main import create_app
from app.settings import Settings
from bench.processes import free_port
from tests.conftest import CITY, DATABASES, ROOT, KeptDatabase, Service
from tests.http.test_logs import wait

# A worker that ends at once: it counts, says what it has open, and is gone.
DEAD = """
import sys
from pathlib import Path
from app.http.measurements import Measurements
one = Measurements(Path(sys.argv[1]))
one.observe("GET", "/v1/facts", 200, 0.003, "hit")
one.gauge("factbook_cache_bytes", "Bytes.").set(7)
"""


def numbers(text: str) -> dict[str, float]:
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def shown(measurements: Measurements) -> dict[str, float]:
    return numbers(measurements.written()[0].decode())


@pytest.fixture(params=DATABASES)
def client(request: pytest.FixtureRequest, kept_database: KeptDatabase) -> Iterator[TestClient]:
    """A service that nobody has asked yet."""
    settings = Settings(database_url=kept_database(request.param, CITY), pool_size=3, access_log=False)
    with TestClient(create_app(settings)) as client:
        yield client


def test_what_is_measured_is_shown(client: TestClient) -> None:
    tag = client.get("/v1/facts?limit=3").headers["ETag"]
    for _ in range(2):
        client.get("/v1/facts?limit=3")
    client.get("/v1/facts?limit=3", headers={"If-None-Match": tag})
    revision = client.get("/v1").json()["revision"]
    found = numbers(client.get("/metrics").text)
    assert found['factbook_cache_requests_total{cache="hit"}'] == 1
    assert found['factbook_cache_requests_total{cache="miss"}'] == 3
    assert found['factbook_cache_requests_total{cache="caller"}'] == 1
    assert found["factbook_cache_bytes"] > 1000
    assert found['http_server_request_duration_seconds_count{method="GET",route="/v1/facts",status="200"}'] == 3
    assert found['http_server_request_duration_seconds_count{method="GET",route="/v1/facts",status="304"}'] == 1
    assert found[f'factbook_revision{{revision="{revision}"}}'] == 1
    assert 0 <= found["factbook_load_age_seconds"] < 3600
    assert found['factbook_answers_limit{lane="quick"}'] == 3
    assert (
        found['factbook_answers{lane="long",state="running"}']
        == found['factbook_answers{lane="long",state="waiting"}']
        == 0
    )
    assert found["process_resident_memory_bytes"] > 10_000_000
    assert found["process_open_fds"] > 3
    assert found["factbook_workers"] == 1


def test_methods_that_are_made_up_are_measured_as_one(client: TestClient) -> None:
    for method in ("PUT", "BREW", "ABC"):
        client.request(method, "/nowhere")
        client.request(method, "/v1/facts")
    found = numbers(client.get("/metrics").text)
    methods = {found for name in found for found in re.findall(r'method="(\w+)"', name)}
    assert methods == {"other"}


def test_a_service_without_data_is_measured_too(tmp_path: Path) -> None:
    with TestClient(create_app(Settings(database_url=f"sqlite:///{tmp_path}/none.db", access_log=False))) as client:
        assert client.get("/v1/facts").status_code == 503
        found = numbers(client.get("/metrics").text)
    assert found['http_server_request_duration_seconds_count{method="GET",route="/v1/facts",status="503"}'] == 1
    assert not [name for name in found if name.startswith("factbook_revision")]


def test_a_histogram_counts_up_to_all() -> None:
    measurements = Measurements()
    for seconds in (0.0001, 0.0007, 0.0007, 99.0):
        measurements.observe("GET", "/v1", 200, seconds)
    found = shown(measurements)
    counts = [value for name, value in found.items() if "_bucket" in name]
    assert counts[0] == 1
    assert counts[1] == 3
    assert counts[-2:] == [3, 4]
    assert found['http_server_request_duration_seconds_sum{method="GET",route="/v1",status="200"}'] > 99


def test_a_gauge_or_a_counter_is_shown_once_it_is_asked_for() -> None:
    measurements = Measurements()
    measurements.gauge("factbook_lag_seconds", "Lag.", replica="one").set(2.5)
    refused = measurements.counter("factbook_refused_total", "Refused.", why="busy")
    refused.add()
    refused.add(2)
    found = shown(measurements)
    assert found['factbook_lag_seconds{replica="one"}'] == 2.5
    assert found['factbook_refused_total{why="busy"}'] == 3


def test_more_keys_than_there_is_room_for_break_nothing() -> None:
    measurements = Measurements()
    for number in range(3000):
        measurements.observe("GET", f"/{number}", 200, 0.1)
    measurements.observe("GET", "/" + "x" * 1000, 200, 0.1)
    assert 1900 < sum("_count" in name for name in shown(measurements)) < 2000


def test_workers_are_summed_up_and_of_a_dead_one_only_what_it_counted_stays(tmp_path: Path) -> None:
    one, other = Measurements(tmp_path), shared_by_another(tmp_path)
    for measurements in (one, other):
        measurements.observe("GET", "/v1/facts", 200, 0.003, "hit")
        measurements.gauge("factbook_cache_bytes", "Bytes.").set(100)
    subprocess.run([sys.executable, "-c", DEAD, str(tmp_path)], check=True, cwd=ROOT)
    for measurements in (one, other):
        found = shown(measurements)
        assert found['http_server_request_duration_seconds_count{method="GET",route="/v1/facts",status="200"}'] == 3
        assert found['factbook_cache_requests_total{cache="hit"}'] == 3
        assert found["factbook_cache_bytes"] == 200
        assert found["factbook_workers"] == 2


def shared_by_another(folder: Path) -> Measurements:
    """Those of what takes itself for another process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.getpid", lambda: 1)
        return Measurements(folder)


def test_any_of_several_workers_tells_of_all(kept_database: KeptDatabase, tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "app", "serve", "--port", str(port), "--workers", "2"]
    environment = {"FACTBOOK_DATABASE_URL": kept_database("sqlite", CITY), "TMPDIR": str(tmp_path), "PATH": ""}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=ROOT)
    try:
        wait(port, process)

        def ask(_number: int) -> str:
            with urlopen(f"http://127.0.0.1:{port}/v1/facts?limit=1") as answer:
                return str(answer.headers["X-Request-ID"]).partition("-")[0]

        asked, answered = 0, set[str]()
        with concurrent.futures.ThreadPoolExecutor(8) as several:
            while len(answered) < 2 and asked < 60 * 100:  # one may start late, or be quicker
                answered |= set(several.map(ask, range(60)))
                asked += 60
        for _ in range(6):  # whichever answers
            found = numbers(urlopen(f"http://127.0.0.1:{port}/metrics").read().decode())
            durations = 'http_server_request_duration_seconds_count{method="GET",route="/v1/facts",status="200"}'
            assert found[durations] == asked
        assert found["factbook_workers"] == 2
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert not list(tmp_path.glob("factbook-work-*")), "what they shared is gone"


def test_the_metrics_are_prometheus_text(service: Service) -> None:
    answer = service.client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    names = re.findall(r"^# TYPE (\S+) (\S+)$", answer.text, re.MULTILINE)
    assert len(dict(names)) == len(names), "each family once"
