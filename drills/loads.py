"""Loads, each a process of its own, which reports its stage and can be killed."""

import multiprocessing
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from enum import StrEnum
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import alembic.command  # noqa: F401 - a load would import it, and begin later
import psycopg
import pypinyin  # noqa: F401 - and this
from sqlalchemy.exc import SQLAlchemyError

import app.seeding.postgresql  # noqa: F401 - and this
from app.errors import NotReady
from app.seeding import loading
from app.store.postgresql_draft import PostgresDraft
from app.store.releases import Draft
from app.store.sqlite_draft import SqliteDraft
from drills import wrong
from drills.contents import KEEP, contents, left_over
from drills.readers import URLS, Readers, learn
from drills.runs import Run
from drills.servers import NewDatabase, serving

# Forked from a process that has imported all this and holds nothing: they start at once.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])
ERRORS = (SQLAlchemyError, sqlite3.Error, psycopg.Error, NotReady, OSError)
LONGEST = 300.0  # seconds that a load may take
FAILED = "failed"


class Stage(StrEnum):
    """The stages of a load, in this order. Between the second and the last it runs."""

    READY = "ready"
    BEGUN = "begun"
    WRITING = "writing"
    PUBLISHING = "publishing"
    ACKNOWLEDGED = "acknowledged"


# When faults come: by the stage of a load, and how far beyond its usual end.
STAGES = {Stage.READY: 0.05, Stage.BEGUN: 0.25, Stage.WRITING: 0.4, Stage.PUBLISHING: 0.3}
BEYOND, AT_THE_START = 1.1, 0.02  # share, seconds


def _work(url: str, seed: Path, fault: str, folder: Path, pipe: Connection) -> None:
    tempfile.tempdir = str(folder)  # what a killed load leaves behind is removed with it
    if fault:
        wrong.FAULTS[fault]()

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
        begun, ended = (self.times.get(stage, float("inf")) for stage in (Stage.BEGUN, Stage.ACKNOWLEDGED))
        return begun <= self._struck < ended

    @property
    def stage(self) -> str:
        """The last one it had reached when the fault came."""
        return [stage for stage, when in self.times.items() if when <= self._struck][-1]


def load(url: str, seed: Path, folder: Path) -> None:
    """A load that nothing disturbs. Raises RuntimeError where it fails."""
    if failed := Load(url, seed, folder).finish():
        raise RuntimeError(f"an undisturbed load {failed}")


class Loads:
    """Loads of one data set after the other into one database, which of them is current, and what each should be.

    Each is loaded once into a database of its own. What is then stored, and what a service answers, is learned once.
    """

    def __init__(self, run: Run, new_database: NewDatabase, *, learns: bool = False) -> None:
        self.run, self.new_database, self.random = run, new_database, Random(run.tally.seed)
        self.clean = run.clean
        self.took = {Stage.READY: AT_THE_START}  # seconds, by stage
        known = {one for one, stored in self.clean.items() if not learns or (URLS[0], stored.release) in run.known}
        new = [one for one in run.seeds if one not in known]
        self.begun = new or list(run.seeds)[-1:]
        for name in self.begun:
            self.begin_anew(name)
            if learns and name in new:
                with serving(self.url, run.folder / f"clean {name}") as service:
                    learn(service.port, run.known)

    def begin_anew(self, name: str) -> None:
        """Go on with another database."""
        self.url, self.current, self.number = self.new_database(), "", 1  # of the current release
        if problem := self.load(name):
            raise RuntimeError(f"an undisturbed load {problem}")

    def next(self) -> str:
        names = list(self.run.seeds)
        return names[(names.index(self.current) + 1) % len(names)]

    def prepare(self, name: str, fault: str = "") -> Load:
        return Load(self.url, self.run.seeds[name], self.run.folder, fault)

    def load(self, name: str) -> str:
        """A load that nothing disturbs, and what went wrong with it."""
        load = self.prepare(name)
        if failed := load.finish():
            return failed
        self.took |= {stage: load.times[after] - load.times[stage] for stage, after in pairwise([*Stage][1:])}
        if name not in self.clean:
            self.clean[name] = contents(self.url)
        if (found := self.find()) != name:
            return f"led to {found}"
        self.current = name
        return "; ".join(left_over(self.url))

    def show_next(self, readers: Readers, patience: float = LONGEST) -> tuple[str, float]:
        """Load the next data set; what went wrong, and the seconds until all readers were shown it, at most so many."""
        name = self.next()
        if failed := self.prepare(name).finish():
            return failed, 0.0
        self.current, self.number = name, self.number + 1
        readers.published(self.number, self.clean[name].release)
        return "", readers.wait_for(self.number, patience)

    def strike(self, load: Load, fault: Callable[[], None]) -> None:
        """Make a fault at a random moment of a load."""
        (stage,) = self.random.choices(list(STAGES), list(STAGES.values()))
        load.strike(stage, self.random.uniform(0, BEYOND * self.took[stage]), fault)

    def find(self) -> str:
        """Which data set is current, or what is wrong with it."""
        try:
            current = contents(self.url)
        except Exception as error:  # noqa: BLE001 - however it is damaged
            return f"no release: {type(error).__name__}: {error}"
        for name, right in self.clean.items():
            if current.release == right.release:
                differing = sorted(table for table, rows in right.tables.items() if current.tables.get(table) != rows)
                return f"{name}, but for {differing}" if differing else name
        return f"release {current.release}"
