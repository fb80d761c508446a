"""Answers kept as they go over the wire, bounded in bytes: only those that are asked for twice."""

from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

MOST_SEEN = 20_000
OVERHEAD = 1_000  # bytes that an answer takes besides its body

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


class Cache(Generic[Key, Answer]):
    """The latest answers of one revision. A key that was never asked for before only leaves a mark."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._clear("")

    def _clear(self, revision: str) -> None:
        self._revision = revision
        self._answers: dict[Key, tuple[Answer, int]] = {}  # the one used last is the last
        self._seen: set[int] = set()
        self._bytes = 0

    def __contains__(self, key: Key) -> bool:
        return key in self._answers

    def get(self, key: Key, revision: str) -> Answer | None:
        found = self._answers.get(key)
        if found is None or revision != self._revision:
            return None
        with self._lock:
            if (again := self._answers.pop(key, None)) is not None:
                self._answers[key] = again
        return found[0]

    def offer(self, key: Key, revision: str, answer: Answer, size: int) -> None:
        """Keep an answer whose key was offered before."""
        with self._lock:
            if revision != self._revision:
                self._clear(revision)
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
            self._bytes += size
            while self._bytes > self._most_bytes:
                oldest = next(iter(self._answers))
                self._bytes -= self._answers.pop(oldest)[1]
