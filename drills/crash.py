"""Crash: a load is killed, or PostgreSQL under it; what is current then is wholly the old release or wholly the new.

A service stands beside it, and readers who must neither be refused nor be shown older data again. After each fault the
rows of every table are held against those of a clean load, and the next load has to work and to leave nothing over.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from drills import databases
from drills.children import ACKNOWLEDGED, BEGUN, PUBLISHING, READY, WRITING, Child, Job
from drills.contents import NOTHING, Contents, contents, left_over
from drills.databases import Databases
from drills.readers import Readers, serving
from drills.reading import Known
from drills.runs import Run
from drills.serve import clean
from drills.wrong import FORGETFUL, PIECEMEAL
from tests import postgres

# When faults come: by the stage of a load, and how far beyond its usual end.
STAGES = {READY: 0.05, BEGUN: 0.25, WRITING: 0.4, PUBLISHING: 0.3}
BEYOND, AT_THE_START = 1.1, 0.02  # share, seconds
JUST_ACKNOWLEDGED = 0.3  # share of the kills of a server
LOADED_AFTER = 0.4  # share of the faults after which a load is left undisturbed
ANEW_AFTER = 40  # trials: histories grow, and with them loads
MOST_TRIED = 60  # loads of a control, until it was caught often enough
PAUSE = 0.1  # seconds at most between two questions of a reader


@dataclass
class Loads:
    """Loads of one data set after the other, and what is current after each."""

    kept: Databases
    run: Run
    url: str = ""
    present: str = ""  # the name of the data set
    clean: dict[str, Contents] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)  # seconds, by stage

    def __post_init__(self) -> None:
        self.random = Random(self.run.tally.seed)
        for name in self.run.seeds:
            self.begin_anew(name)
        self.clean[""] = NOTHING

    def begin_anew(self, name: str) -> None:
        """Go on with another database."""
        self.url, self.present = self.kept.new_database(), ""
        if wrong := self.load(name):
            raise RuntimeError(f"a load that nobody disturbed {wrong}")

    def next(self) -> str:
        names = list(self.run.seeds)
        return names[(names.index(self.present) + 1) % len(names)]

    def child(self, name: str, fault: str = "") -> Child:
        return Child(Job(self.url, self.run.seeds[name], fault), self.run.folder)

    def load(self, name: str) -> str:
        """A load that nobody disturbs, and what went wrong with it."""
        child = self.child(name)
        child.go()
        if failed := child.end():
            return failed
        self.took |= {stage: child.took(stage) for stage in (BEGUN, WRITING, PUBLISHING)} | {READY: AT_THE_START}
        self.clean.setdefault(name, contents(self.url))
        if (found := self.found()) != name:
            return f"led to {found}"
        self.present = name
        return "; ".join(left_over(self.url))

    def strike(self, child: Child, fault: Callable[[], None]) -> None:
        """Make a fault at a random moment of a load."""
        (stage,) = self.random.choices(list(STAGES), list(STAGES.values()))
        child.strike(stage, self.random.uniform(0, BEYOND * self.took[stage]), fault)
        child.end()

    def found(self) -> str:
        """Which data set is current; what is none is told by the tables that differ."""
        try:
            held = contents(self.url)
        except Exception as error:  # noqa: BLE001 - however it is damaged
            return f"no release: {type(error).__name__}: {error}"
        for name, right in self.clean.items():
            if held.release == right.release:
                differing = sorted(table for table, rows in right.tables.items() if held.tables.get(table) != rows)
                return f"{name}, but for {differing}" if differing else name
        return f"release {held.release}"


@contextmanager
def _beside(loads: Loads, known: Known, number: int, *, may_fail: bool) -> Iterator[Readers]:
    """Readers of a service over the database of the loads."""
    run = loads.run
    with (
        serving(loads.url, run.folder / f"{number}.log") as (port, _),
        Readers([port], known, f"{run.tally.seed} {number}", count=2, pause=PAUSE, may_fail=may_fail) as readers,
    ):
        yield readers
    run.tally.count(readers.counts["answers"], readers.failures)
    run.tally.seen.update(readers.counts)


def crash(run: Run) -> None:
    """SIGKILL for the process that loads."""
    with databases.made(run.kind, run.folder) as kept:
        loads = Loads(kept, run)
        for child, judged in _trials(loads):
            loads.strike(child, child.kill)
            judged(child.inside)


def crash_server(run: Run) -> None:
    """SIGKILL for all processes of PostgreSQL, which is started again."""
    with postgres.running(databases.USUAL) as server:
        loads = Loads(server, run)
        for child, judged in _trials(loads, may_fail=True):
            if loads.random.random() < JUST_ACKNOWLEDGED:
                child.strike(ACKNOWLEDGED, 0, lambda: databases.kill_tree(server))
                child.end()
            else:
                loads.strike(child, lambda: databases.kill_tree(server))
            server.start()
            judged(child.inside or child.acknowledged)


def _trials(loads: Loads, *, may_fail: bool = False) -> Iterator[tuple[Child, Callable[[bool], None]]]:
    """Loads to be killed, and what is to be called when that is done."""
    run, known = loads.run, clean(loads.run, loads.kept)[0]
    for start in range(0, run.trials, ANEW_AFTER):
        if time.monotonic() > run.until:
            return
        if start:
            loads.begin_anew(loads.next())
        with _beside(loads, known, start, may_fail=may_fail) as readers:
            for _ in range(min(ANEW_AFTER, run.trials - start)):
                if time.monotonic() > run.until:
                    return
                name, before = loads.next(), loads.present
                child = loads.child(name)

                def judged(landed: bool, name: str = name, before: str = before, child: Child = child) -> None:
                    run.tally.fault(landed=landed)
                    _judge(loads, child, name, before)
                    readers.hear()

                yield child, judged


def _judge(loads: Loads, child: Child, name: str, before: str) -> None:
    """After a fault: the old or the new, the new where that was promised, and the next load works."""
    tally, found = loads.run.tally, loads.found()
    told = f"trial {tally.faults}, {name} over {before}, killed after {child.last}"
    tally.seen[f"killed after {child.last}"] += 1
    tally.seen["acknowledged loads"] += child.acknowledged
    tally.seen["times the old release"] += found == before
    tally.seen["times the new release"] += found == name
    right = found == name or (found == before and not child.acknowledged)
    tally.hold(right, f"{told}: found {found}")
    loads.present = found if right else name
    if loads.random.random() > LOADED_AFTER:  # the next is killed, too
        return
    wrong = loads.load(loads.next())
    tally.hold(not wrong, f"{told}: the next load {wrong}")
    if wrong:
        raise RuntimeError(f"{told}: nothing can be loaded any more: {wrong}")


def control_crash(run: Run) -> None:
    """The same of a load that publishes in pieces: it must be found to leave neither, or something over."""
    tried = caught = 0
    with databases.made(run.kind, run.folder) as kept:
        loads = Loads(kept, run)
        while caught < run.catches and tried < MOST_TRIED:
            tried += 1
            name, before = loads.next(), loads.present
            child = loads.child(name, PIECEMEAL)
            child.strike(PUBLISHING, loads.random.uniform(0, loads.took[PUBLISHING]), child.kill)
            child.end()
            wrong = found = loads.found()
            if found in {before, name}:
                loads.present = found
                wrong = loads.load(loads.next())
            if wrong:
                caught += 1
                loads.begin_anew(name)
    run.tally.hold_control(PIECEMEAL, caught, tried, run.catches)


def control_crash_server(run: Run) -> None:
    """The same of a load that acknowledges what it has not written: loads must be found to be lost."""
    tried = caught = 0
    with postgres.running(databases.USUAL) as server:
        loads = Loads(server, run)
        while caught < run.catches and tried < MOST_TRIED:
            tried += 1
            name, before = loads.next(), loads.present
            child = loads.child(name, FORGETFUL)
            child.strike(ACKNOWLEDGED, 0, lambda: databases.kill_tree(server))
            child.end()
            server.start()
            found = loads.found()
            caught += child.acknowledged and found != name
            loads.present = found if found in {name, before} else before
    run.tally.hold_control(FORGETFUL, caught, tried, run.catches)
