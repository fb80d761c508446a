"""Serve and soak: loads of several data sets in turn under readers at full load; no response mixes them.

Soak does so for minutes, and watches that memory, descriptors and threads stay flat.
"""

import time
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from statistics import median

from bench.processes import tree
from drills.contents import left_over
from drills.loads import LONGEST, Load, NewDatabase, databases, load
from drills.readers import Known, Manners, Readers, backtrace, learn
from drills.runs import Run
from drills.servers import PATIENT, serving
from drills.wrong import CURSORLESS, LEAKING, MIXED, UNKEYED

WORKERS = (1, 2)  # processes that answer
ANSWERS_A_LOAD = 200  # at least
FRESH_WITHIN = 5.0  # seconds from a load to its data, for each reader; as a rule, for a machine may be busy
MOST_LOADS = 12  # of a control, until it was caught often enough
MINUTE = 60.0  # seconds, of which a trial of a soak is one
LOADED_EVERY = 5.0  # seconds, in a soak
# Shares of the samples of a soak that are not judged: caches fill, threads start.
WARM_UP, CONTROL_WARM_UP = 0.25, 0.1
GROWTH, MORE_MEGABYTES, MORE_DESCRIPTORS = 0.05, 2.0, 8  # memory may grow by a share and by so many megabytes
MORE_THREADS = 2  # a pool starts one more where all happen to be busy, up to its size
SMALL_CACHE = {"FACTBOOK_CACHE_BYTES": "1000000", **PATIENT}  # one that fills for half an hour would hide a leak


def clean(run: Run, new_database: NewDatabase) -> tuple[Known, dict[str, str]]:
    """The responses over each data set, loaded into a database of its own; and the release that it makes."""
    known: Known = {}
    releases = {}
    for name, seed in run.seeds.items():
        url = new_database()
        load(url, seed, run.folder)
        with serving(url, run.folder / f"clean {name}") as service:
            releases[name] = learn(service.port, known)
    return known, releases


class Rounds:
    """Loads beside readers, into one database."""

    def __init__(self, run: Run, new_database: NewDatabase) -> None:
        self.run = run
        self._known, self._releases = clean(run, new_database)
        self.url = new_database()
        self._names = list(run.seeds)
        self._loaded = 1
        load(self.url, run.seeds[self._names[0]], run.folder)

    def loads(
        self, workers: int = 1, fault: str = "", settings: Mapping[str, str] = PATIENT
    ) -> Generator[tuple[str, float], None, None]:
        """One load after the other, without end; what went wrong, and seconds until all readers saw its data."""
        with (
            serving(self.url, self.run.folder / f"{workers} {fault}", workers, fault, settings) as self.service,
            Readers([self.service.port], self._known, workers, Manners()) as self.readers,
        ):
            self.readers.wait_for(self._loaded, LONGEST)
            for number in count(1):
                name = self._names[self._loaded % len(self._names)]
                if failed := Load(self.url, self.run.seeds[name], self.run.folder).finish():
                    yield f"load {number} {failed}", 0.0
                    continue
                self._loaded += 1
                self.readers.published(self._loaded, self._releases[name])
                yield "", self.readers.wait_for(self._loaded, FRESH_WITHIN if fault else LONGEST)


