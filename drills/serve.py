"""Serve: loads of several data sets in turn under readers at full load; no answer mixes them, none is refused."""

import time
from collections.abc import Generator, Mapping
from contextlib import closing
from itertools import count, islice

from drills import contents, databases, reading
from drills.children import LONGEST, Child, Job, done
from drills.readers import Readers, serving
from drills.reading import Known
from drills.runs import Run
from drills.wrong import CURSORLESS, MIXED, UNKEYED

WORKERS = (1, 2)  # processes that answer
ANSWERS_A_LOAD = 200  # at least
FRESH_WITHIN = 5.0  # seconds from a load to its data, for each reader
MOST_LOADS = 12  # of a control, until it was caught often enough
TROUBLE = "Traceback"


def clean(run: Run, kept: databases.Databases) -> tuple[Known, dict[str, str]]:
    """What each data set is answered with, loaded into a database of its own; and the release that it makes."""
    known: Known = {}
    releases = {}
    for name, seed in run.seeds.items():
        url = kept.new_database()
        done(Job(url, seed), run.folder)
        with serving(url, run.folder / "clean.log") as (port, _):
            releases[name] = reading.know(port, known)
    return known, releases


class Rounds:
    """Loads beside readers, into one database."""

    def __init__(self, run: Run, kept: databases.Databases) -> None:
        self.run = run
        self._known, self._releases = clean(run, kept)
        self._url = kept.new_database()
        self._names = list(run.seeds)
        self._loaded = 1
        done(Job(self._url, run.seeds[self._names[0]]), run.folder)

    def loads(
        self, log: str, workers: int = 1, fault: str = "", settings: Mapping[str, str] | None = None
    ) -> Generator[tuple[str, float], None, None]:
        """One load after the other, as long as somebody asks; what went wrong, and seconds to its data."""
        lot, self.log = f"{self.run.tally.seed} {workers}", self.run.folder / log
        with (
            serving(self._url, self.log, workers, fault, settings) as (port, server),
            Readers([port], self._known, lot) as self.readers,
        ):
            self.pid = server.process.pid
            self.readers.wait_for(self._loaded)
            for number in count(1):
                name = self._names[self._loaded % len(self._names)]
                child = Child(Job(self._url, self.run.seeds[name]), self.run.folder)
                child.go()
                if failed := child.end():
                    yield f"load {number} {failed}", 0.0
                    continue
                self._loaded += 1
                self.readers.published(self._loaded, self._releases[name])
                yield "", self.readers.wait_for(self._loaded, FRESH_WITHIN if fault else LONGEST)

    def left_over(self) -> list[str]:
        return contents.left_over(self._url)


def serve(run: Run) -> None:
    """Loads until there were enough, and enough answers, from one worker and from several."""
    with databases.made(run.kind, run.folder) as kept:
        rounds = Rounds(run, kept)
        for workers in WORKERS:
            _serve(rounds, workers, -(-run.trials // len(WORKERS)))


def _serve(rounds: Rounds, workers: int, wanted: int) -> None:
    tally, slowest = rounds.run.tally, 0.0
    with closing(rounds.loads(f"{workers} workers.log", workers)) as loads:
        for loaded, (wrong, seconds) in enumerate(loads, 1):
            slowest = max(slowest, seconds)
            tally.seen["loads"] += 1
            tally.hold(not wrong, wrong)
            if rounds.run.timed:
                tally.hold(seconds <= FRESH_WITHIN, f"load {loaded} was seen by all after {seconds:.1f} s")
            if rounds.readers.failures or time.monotonic() > rounds.run.until:
                break
            if loaded >= wanted and rounds.readers.counts["answers"] >= wanted * ANSWERS_A_LOAD:
                break
    tally.count(rounds.readers.counts["answers"], rounds.readers.failures)
    tally.seen.update(rounds.readers.counts)
    said = rounds.log.read_text(encoding="utf-8", errors="replace")
    tally.hold(TROUBLE not in said, f"the log of {workers} workers says {TROUBLE}{said.partition(TROUBLE)[2][:4000]}")
    tally.count(1, rounds.left_over())
    if rounds.run.timed:
        tally.notes.append(f"{workers} workers: new data seen by all readers after {slowest:.2f} s at most")


def control_serve(run: Run) -> None:
    """Services that keep answers for any release, mix the rows of two, or let cursors go on in any."""
    with databases.made(run.kind, run.folder) as kept:
        rounds = Rounds(run, kept)
        for fault in (UNKEYED, MIXED, CURSORLESS):
            with closing(rounds.loads(f"{fault}.log", fault=fault)) as loads:
                for _ in islice(loads, MOST_LOADS):
                    if len(rounds.readers.failures) >= run.catches:
                        break
            caught, asked = len(rounds.readers.failures), rounds.readers.counts["answers"]
            run.tally.hold_control(fault, caught, asked, run.catches)
