"""What a query string asks of a list, once it is understood."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.queries.fields import Tree
from app.queries.paging import Cursor, Key, TotalMode


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query string asks of a list. `digest` stands for path and question: a cursor belongs to it."""

    pairs: list[tuple[str, str]]
    wanted: dict[str, Any]  # by filter
    order: Sequence[Key]
    limit: int | None
    total: TotalMode
    fields: Tree | None
    after: Cursor | None
    bom: bool
    digest: str
