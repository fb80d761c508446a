"""The body of a response."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Body:
    """The JSON of a response, how many items it has, and the URL of the next page, if there is one.

    Plain text instead of JSON has its own `tag` (ETag), which stays the same over releases as long as the text does.
    """

    json: bytes
    rows: int
    next: str | None = None
    tag: bytes | None = None
