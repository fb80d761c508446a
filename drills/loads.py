"""New databases, and loads into them: processes of their own, which report their stage and can be killed."""

import multiprocessing
import os
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

import alembic.command  # noqa: F401 - a load would import it, and begin later
import psycopg
from sqlalchemy.exc import SQLAlchemyError

import app.seeding.postgresql  # noqa: F401 - and this
from app.errors import NotReady
from app.seeding import loading
from app.store.postgresql_draft import PostgresDraft
from app.store.releases import Draft
from app.store.sqlite_draft import SqliteDraft
from bench.processes import is_running, tree
from drills import wrong
from tests import postgres

# Forked from a process that has imported all this and holds nothing: they start at once.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])
ERRORS = (SQLAlchemyError, sqlite3.Error, psycopg.Error, NotReady, OSError)
# What a process has written survives its death, synced or not; only a loss of power would tell.
UNSYNCED = ("fsync=off",)
LONGEST, GONE_WITHIN = 300.0, 60.0  # seconds that a load may take, and a server that is killed
KEEP = 5  # releases
FAILED = "failed"


class Stage(StrEnum):
    """The stages of a load, in this order. Between the second and the last it runs."""

    READY = "ready"
    BEGUN = "begun"
    WRITING = "writing"
    PUBLISHING = "publishing"
    ACKNOWLEDGED = "acknowledged"


NewDatabase = Callable[[], str]  # returns the URL of an empty one


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[NewDatabase]:
    """Makes databases of one kind: SQLite files, each in a folder of its own, or those of a new PostgreSQL server."""
    if kind == "postgresql":
        with postgres.running(UNSYNCED) as server:
            yield server.new_database
        return
    numbers = count(1)

    def new_database() -> str:
        home = folder / f"database-{next(numbers)}"
        home.mkdir()
        return f"sqlite:///{home / 'factbook'}.db"

    yield new_database


def kill_tree(server: postgres.Server) -> None:
    """SIGKILL for the server and all its processes, the parent first, so that it starts no other."""
    pids = tree(server.process.pid)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    server.process.wait()
    deadline = time.monotonic() + GONE_WITHIN
    while any(map(is_running, pids)):
        if time.monotonic() > deadline:
            raise RuntimeError("a killed process is still there")
        time.sleep(0.005)


def _work(url: str, seed: Path, fault: str, folder: Path, pipe: Connection) -> None:
    tempfile.tempdir = str(folder)  # what a killed load leaves behind is removed with it
    if fault:
        wrong.LOADS[fault]()

    def report(stage: str) -> None:
        pipe.send((stage, time.monotonic()))

    def progress(step: str, _: int) -> None:
        if step.startswith("writing"):
            report(Stage.WRITING)

    draft: type[Draft] = SqliteDraft if url.startswith("sqlite") else PostgresDraft
    publish = draft.publish

    def reported(self: Draft, release_id: str) -> None:
        report(Stage.PUBLISHING)
        publish(self, release_id)

    draft.publish = reported  # type: ignore[method-assign]
    report(Stage.READY)
    pipe.recv()
    report(Stage.BEGUN)
    try:
        loading.load(url, seed, None, progress, keep=KEEP)
    except ERRORS as error:
        pipe.send((FAILED, f"{type(error).__name__}: {error}"))
        sys.exit(1)
    report(Stage.ACKNOWLEDGED)


class Load:
    """A load of a seed that waits for its start; `fault` names what is wrong with it on purpose (see wrong.py)."""

    def __init__(self, url: str, seed: Path, folder: Path, fault: str = "") -> None:
        self._pipe, theirs = CONTEXT.Pipe()
        self._process = CONTEXT.Process(target=_work, args=(url, seed, fault, folder, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self.times: dict[str, float] = {}  # when it reached each stage
        self.error = ""
        self._struck = float("inf")
        self._wait_for(Stage.READY)
        if Stage.READY not in self.times:
            raise RuntimeError("a load did not start")

    def start(self) -> None:
        self._pipe.send("start")

    def _wait_for(self, stage: str) -> None:
        """Until it has reached the stage, or has ended."""
        while stage not in self.times and self._pipe.poll(LONGEST):
            try:
                reached, value = self._pipe.recv()
            except (EOFError, OSError):
                return
            if reached == FAILED:
                self.error = value
            else:
                self.times.setdefault(reached, value)

    def strike(self, stage: str, delay: float, fault: Callable[[], None]) -> None:
        """Start it, and make the fault so many seconds after it has reached the stage."""
        self.start()
        self._wait_for(stage)
        if stage in self.times:
            time.sleep(max(0.0, self.times[stage] + delay - time.monotonic()))
        self._struck = time.monotonic()
        fault()
        self.end()

    def kill(self) -> None:
        self._process.kill()

    def finish(self) -> str:
        """Start it, and leave it alone; what went wrong."""
        self.start()
        return self.end()

    def end(self) -> str:
        """What went wrong, once it has ended. Raises RuntimeError where it does not end."""
        self._wait_for(FAILED)
        self._process.join(LONGEST)
        if self._process.is_alive():
            self._process.kill()
            raise RuntimeError(f"a load hangs after {list(self.times)}")
        return "" if self._process.exitcode == 0 else f"ended with {self._process.exitcode}: {self.error}"

    @property
    def is_acknowledged(self) -> bool:
        return Stage.ACKNOWLEDGED in self.times

    @property
    def was_running(self) -> bool:
        """Whether the fault came while it ran."""
        return (
            self.times.get(Stage.BEGUN, float("inf")) <= self._struck < self.times.get(Stage.ACKNOWLEDGED, float("inf"))
        )

    @property
    def stage(self) -> str:
        """The last one it had reached when the fault came."""
        return [stage for stage, when in self.times.items() if when <= self._struck][-1]

    def seconds(self, stage: str) -> float:
        """From this stage to the next, if nothing disturbed it."""
        stages = list(self.times)
        return self.times[stages[stages.index(stage) + 1]] - self.times[stage]


def load(url: str, seed: Path, folder: Path) -> None:
    """A load that nothing disturbs. Raises RuntimeError where it fails."""
    if failed := Load(url, seed, folder).finish():
        raise RuntimeError(f"an undisturbed load {failed}")
