"""Releases in SQLite: each is a file, and the path of the database is the pointer to the current one."""

import os
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from sqlalchemy import Connection, NullPool, create_engine, make_url, text

from app.errors import NotReady
from app.store.files import Identity, ReleaseFiles, identity
from app.store.limits import Deadline
from app.store.releases import Draft, KeptRelease, Release, ReleaseNotKept, Statement, Store
from app.store.sqlite_draft import current_id, drafting, locked, refuse_newer
from app.store.sqlite_release import NO_FILE, SqliteRelease, connect, loaded_of

LOOK_EVERY = 0.005  # seconds between checks whether the path names another file
REFUSED_FOR = 10.0  # seconds before a refused file is tried again, unless it changes
MOST_OPEN, UNUSED_FOR = (
    4,
    60.0,
)  # open old releases, and seconds after which an unused one is closed
OPENING = "The database file is being opened; try again."
NO_NAMES = {"uri", "mode", "immutable"}  # options in a URL that are ignored, since we set them ourselves


class Refused(NamedTuple):
    """A file that cannot be used, and why: just enough to raise the error again, without a traceback."""

    identity: Identity | None
    until: float
    kind: type[NotReady]
    detail: str

    def error(self) -> NotReady:
        return self.kind(self.detail)


class Used(NamedTuple):
    """An open old release, and when it was last used."""

    release: SqliteRelease
    at: float


