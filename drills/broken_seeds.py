"""Broken seeds: one file of a seed is spoilt; it is refused with file and line, or loads to the same data.

What the manifest alone refuses is loaded once more as a draft, so that the checks behind it are tried too: there, other
data is no failure but counted.
"""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import chain
from pathlib import Path
from random import Random
from typing import NamedTuple

from app.seeding import manifest
from app.seeding.loading import load
from app.seeding.migrating import migrate
from drills.contents import contents
from drills.mutations import mutate
from drills.runs import Run
from drills.spoilt_loads import LONGEST, MOST_MEGABYTES, MOST_SECONDS, VARIANTS, Ended, loads

PLACED = re.compile(r"\S.*?:[1-9]\d*:[1-9]\d*: \S")
SUMMARY = re.compile(r"\d+ mistakes?( or more)?; nothing was written\.")
REFUSED, BY_THE_MANIFEST, SAME, OTHER = "refused", "refused by the manifest alone", "same data", "other data"
FAILED, AS_A_DRAFT = "failed", "as a draft: "
MARK = ("fingerprint",)  # by which a load knows its files again, whatever is in them
AT_ONCE = 2
MOST_TRIED = 100  # trials of a negative control, until it was caught often enough


class Tried(NamedTuple):
    """What a load was made of, what came of it, and why that is a failure, if it is one."""

    what: str
    outcome: str
    why: str
    ended: Ended


def judged(ended: Ended, *, changed: bool, draft: bool) -> tuple[str, str]:
    """What came of a load, and why that is a failure, if it is one."""
    *told, last = [line for line in ended.said.split("\n") if line and not line.startswith("  ")] or [""]
    if ended.status is None or ended.seconds >= LONGEST:
        return FAILED, "it hangs"
    if "Traceback" in ended.said or ended.status not in (0, 1):
        return FAILED, f"it ended with {ended.status}: {ended.said[-600:]}"
    if ended.seconds > MOST_SECONDS:
        return FAILED, f"it took {ended.seconds:.1f} s"
    if ended.megabytes > MOST_MEGABYTES:
        return FAILED, f"it took {ended.megabytes:.0f} MB"
    if ended.status:
        if changed:
            return FAILED, "a refused load has changed the database"
        if not told or not all(map(PLACED.match, told)) or not SUMMARY.fullmatch(last):
            return FAILED, f"it does not say where: {ended.said[-600:]}"
        return (REFUSED if any("manifest" not in line for line in told) else BY_THE_MANIFEST), ""
    if changed and not draft:
        return FAILED, "other data was loaded"
    return (OTHER if changed else SAME), ""


class Spoilt:
    """A loaded database, and the seed that is spoilt for each trial. `variant` makes the loader wrong in one way."""

    def __init__(self, run: Run, variant: str | None = None) -> None:
        self._seed, self._folder, self._home, self._variant = run.tally.seed, run.real, run.folder, variant
        loaded = run.folder / "loaded.db"
        url = f"sqlite:///{loaded}"
        migrate(url)
        load(url, self._folder, None, lambda _what, _count: None)
        with closing(sqlite3.connect(loaded)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._bytes, self._held = loaded.read_bytes(), contents(url, MARK)

    def trials(self, count: int) -> Iterator[Tried]:
        """By their numbers: the same seed makes the same mutations."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            for start in range(0, count, AT_ONCE):
                numbers = range(start, min(start + AT_ONCE, count))
                yield from chain.from_iterable(threads.map(self._trial, numbers))

    def _trial(self, number: int) -> list[Tried]:
        home = self._home / f"{self._variant} {number}"
        spoilt = home / "seed"
        shutil.copytree(self._folder, spoilt)
        kind, file = mutate(Random(f"{self._seed} {number}"), spoilt)
        tried = [self._try(home, f"{number}: {kind} in {file}", draft=False)]
        if tried[0].outcome == BY_THE_MANIFEST and file != manifest.FILE:
            (spoilt / manifest.FILE).write_text(f"{manifest.DRAFT}\n", encoding="utf-8")
            tried.append(self._try(home, f"{number}, as a draft: {kind} in {file}", draft=True))
        shutil.rmtree(home)
        return tried

    def _try(self, home: Path, what: str, *, draft: bool) -> Tried:
        database = home / "factbook.db"
        database.write_bytes(self._bytes)
        ended = loads(home / "seed", database, home, self._variant)
        changed = database.read_bytes() != self._bytes and contents(f"sqlite:///{database}", MARK) != self._held
        outcome, why = judged(ended, changed=changed, draft=draft)
        return Tried(what, f"{AS_A_DRAFT}{outcome}" if draft else outcome, why, ended)


def broken_seeds(run: Run) -> None:
    """So many seeds, each spoilt in one way."""
    seconds = megabytes = 0.0
    for what, outcome, why, ended in Spoilt(run).trials(run.trials):
        if not outcome.startswith(AS_A_DRAFT):
            run.tally.fault(landed=True)
        run.tally.seen[outcome] += 1
        run.tally.hold(not why, f"{what}: {why}")
        seconds, megabytes = max(seconds, ended.seconds), max(megabytes, ended.megabytes)
    run.tally.notes.append(f"at most {seconds:.1f} s of the processor, {megabytes:.0f} MB more than before")


def control_broken_seeds(run: Run) -> None:
    """Loaders that are wrong in one way each."""
    for variant in VARIANTS:
        tried = caught = 0
        for one in Spoilt(run.within(variant), variant).trials(MOST_TRIED):
            tried += 1
            caught += bool(one.why)
            if caught >= run.catches:
                break
        run.tally.hold_control(variant, caught, tried, run.catches)
