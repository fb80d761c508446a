"""A server as people start it, in a process of its own."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request

from bench.folders import ROOT
from bench.processes import Server, free_port
from drills.reading import HOST

# Modules that serve.
RIGHT, UNHELD, UNCHECKED, UNDOCUMENTED = (
    "app",
    "drills.wrong_services.unheld",
    "drills.wrong_services.unchecked",
    "drills.wrong_services.undocumented",
)
CLINGING, LEAKING = "drills.wrong_services.clinging", "drills.wrong_services.leaking"


@contextmanager
def serving(
    url: str, log: Path, workers: int = 1, module: str = RIGHT, settings: Mapping[str, str] | None = None
) -> Iterator[tuple[int, Server]]:
    """A server and its port; `settings` are further variables of its environment."""
    port = free_port()
    command = [sys.executable, "-m", module, "serve", "--port", str(port), "--workers", str(workers)]
    environment = {"FACTBOOK_DATABASE_URL": url, "PYTHONPATH": str(ROOT), **(settings or {})}
    server = Server(command, log, environment, pinned=False)
    try:
        server.wait(Request(f"http://{HOST}:{port}/readyz"))
        yield port, server
    finally:
        server.stop()
