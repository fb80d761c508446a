"""One run of a drill: its database, data and number of trials, and the counts of what held and what did not."""

import platform
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from app.folders import lock_file
from bench.data import DataSet
from bench.work import ROOT
from drills.contents import NOTHING, Contents
from drills.readers import Known
from tests import postgres

PAGE = ROOT / "docs" / "drills.md"  # a row for the last whole run of each drill on each database
KINDS = ("sqlite", "postgresql")
SIZES = (200, 220, 240, 260)  # facts; a load takes long enough to be hit, and many can be made
MOST_SHOWN = 20  # failures, one by one
SHORT_PAUSE = 0.05  # seconds

Seeds = dict[str, Path]  # by the name that a report gives them


def generated() -> Seeds:
    """Data sets with nothing in common but their nouns: taking one for another shows everywhere."""
    return {f"{size} facts": DataSet(size).seed for size in SIZES}


@dataclass
class Tally:
    """The counts of one drill on one database."""

    drill: str
    database: str
    seed: int
    faults: int = 0
    landed: int = 0  # faults that came when they were meant to
    passed: int = 0
    failures: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)  # what else there is to say, in numbers
    notes: list[str] = field(default_factory=list)  # and in words
    seconds: int = 0

    def fault(self, *, landed: bool = True) -> None:
        self.faults += 1
        self.landed += landed

    def check(self, holds: bool, otherwise: str) -> None:
        self.count(1, [] if holds else [otherwise])

    def count(self, checks: int, failures: Iterable[str]) -> None:
        """So many checks, and the failures among them."""
        failed = list(failures)
        self.passed += checks - len(failed)
        for one in failed[: max(0, MOST_SHOWN - len(self.failures))]:
            sys.stderr.write(f"  FAILED {one}\n")
        self.failures += failed

    def check_control(self, variant: str, caught: int, tried: int, least: int) -> None:
        """A wrong variant has to be caught, or what holds proves nothing."""
        self.notes.append(f"{variant}: caught {caught:,} of {tried:,}")
        self.check(caught >= least, f"the negative control '{variant}' was caught {caught} times of {tried}")

    @property
    def share(self) -> float:
        return self.landed / self.faults if self.faults else 0.0

    @property
    def summary(self) -> list[str]:
        faults = [f"{self.faults:,} faults, {self.share:.0%} landed"] if self.faults else []
        return [*faults, *(f"{count:,} {what}" for what, count in self.seen.items()), *self.notes]

    def __str__(self) -> str:
        lines = [f"{self.drill} on {self.database}, seed {self.seed}, {self.seconds} s", *self.summary]
        return "\n  ".join([*lines, f"{self.passed:,} passed, {len(self.failures):,} failed"])

    def write_row(self) -> None:
        """Replace the row of this drill in the page, or add it; another drill may end at the same moment."""
        is_sqlite = self.database == "sqlite"
        server = f"SQLite {sqlite3.sqlite_version}" if is_sqlite else f"PostgreSQL {postgres.version()}"
        libraries = f"Python {platform.python_version()}, {server}, SQLAlchemy {version('sqlalchemy')}"
        when = f"{datetime.now(UTC):%Y-%m-%d}, seed {self.seed}, {self.seconds:,} s; {libraries}"
        start = f"| {self.drill} | {self.database} |"
        row = f"{start} {'; '.join(self.summary)} | {self.passed:,} | {len(self.failures):,} | {when} |"
        with PAGE.open("r+", encoding="utf-8") as file:
            lock_file(file)
            lines = file.read().splitlines()
            place = next((number for number, line in enumerate(lines) if line.startswith(start)), len(lines))
            lines[place : place + 1] = [row]
            file.seek(0)
            file.truncate()
            file.write("\n".join(lines) + "\n")


@dataclass(frozen=True, slots=True)
class Run:
    """`folder` is empty; `catches` is how often a negative control has to be caught; `at_once` loads race each other.

    No trial begins after `until`, by `time.monotonic()`. Only if `timed` do limits of time and growth count: a short
    run on a busy machine says nothing about them, and is to leave it idle. `real` is a seed written by people.
    `known` is what services answer over clean data, and `clean` what is stored, learned once for all parts of a drill.
    """

    kind: str
    seeds: Seeds
    folder: Path
    trials: int
    tally: Tally
    catches: int = 5
    at_once: int = 8
    until: float = float("inf")
    timed: bool = True
    real: Path = ROOT / "seed"
    known: Known = field(default_factory=dict)
    clean: dict[str, Contents] = field(default_factory=lambda: {"": NOTHING})  # by the name of the data set

    @property
    def pause(self) -> float:
        """Seconds at most between two requests of a reader who is to keep a server busy."""
        return 0.0 if self.timed else SHORT_PAUSE

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.until

    def within(self, name: str) -> "Run":
        """The same in a folder of its own."""
        (self.folder / name).mkdir()
        return replace(self, folder=self.folder / name)

    def control(self, variant: str, most: int, is_caught: Callable[[], bool]) -> None:
        """Try a wrong variant until it was caught often enough, so often at most."""
        tried = caught = 0
        while caught < self.catches and tried < most:
            caught += is_caught()
            tried += 1
        self.tally.check_control(variant, caught, tried, self.catches)


@dataclass(frozen=True, slots=True)
class Drill:
    """`parts` are the drill and its negative control; where faults are aimed, the share `least` must land."""

    parts: tuple[Callable[[Run], None], ...]
    trials: int
    kinds: tuple[str, ...] = KINDS
    least: float = 0.0
