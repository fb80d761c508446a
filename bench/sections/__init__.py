"""A section of the report: what was measured, as tables, as figures that goals name, and as raw numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Section:
    """`figures` are by name: `point / pocketbase` is our cost as a ratio of PocketBase's."""

    title: str
    lines: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    raw: Any = None

    def table(self, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        self.lines += ["", _row(head), _row(["---"] * len(head)), *map(_row, rows)]


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
