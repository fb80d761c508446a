"""Caches for each release: ids, totals, and what is needed to read claims in texts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from app.queries.vocabulary import Vocabulary
from app.store.releases import Release


class Totals(Protocol):
    """A cache of totals (rows or bytes of a query), bounded in bytes."""

    def get(self, key: str) -> int | None:
        """The total of a query, if cached."""
        ...

    def put(self, key: str, value: int, size: int) -> None:
        """Cache a total; `size` is the size of the key in bytes."""
        ...


@dataclass(slots=True)
class Memory:
    """The caches of one release."""

    vocabulary: Vocabulary
    totals: Totals
    claim_reader: Any = None


class Memories:
    """The caches of all open releases; they are dropped together with their release."""

    def __init__(self, new_totals: Callable[[], Totals]) -> None:
        self._new_totals = new_totals
        self.known: WeakKeyDictionary[Release, Memory] = WeakKeyDictionary()

    def of(self, release: Release) -> Memory:
        """The caches of a release, created on first use."""
        return self.known.setdefault(release, Memory(Vocabulary(), self._new_totals()))
