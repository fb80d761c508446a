"""Releases in SQLite: each is a file, and the path of the database is the pointer to the current one."""

import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from sqlalchemy import Connection, NullPool, create_engine, make_url, text

from app.errors import NotReady
from app.store.releases import Deadline, Draft, KeptRelease, OpenRelease, ReleaseNotKept, Store
from app.store.sqlite_draft import current_id, drafting, refuse_newer
from app.store.sqlite_files import ReleaseFiles
from app.store.sqlite_release import NO_FILE, Identity, SqliteRelease, connect, identity, loaded_of

LOOK_EVERY = 0.005  # seconds between checks whether the path names another file
REFUSED_FOR = 10.0  # seconds before a refused file is tried again, unless it changes
MOST_OPEN = 4  # old releases that are kept open, until another release is current
OPENING = "The database file is being opened; try again."


class RefusedFile(NamedTuple):
    """A file that cannot be used, and why: just enough to raise the error again, without a traceback."""

    identity: Identity
    until: float
    error: NotReady


class SqliteStore(Store):
    """One thread checks for another file and another one opens it, while requests keep reading the open one."""

    embedded = True

    def __init__(self, url: str, *, keep: int = 5) -> None:
        """All options in the URL are ignored, but for `mode=ro`: nothing may then be loaded."""
        super().__init__()
        parsed = make_url(url)
        path = parsed.database or ""
        if path.startswith("file:"):
            path = unquote(path.removeprefix("file:"))
        self.files = ReleaseFiles(Path(path))
        self._read_only = parsed.query.get("mode") == "ro"
        self._keep = keep
        # Only its dialect is used, to compile SQL.
        self.dialect = create_engine("sqlite://", paramstyle="named").dialect
        self._current: SqliteRelease | None = None
        self._problem: NotReady | None = None  # with the file at the path
        self._looked = float("-inf")
        self._looking, self._opening, self._opening_kept = threading.Lock(), threading.Lock(), threading.Lock()
        self._open: OrderedDict[str, SqliteRelease] = OrderedDict()  # old releases, the one used last at the end
        self._refused: dict[Path, RefusedFile] = {}

    def known(self, *, at_least: int = 0) -> OpenRelease | None:
        # Whether the path names another file: checked at most every few milliseconds, by one thread at a time.
        if time.monotonic() - self._looked >= LOOK_EVERY and self._looking.acquire(blocking=False):
            try:
                self._looked = time.monotonic()
                if self._unopened() and not self._opening.locked():
                    # Comparing the file with its digest may take long, and the event loop may be what looks.
                    threading.Thread(target=self._open_current, name="open-release", daemon=True).start()
            finally:
                self._looking.release()
        found = self._current
        # Another process may have seen a newer file, and shown it, a moment before this one.
        return found if found is None or found.number >= at_least or self._is_at_path(found) else None

    def _is_at_path(self, release: SqliteRelease) -> bool:
        try:
            return identity(self.files.current) == release.identity
        except OSError:
            return True  # nothing else is there

    def current(self, *, at_least: int = 0) -> OpenRelease:
        """A single file is always the newest release there is, so `at_least` asks for no more than a look."""
        found = self.known() if self._current is not None else None
        if found is None or found.number < at_least:
            self._open_current()
            found = self._current
        if found is None:
            raise _copied(self._problem or NotReady(NO_FILE))
        return found

    def kept(self, release_id: str) -> OpenRelease:
        with suppress(NotReady):
            current = self.current()
            if current.id == release_id:
                return current
        path = self.files.kept(release_id)
        with self._opening_kept:
            opened = self._open
            release = opened.pop(release_id, None)
            try:
                seen = identity(path)
            except OSError:
                raise ReleaseNotKept(release_id) from None
            if release is None or release.identity != seen:
                if refused := self._refusal(path, seen):
                    raise _copied(refused)
                release = self._opened(path, seen)
            opened[release_id] = release
            if len(opened) > MOST_OPEN:
                opened.popitem(last=False)
        return release

    def check(self, seconds: float) -> OpenRelease:
        until = Deadline(seconds)
        self._refused.pop(self.files.current, None)  # it is tried again
        if not self._open_current(timeout=seconds) and self._current is None:
            raise NotReady(OPENING)
        if self._problem:
            raise _copied(self._problem)
        found = self.current()
        found.rows(self.statement(text("SELECT revision FROM revisions")), {}, until)
        return found

    def close(self) -> None:
        with self._opening, self._opening_kept:
            for release in [*self._open.values(), self._current]:
                if release:
                    release.close()
            self._open = OrderedDict()
            self._current = self._problem = None

    @contextmanager
    def reading(self, release_id: str | None = None, *, check_digest: bool = True) -> Iterator[Connection]:
        path = self._path_of(release_id) if release_id else self.files.current
        with closing(SqliteRelease(self.files, path, check_digest=check_digest)) as release:
            engine = create_engine("sqlite://", creator=lambda: connect(path), poolclass=NullPool)
            with engine.connect() as connection:
                if identity(path) != release.identity:
                    raise NotReady(OPENING)
                yield connection

    def prepare(self) -> None:
        if self._read_only:
            raise NotReady("FACTBOOK_DATABASE_URL says mode=ro: load under a URL that does not.")
        with self.files.locked():
            refuse_newer(self.files)

    def drafting(self) -> AbstractContextManager[Draft]:
        return drafting(self.files, self._keep)

    def releases(self) -> list[KeptRelease]:
        current, found = current_id(self.files), {}
        for path in [*self.files.all_kept(), self.files.current]:
            with suppress(OSError, NotReady, sqlite3.Error), closing(connect(path)) as connection:
                loaded = loaded_of(connection)
                found[loaded[0]] = KeptRelease(*loaded, is_current=loaded[0] == current)
        return sorted(found.values(), key=lambda one: one.number, reverse=True)

    def use(self, release_id: str) -> None:
        path = self.files.kept(release_id)
        with self.files.locked():
            if not path.exists():
                raise ReleaseNotKept(release_id)
            SqliteRelease(self.files, path).close()  # which checks it
            self.files.use(release_id, current_id(self.files))

    def _path_of(self, release_id: str) -> Path:
        path = self.files.kept(release_id)
        if path.exists():
            return path
        if current_id(self.files) == release_id:
            return self.files.current
        raise ReleaseNotKept(release_id)

    def _unopened(self) -> Identity | None:
        """The identity of the file at the path, if it is to be opened: it is not open, and was not just refused."""
        try:
            seen = identity(self.files.current)
        except OSError:
            self._problem = NotReady(NO_FILE)
            return None
        is_open = self._current is not None and self._current.identity == seen
        self._problem = None if is_open else self._refusal(self.files.current, seen)
        return None if is_open or self._problem else seen

    def _open_current(self, *, timeout: float = -1) -> bool:
        """Open the file at the path; one that cannot be used changes nothing.

        Returns False if another thread was opening one for as long as `timeout`, in seconds.
        """
        if not self._opening.acquire(timeout=timeout):
            return False
        try:
            if seen := self._unopened():
                self._current = self._opened(self.files.current, seen)
                self._open = OrderedDict()  # the files may have been dropped
        except NotReady as error:
            self._problem = _copied(error)
        finally:
            self._opening.release()
        return True

    def _opened(self, path: Path, seen: Identity) -> SqliteRelease:
        try:
            return SqliteRelease(self.files, path)
        except NotReady as error:
            self._refused[path] = RefusedFile(seen, time.monotonic() + REFUSED_FOR, _copied(error))
            raise

    def _refusal(self, path: Path, seen: Identity) -> NotReady | None:
        """Why a file was refused a moment ago, if it was."""
        refused = self._refused.get(path)
        return refused.error if refused and refused.identity == seen and time.monotonic() < refused.until else None


def _copied(error: NotReady) -> NotReady:
    """The same error without a traceback, which would grow each time it is raised, and keep alive what it refers to."""
    return type(error)(error.detail)
