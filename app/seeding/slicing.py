"""Which slices a fact is in, and what the values of each slice come to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from itertools import product

from app.decimals import EXACT_DIGITS, written
from app.periods import Period
from app.seeding.tags import Row, Tag
from app.tables.slices import COUNTED, LISTED, NONE, TAGS

Key = tuple[str, tuple[str, ...]]  # dimensions and the key of each
Keys = dict[str, list[str]]  # dimension -> the keys a fact has in it
JOINED = {names: ",".join(names) for names in (*LISTED, *COUNTED)}


@dataclass(slots=True)
class Gathered:
    """The facts of a slice; sums are kept where the metric is fixed."""

    facts: int = 0
    values: list[Decimal] = field(default_factory=list)  # sum, min, max
    positions: list[int] = field(default_factory=list)

    def add(self, value: Decimal) -> None:
        if not self.values:
            self.values = [value, value, value]
            return
        total, least, most = self.values
        self.values = [total + value, min(least, value), max(most, value)]


def keys_of(tags: Iterable[Tag], period: Period | None, metric_id: str | None) -> Keys:
    """The keys of a fact in each dimension, `none` where it has none."""
    keys: Keys = {name: [] for name in TAGS}
    for kind, tag_id in tags:
        keys[kind].append(tag_id)
    if period:
        keys["year"] = [f"{year:04d}" for year in range(period.start.year, period.end.year + 1)]
    return {name: sorted(found) or [NONE] for name, found in keys.items()} | {"metric": [metric_id or NONE]}


class Slices:
    """Gathers the facts of every slice."""

    def __init__(self) -> None:
        self._slices: dict[Key, Gathered] = {}
        self._tagged: list[tuple[int, Key]] = []

    def add(self, position: int, keys: Keys, value: Decimal | None) -> None:
        for dimensions in LISTED:
            for fixed in product(*(keys[name] for name in dimensions)):
                key = (JOINED[dimensions], fixed)
                gathered = self._of(key)
                gathered.facts += 1
                gathered.positions.append(position)
                if len(dimensions) == 1:
                    self._tagged.append((position, key))
        with localcontext(prec=EXACT_DIGITS):
            for dimensions in COUNTED:
                for fixed in product(*(keys[name] for name in dimensions)):
                    gathered = self._of((JOINED[dimensions], fixed))
                    gathered.facts += 1
                    if value is not None and dimensions:
                        gathered.add(value)

    def _of(self, key: Key) -> Gathered:
        gathered = self._slices.get(key)
        if gathered is None:
            gathered = self._slices[key] = Gathered()
        return gathered

    def rows(self) -> dict[str, list[Row]]:
        """The rows of the three tables of slices, by table."""
        in_order = sorted(self._slices.items())
        numbers = {key: number for number, (key, _) in enumerate(in_order, 1)}
        listed = [
            {"slice": numbers[key], "position": position}
            for key, gathered in in_order
            for position in gathered.positions
        ]
        tagged = [{"position": position, "slice": numbers[key]} for position, key in self._tagged]
        slices = [_row(numbers[key], key, gathered) for key, gathered in in_order]
        return {"slices": slices, "slice_facts": listed, "fact_tags": tagged}


def _row(number: int, key: Key, gathered: Gathered) -> Row:
    dimensions, fixed = key
    first, second, third = (*fixed, "", "", "")[:3]
    named: Iterator[str | None] = iter(map(written, gathered.values)) if gathered.values else iter((None, None, None))
    return {
        "number": number,
        "dimensions": dimensions,
        "first": first,
        "second": second,
        "third": third,
        "facts": gathered.facts,
        **dict(zip(("sum", "min", "max"), named, strict=True)),
    }
