"""Holds what is read in the gold texts against their lists: `python -m tests.text.measuring` prints the figures.

A gold list names every number of its text in order: where it starts, what is printed, and, where it states a fact,
value, unit, bound, period and status. A unit is an id of seed/units.yaml; `=word` is a unit that the seed leaves open
(several have the word, or none): it is right where the same word is proposed. `=` is one that no word of a unit names:
it is right where no unit is proposed, and no word but the noun that is printed behind. The fresh lists have subjects,
too: ids of the seed, or of gold/places.yaml and gold/organizations.yaml, which describe what the texts are about.
"""

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from app.seeding.drafting import claim_reader
from app.seeding.seeds import read_entities, read_seed
from app.text.claims import Claim, ClaimReader
from app.text.normalizing import normalise
from app.text.periods import read_period

GOLD = Path(__file__).parent / "gold"
SEED = Path(__file__).parents[2] / "seed"
SETS = ("development", "held-out", "second", "third")
BEHIND = 40  # characters in which the noun stands that a number counts
FRESH = ("fresh-development", "fresh-held-out", "fresh-last", "unseen", "unseen-second", "unseen-last")


class Number(NamedTuple):
    """A number of a gold list; one without a value states no fact."""

    start: int
    printed: str
    value: str
    unit: str
    bound: str
    period: str
    status: str
    subject: str = ""


@dataclass
class Measured:
    """Counts of one text or of several; those of periods and statuses are of proposals that are right."""

    numbers: int = 0
    facts: int = 0
    proposed: int = 0
    value_right: int = 0
    right: int = 0
    period_right: int = 0
    status_right: int = 0
    subjects: int = 0
    subject_right: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)

    @property
    def value_recall(self) -> float:
        """Of value with bound, whatever the unit."""
        return self.value_right / self.facts

    @property
    def value_precision(self) -> float:
        return self.value_right / self.proposed

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
            f"value and bound {self.value_right}: "
            f"recall {self.value_recall:.3f}, precision {self.value_precision:.3f}; "
            f"of those right: period {self.period_right}, status {self.status_right}; "
            f"subjects {self.subject_right} right of {self.subjects} proposed"
        )


def reader_of_the_seed() -> ClaimReader:
    return claim_reader(read_entities(SEED, lambda _what, _count: None))


def reader_of_the_gold() -> ClaimReader:
    """A reader that knows what the fresh texts are about, too."""
    with TemporaryDirectory() as folder:
        for path in SEED.glob("*.yaml"):
            more = GOLD / path.name
            text = path.read_text(encoding="utf-8") + (more.read_text(encoding="utf-8") if more.exists() else "")
            (Path(folder) / path.name).write_text(text, encoding="utf-8")
        seed = read_entities(Path(folder), lambda _what, _count: None)
        assert seed.errors == []
        return claim_reader(seed)


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
    measured = Measured(len(numbers), len(facts), len(claims), subjects=sum(one.subject is not None for one in claims))
    unused = list(claims)
    for fact in facts:
        here = [one for one in unused if one.start < fact.start + len(fact.printed) and one.end > fact.start]
        claim = next((one for one in here if one.value == Decimal(fact.value) and one.bound == fact.bound), None)
        if claim is None:
            measured.missed.append(f"{path.stem}: {fact} proposed as {[_shown(one) for one in here]}")
            continue
        unused.remove(claim)
        measured.value_right += 1
        measured.subject_right += claim.subject is not None and claim.subject == fact.subject
        if claim.subject and claim.subject != fact.subject:
            measured.aside.append(f"{path.stem}: {fact.printed} of {fact.subject}, not {claim.subject}")
        if not _has_its_unit(claim, fact, text[fact.start : fact.start + len(fact.printed) + BEHIND]):
            measured.missed.append(f"{path.stem}: {fact} proposed as {_shown(claim)}")
            measured.wrong.append(f"{path.stem}: {_shown(claim)} is not of {fact.unit}")
            continue
        measured.right += 1
        if _same_days(claim.period, fact.period):
            measured.period_right += 1
        else:
            measured.aside.append(
                f"{path.stem}: {fact.printed} of {fact.period}, not {claim.period} {claim.period_printed}"
            )
        measured.status_right += claim.status == fact.status
        if claim.status != fact.status:
            measured.aside.append(f"{path.stem}: {fact.printed} {fact.status}, not {claim.status}")
    measured.wrong += [f"{path.stem}: {_shown(one)} in {one.quote!r}" for one in unused]
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


def _has_its_unit(claim: Claim, fact: Number, printed: str) -> bool:
    if fact.unit == "=":
        return not claim.units and claim.word in printed.lower().replace("\n", " ")
    if fact.unit.startswith("="):
        return claim.word.casefold() == normalise(fact.unit[1:]).casefold()
    return claim.units[:1] == (fact.unit,)


def _same_days(period: str, other: str) -> bool:
    """Whether two periods are the same, however they are written: 2025-Q1 is 2025-01/2025-03."""
    first, second = read_period(period), read_period(other)
    if first is None or second is None:
        return first is second
    return (first.start, first.end) == (second.start, second.end)


def _shown(claim: Claim) -> str:
    return f"{claim.printed} = {claim.bound} {claim.value} {claim.word or '-'} {'|'.join(claim.units[:3])}"


if __name__ == "__main__":
    for name in sys.argv[1:2] or (*SETS, *FRESH):
        result = measure_set(reader_of_the_gold() if name in FRESH else reader_of_the_seed(), name)
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
