"""Headers that every response has, and parsing of request headers."""

import re
import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count

RawHeaders = list[tuple[bytes, bytes]]
DATES = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")
WEIGHT = re.compile(r"0?\.\d{1,3}|0\.?|1(?:\.0{0,3})?", re.ASCII)
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
JSON = "application/json"
JSON_RANGES = (JSON, "application/*", "*/*")
PLAIN_TEXT = "text/plain; charset=utf-8"
TEXT_RANGES = ("text/plain", "text/*", "*/*")
# A response is data: a browser that opens it runs nothing, and no page can frame it.
POLICY = "default-src 'none'; frame-ancestors 'none'"
# Headers of every response that is negotiated.
COMMON = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"vary", b"Accept, Accept-Encoding, Origin"),
)
LONGEST_REMEMBERED = 100  # bytes of Accept-Encoding
# Request ids are unique: a counter, prefixed by a random name of this process.
PROCESS, NUMBERS = uuid.uuid4().hex[:20].encode(), count(1)


def read_date(text: str) -> datetime | None:
    """An HTTP date in any of its three formats (RFC 9110, 5.6.7); None if it is not one."""
    for form in DATES:
        with suppress(ValueError):
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
    return None


def accepts(header: str, ranges: tuple[str, ...]) -> bool:
    """Whether one of the ranges is acceptable at all."""
    return quality(weights(header), ranges) > 0


def weights(header: str) -> dict[str, float]:
    """The ranges in an Accept header, each with its weight (RFC 9110, 12.4.2).

    A range with an invalid weight, such as `q=9.5`, is ignored. `q=.2` is accepted because Java sends it.
    """
    found: dict[str, float] = {}
    for one in header.split(","):
        name, *parameters = (part.strip().lower() for part in one.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        if name and WEIGHT.fullmatch(weight):
            found["*/*" if name == "*" else name] = float(weight)
    return found


def quality(weights: Mapping[str, float], ranges: tuple[str, ...]) -> float:
    """The weight of the first of `ranges`, which go from specific to general, that is in `weights`; 0 for none."""
    return next((weights[one] for one in ranges if one in weights), 0.0)


@lru_cache(maxsize=100)
def _known_encoding(header: bytes) -> bool:
    return accepts(header.decode("latin-1"), ("gzip", "*/*"))


def takes_gzip(header: bytes) -> bool:
    """Whether Accept-Encoding accepts gzip; results are memoized for short headers only."""
    if len(header) > LONGEST_REMEMBERED:
        return accepts(header.decode("latin-1"), ("gzip", "*/*"))
    return _known_encoding(header)
