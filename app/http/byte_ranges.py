"""Range requests for exports (RFC 9110, 14), without which Polars cannot read from a URL."""

import re
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

from starlette.datastructures import Headers

from app.errors import RangeNotSatisfiable

ONE_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{1,18})?|-(\d{1,18}))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """`first` to `last`, both included, or the last `tail` bytes; `tag` is the ETag in If-Range, if any."""

    first: int
    last: int | None
    tail: int | None
    tag: str | None

    def within(self, length: int) -> range:
        """The bytes it selects from a body of this length. Raises RangeNotSatisfiable."""
        first = self.first if self.tail is None else max(0, length - self.tail)
        last = length - 1 if self.last is None else min(self.last, length - 1)
        found = range(first, last + 1)
        if not found:
            headers = {"Content-Range": f"bytes */{length}"}
            raise RangeNotSatisfiable(f"The answer has {length} bytes, and none in that range.", headers)
        return found


def read_range(headers: Headers) -> ByteRange | None:
    """The requested range; None if there is none, or one that we ignore: several ranges, or another unit."""
    found = ONE_RANGE.fullmatch(headers.get("range", "").strip())
    if found is None:
        return None
    first, last, tail = (None if number is None else int(number) for number in found.groups())
    if last is not None and last < (first or 0):
        return None
    return ByteRange(first or 0, last, tail, headers.get("if-range"))


def cut(pieces: Generator[bytes, None, None], wanted: range) -> Generator[bytes, None, None]:
    """The selected bytes of the concatenated pieces."""
    with closing(pieces):
        position = 0
        for piece in pieces:
            if part := piece[max(0, wanted.start - position) : wanted.stop - position]:
                yield part
            position += len(piece)
            if position >= wanted.stop:
                return
