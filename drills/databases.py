"""Where a drill's data goes: new databases of either kind, and a PostgreSQL server that can be killed."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from bench.processes import tree
from tests import postgres

KINDS = ("sqlite", "postgresql")
# What a process has written survives its death, synced or not; only a loss of power would tell.
USUAL = ("fsync=off",)
GONE_WITHIN, POLL = 30.0, 0.005  # seconds


class Databases(Protocol):
    """Makes databases of one kind."""

    def new_database(self) -> str:
        """The URL of an empty one."""
        ...


class SqliteFiles:
    """SQLite databases, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0
        folder.mkdir()

    def new_database(self) -> str:
        self._made += 1
        folder = self._folder / str(self._made)
        folder.mkdir()
        return f"sqlite:///{folder / 'factbook'}.db"


@contextmanager
def made(kind: str, folder: Path) -> Iterator[Databases]:
    if kind == "sqlite":
        yield SqliteFiles(folder / "databases")
        return
    with postgres.running(USUAL) as server:
        yield server


def kill_tree(server: postgres.Server) -> None:
    """SIGKILL for the server and every process of it, the first first, so that it starts no other."""
    pids = tree(server.process.pid)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    server.process.wait()
    deadline = time.monotonic() + GONE_WITHIN
    while any(map(_runs, pids)):
        if time.monotonic() > deadline:
            raise RuntimeError("killed, and yet there")
        time.sleep(POLL)


def _runs(pid: int) -> bool:
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0] != "Z"
        )
    except OSError:
        return False
