"""Which slices a fact is in, and what the values of each slice come to."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import count, product
from typing import NamedTuple

from app.decimals import EXACT, written
from app.periods import Period
from app.seeding.tags import Tag
from app.tables.slices import COUNTED, LISTED, NONE, TAGS

Dimensions = tuple[str, ...]
Fixed = tuple[str, ...]  # the key of each dimension
Keys = dict[str, list[str]]  # dimension -> the keys a fact has in it
Totals = list[Decimal]  # sum, least and most
SUMMED = [dimensions for dimensions in COUNTED if dimensions]


class SliceRow(NamedTuple):
    """A row of `slices`."""

    number: int
    dimensions: str
    first: str
    second: str
    third: str
    facts: int
    sum: str | None
    min: str | None
    max: str | None


class InSlices(NamedTuple):
    """The slices a fact is listed in, by the numbers of its part; the first `tags` of them are of one dimension."""

    listed: bytes
    tags: int


def keys_of(tags: Iterable[Tag], period: Period | None, metric_id: str | None) -> Keys:
    """The keys of a fact in each dimension, `none` where it has none."""
    keys: Keys = {name: [] for name in TAGS}
    for kind, tag_id in tags:
        keys[kind].append(tag_id)
    if period:
        keys["year"] = [f"{year:04d}" for year in range(period.start.year, period.end.year + 1)]
    for name, found in keys.items():
        if not found:
            keys[name] = [NONE]
    keys["metric"] = [metric_id or NONE]
    return keys


class Slices:
    """Numbers the slices of some facts as they are met, counts their facts and sums up their values."""

    def __init__(self) -> None:
        numbers = count()
        self.numbers: dict[Dimensions, defaultdict[Fixed, int]] = {
            dimensions: defaultdict(numbers.__next__) for dimensions in (*LISTED, *COUNTED)
        }
        self.facts: Counter[int] = Counter()
        self.totals: dict[int, Totals] = {}

    def add(self, keys: Keys, value: Decimal | None) -> InSlices:
        tags = self._of(keys, LISTED[: len(TAGS)])
        listed = tags + self._of(keys, LISTED[len(TAGS) :])
        summed = self._of(keys, SUMMED)
        self.facts.update(listed)
        self.facts.update(summed)
        self.facts.update(self._of(keys, [()]))
        if value is not None:
            for number in summed:
                self._sum_up(number, [value, value, value])
        return InSlices(array("I", listed).tobytes(), len(tags))

    def _of(self, keys: Keys, several: Iterable[Dimensions]) -> list[int]:
        found: list[int] = []
        for dimensions in several:
            found += map(self.numbers[dimensions].__getitem__, product(*[keys[name] for name in dimensions]))
        return found

    def _sum_up(self, number: int, more: Totals) -> None:
        totals = self.totals.get(number)
        if totals is None:
            self.totals[number] = more
            return
        totals[0] = EXACT.add(totals[0], more[0])
        totals[1] = min(totals[1], more[1])
        totals[2] = max(totals[2], more[2])

    def close(self) -> None:
        """Number no more slices, so that another process can be told of these."""
        for known in self.numbers.values():
            known.default_factory = None

    def join(self, other: "Slices") -> list[int]:
        """Take on the slices of other facts; returns the number here of each number there."""
        numbers = [0] * sum(map(len, other.numbers.values()))
        for dimensions, known in other.numbers.items():
            here = self.numbers[dimensions]
            for fixed, there in known.items():
                numbers[there] = number = here[fixed]
                self.facts[number] += other.facts[there]
                if more := other.totals.get(there):
                    self._sum_up(number, more)
        return numbers

    def in_order(self) -> tuple[list[int], Iterator[SliceRow]]:
        """The final number of each number, and the rows in the order of the former."""
        met = sorted(
            (",".join(dimensions), fixed, number)
            for dimensions, known in self.numbers.items()
            for fixed, number in known.items()
        )
        final = [0] * len(met)
        for rank, (_, _, number) in enumerate(met, 1):
            final[number] = rank
        return final, (self._row(rank, *slice_) for rank, slice_ in enumerate(met, 1))

    def _row(self, rank: int, dimensions: str, fixed: Fixed, number: int) -> SliceRow:
        first, second, third = (*fixed, "", "", "")[:3]
        total, least, most = map(written, self.totals[number]) if number in self.totals else (None, None, None)
        return SliceRow(rank, dimensions, first, second, third, self.facts[number], total, least, most)
