"""Loads in processes of their own, which say how far they are and can be killed."""

import multiprocessing
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import alembic.command  # noqa: F401 - a load would import it, and begin later
import psycopg
from sqlalchemy.exc import SQLAlchemyError

import app.seeding.postgresql  # noqa: F401 - so would it this
from app.errors import NotReady
from app.seeding.loading import load
from app.store.postgresql_draft import PostgresDraft
from app.store.releases import Draft
from app.store.sqlite_draft import SqliteDraft
from drills import wrong

# Forked from a process that has imported what is above and holds nothing: they start at once.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])
TROUBLE = (SQLAlchemyError, sqlite3.Error, psycopg.Error, NotReady, OSError)
LONGEST = 120.0  # seconds that a load may take
KEEP = 5  # releases

# What a load says, in this order. Between BEGUN and ACKNOWLEDGED it runs.
READY, BEGUN, WRITING, PUBLISHING, ACKNOWLEDGED = "ready", "begun", "writing", "publishing", "acknowledged"
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """A seed that is loaded into a database; `fault` names what is wrong with the load on purpose."""

    url: str
    seed: Path
    fault: str = ""


def _work(job: Job, folder: Path, pipe: Connection) -> None:
    tempfile.tempdir = str(folder)  # what a killed load leaves behind is removed with it
    if job.fault:
        wrong.LOADS[job.fault]()

    def say(mark: str) -> None:
        pipe.send((mark, time.monotonic()))

    for draft in (SqliteDraft, PostgresDraft):
        _announce(draft, say)
    say(READY)
    pipe.recv()
    say(BEGUN)
    try:
        load(job.url, job.seed, None, lambda what, _: say(WRITING) if what.startswith("writing") else None, keep=KEEP)
    except TROUBLE as error:
        pipe.send((FAILED, f"{type(error).__name__}: {error}"))
        sys.exit(1)
    say(ACKNOWLEDGED)


def _announce(draft: type[Draft], say: Callable[[str], None]) -> None:
    publish = draft.publish

    def announced(self: Draft, release_id: str) -> None:
        say(PUBLISHING)
        publish(self, release_id)

    draft.publish = announced  # type: ignore[method-assign]


class Child:
    """A load that waits until it is told to go. `marks` are the times of what it has said so far."""

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

    def end(self) -> str:
        """What went wrong, once it has ended. Raises RuntimeError where it does not end."""
        self._listen_for("nothing")
        self._process.join(LONGEST)
        if self._process.is_alive():
            self._process.kill()
            raise RuntimeError(f"a load hangs after {list(self.marks)}")
        return "" if self._process.exitcode == 0 else f"ended with {self._process.exitcode}: {self.error}"

    @property
    def acknowledged(self) -> bool:
        return ACKNOWLEDGED in self.marks

    @property
    def inside(self) -> bool:
        """Whether the fault came while the load ran."""
        return self.marks.get(BEGUN, float("inf")) <= self._struck < self.marks.get(ACKNOWLEDGED, float("inf"))

    @property
    def last(self) -> str:
        """What it had said last when the fault came."""
        return [mark for mark, when in self.marks.items() if when <= self._struck][-1]

    def took(self, mark: str) -> float:
        """Seconds from this mark to the next, of a load that was not disturbed."""
        marks = list(self.marks)
        return self.marks[marks[marks.index(mark) + 1]] - self.marks[mark]


def done(job: Job, folder: Path) -> Child:
    """A load left undisturbed. Raises RuntimeError where it fails."""
    child = Child(job, folder)
    child.go()
    if failed := child.end():
        raise RuntimeError(f"a load that nobody disturbed {failed}")
    return child
