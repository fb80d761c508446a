"""Answers kept as they go over the wire, bounded in bytes: only those that are asked for twice."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

MOST_SEEN = 20_000
OVERHEAD = 1_000  # bytes that an answer takes besides its body

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")
Revision = TypeVar("Revision")


class Cache(Generic[Key, Answer, Revision]):
    """The latest answers of one revision. A key that was never asked for before only leaves a mark."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._lock = Lock()
        self.tell: Callable[[int], object] = lambda _bytes: None  # how much is kept, when that has changed
        self._clear(None)

    def _clear(self, revision: Revision | None) -> None:
        self._revision = revision
        self._answers: dict[Key, tuple[Answer, int]] = {}  # the one used last is the last
        self._seen: set[int] = set()
        self.bytes = 0

    def __contains__(self, key: Key) -> bool:
        return key in self._answers

    def get(self, key: Key, revision: Revision) -> Answer | None:
        found = self._answers.get(key)
        if found is None or not self._holds(revision):
            return None
        with self._lock:
            if (again := self._answers.pop(key, None)) is not None:
                self._answers[key] = again
        return found[0]

    def _holds(self, revision: Revision) -> bool:
        return revision is self._revision or revision == self._revision

    def offer(self, key: Key, revision: Revision, answer: Answer, size: int) -> None:
        """Keep an answer whose key was offered before."""
        with self._lock:
            if not self._holds(revision):
                self._clear(revision)
                self.tell(self.bytes)
            mark = hash(key)
            if mark not in self._seen:
                if len(self._seen) >= MOST_SEEN:
                    self._seen.clear()
                self._seen.add(mark)
                return
            size += OVERHEAD
            if size > self._most_bytes or key in self._answers:
                return
            self._answers[key] = (answer, size)
            self.bytes += size
            while self.bytes > self._most_bytes:
                oldest = next(iter(self._answers))
                self.bytes -= self._answers.pop(oldest)[1]
            self.tell(self.bytes)
