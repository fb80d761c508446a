"""Headers that every answer has, and what a caller's headers say."""

import re
import uuid
from itertools import count

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
JSON = "application/json"
JSON_RANGES = (JSON, "application/*", "*/*")
PLAIN_TEXT = "text/plain; charset=utf-8"
TEXT_RANGES = ("text/plain", "text/*", "*/*")
# An answer is data: whoever opens it in a browser gets nothing run, and nobody can frame it.
POLICY = "default-src 'none'; frame-ancestors 'none'"
# What every answer has that is one of several for its URL.
COMMON = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"vary", b"Accept, Accept-Encoding, Origin"),
)
PROCESS, NUMBERS = uuid.uuid4().hex[:20].encode(), count(1)


def valid_request_id(sent: bytes) -> bool:
    return REQUEST_ID.fullmatch(sent) is not None


def new_request_id() -> bytes:
    """Unlike any other: a number of this process, whose name is random."""
    return b"%b-%x" % (PROCESS, next(NUMBERS))


def accepts(header: str, ranges: tuple[str, ...]) -> bool:
    """Whether one of the ranges is wanted at all."""
    return quality(header, ranges) > 0


def quality(header: str, ranges: tuple[str, ...]) -> float:
    """The weight of the most specific of the ranges that the header names, 0 for none (RFC 9110, 12.4.2)."""
    weights: dict[str, float] = {}
    for one in header.split(","):
        name, *parameters = (part.strip().lower() for part in one.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        weights["*/*" if name == "*" else name] = (
            float(weight) if re.fullmatch(r"\d?\.\d{1,3}|[01]\.?", weight) else 0.0
        )
    return next((weights[one] for one in ranges if one in weights), 0.0)
