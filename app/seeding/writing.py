"""Writes the rows of facts in the order of ids, whatever the database."""

import pickle
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from app.answers.flat import LIST_SEPARATOR
from app.decimals import json_bytes
from app.seeding import comparisons
from app.seeding.comparisons import COMPARED, Standings
from app.seeding.fact_rows import COLUMNS
from app.seeding.parts import SHOWN, SLICED, slices_path, unpacked
from app.seeding.runs import batched, in_order, without_collector
from app.seeding.slicing import SliceRow, Slices

# How many positions are gathered before they are written: some hundred MB.
GATHERED = 30_000_000
BATCH = 1000
WORDS = "fact_words"
COMMON = 500  # facts; fewer are counted sooner than a number of theirs would be found
SHOWN_TABLES = {
    "facts": ("position", *COLUMNS, "standing"),
    "fact_answers": ("position", "json"),
    "fact_texts": ("position", "search"),
    "fact_csv": ("position", "line"),
    "fact_ndjson": ("position", "line"),
}
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
        written: list[list[Sequence[Any]]] = [[] for _ in SHOWN_TABLES]
        for position, (fact_id, _, shown, _) in batch:
            row, *texts = unpacked(shown)
            standing, compared = standings.of(fact_id)
            written[0].append((position, *row, standing))
            for rows, text in zip(written[1:], with_standing(texts, standing, compared), strict=True):
                rows.append((position, text))
        for (table, columns), rows in zip(SHOWN_TABLES.items(), written, strict=True):
            sink.write(table, columns, rows)
        sink.write_words([(position, words) for position, (*_, words) in batch])
    sink.count_words()
    columns = ("position", *comparisons.COLUMNS)
    for compared_now in batched(enumerate(in_order(runs, COMPARED), 1), BATCH):
        sink.write("comparisons", columns, [(position, *row) for position, row in compared_now])


def with_standing(texts: Sequence[str], standing: str, compared: Sequence[str]) -> tuple[str, str, str, str]:
    """What is shown of a fact, with what became known of it when all were: its last fields."""
    answer, search, csv, ndjson = texts
    fields = f'"standing":"{standing}","comparisons":{json_bytes(compared).decode()}}}'
    return (
        f"{answer[:-1]},{fields}",
        search,
        f"{csv[:-2]},{standing},{LIST_SEPARATOR.join(compared)}\r\n",
        f"{ndjson[:-2]},{fields}\n",
    )


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
