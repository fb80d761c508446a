"""A request and how it was answered: what the log, the measurements and the traces are told of it."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from starlette.types import Scope

TOLD = "told"  # in the state of a request: what its answer holds


# Where an answer came from: our cache, the database, or the caller's own copy.
Cached = Literal["hit", "miss", "caller"]
HIT: Cached = "hit"
MISS: Cached = "miss"
CALLER: Cached = "caller"
# How an answer ended.
End = Literal["sent", "client gone", "failed"]
SENT: End = "sent"
GONE: End = "client gone"
FAILED: End = "failed"


@dataclass(slots=True)
class Told:
    """What an answer holds: how many items, of which revision, and where it came from; None where that means nothing.

    The items of an export are counted while they are sent.
    """

    rows: int | None = None
    revision: str | None = None
    cached: Cached | None = None


class Exchange(NamedTuple):
    """`size` are the bytes of the body that were handed to the server."""

    scope: Scope
    route: str
    request_id: str
    status: int
    seconds: float
    size: int
    rows: int | None
    revision: str | None
    cached: Cached | None
    end: End


class Watcher(Protocol):
    """Told of each exchange once it has ended; it must be quick, and must not raise."""

    def __call__(self, exchange: Exchange) -> None: ...

    def close(self) -> None:
        """Get rid of what waits: the server ends."""
        ...
