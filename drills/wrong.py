"""Deliberately wrong loads and services, the negative controls of the drills: python -m drills.wrong NAME serve ..."""

import os
import random
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote_plus

from sqlalchemy.ext.compiler import compiles
from uvicorn.protocols.http import httptools_impl

from app.cli import main
from app.http import exports, routing
from app.http.caching import CachedResponse, Exchange, ResponseCache
from app.http.limits import ConcurrencyLimiter
from app.queries import filters, parameters, searching
from app.store import postgresql_draft, postgresql_hosts, sqlite_files
from app.store.postgresql import PostgresRelease
from app.store.postgresql_draft import PostgresDraft
from app.store.postgresql_pointer import Seen
from app.store.sqlite_files import ReleaseFiles
from app.store.sqlite_release import SqliteRelease

PIECEMEAL, UNLOCKED = "published in pieces", "no lock"
UNKEYED, MIXED, CURSORLESS = "answers kept for any release", "rows of two releases", "cursors for any release"
SHARED, LEAKING, UNTRIED = "expensive work blocks the event loop", "a part of each answer is kept", "no read is retried"
OLDER, UNCHECKED = "an older release will do", "text is passed on as it comes"
FORGETFUL = "acknowledged before it is written"
PIECE, LEAKED = 20_000, 2_000  # bytes


def _set(where: Any, name: str, what: Any) -> None:
    patch.object(where, name, what).start()


def _piecemeal() -> None:
    """A file is written over the current one; a schema is committed before it is pointed to."""
    publish, of_schema = ReleaseFiles.publish, PostgresDraft.publish

    def over(self: ReleaseFiles, new: Path, release_id: str, before: str | None, keep: int) -> None:
        target = self.current.resolve()
        if target.exists():
            target.chmod(0o644)
        with target.open("wb") as file:
            written = new.read_bytes()
            for start in range(0, len(written), PIECE):
                file.write(written[start : start + PIECE])
                file.flush()
                time.sleep(0.005)
        publish(self, new, release_id, before, keep)

    def committed(self: PostgresDraft, release_id: str) -> None:
        driver: Any = self.connection.connection.driver_connection
        driver.commit()
        of_schema(self, release_id)

    _set(ReleaseFiles, "publish", over)
    _set(PostgresDraft, "publish", committed)


def _unlocked() -> None:
    _set(sqlite_files, "lock_file", lambda _file: None)
    _set(postgresql_draft, "_lock", lambda _connection: None)


def _unkeyed() -> None:
    """The cache is asked by URL and format alone, whatever else its keys are made of."""

    def flat(key: tuple[Any, ...]) -> Iterator[Any]:
        for part in key:
            yield from flat(part) if isinstance(part, tuple) else (part,)

    def without_release(key: tuple[Any, ...]) -> Any:
        return tuple(part for part in flat(key) if isinstance(part, bytes | bool))

    get, put = ResponseCache.get, ResponseCache.put
    _set(ResponseCache, "get", lambda self, key: get(self, without_release(key)))
    _set(ResponseCache, "put", lambda self, key, *cached: put(self, without_release(key), *cached))


def _mixed() -> None:
    os.environ["FACTBOOK_CACHE_BYTES"] = "0"
    for kind in (SqliteRelease, PostgresRelease):
        seen: deque[Any] = deque(maxlen=2)
        rows = kind.rows

        def of_either(self: Any, *asked: Any, seen: deque[Any] = seen, rows: Any = rows) -> Any:
            if self not in seen:
                seen.append(self)
            return rows(random.choice(seen), *asked)

        _set(kind, "rows", of_either)


def _shared() -> None:
    async def here(_self: ConcurrencyLimiter, work: Callable[..., Any], *arguments: object) -> Any:
        return work(*arguments)

    _set(routing, "ON_EVENT_LOOP", 60.0)
    _set(routing, "QUICK_TIME_LIMIT", 60.0)
    _set(ConcurrencyLimiter, "run", here)


def _leaking() -> None:
    leaked: list[bytes] = []
    send, respond = Exchange.send, Exchange.respond

    async def leaking(self: Exchange, message: Any) -> None:
        leaked.append(bytes(bytearray(message.get("body", b"")[:LEAKED])))
        await send(self, message)

    async def leaking_known(self: Exchange, response: CachedResponse, sender: Any) -> None:
        leaked.append(bytes(bytearray(response.body[:LEAKED])))
        await respond(self, response, sender)

    _set(Exchange, "send", leaking)
    _set(Exchange, "respond", leaking_known)


def _unchecked() -> None:
    def as_a_pattern(element: Any, compiler: Any, **_options: Any) -> str:
        column, word = (compiler.process(one) for one in element.clauses)
        percent = "char(37)" if compiler.dialect.name == "sqlite" else "chr(37)"
        return f"{column} LIKE {percent} || {word} || {percent}"

    def echoed(request: Any, _form: Any) -> str:
        written = unquote_plus(request.scope["query_string"].decode(), errors="replace")
        sys.stderr.write(f"exporting {written}\n")
        return f"attachment; filename={written.encode('ascii', 'replace').decode()}"

    _set(filters.IdFilter, "one", lambda _filter, token, _reading: token)
    for dialect in ("sqlite", "postgresql"):
        compiles(searching.contains, dialect)(as_a_pattern)
    _set(parameters, "CONTROL", re.compile(r"(?!)"))
    _set(exports, "_disposition", echoed)
    _set(httptools_impl, "HEADER_VALUE_RE", re.compile(rb"(?!)"))


FAULTS: dict[str, Callable[[], None]] = {
    PIECEMEAL: _piecemeal,
    UNLOCKED: _unlocked,
    FORGETFUL: lambda: _set(PostgresDraft, "publish", lambda _self, _release_id: None),
    UNKEYED: _unkeyed,
    MIXED: _mixed,
    CURSORLESS: lambda: _set(routing, "select_release", lambda state, *_asked: (state.store.current(), ())),
    SHARED: _shared,
    LEAKING: _leaking,
    UNTRIED: lambda: _set(postgresql_hosts, "TRIED_FOR", 0.0),
    OLDER: lambda: _set(Seen, "is_enough", lambda _self, *_shown: True),
    UNCHECKED: _unchecked,
}

if __name__ == "__main__":
    FAULTS[sys.argv.pop(1)]()
    main()
