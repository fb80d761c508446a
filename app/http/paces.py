"""Which kinds of questions took long lately: those are not tried quickly first, where others would wait for them."""

import re
import time
from typing import NamedTuple

REMEMBERED_FOR = 5.0  # seconds; then one question of the kind is tried again
MOST_KINDS = 1_000
# A kind is a path and the names of its parameters; of what decides the order and the sums, the values too.
VALUE = re.compile(rb"(^|&)(?!sort=|by=|stat=|total=)([^=&]*)=[^&]*")


class Slow(NamedTuple):
    """When a kind was last found to be slow, and until when no other is tried; `time.monotonic()` seconds."""

    found: float
    until: float


class Paces:
    """The kinds of questions of which one took long. Of those one is tried again at a time, not all that wait."""

    def __init__(self) -> None:
        self._slow: dict[bytes, Slow] = {}
        self._usual: set[bytes] = set()  # kinds that are quick, as far as is known

    def is_slow(self, path: bytes, query: bytes) -> bool:
        """Whether not to try it; who may is the only one for a while, and says how it went."""
        if not self._slow:
            return False
        kind = _kind(path, query)
        slow = self._slow.get(kind)
        if slow is None:
            return False
        now = time.monotonic()
        if slow.until > now:
            return True
        self._slow[kind] = Slow(slow.found, now + REMEMBERED_FOR)
        return False

    def found_slow(self, path: bytes, query: bytes, since: float) -> bool:
        """Whether another of its kind took long since that moment of `time.monotonic()`."""
        if not self._slow:
            return False
        slow = self._slow.get(_kind(path, query))
        return slow is not None and slow.found >= since

    def was_slow(self, path: bytes, query: bytes) -> None:
        if len(self._slow) >= MOST_KINDS:
            self._slow.clear()
        now, kind = time.monotonic(), _kind(path, query)
        self._slow[kind] = Slow(now, now + REMEMBERED_FOR)
        self._usual.discard(kind)

    def usually_quick(self, path: bytes, query: bytes) -> bool:
        """Whether the last of its kind was quick: then one that is not may be no sign."""
        return _kind(path, query) in self._usual

    def is_usual(self, path: bytes, query: bytes) -> None:
        """Say that one of a kind was quick, where it is no loss of time to say it of each."""
        if len(self._usual) >= MOST_KINDS:
            self._usual.clear()
        self._usual.add(_kind(path, query))

    def was_quick(self, path: bytes, query: bytes) -> None:
        if self._slow:
            self._slow.pop(_kind(path, query), None)


def _kind(path: bytes, query: bytes) -> bytes:
    return path + b"?" + VALUE.sub(rb"\1\2", query)
