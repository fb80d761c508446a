"""What one request reads: a release with its caches, a time limit, the query string; and the body that it becomes."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from weakref import WeakKeyDictionary

from app.errors import TimedOut
from app.store.releases import Budget, Limit, Release, Rows, Statement, Store

Pairs = Sequence[tuple[str, str]]
MOST_TOTALS = 20_000  # that are cached
QUICKLY_BUILT = 20  # values of a statement; one of 400 takes some 70 ms of the processor to build


class Form(StrEnum):
    """The format of a response. Each but JSON is also a path suffix: /v1/facts.csv."""

    JSON = "json"
    CSV = "csv"
    NDJSON = "ndjson"


@dataclass(frozen=True, slots=True)
class Body:
    """The JSON of a response, how many items it has, and the URL of the next page, if there is one.

    Plain text instead of JSON has its own `tag` (ETag), which stays the same over releases as long as the text does.
    """

    json: bytes
    rows: int
    next: str | None = None
    tag: bytes | None = None


@dataclass(slots=True)
class Memory:
    """The caches of one release; `vocabulary` fills those of ids."""

    totals: dict[str, int] = field(default_factory=dict)  # rows or bytes of a query; cleared where there are too many
    types: dict[str, str] = field(default_factory=dict)  # of the ids that were looked up
    spellings: dict[str, dict[str, str]] = field(default_factory=dict)  # type -> spelling -> id
    lexicon: Any = None  # to read claims with; see `claims`


class Memories:
    """The caches of all open releases; they are dropped together with their release."""

    def __init__(self) -> None:
        self.known: WeakKeyDictionary[Release, Memory] = WeakKeyDictionary()

    def of(self, release: Release) -> Memory:
        """The caches of a release, created on first use."""
        return self.known.setdefault(release, Memory())


@dataclass(slots=True)
class Reading:
    """`pairs` are the names and values of the query string, `path` is the path without a format suffix."""

    store: Store
    release: Release
    memory: Memory
    limit: Limit
    path: str = ""
    root_path: str = ""
    pairs: Pairs = ()
    form: Form = Form.JSON

    def run(self, query: Any, **values: Any) -> Rows:
        """All rows of a query that never changes. Raises TimedOut, NotReady, Unusable, ReleaseNotKept."""
        return self.rows(self.store.compiled(query, lambda: query), values)

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

    def check_time_limit(self) -> None:
        """Raises TimedOut if the time limit is reached; for work between statements."""
        if self.limit.remaining() <= 0:
            raise TimedOut

    def leave_event_loop(self) -> None:
        """Call before slow work. Raises TimedOut on the event loop, so that the request moves to a thread."""
        if isinstance(self.limit, Budget):
            raise TimedOut
