"""Holds what is read in the gold texts against their lists: `python -m tests.text.measuring` prints the figures.

A gold list names every number of its text in order: where it starts, what is printed, and, where it states a fact,
value, unit, bound, period and status. A unit is an id of seed/units.yaml; `=word` is a unit that the seed leaves open
(several have the word, or none) and `=` one that no word names: they are right where the same word is proposed.
"""

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from app.seeding.drafting import claim_reader
from app.seeding.seeds import read_entities, read_seed
from app.text.claims import Claim, ClaimReader
from app.text.normalizing import normalise
from app.text.periods import read_period

GOLD = Path(__file__).parent / "gold"
SEED = Path(__file__).parents[2] / "seed"
SETS = ("development", "held-out", "second", "third")


class Number(NamedTuple):
    """A number of a gold list; one without a value states no fact."""

    start: int
    printed: str
    value: str
    unit: str
    bound: str
    period: str
    status: str


@dataclass
class Measured:
    """Counts of one text or of several."""

    numbers: int = 0
    facts: int = 0
    proposed: int = 0
    right: int = 0
    period_right: int = 0
    status_right: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.right / self.facts

    @property
    def precision(self) -> float:
        return self.right / self.proposed

    def add(self, other: "Measured") -> None:
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)

    def __str__(self) -> str:
        return (
            f"{self.numbers} numbers, {self.facts} facts, {self.proposed} proposed, {self.right} right: "
            f"recall {self.recall:.3f}, precision {self.precision:.3f}; "
            f"of those right: period {self.period_right}, status {self.status_right}"
        )


def reader_of_the_seed() -> ClaimReader:
    return claim_reader(read_entities(SEED, lambda _what, _count: None))


def published() -> dict[str, str]:
    with (GOLD / "texts.csv").open(encoding="utf-8", newline="") as rows:
        return {row["text"]: row["published"] for row in csv.DictReader(rows)}


def gold(path: Path) -> Iterator[Number]:
    with path.with_suffix(".csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            yield Number(int(row.pop("start")), **row)


def measure(reader: ClaimReader, path: Path) -> Measured:
    text = path.read_text(encoding="utf-8")
    numbers = list(gold(path))
    facts = [number for number in numbers if number.value]
    claims = reader.read(text, read_period(published()[path.stem])).claims
    measured = Measured(len(numbers), len(facts), len(claims))
    unused = list(claims)
    for fact in facts:
        here = [one for one in unused if one.start < fact.start + len(fact.printed) and one.end > fact.start]
        claim = next((one for one in here if _is_right(one, fact)), None)
        if claim is None:
            measured.missed.append(f"{path.stem}: {fact} proposed as {[_shown(one) for one in here]}")
            continue
        unused.remove(claim)
        measured.right += 1
        measured.period_right += claim.period == fact.period
        measured.status_right += claim.status == fact.status
        if claim.period != fact.period:
            measured.aside.append(
                f"{path.stem}: {fact.printed} of {fact.period}, not {claim.period} {claim.period_printed}"
            )
        if claim.status != fact.status:
            measured.aside.append(f"{path.stem}: {fact.printed} {fact.status}, not {claim.status}")
    measured.wrong = [f"{path.stem}: {_shown(one)} in {one.quote!r}" for one in unused]
    return measured


def measure_set(reader: ClaimReader, name: str) -> Measured:
    whole = Measured()
    for path in sorted((GOLD / name).glob("*.txt")):
        whole.add(measure(reader, path))
    return whole


def share_of_the_seed(reader: ClaimReader, source: str, text: str, day: str) -> tuple[list[str], list[str]]:
    """The quoted measurements of a source in the seed whose value and bound a draft proposes, and those it does not."""
    claims = reader.read(text, read_period(day)).claims
    seed = read_seed(SEED)
    proposed: list[str] = []
    missed: list[str] = []
    for fact in seed.facts:
        record = fact.record
        if record.source != source or not record.metric or not record.quote or record.derived:
            continue
        start, end = seed.pins[source].quotes[record.quote]
        here = [one for one in claims if start <= one.start and one.end <= end]
        right = any(one.value == record.number and one.bound == record.bound for one in here)
        told = f"{record.printed} in {record.quote!r}: {[_shown(one) for one in here]}"
        (proposed if right else missed).append(told)
    return proposed, missed


def _is_right(claim: Claim, fact: Number) -> bool:
    if claim.value != Decimal(fact.value) or claim.bound != fact.bound:
        return False
    if fact.unit.startswith("="):
        return claim.word.casefold() == normalise(fact.unit[1:]).casefold()
    return claim.units[:1] == (fact.unit,)


def _shown(claim: Claim) -> str:
    return f"{claim.printed} = {claim.bound} {claim.value} {claim.word or '-'} {'|'.join(claim.units[:3])}"


if __name__ == "__main__":
    seeded = reader_of_the_seed()
    for name in sys.argv[1:2] or SETS:
        result = measure_set(seeded, name)
        sys.stdout.write(
            "\n".join(
                [
                    name,
                    *result.missed,
                    "- not to be kept:",
                    *result.wrong,
                    "- period or status:",
                    *result.aside,
                    f"{name}: {result}",
                    "",
                ]
            )
        )
