"""What a drill counts: faults made, faults that landed where they were aimed, and what held or did not."""

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

MOST_SHOWN = 20  # failures, one by one


@dataclass
class Tally:
    """The counts of one drill on one database."""

    drill: str
    database: str
    seed: int
    faults: int = 0
    landed: int = 0
    passed: int = 0
    failures: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)  # what else there is to say, in numbers
    controls: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: int = 0

    def fault(self, *, landed: bool) -> None:
        self.faults += 1
        self.landed += landed

    def hold(self, holds: bool, otherwise: str) -> None:
        """One thing that must hold."""
        self.count(1, [] if holds else [otherwise])

    def count(self, checked: int, failures: Iterable[str]) -> None:
        """Many things that must hold, and which of them did not."""
        failed = list(failures)
        self.passed += checked - len(failed)
        for one in failed[: max(0, MOST_SHOWN - len(self.failures))]:
            sys.stderr.write(f"  FAILED {one}\n")
        self.failures += failed

    def hold_share(self, least: float) -> None:
        """Faults that miss prove nothing."""
        self.hold(self.share >= least, f"{self.share:.0%} of the faults landed, fewer than {least:.0%}")

    def hold_control(self, variant: str, caught: int, tried: int, wanted: int, *, of: str = "") -> None:
        """A wrong variant has to be caught, else what holds is no proof."""
        name = f"{variant}, {of}" if of else variant
        self.controls.append(f"{name}: caught {caught} of {tried}")
        self.hold(caught >= wanted, f"the negative control '{name}' was caught {caught} times of {tried}")

    @property
    def share(self) -> float:
        return self.landed / self.faults if self.faults else 0.0

    @property
    def failed(self) -> int:
        return len(self.failures)

    @property
    def told(self) -> list[str]:
        """What else there is to say."""
        faults = [f"{self.faults:,} faults, {self.share:.0%} landed"] if self.faults else []
        return [*faults, *(f"{count:,} {what}" for what, count in self.seen.items()), *self.notes, *self.controls]

    def __str__(self) -> str:
        lines = [f"{self.drill} on {self.database}, seed {self.seed}", *(f"  {line}" for line in self.told)]
        return "\n".join([*lines, f"  {self.passed:,} passed, {self.failed:,} failed"])
