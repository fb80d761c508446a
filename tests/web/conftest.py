"""Fixtures of these tests: a server as people start it, and rows that come in small pieces."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.conftest import DATABASES, ROOT, SEED, NewDatabase, loaded


@pytest.fixture(scope="session")
def port(new_database: NewDatabase) -> Iterator[int]:
    """Where a server answers for seed/."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        chosen: int = free.getsockname()[1]
    environment = os.environ | {"FACTBOOK_DATABASE_URL": loaded(new_database("sqlite"), SEED)}
    server = subprocess.Popen([sys.executable, "-m", "app", "serve", "--port", str(chosen)], cwd=ROOT, env=environment)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", chosen), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield chosen
    finally:
        server.terminate()
        assert server.wait(timeout=10) == 0


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of an export come from the database a few at a time, as those of a large city do."""
    for module in (*(f"app.readers.{database}" for database in DATABASES), "app.queries.lists"):
        monkeypatch.setattr(f"{module}.STREAMED", 5)
