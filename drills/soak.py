"""Soak: readers at full load and loads in between, for minutes; memory, descriptors and threads stay flat."""

import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.processes import tree
from drills import databases
from drills.runs import Run
from drills.serve import Rounds
from drills.wrong import LEAKING

WORKERS = 2
MINUTE = 60.0  # seconds, of which a trial is one
WARM_UP = 0.25  # share of the time that is not judged: caches fill, threads start
GROWTH, MORE = 0.05, 2.0  # memory may grow by this share and so many megabytes
MORE_DESCRIPTORS = 8
MORE_THREADS = 2  # a pool starts one more where all happen to be busy, up to its size
CONTROL_MINUTES, CONTROL_WARM_UP = 1.0, 0.1
LOADED_EVERY = 5.0  # seconds
WITHOUT_CACHE = {"FACTBOOK_CACHE_BYTES": "1000000"}  # what fills for half an hour by design would hide what leaks


@dataclass(frozen=True, slots=True)
class Sample:
    """What one process of a server holds: megabytes resident, descriptors, threads."""

    megabytes: float
    descriptors: int
    threads: int


Samples = dict[int, list[Sample]]  # by process


def sampled(pid: int) -> Sample:
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines())
    descriptors = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    return Sample(int(status["VmRSS"].split()[0]) / 1000, descriptors, int(status["Threads"]))


def growing(samples: list[Sample], warm_up: float = WARM_UP) -> list[str]:
    """What the last third of the samples after the warm-up has more of than the first, by their medians."""
    judged = samples[round(len(samples) * warm_up) :]
    third = len(judged) // 3
    first, last = (
        {name: median(getattr(one, name) for one in part) for name in Sample.__slots__}
        for part in (judged[:third], judged[-third:])
    )
    told = []
    if last["megabytes"] > first["megabytes"] * (1 + GROWTH) + MORE:
        told.append(f"memory grew from {first['megabytes']:.1f} to {last['megabytes']:.1f} MB")
    if abs(last["descriptors"] - first["descriptors"]) > MORE_DESCRIPTORS:
        told.append(f"{first['descriptors']} descriptors became {last['descriptors']}")
    if last["threads"] > first["threads"] + MORE_THREADS:
        told.append(f"{first['threads']} threads became {last['threads']}")
    return told


def _soaked(rounds: Rounds, minutes: float, workers: int, fault: str = "") -> tuple[Samples, list[str]]:
    """Samples of each process of a server under load, and what went wrong meanwhile."""
    samples: Samples = {}
    failures: list[str] = []
    until = time.monotonic() + minutes * MINUTE
    with closing(rounds.loads(f"{workers}.log", workers, fault, WITHOUT_CACHE)) as loads:
        for wrong, _ in loads:
            rounds.run.tally.seen["loads"] += 1
            failures += [wrong] if wrong else []
            for pid in tree(rounds.pid):
                samples.setdefault(pid, []).append(sampled(pid))
            if time.monotonic() > until:
                break
            time.sleep(min(LOADED_EVERY, minutes))
    return samples, failures + rounds.readers.failures


def soak(run: Run) -> None:
    """So many minutes."""
    with databases.made(run.kind, run.folder) as kept:
        rounds = Rounds(run, kept)
        samples, failures = _soaked(rounds, run.trials, WORKERS)
    run.tally.count(rounds.readers.counts["answers"] + run.tally.seen["loads"], failures)
    run.tally.seen["answers"] += rounds.readers.counts["answers"]
    for number, of_one in enumerate(samples.values(), 1):
        if run.timed:  # too short a run says nothing of growth
            run.tally.count(len(Sample.__slots__), [f"process {number}: {what}" for what in growing(of_one)])
        memory = [one.megabytes for one in of_one]
        run.tally.notes.append(f"process {number}: {min(memory):.0f} to {max(memory):.0f} MB in {len(of_one)} samples")


def control_soak(run: Run) -> None:
    """A service that keeps some of each answer."""
    with databases.made(run.kind, run.folder) as kept:
        samples, _ = _soaked(Rounds(run, kept), CONTROL_MINUTES, 1, LEAKING)
    caught = sum(bool(growing(of_one, CONTROL_WARM_UP)) for of_one in samples.values())
    run.tally.hold_control(LEAKING, caught, len(samples), 1)
