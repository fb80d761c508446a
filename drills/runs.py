"""One run of a drill: on which database, with which data, how many trials, and what it counts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from drills.seeds import REAL, Seeds
from drills.tally import Tally


@dataclass(frozen=True, slots=True)
class Run:
    """`folder` is empty; `catches` is how often a negative control has to be caught.

    `at_once` processes race each other; `timed` holds to its time what must be quick; `real` is a seed of people.
    """

    kind: str
    seeds: Seeds
    folder: Path
    trials: int
    catches: int
    tally: Tally
    at_once: int = 8
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
