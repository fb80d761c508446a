"""Which kinds of questions took long lately: those are not tried quickly first, where others would wait for them."""

import re
import time

REMEMBERED_FOR = 5.0  # seconds; then a question of the kind is tried again
MOST_KINDS = 1_000
# A kind is a path and the names of its parameters; of what decides the order and the sums, the values too.
VALUE = re.compile(rb"(^|&)(?!sort=|by=|stat=|total=)([^=&]*)=[^&]*")


class Paces:
    """The kinds of questions of which one took long."""

    def __init__(self) -> None:
        self._slow: dict[bytes, float] = {}  # until when, `time.monotonic()` seconds

    def is_slow(self, path: bytes, query: bytes) -> bool:
        if not self._slow:
            return False
        kind = _kind(path, query)
        until = self._slow.get(kind)
        if until is not None and until < time.monotonic():
            self._slow.pop(kind, None)
            return False
        return until is not None

    def was_slow(self, path: bytes, query: bytes) -> None:
        if len(self._slow) >= MOST_KINDS:
            self._slow.clear()
        self._slow[_kind(path, query)] = time.monotonic() + REMEMBERED_FOR

    def was_quick(self, path: bytes, query: bytes) -> None:
        self._slow.pop(_kind(path, query), None)


def _kind(path: bytes, query: bytes) -> bytes:
    return path + b"?" + VALUE.sub(rb"\1\2", query)