class SqliteStore(Store):
    """One thread checks for another file and another one opens it, while requests keep reading the open one."""

    embedded = True

    def __init__(self, url: str, *, keep: int = 5, mapped: bool = False) -> None:
        """`mapped` reads files through mmap: faster, but `cp` over an open file then kills the process."""
        super().__init__()
        parsed = make_url(url)
        path = parsed.database or ""
        if path.startswith("file:"):
            path = unquote(path.removeprefix("file:"))
        self.files = ReleaseFiles(Path(path))
        self._options = {name: str(value) for name, value in parsed.query.items() if name not in NO_NAMES}
        self._read_only = parsed.query.get("mode") == "ro"
        self._keep, self._mapped = keep, mapped
        # Only its dialect is used, to compile SQL.
        self.dialect = create_engine("sqlite://", paramstyle="qmark").dialect
        self._current: SqliteRelease | None = None
        self._trouble: Refused | None = None
        self._looked = float("-inf")
        self._looking, self._opening, self._opening_kept = threading.Lock(), threading.Lock(), threading.Lock()
        self._open: OrderedDict[str, Used] = OrderedDict()
        self._refused: dict[str, Refused] = {}

    def statement(self, query: Any) -> Statement:
        return Statement(query, self.dialect)

    def known(self, *, at_least: int = 0) -> Release | None:
        if time.monotonic() - self._looked >= LOOK_EVERY:
            self._look()
        found = self._current
        # Another process may have seen a newer file, and shown it, a moment before this one.
        return found if found is None or found.number >= at_least or self._is_at_path(found) else None

    def _is_at_path(self, release: SqliteRelease) -> bool:
        try:
            return identity(self.files.current) == release.identity
        except OSError:
            return True  # nothing else is there

    def current(self, *, at_least: int = 0) -> Release:
        """A single file is always the newest release there is, so `at_least` asks for no more than a look."""
        if self._current is not None:
            self._look()
        found = self._current
        if found is None or found.number < at_least:
            with self._opening:
                self._open_current()
            found = self._current
        if found is None:
            raise self._trouble.error() if self._trouble else NotReady(NO_FILE)
        return found

    def kept(self, release_id: str) -> Release:
        with suppress(NotReady):
            current = self.current()
            if current.id == release_id:
                return current
        path = self._kept_path(release_id)
        with self._opening_kept:
            used = self._open.pop(release_id, None)
            try:
                seen = identity(path)
            except OSError:
                raise ReleaseNotKept(release_id) from None
            if used is None or used.release.identity != seen:
                used = Used(self._opened_kept(path, seen), 0)
            self._open[release_id] = Used(used.release, time.monotonic())
            while len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)
        return used.release

    def check(self, seconds: float) -> Release:
        until = Deadline(seconds)
        if not self._opening.acquire(timeout=seconds):
            if self._current is None:
                raise NotReady(OPENING)
        else:
            try:
                self._open_current(anew=True)
            finally:
                self._opening.release()
        if self._trouble:
            raise self._trouble.error()
        found = self.current()
        found.rows(Statement(text("SELECT revision FROM revisions"), self.dialect), {}, until)
        return found

    def close(self) -> None:
        with self._opening, self._opening_kept:
            for release in [*(used.release for used in self._open.values()), self._current]:
                if release:
                    release.close()
            self._open.clear()
            self._current = self._trouble = None

    @contextmanager
    def reading(self, release_id: str | None = None) -> Iterator[Connection]:
        path = self._path_of(release_id) if release_id else self.files.current
        with closing(SqliteRelease(self.files, path, self._options)) as release:
            engine = create_engine("sqlite://", creator=lambda: connect(path, self._options), poolclass=NullPool)
            with engine.connect() as connection:
                if identity(path) != release.identity:
                    raise NotReady(OPENING)
                yield connection

    def prepare(self) -> None:
        if self._read_only:
            raise NotReady("FACTBOOK_DATABASE_URL says mode=ro: load under a URL that does not.")
        with locked(self.files):
            refuse_newer(self.files)

    def drafting(self) -> AbstractContextManager[Draft]:
        return drafting(self.files, self._keep)

    def releases(self) -> list[KeptRelease]:
        current, found = current_id(self.files), {}
        for path in [*self.files.all_kept(), self.files.current]:
            with suppress(OSError, NotReady, sqlite3.Error), closing(connect(path, self._options)) as connection:
                loaded = loaded_of(connection)
                found[loaded.id] = KeptRelease(*loaded, loaded.id == current)
        return sorted(found.values(), key=lambda one: one.number, reverse=True)

    def use(self, release_id: str) -> None:
        path = self._kept_path(release_id)
        with locked(self.files):
            if not path.exists():
                raise ReleaseNotKept(release_id)
            SqliteRelease(self.files, path, self._options).close()
            self.files.use(release_id, current_id(self.files))

    def _kept_path(self, release_id: str) -> Path:
        try:
            return self.files.kept(release_id)
        except LookupError:
            raise ReleaseNotKept(release_id) from None

    def _path_of(self, release_id: str) -> Path:
        path = self._kept_path(release_id)
        if path.exists():
            return path
        if current_id(self.files) == release_id:
            return self.files.current
        raise ReleaseNotKept(release_id)

    def _look(self) -> None:
        """Check whether the path names another file: at most every few milliseconds, one thread at a time."""
        now = time.monotonic()
        if now - self._looked < LOOK_EVERY or not self._looking.acquire(blocking=False):
            return
        try:
            self._looked = now
            if self._open:
                self._let_go(now - UNUSED_FOR)
            with suppress(OSError):
                stat = os.stat(self.files.current)  # noqa: PTH116 - called often, and faster than Path.stat
                if self._current and self._current.identity == (
                    stat.st_dev,
                    stat.st_ino,
                    stat.st_size,
                    stat.st_mtime_ns,
                ):
                    self._trouble = None
                    return
            if self._is_replaced() and not self._opening.locked():
                # Comparing the file with its digest may take long, and the event loop may be what looks.
                threading.Thread(target=self._open_beside, name="open-release", daemon=True).start()
        finally:
            self._looking.release()

    def _is_replaced(self) -> bool:
        """Whether the path names a file that is to be opened."""
        try:
            seen = identity(self.files.current)
        except OSError:
            self._refuse(None, NotReady(NO_FILE))
            return False
        if self._current and seen == self._current.identity:
            self._trouble = None
            return False
        return not self._is_refused(self._trouble, seen)

    def _open_beside(self) -> None:
        with self._opening:
            self._open_current()

    def _open_current(self, *, anew: bool = False) -> None:
        """Open the file that the path names, unless it is open; an unusable file changes nothing. Needs the lock."""
        current = self._current
        try:
            seen = identity(self.files.current)
        except OSError:
            self._refuse(None, NotReady(NO_FILE))
            return
        if current and seen == current.identity:
            self._trouble = None
            return
        if not anew and self._is_refused(self._trouble, seen):
            return
        try:
            self._current = SqliteRelease(self.files, self.files.current, self._options, mapped=self._mapped)
        except NotReady as error:
            self._refuse(seen, error)
        else:
            self._trouble = None

    def _opened_kept(self, path: Path, seen: Identity) -> SqliteRelease:
        refused = self._refused.get(path.name)
        if refused and self._is_refused(refused, seen):
            raise refused.error()
        try:
            return SqliteRelease(self.files, path, self._options, mapped=self._mapped)
        except NotReady as error:
            self._refused[path.name] = Refused(seen, time.monotonic() + REFUSED_FOR, type(error), error.detail)
            raise

    def _refuse(self, seen: Identity | None, error: NotReady) -> None:
        self._trouble = Refused(seen, time.monotonic() + REFUSED_FOR, type(error), error.detail)

    @staticmethod
    def _is_refused(refused: Refused | None, seen: Identity) -> bool:
        return refused is not None and refused.identity == seen and time.monotonic() < refused.until

    def _let_go(self, before: float) -> None:
        if self._opening_kept.acquire(blocking=False):
            try:
                for release_id in [one for one, used in self._open.items() if used.at < before]:
                    del self._open[release_id]
            finally:
                self._opening_kept.release()
