"""The context of one request: its release with its caches, its time limit, its query string and format."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.errors import TimedOut
from app.queries.memory import Memory
from app.queries.vocabulary import Vocabulary
from app.store.releases import Budget, Limit, Release, Rows, Statement, Store

Pairs = Sequence[tuple[str, str]]
QUICKLY_BUILT = 20  # values of a statement; one of 400 takes some 70 ms of the processor to build


class Form(StrEnum):
    """The format of a response. Each but JSON is also a path suffix: /v1/facts.csv."""

    JSON = "json"
    CSV = "csv"
    NDJSON = "ndjson"


@dataclass(slots=True)
class Reading:
    """`pairs` are the names and values of the query string, `path` is the path without a format suffix."""

    store: Store
    release: Release
    memory: Memory
    limit: Limit
    path: str = ""
    root_path: str = ""
    pairs: Pairs = field(default_factory=tuple)
    form: Form = Form.JSON

    @property
    def vocabulary(self) -> Vocabulary:
        """The known ids of the release."""
        return self.memory.vocabulary

    def statement(self, key: Hashable, build: Callable[[], Any], values: int = 0) -> Statement:
        """The statement of a query that is built once for each key, and takes so many values.

        Raises TimedOut where others would wait for one that takes long to build.
        """
        if values > QUICKLY_BUILT and key not in self.store.statements:
            self.leave_event_loop()
        return self.store.compiled(key, build)

    def rows(self, statement: Statement, values: dict[str, Any]) -> Rows:
        """All rows of a statement. Raises TimedOut, NotReady, Unusable, ReleaseNotKept."""
        return self.release.rows(statement, values, self.limit)

    def stream(self, statement: Statement, values: dict[str, Any]) -> Iterator[Rows]:
        """The rows in pieces, each of which may take as much time as is left now. Raises as `rows` does."""
        return self.release.stream(statement, values, self.limit.remaining())

    def look_at_clock(self) -> None:
        """Raises TimedOut if the time limit is reached; for work between statements."""
        if self.limit.remaining() <= 0:
            raise TimedOut

    def leave_event_loop(self) -> None:
        """Call before slow work. Raises TimedOut on the event loop, so that the request moves to a thread."""
        if isinstance(self.limit, Budget):
            raise TimedOut
