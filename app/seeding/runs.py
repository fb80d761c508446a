"""Rows sorted with bounded memory: sorted runs of them in files, and one walk along all runs in the order of ids."""

import gc
import heapq
import marshal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

Row = tuple[Any, ...]  # of what marshal can write; its first items tell it from any other, and are sorted by

Item = TypeVar("Item")

RUN = 2_000  # rows; some ten MB in memory
GROWTH = 100  # runs, after which each is a run longer: so many files may be open at once
BLOCK = 10  # rows; of each run one block is in memory while all are walked along
# Newer formats look for what stands in a row twice, which takes longer than to write it twice.
FORMAT = 2


@contextmanager
def without_collector() -> Iterator[None]:
    """Rows leave no circles behind: to look for some among all that is known of entities takes a sixth of a load."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch


class Runs:
    """Collects rows of several kinds that belong together, each kind in files of its own."""

    def __init__(self, folder: Path, name: str, kinds: Iterable[str]) -> None:
        self._folder = folder
        self._name = name
        self._rows: dict[str, list[Row]] = {kind: [] for kind in kinds}
        self._files = 0

    def add(self, **rows: Row) -> None:
        """Add a row of each kind."""
        for kind, row in rows.items():
            self._rows[kind].append(row)
        if len(self._rows[kind]) >= RUN * (1 + self._files // GROWTH):
            self.close()

    def close(self) -> None:
        """Write what is still in memory."""
        for kind, rows in self._rows.items():
            rows.sort()
            with (self._folder / f"{self._name}-{self._files:05d}.{kind}").open("wb") as file:
                for start in range(0, len(rows), BLOCK):
                    marshal.dump(rows[start : start + BLOCK], file, FORMAT)
            rows.clear()
        self._files += 1


def in_order(folder: Path, kind: str) -> Iterator[Row]:
    """The rows of one kind from all runs in a folder."""
    files = [path.open("rb") for path in sorted(folder.glob(f"*.{kind}"))]
    try:
        yield from heapq.merge(*map(_rows, files))
    finally:
        for file in files:
            file.close()


def _rows(file: BinaryIO) -> Iterator[Row]:
    while True:
        try:
            block = marshal.load(file)  # noqa: S302 - written by ourselves, a moment ago
        except EOFError:
            return
        yield from block
