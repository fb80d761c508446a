"""A checksum for each stored answer: it detects bit rot between two checks of the digest of the whole file."""

import zlib

from app.errors import Unusable

ROTTEN = "A row of the database is not what was written: run `factbook load --again`, or bring back a backup."


def crc(answer: str | bytes) -> int:
    """The CRC-32 of an answer in UTF-8, from 0 to 2^32 - 1."""
    return zlib.crc32(answer.encode() if isinstance(answer, str) else answer)


def whole(answer: bytes, checksum: int) -> bytes:
    """An answer as it was written. Raises Unusable for any other."""
    if zlib.crc32(answer) != checksum:
        raise Unusable(ROTTEN)
    return answer
