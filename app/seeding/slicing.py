"""Which slices a fact is in, and what the values of each slice come to."""

from array import array
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from app.decimals import EXACT, written
from app.periods import Period
from app.seeding.tags import Tags
from app.tables.slices import COUNTED, LISTED, NONE, TAGS

Dimensions = tuple[str, ...]
Fixed = tuple[str, ...]  # the key of each dimension
Totals = list[Decimal]  # sum, least and most
# A slice of one dimension is known by that and its key, one of several by the number of the slice of all dimensions but
# the last, and the number of the slice of the last alone. The slice of all facts has no dimension.
Known = tuple[str, ...] | int
HALF = 32  # bits, of which a number has less
SEVERAL = [dimensions for dimensions in LISTED if len(dimensions) > 1]
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


class _Numbers(dict[Known, int]):
    """Numbers slices from 0 as they are met."""

    def __missing__(self, slice_: Known) -> int:
        number = self[slice_] = len(self)
        return number


class Slices:
    """Numbers the slices of some facts as they are met, counts their facts and sums up their values."""

    def __init__(self) -> None:
        self.numbers = _Numbers()
        self.facts: Counter[int] = Counter()
        self.totals: dict[int, Totals] = {}

    def add(self, tags: Tags, period: Period | None, metric_id: str | None, value: Decimal | None) -> InSlices:
        found: dict[Dimensions, list[int]] = {}
        for kind, ids in zip(Tags._fields, tags, strict=True):
            found[kind,] = self._of(kind, ids.every)
        found["year",] = self._of("year", _years(period))
        found["metric",] = self._of("metric", (metric_id,) if metric_id else ())
        numbers = self.numbers
        for dimensions in (*SEVERAL, *SUMMED[1:]):
            last = found[dimensions[-1:]]
            found[dimensions] = [numbers[one << HALF | key] for one in found[dimensions[:-1]] for key in last]
        listed = [number for dimensions in LISTED for number in found[dimensions]]
        summed = [number for dimensions in SUMMED for number in found[dimensions]]
        self.facts.update([*listed, *summed, numbers[()]])
        if value is not None:
            for number in summed:
                self._sum_up(number, value, value, value)
        return InSlices(array("I", listed).tobytes(), sum([len(found[tag,]) for tag in TAGS]))

    def _of(self, dimension: str, keys: Fixed) -> list[int]:
        """The slices of one dimension; one of its own for facts without a key in it."""
        return [self.numbers[dimension, key] for key in keys or (NONE,)]

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
        for there, slice_ in enumerate(other.numbers):
            if isinstance(slice_, int):
                before, last = _halves(slice_)
                number = self.numbers[numbers[before] << HALF | numbers[last]]
            else:
                number = self.numbers[slice_]
            numbers.append(number)
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


def _years(period: Period | None) -> Fixed:
    return tuple(f"{year:04d}" for year in range(period.start.year, period.end.year + 1)) if period else ()
