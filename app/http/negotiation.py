"""Content negotiation by `Accept` (RFC 9110, 12.5.1)."""

from collections.abc import Sequence

from fastapi import Request

from app.errors import PROBLEM_JSON, NotAcceptable
from app.http.headers import JSON, JSON_RANGES, TEXT_RANGES, accepts


def accept_of(request: Request) -> str:
    """The Accept header of a request; without one, anything is acceptable."""
    return ",".join(request.headers.getlist("accept")) or "*/*"


def hold_acceptable(request: Request, media_type: str) -> None:
    """Raises NotAcceptable if the caller does not accept the only available media type."""
    ranges: Sequence[str] = JSON_RANGES if media_type == JSON else TEXT_RANGES
    if not accepts(accept_of(request), tuple(ranges)):
        raise NotAcceptable(f"Only {media_type} can be had here, and {PROBLEM_JSON} for errors.")
