"""Fixtures of these tests: a server as people start it, and rows that come in small pieces."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from tests import forking
from tests.conftest import ROOT, SEED, KeptDatabase

Server = forking.Process | subprocess.Popen[bytes]


def start(
    database_url: str, program: Callable[..., Server] = forking.Process, /, **settings: object
) -> tuple[Server, int]:
    """A server and its port: the first that was free and that nobody else took before the server did."""
    environment = os.environ | {"FACTBOOK_DATABASE_URL": database_url}
    environment |= {f"FACTBOOK_{name.upper()}": str(value) for name, value in settings.items()}
    for _ in range(5):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port: int = free.getsockname()[1]
        command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
        server = program(command, cwd=ROOT, env=environment)
        while server.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return server, port
    raise RuntimeError("The server does not start.")


@pytest.fixture(scope="session")
def port(kept_database: KeptDatabase) -> Iterator[int]:
    """Where a server answers for seed/, begun as people start it."""
    server, chosen = start(kept_database("sqlite", SEED), subprocess.Popen)
    try:
        yield chosen
    finally:
        server.terminate()
        assert server.wait(timeout=30) == 0


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of an export come from the database a few at a time, as those of a large city do."""
    for name, module in list(sys.modules.items()):
        if name.startswith("app.store.") and hasattr(module, "STREAMED"):
            monkeypatch.setattr(module, "STREAMED", 5)
