"""The part of an export that `Range` asks for (RFC 9110, 14): polars reads from a URL no other way."""

import re
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

from starlette.datastructures import Headers

from app.errors import RangeNotSatisfiable

ONE_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{1,18})?|-(\d{1,18}))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """`first` to `last`, both included, or so many of the `tail`; where there is a `tag`, of the answer that has it."""

    first: int
    last: int | None
    tail: int | None
    tag: str | None

    def within(self, length: int) -> range:
        """The bytes that are meant, of so many. Raises RangeNotSatisfiable."""
        first = self.first if self.tail is None else max(0, length - self.tail)
        last = length - 1 if self.last is None else min(self.last, length - 1)
        found = range(first, last + 1)
        if not found:
            headers = {"Content-Range": f"bytes */{length}"}
            raise RangeNotSatisfiable(f"The answer has {length} bytes, and none in that range.", headers)
        return found


def read_range(headers: Headers) -> ByteRange | None:
    """The range that is asked for; None for none, and for what we do not give: several, or another unit."""
    found = ONE_RANGE.fullmatch(headers.get("range", "").strip())
    if found is None:
        return None
    first, last, tail = (None if number is None else int(number) for number in found.groups())
    if last is not None and last < (first or 0):
        return None
    return ByteRange(first or 0, last, tail, headers.get("if-range"))


def cut(pieces: Generator[bytes, None, None], wanted: range) -> Generator[bytes, None, None]:
    """The wanted bytes of all that the pieces hold."""
    with closing(pieces):
        position = 0
        for piece in pieces:
            if part := piece[max(0, wanted.start - position) : wanted.stop - position]:
                yield part
            position += len(piece)
            if position >= wanted.stop:
                return
