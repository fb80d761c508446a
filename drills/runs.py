"""One run of a drill: on which database, with which data, how many trials, and what it counts."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bench.datasets import DataSet
from bench.folders import ROOT
from drills.tally import Tally

REAL = ROOT / "seed"
SIZES = (200, 220, 240, 260)  # facts; a load takes long enough to be hit, and many can be made

Seeds = dict[str, Path]  # by the name that a report gives them


def generated() -> Seeds:
    """Data sets that have nothing in common but their nouns: to take one for another is noticed everywhere."""
    return {f"{size} facts": DataSet(size).seed for size in SIZES}


def shortened(city: Path, folder: Path) -> Seeds:
    """A seed, and the same without the last of its facts."""
    other = folder / "shortened"
    shutil.copytree(city, other)
    bulk = next((other / "facts").glob("*.csv"))
    bulk.write_text("".join(bulk.read_text(encoding="utf-8").splitlines(keepends=True)[:-5]), encoding="utf-8")
    if (other / "manifest").exists():
        (other / "manifest").write_text("draft\n", encoding="utf-8")
    return {"city": city, "shortened": other}


@dataclass(frozen=True, slots=True)
class Run:
    """`folder` is empty; `catches` is how often a negative control has to be caught.

    `at_once` loads race each other; no trial begins after `until`, by `time.monotonic()`; `timed` holds to its time
    what must be quick, which a busy machine may not be; `real` is a seed of people.
    """

    kind: str
    seeds: Seeds
    folder: Path
    trials: int
    catches: int
    tally: Tally
    at_once: int = 8
    until: float = float("inf")
    timed: bool = True
    real: Path = REAL

    def within(self, name: str) -> "Run":
        """The same in a folder of its own."""
        folder = self.folder / name
        folder.mkdir()
        return replace(self, folder=folder)


@dataclass(frozen=True, slots=True)
class Drill:
    """`parts` are the drill and its negative controls; where faults are aimed, `least` of them must land."""

    what: str
    parts: tuple[Callable[[Run], None], ...]
    trials: int
    kinds: tuple[str, ...] = ("sqlite", "postgresql")
    least: float = 0.0
