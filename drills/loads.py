"""Loads of one data set after the other into databases of one kind, and which of them is there."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from drills.children import Child, Job, done
from drills.contents import Contents, contents
from drills.databases import Databases
from drills.marks import BEGUN, READY
from drills.runs import Run
from drills.wrong import Variant

EMPTY = "empty"
FIRST_LOADS = 0.2  # share of the loads that go into an empty database
EARLY, LATE = 0.1, 1.15  # share of the kills that come before the transaction; how far beyond its end others may come


@dataclass(frozen=True, slots=True)
class Aim:
    """So many seconds after a mark."""

    mark: str
    delay: float


class Loads:
    """Loads of one data set after the other into databases of one kind, and what is there after each."""

    def __init__(self, kept: Databases, run: Run) -> None:
        self._kept, self._folder, self._seeds = kept, run.folder, run.seeds
        self.random = Random(run.tally.seed)
        self._lengths: dict[tuple[str, bool], float] = {}  # of a transaction: by data set, and whether it is the first
        self._starts = 0.0
        self._clean: dict[str, Contents] = {}
        first, second = self._seeds
        # Each once into an empty database, and once over the other data.
        for order in ((first, second), (second, first)):
            self.begin_anew()
            self._clean[EMPTY] = contents(self.url)
            for name in order:
                if wrong := self.load(name):
                    raise RuntimeError(f"a load that nobody disturbed {wrong}")
        self.begin_anew()

    @property
    def names(self) -> list[str]:
        """Of the data sets."""
        return list(self._seeds)

    def begin_anew(self, *, migrated: bool = True) -> None:
        """Go on with a database that has a schema at most."""
        self.url, self.present = self._kept.new_database(), EMPTY
        if migrated:
            done(Job(self.url, migrates=True), self._folder)

    def other_than(self, name: str) -> str:
        return next(one for one in self._seeds if one != name)

    def child(self, name: str, variant: Variant | None = None, *, migrates: bool = False) -> Child:
        return Child(Job(self.url, self._seeds[name], migrates, variant), self._folder)

    def load(self, name: str) -> str:
        """A load that nobody disturbs, and what went wrong with it; how long it takes is remembered."""
        child = self.child(name)
        child.go()
        if status := child.end():
            return f"ended with {status}: {child.error}"
        self._lengths[name, self.present == EMPTY] = child.lasted
        self._starts = child.marks[BEGUN] - child.marks[READY]
        self.present = name
        if name not in self._clean:
            self._clean[name] = contents(self.url)
        return "" if (found := self.found()) == name else f"led to {found}"

    def aim(self, name: str) -> Aim:
        """A random moment of a load."""
        if self.random.random() < EARLY:
            return Aim(READY, self.random.uniform(0, self._starts))
        return Aim(BEGUN, self.random.uniform(0, LATE * self._lengths[name, self.present == EMPTY]))

    def found(self) -> str:
        """Which data is there; what is neither is told by the tables that differ from each."""
        held = contents(self.url)
        for name, clean in self._clean.items():
            if held == clean:
                return name
        differing = (
            f"{sum(held.get(table) != digest for table, digest in clean.items())} tables are not those of {name}"
            for name, clean in self._clean.items()
        )
        return f"neither: {', '.join(differing)}"

    def trials(self, count: int) -> Iterator[tuple[str, str]]:
        """What is loaded next, and what is there before."""
        for _ in range(count):
            if self.random.random() < FIRST_LOADS and self.present != EMPTY:
                self.begin_anew()
            yield self.other_than(self.present), self.present