def serve(run: Run) -> None:
    """Loads until there were enough, and enough responses, from one worker and from several."""
    with databases(run.kind, run.folder) as new_database:
        rounds = Rounds(run, new_database)
        for workers in WORKERS:
            _serve(rounds, workers, -(-run.trials // len(WORKERS)))


def _serve(rounds: Rounds, workers: int, trials: int) -> None:
    tally, waits = rounds.run.tally, list[float]()
    with closing(rounds.loads(workers)) as loads:
        for loaded, (failed, seconds) in enumerate(loads, 1):
            waits.append(seconds)
            tally.seen["loads"] += 1
            tally.check(not failed, failed)
            if rounds.readers.failures or rounds.run.is_over:
                break
            if loaded >= trials and rounds.readers.counts["answers"] >= trials * ANSWERS_A_LOAD:
                break
    tally.count(rounds.readers.counts["answers"], rounds.readers.failures)
    tally.seen.update(rounds.readers.counts)
    found = backtrace(rounds.service.log())
    tally.check(not found, f"the log of {workers} workers has {found}")
    tally.count(1, left_over(rounds.url))
    if rounds.run.timed:
        wait = f"{workers} workers: all readers saw new data after {median(waits):.2f} s, at most {max(waits):.2f} s"
        tally.check(median(waits) <= FRESH_WITHIN, wait)
        tally.notes.append(wait)


def control_serve(run: Run) -> None:
    """Services that keep responses for any release, mix the rows of two, or let cursors go on in any."""
    with databases(run.kind, run.folder) as new_database:
        rounds = Rounds(run, new_database)
        for fault in (UNKEYED, MIXED, CURSORLESS):
            with closing(rounds.loads(fault=fault)) as loads:
                for _ in islice(loads, MOST_LOADS):
                    if len(rounds.readers.failures) >= run.catches:
                        break
            caught, answers = len(rounds.readers.failures), rounds.readers.counts["answers"]
            run.tally.check_control(fault, caught, answers, run.catches)


@dataclass(frozen=True, slots=True)
class Sample:
    """What one process of a server uses: megabytes resident, descriptors, threads."""

    megabytes: float
    descriptors: int
    threads: int


def sample(pid: int) -> Sample:
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines())
    descriptors = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    return Sample(int(status["VmRSS"].split()[0]) / 1000, descriptors, int(status["Threads"]))


def growth(samples: list[Sample], warm_up: float = WARM_UP) -> list[str]:
    """What the last third of the samples after the warm-up has more of than the first, by their medians."""
    judged = samples[round(len(samples) * warm_up) :]
    third = max(1, len(judged) // 3)
    first, last = (
        Sample(*(median(getattr(one, name) for one in part) for name in Sample.__slots__))
        for part in (judged[:third], judged[-third:])
    )
    grown = {
        "memory": last.megabytes > first.megabytes * (1 + GROWTH) + MORE_MEGABYTES,
        "descriptors": abs(last.descriptors - first.descriptors) > MORE_DESCRIPTORS,
        "threads": last.threads > first.threads + MORE_THREADS,
    }
    return [f"{name} grew from {first} to {last}" for name, has_grown in grown.items() if has_grown]


def _soak(rounds: Rounds, minutes: float, workers: int, fault: str = "") -> tuple[dict[int, list[Sample]], list[str]]:
    """Samples of each process of a server under load, by its id, and what went wrong meanwhile."""
    samples: dict[int, list[Sample]] = {}
    failures: list[str] = []
    until = time.monotonic() + minutes * MINUTE
    with closing(rounds.loads(workers, fault, SMALL_CACHE)) as loads:
        for failed, _ in loads:
            rounds.run.tally.seen["loads"] += 1
            failures += [failed] if failed else []
            for pid in tree(rounds.service.pid):
                samples.setdefault(pid, []).append(sample(pid))
            if time.monotonic() > until or rounds.run.is_over:
                break
            time.sleep(min(LOADED_EVERY, minutes))
    return samples, failures + rounds.readers.failures


def soak(run: Run) -> None:
    """So many minutes, on two workers."""
    with databases(run.kind, run.folder) as new_database:
        rounds = Rounds(run, new_database)
        samples, failures = _soak(rounds, run.trials, WORKERS[-1])
    run.tally.count(rounds.readers.counts["answers"] + run.tally.seen["loads"], failures)
    run.tally.seen["answers"] += rounds.readers.counts["answers"]
    for number, of_one in enumerate(samples.values(), 1):
        if run.timed:
            run.tally.count(len(Sample.__slots__), [f"process {number}: {what}" for what in growth(of_one)])
        memory = [one.megabytes for one in of_one]
        run.tally.notes.append(f"process {number}: {min(memory):.0f} to {max(memory):.0f} MB in {len(of_one)} samples")


def control_soak(run: Run) -> None:
    """A service that keeps some of each response, for a minute."""
    with databases(run.kind, run.folder) as new_database:
        samples, _ = _soak(Rounds(run, new_database), 1, 1, LEAKING)
    caught = sum(bool(growth(of_one, CONTROL_WARM_UP)) for of_one in samples.values())
    run.tally.check_control(LEAKING, caught, len(samples), 1)
