"""The context in which a request reads: release, caches, time limit, query string; and the body of its response."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.errors import TimedOut
from app.store.releases import Budget, CompiledQuery, Limit, OpenRelease, SqlRows, Store

Pairs = Sequence[tuple[str, str]]
MOST_TOTALS = 20_000  # cached totals
FEW_VALUES = 20  # a statement with so many is built quickly; one with 400 takes some 70 ms of CPU time


class Form(StrEnum):
    """The format of a response. Each but JSON is also a path suffix: /v1/facts.csv."""

    JSON = "json"
    CSV = "csv"
    NDJSON = "ndjson"


@dataclass(slots=True)
class Body:
    """The body of a response, which is JSON or plain text, its number of items, and the URL of the next page, if any.

    Plain text has its own `tag` (ETag), which is the same in all releases with the same text.
    """

    content: bytes
    rows: int
    next: str | None = None
    tag: bytes | None = None


@dataclass(slots=True)
class RequestContext:
    """The context of one request. `pairs` are the names and values of its query string, `path` has no format suffix."""

    store: Store
    release: OpenRelease
    limit: Limit
    path: str = ""
    root_path: str = ""
    pairs: Pairs = ()
    form: Form = Form.JSON
    title: str = ""  # of the service
    given: Mapping[str, list[str]] = field(default_factory=dict, init=False)  # values by parameter; see parsed()
    query_digest: str = field(default="", init=False)  # once it is needed, see lists.query_digest; of `pairs` only

    def run(self, query: Any, **values: Any) -> SqlRows:
        """All rows of a constant query. Raises TimedOut, NotReady, Unusable, ReleaseNotKept."""
        return self.rows(self.store.compiled(query, lambda: query), values)

    def statement(self, key: Hashable, build: Callable[[], Any], values: int = 0) -> CompiledQuery:
        """The statement of a query, built once for each key; `values` is the number of its bind parameters.

        Raises TimedOut on the event loop if building it would take long.
        """
        if values > FEW_VALUES and key not in self.store.statements:
            self.leave_event_loop()
        return self.store.compiled(key, build)

    def rows(self, statement: CompiledQuery, values: dict[str, Any]) -> SqlRows:
        """All rows of a statement. Raises TimedOut, NotReady, Unusable, ReleaseNotKept."""
        return self.release.rows(statement, values, self.limit)

    def stream(self, statement: CompiledQuery, values: dict[str, Any]) -> Iterator[SqlRows]:
        """The rows in pieces, each of which may take as much time as is left now. Raises as `rows` does."""
        return self.release.stream(statement, values, self.limit.remaining())

    def check_time_limit(self) -> None:
        """Raises TimedOut if the time limit is reached; for work between statements."""
        if self.limit.remaining() <= 0:
            raise TimedOut

    def leave_event_loop(self) -> None:
        """Call before slow work. Raises TimedOut on the event loop, so that the request moves to a thread."""
        if isinstance(self.limit, Budget):
            raise TimedOut
