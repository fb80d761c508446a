"""Serve and soak: loads of several data sets in turn under readers at full load; no response mixes them.

Soak does so for minutes, and watches that memory, descriptors and threads stay flat.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from statistics import median
from typing import NamedTuple

from bench.processes import MEGABYTE, Server, tree
from drills.contents import left_over
from drills.loads import LONGEST, Loads
from drills.readers import Manners, Readers, backtrace
from drills.runs import Run
from drills.servers import PATIENT, databases, serving
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


@contextmanager
def watched(
    loads: Loads, workers: int = 1, fault: str = "", settings: Mapping[str, str] = PATIENT
) -> Iterator[tuple[Server, Readers]]:
    """A service, and readers who have all been shown what is current."""
    with (
        serving(loads.url, loads.run.folder / f"{workers} {fault}", workers, fault, settings) as service,
        Readers([service.port], loads.run.known, workers, Manners(loads.run.pause)) as readers,
    ):
        readers.wait_for(loads.number, LONGEST)
        yield service, readers


def serve(run: Run) -> None:
    """Loads until there were enough, and enough responses, from one worker and from several."""
    with databases(run.kind, run.folder) as new_database:
        loads = Loads(run, new_database, learns=True)
        for workers in WORKERS:
            _serve(loads, workers, -(-run.trials // len(WORKERS)))


def _serve(loads: Loads, workers: int, trials: int) -> None:
    tally, waits = loads.run.tally, list[float]()
    with watched(loads, workers) as (service, readers):
        while len(waits) < trials or readers.counts["answers"] < trials * ANSWERS_A_LOAD:
            failed, seconds = loads.show_next(readers)
            waits.append(seconds)
            tally.seen["loads"] += 1
            tally.check(not failed, f"load {len(waits)} {failed}")
            if readers.failures or loads.run.is_over:
                break
    tally.count(readers.counts["answers"], readers.failures)
    tally.seen.update(readers.counts)
    found = backtrace(service.log())
    tally.check(not found, f"the log of {workers} workers has {found}")
    tally.count(1, left_over(loads.url))
    if loads.run.timed:
        wait = f"{workers} workers: all readers saw new data after {median(waits):.2f} s, at most {max(waits):.2f} s"
        tally.check(median(waits) <= FRESH_WITHIN, wait)
        tally.notes.append(wait)


def control_serve(run: Run) -> None:
    """Services that keep responses for any release, mix the rows of two, or let cursors go on in any."""
    with databases(run.kind, run.folder) as new_database:
        loads = Loads(run, new_database, learns=True)
        for fault in (UNKEYED, MIXED, CURSORLESS):
            with watched(loads, fault=fault) as (_, readers):
                for _ in range(MOST_LOADS):
                    loads.show_next(readers, FRESH_WITHIN)
                    if len(readers.failures) >= run.catches:
                        break
            run.tally.check_control(fault, len(readers.failures), readers.counts["answers"], run.catches)


class Sample(NamedTuple):
    """What one process of a server uses: megabytes resident, descriptors, threads."""

    megabytes: float
    descriptors: int
    threads: int


def growth(samples: list[Sample], warm_up: float = WARM_UP) -> list[str]:
    """What the last third of the samples after the warm-up has more of than the first, by their medians."""
    judged = samples[round(len(samples) * warm_up) :]
    third = max(1, len(judged) // 3)
    first, last = (Sample(*map(median, zip(*part, strict=True))) for part in (judged[:third], judged[-third:]))
    grown = {
        "memory": last.megabytes > first.megabytes * (1 + GROWTH) + MORE_MEGABYTES,
        "descriptors": abs(last.descriptors - first.descriptors) > MORE_DESCRIPTORS,
        "threads": last.threads > first.threads + MORE_THREADS,
    }
    return [f"{name} grew from {first} to {last}" for name, has_grown in grown.items() if has_grown]


def _soak(
    run: Run, minutes: float, workers: int, fault: str = ""
) -> tuple[dict[int, list[Sample]], Readers, list[str]]:
    """Samples of each process of a server under load, by its id, its readers, and the loads that went wrong."""
    samples: dict[int, list[Sample]] = {}
    failures: list[str] = []
    with databases(run.kind, run.folder) as new_database:
        loads = Loads(run, new_database, learns=True)
        with watched(loads, workers, fault, SMALL_CACHE) as (service, readers):
            until = time.monotonic() + minutes * MINUTE
            while time.monotonic() < until and not run.is_over:
                failed, _ = loads.show_next(readers, FRESH_WITHIN if fault else LONGEST)
                run.tally.seen["loads"] += 1
                failures += [failed] if failed else []
                for one in tree(service.pid):
                    seen = Sample(one.memory_info().rss / MEGABYTE, one.num_fds(), one.num_threads())
                    samples.setdefault(one.pid, []).append(seen)
                time.sleep(min(LOADED_EVERY, minutes))
    return samples, readers, failures


def soak(run: Run) -> None:
    """So many minutes, on two workers."""
    samples, readers, failures = _soak(run, run.trials, WORKERS[-1])
    answers = readers.counts["answers"]
    run.tally.count(answers + run.tally.seen["loads"], [*failures, *readers.failures])
    run.tally.seen["answers"] += answers
    for number, of_one in enumerate(samples.values(), 1):
        if run.timed:
            run.tally.count(len(Sample._fields), [f"process {number}: {what}" for what in growth(of_one)])
        memory = [one.megabytes for one in of_one]
        run.tally.notes.append(f"process {number}: {min(memory):.0f} to {max(memory):.0f} MB in {len(of_one)} samples")


def control_soak(run: Run) -> None:
    """A service that keeps some of each response, for a minute."""
    samples, _, _ = _soak(run, 1, 1, LEAKING)
    caught = sum(bool(growth(of_one, CONTROL_WARM_UP)) for of_one in samples.values())
    run.tally.check_control(LEAKING, caught, len(samples), 1)
