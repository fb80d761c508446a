"""Headers that every response has, and what request headers say: content negotiation and conditions (RFC 9110)."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from fastapi import Request

from app.errors import PROBLEM_JSON, NotAcceptable

RawHeaders = list[tuple[bytes, bytes]]
DATES = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")
WEIGHT = re.compile(r"0?\.\d{1,3}|0\.?|1(?:\.0{0,3})?", re.ASCII)
JSON, PLAIN_TEXT, HTML = "application/json", "text/plain; charset=utf-8", "text/html"
# Ranges of Accept that include a media type, from specific to general.
RANGES = {
    JSON: (JSON, "application/*", "*/*"),
    PLAIN_TEXT: ("text/plain", "text/*", "*/*"),
    HTML: (HTML, "text/*", "*/*"),
}
# A response is data: a browser that opens it runs nothing, and no page can frame it.
POLICY = "default-src 'none'; frame-ancestors 'none'"
# Headers of every response that is negotiated.
COMMON = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"vary", b"Accept, Accept-Encoding, Origin"),
)
ANY_TAG = b"*"
MOST_TAGS = 50  # tags of If-None-Match that are read
TAG = re.compile(rb'"[0-9a-f]{16}-([0-9a-f]{1,8})-[0-9a-f]{24}"')  # see ResponseCache.headers


def accepted(request: Request) -> dict[str, float]:
    """The ranges in the Accept headers of a request, each with its weight; without one, anything is acceptable."""
    return weights(",".join(request.headers.getlist("accept")) or "*/*")


def require_acceptable(request: Request, media_type: str) -> None:
    """Raises NotAcceptable if the caller does not accept the only available media type."""
    if not quality(accepted(request), RANGES[media_type]):
        raise NotAcceptable(f"Only {media_type} can be had here, and {PROBLEM_JSON} for errors.")


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


@lru_cache(maxsize=50)
def accepts_gzip(header: bytes) -> bool:
    """Whether Accept-Encoding accepts gzip."""
    return quality(weights(header.decode("latin-1")), ("gzip", "*/*")) > 0


class Conditions(NamedTuple):
    """The conditions of a request: entity tags, or a modification date."""

    tags: frozenset[bytes] = frozenset()
    since: datetime | None = None

    def hold_for(self, tag: bytes, loaded_at: datetime) -> bool:
        """Whether the client already has the response with this tag.

        A date counts only if it is exactly the one that was shown: after an operator has gone back to an older
        release, a later date may be that of the newer one.
        """
        if self.tags:
            return tag in self.tags or ANY_TAG in self.tags
        return self.since == loaded_at.replace(microsecond=0)

    def newest_number(self) -> int:
        """The highest release number among the tags: no older release may be shown."""
        return max(map(number_of, self.tags), default=0)


def read_conditions(if_none_match: bytes, if_modified_since: bytes) -> Conditions:
    """Parse the headers: If-Modified-Since only counts without If-None-Match (RFC 9110, 13.1.3)."""
    if if_none_match:
        tags = if_none_match.split(b",", MOST_TAGS)[:MOST_TAGS]
        return Conditions(frozenset(tag.strip().removeprefix(b"W/") for tag in tags))
    text = if_modified_since.decode("latin-1").strip()
    for form in DATES:
        with suppress(ValueError):
            return Conditions(since=datetime.strptime(text, form).replace(tzinfo=UTC))
    return Conditions()


def number_of(tag: bytes) -> int:
    """The release number in one of our tags, 0 for any other tag."""
    ours = TAG.fullmatch(tag)
    return int(ours[1], 16) if ours else 0
