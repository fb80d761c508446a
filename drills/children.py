"""Loads and migrations in processes of their own, that say how far they are and can be killed."""

import multiprocessing
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from app.errors import NotReady
from app.seeding.loading import load
from app.seeding.migrating import migrate
from drills import marks, wrong
from drills.marks import ACKNOWLEDGED, BEGUN, ENDED, FAILED, READY

# Forked from a process that has imported what is above and holds nothing: they start at once.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])
TROUBLE = (SQLAlchemyError, sqlite3.Error, psycopg.Error, NotReady, OSError)
LONGEST = 120.0  # seconds that any of them may take


@dataclass(frozen=True, slots=True)
class Job:
    """What a child does: migrate a database, load a seed into it, or both."""

    url: str
    seed: Path | None = None
    migrates: bool = False
    variant: wrong.Variant | None = None


def _work(job: Job, folder: Path, pipe: Connection) -> None:
    tempfile.tempdir = str(folder)  # what a killed load leaves behind is removed with it

    def say(mark: str) -> None:
        pipe.send((mark, time.monotonic()))

    say(READY)
    pipe.recv()
    marks.watch(say)
    wrong.install(job.variant)
    try:
        if job.migrates:
            migrate(job.url)
        if job.seed:
            load(job.url, job.seed, None, lambda _what, _count: None)
    except TROUBLE as error:
        pipe.send((FAILED, f"{type(error).__name__}: {error}"))
        sys.exit(1)
    say(ACKNOWLEDGED)


class Child:
    """A child that waits until it is told to go. `marks` are the times of what it has said so far."""

    def __init__(self, job: Job, folder: Path) -> None:
        self._pipe, theirs = CONTEXT.Pipe()
        self._process = CONTEXT.Process(target=_work, args=(job, folder, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self.marks: dict[str, float] = {}
        self.error = ""
        self._struck = float("inf")
        self._listen_for(READY)
        if READY not in self.marks:
            raise RuntimeError("a child did not start")

    def go(self) -> None:
        self._pipe.send("go")

    def _listen_for(self, mark: str) -> None:
        """Until it says so, or can say nothing more."""
        while mark not in self.marks and self._pipe.poll(LONGEST):
            try:
                said, more = self._pipe.recv()
            except (EOFError, OSError):
                return
            if said == FAILED:
                self.error = more
            else:
                self.marks.setdefault(said, more)

    def strike(self, mark: str, delay: float, fault: Callable[[], None]) -> None:
        """Let it go, and make the fault so many seconds after it has said something."""
        self.go()
        self._listen_for(mark)
        if mark in self.marks:
            time.sleep(max(0.0, self.marks[mark] + delay - time.monotonic()))
        self._struck = time.monotonic()
        fault()

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> int | None:
        """How it ended, once it has. Raises RuntimeError where it does not."""
        self._listen_for("nothing")
        self._process.join(LONGEST)
        if self._process.is_alive():
            self._process.kill()
            raise RuntimeError(f"a child hangs after {list(self.marks)}")
        return self._process.exitcode

    @property
    def acknowledged(self) -> bool:
        return ACKNOWLEDGED in self.marks

    @property
    def inside(self) -> bool:
        """Whether the fault came when its transaction had begun and not ended."""
        return self.marks.get(BEGUN, float("inf")) <= self._struck < self.marks.get(ENDED, float("inf"))

    @property
    def last(self) -> str:
        """The last that it said before the fault."""
        return [mark for mark, when in self.marks.items() if when <= self._struck][-1]

    @property
    def lasted(self) -> float:
        """Seconds its transaction took, of one that was not disturbed."""
        return self.marks[ENDED] - self.marks[BEGUN]


def done(job: Job, folder: Path) -> Child:
    """A child left undisturbed. Raises RuntimeError where it fails."""
    child = Child(job, folder)
    child.go()
    if child.end() != 0:
        raise RuntimeError(f"undisturbed, and yet: {child.error}")
    return child
