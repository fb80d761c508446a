"""Writes the rows of facts in the order of ids, whatever the database."""

import pickle
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from app.seeding import comparisons
from app.seeding.comparisons import COMPARED, Standings
from app.seeding.fact_rows import COLUMNS
from app.seeding.parts import SHOWN, SLICED, slices_path, unpacked
from app.seeding.runs import batched, in_order, without_collector
from app.seeding.slicing import SliceRow, Slices
from app.store.checksums import crc
from app.text.decimals import json_bytes

# How many positions are gathered before they are written: some hundred MB.
GATHERED = 30_000_000
BATCH = 1000
WORDS = "fact_words"
COMMON = 500  # facts; fewer are counted sooner than a number of theirs would be found
SHOWN_TABLES = {
    "facts": ("position", *COLUMNS, "standing"),
    "fact_answers": ("position", "json", "crc"),
    "fact_texts": ("position", "search"),
}
COMPARED_COLUMNS = ("position", *comparisons.COLUMNS, "answer_crc")
SLICE_TABLES = {
    "slices": SliceRow._fields,
    "slice_facts": ("slice", "position"),
    "fact_tags": ("position", "slice"),
}
Rows = Iterable[Sequence[Any]]


class Sink(Protocol):
    """Where rows go; each database has its own quickest way."""

    def write(self, table: str, columns: Sequence[str], rows: Rows) -> None: ...

    def write_words(self, rows: Iterable[tuple[int, str]]) -> None:
        """The words that each position is found by, joined by spaces."""
        ...

    def count_words(self) -> None:
        """Once all are written: count those that more than COMMON facts hold."""
        ...


@without_collector()
def write_shown(sink: Sink, runs: Path) -> None:
    """What is shown of facts, what they are sorted by, and the words in them."""
    standings = Standings(runs)
    for batch in batched(enumerate(in_order(runs, SHOWN), 1), BATCH):
        facts: list[Sequence[Any]] = []
        shown_as: list[Sequence[Any]] = []
        texts: list[Sequence[Any]] = []
        for position, (fact_id, _, shown, _) in batch:
            row, answer, search = unpacked(shown)
            standing, compared = standings.of(fact_id)
            answer = with_standing(answer, standing, compared)
            facts.append((position, *row, standing))
            shown_as.append((position, answer, crc(answer)))
            texts.append((position, search))
        for (table, columns), rows in zip(SHOWN_TABLES.items(), (facts, shown_as, texts), strict=True):
            sink.write(table, columns, rows)
        sink.write_words([(position, words) for position, (*_, words) in batch])
    sink.count_words()
    columns = COMPARED_COLUMNS
    for compared_now in batched(enumerate(in_order(runs, COMPARED), 1), BATCH):
        sink.write("comparisons", columns, [(position, *row, crc(row[-1])) for position, row in compared_now])


def with_standing(answer: str, standing: str, compared: Sequence[str]) -> str:
    """What is shown of a fact, with what became known of it when all were: its last fields."""
    return f'{answer[:-1]},"standing":"{standing}","comparisons":{json_bytes(compared).decode()}}}'


@without_collector()
def write_slices(sink: Sink, runs: Path, parts: int) -> None:
    """The slices that facts are found by."""
    numbers, slices = _numbered(runs, parts)
    sink.write("slices", SLICE_TABLES["slices"], slices)
    gathered: defaultdict[int, array[int]] = defaultdict(lambda: array("I"))
    count = 0
    for batch in batched(enumerate(in_order(runs, SLICED), 1), BATCH):
        tagged: list[tuple[int, int]] = []
        for position, (_, _, part, listed, tags) in batch:
            final = numbers[part]
            in_slices = [final[number] for number in array("I", listed)]
            for slice_ in in_slices:
                gathered[slice_].append(position)
            tagged += [(position, slice_) for slice_ in sorted(in_slices[:tags])]
            count += len(in_slices)
        sink.write("fact_tags", SLICE_TABLES["fact_tags"], tagged)
        if count >= GATHERED:
            sink.write("slice_facts", SLICE_TABLES["slice_facts"], _listed(gathered))
            gathered.clear()
            count = 0
    sink.write("slice_facts", SLICE_TABLES["slice_facts"], _listed(gathered))


def _numbered(runs: Path, parts: int) -> tuple[list[list[int]], Iterator[SliceRow]]:
    """For each part the final number of each of its slices; and the rows of all slices."""
    whole, numbers = Slices(), []
    for part in range(parts):
        with slices_path(runs, part).open("rb") as file:
            numbers.append(whole.join(pickle.load(file)))  # noqa: S301 - written by ourselves, a moment ago
    final, rows = whole.in_order()
    return [[final[number] for number in known] for known in numbers], rows


def _listed(gathered: Mapping[int, "array[int]"]) -> Iterator[tuple[int, int]]:
    for slice_, positions in sorted(gathered.items()):
        for position in positions:
            yield slice_, position
