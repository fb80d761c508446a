"""Which slices a fact is in, and what the values of each slice come to."""

from array import array
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from itertools import chain, repeat
from typing import NamedTuple

from app import tables
from app.seeding.tags import CACHED, Tags
from app.text.decimals import EXACT, written
from app.text.periods import Period

Dimensions = tuple[str, ...]
Fixed = tuple[str, ...]  # the key of each dimension
Totals = list[Decimal]  # sum, least and most
# A slice of one dimension is known by that and its key, one of several by the number of the slice of all dimensions but
# the last, and the number of the slice of the last alone. The slice of all facts has no dimension.
Known = tuple[str, ...] | int
NO_KEY = (tables.NONE,)
HALF = 32  # bits, of which a number has less
SUMMED = [dimensions for dimensions in tables.COUNTED if dimensions]
SLICED = [*tables.LISTED, *SUMMED]
# Where in SLICED all dimensions but the last stand, and the last alone; None for a single dimension.
MADE_OF = [
    (SLICED.index(dimensions[:-1]), SLICED.index(dimensions[-1:])) if len(dimensions) > 1 else None
    for dimensions in SLICED
]


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


class _Numbers(dict[Known, int]):
    """Numbers slices from 0 as they are met."""

    def __missing__(self, slice_: Known) -> int:
        number = self[slice_] = len(self)
        return number


class Slices:
    """Numbers the slices of some facts as they are met, counts their facts and sums up their values."""

    def __init__(self) -> None:
        self.numbers = _Numbers()
        self.facts: list[int] = []  # of each number
        self.totals: dict[int, Totals] = {}

    def add(self, tags: Tags, period: Period | None, metric_id: str | None, value: Decimal | None) -> InSlices:
        keys = {kind: ids.every for kind, ids in zip(Tags._fields, tags, strict=True)}
        keys |= {"year": _years(period), "metric": (metric_id,) if metric_id else ()}
        numbers = self.numbers
        found: list[list[int]] = []  # the slices of all that is SLICED
        for dimensions, made_of in zip(SLICED, MADE_OF, strict=True):
            if made_of:
                before, last = found[made_of[0]], found[made_of[1]]
                found.append([numbers[one << HALF | key] for one in before for key in last])
            else:
                found.append([numbers[dimensions[0], key] for key in keys[dimensions[0]] or NO_KEY])
        listed = list(chain.from_iterable(found[: len(tables.LISTED)]))
        summed = list(chain.from_iterable(found[len(tables.LISTED) :]))
        counted = (*listed, *summed, numbers[()])
        self._count_new()
        for number in counted:
            self.facts[number] += 1
        if value is not None:
            for number in summed:
                self._sum_up(number, value, value, value)
        return InSlices(array("I", listed).tobytes(), sum(map(len, found[: len(tables.TAGS)])))

    def _count_new(self) -> None:
        """Count from 0 in slices that were numbered since."""
        self.facts.extend(repeat(0, len(self.numbers) - len(self.facts)))

    def _sum_up(self, number: int, total: Decimal, least: Decimal, most: Decimal) -> None:
        totals = self.totals.get(number)
        if totals is None:
            self.totals[number] = [total, least, most]
            return
        totals[0] = EXACT.add(totals[0], total)
        totals[1] = min(totals[1], least)
        totals[2] = max(totals[2], most)

    def join(self, other: "Slices") -> list[int]:
        """Take on the slices of other facts; returns the number here of each number there."""
        numbers: list[int] = []
        for slice_ in other.numbers:
            if isinstance(slice_, int):
                before, last = _halves(slice_)
                number = self.numbers[numbers[before] << HALF | numbers[last]]
            else:
                number = self.numbers[slice_]
            numbers.append(number)
        self._count_new()
        for there, number in enumerate(numbers):
            self.facts[number] += other.facts[there]
            if more := other.totals.get(there):
                self._sum_up(number, *more)
        return numbers

    def in_order(self) -> tuple[list[int], Iterator[SliceRow]]:
        """The final number of each number, and the rows in the order of the former."""
        met: list[tuple[Dimensions, Fixed]] = []
        for slice_ in self.numbers:
            if isinstance(slice_, int):
                before, last = _halves(slice_)
                met.append((met[before][0] + met[last][0], met[before][1] + met[last][1]))
            else:
                met.append((slice_[:1], slice_[1:]))
        ranked = sorted((",".join(dimensions), fixed, number) for number, (dimensions, fixed) in enumerate(met))
        final = [0] * len(ranked)
        for rank, (_, _, number) in enumerate(ranked, 1):
            final[number] = rank
        return final, (self._row(rank, *slice_) for rank, slice_ in enumerate(ranked, 1))

    def _row(self, rank: int, dimensions: str, fixed: Fixed, number: int) -> SliceRow:
        first, second, third = (*fixed, "", "", "")[:3]
        total, least, most = map(written, self.totals[number]) if number in self.totals else (None, None, None)
        return SliceRow(rank, dimensions, first, second, third, self.facts[number], total, least, most)


def _halves(slice_: int) -> tuple[int, int]:
    return slice_ >> HALF, slice_ & (1 << HALF) - 1


@lru_cache(maxsize=CACHED)
def _years(period: Period | None) -> Fixed:
    return tuple(f"{year:04d}" for year in range(period.start.year, period.end.year + 1)) if period else ()
