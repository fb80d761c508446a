"""Which load came last, as far as this process knows: no answer is to be of older data than one given before."""

import logging
import time
from contextlib import suppress
from threading import Lock
from typing import NamedTuple

from sqlalchemy import text

from app.errors import NotReady, TimedOut
from app.readers import MissingTable, Passing, Patience, Reader, Readers, Statement
from app.readers.connections import TRIED_FOR, UNREACHABLE
from app.revisions import Release, Revision, Revisions, Unloaded

LOG = logging.getLogger("factbook")
NEWEST = text("SELECT number, revision, pg_is_in_recovery() FROM releases ORDER BY number DESC LIMIT 1")
BEHIND = "Newer data was loaded than the servers have that can be reached; try again."
LOOKS_APART = 0.01  # seconds at least between two looks: whoever makes tags up costs the servers no more
AT_MOST, SLOW = 2.0, 0.5  # seconds that one server may take; those that fail at once can be asked again and again
UNASKED_FOR = 30.0  # seconds for which a server is not asked that was slow to fail
GONE_AFTER = 2.0  # seconds for which no server has a release that was seen, and a primary is there


class Found(NamedTuple):
    """What a server has."""

    release: Release
    primary: bool


class Releases:
    """The newest release that was seen, on any server."""

    def __init__(self, readers: Readers, revisions: Revisions) -> None:
        self._readers = readers
        self._revisions = revisions
        self._statement = Statement(NEWEST, readers.dialect)
        self._lock, self._seeing = Lock(), Lock()
        self._looked_at = float("-inf")
        self._silent: dict[int, float] = {}  # servers, and until when they are not asked
        self._missed_since = float("inf")
        self.newest = Release(0, b"")

    def is_behind(self, release: Release) -> bool:
        """Whether other data was loaded after it, and seen by now; a file alone is always the newest there is."""
        return not self._readers.embedded and release.number < self.newest.number and release.mark != self.newest.mark

    def see(self, release: Release) -> None:
        with self._seeing:
            self.newest = max(self.newest, release)

    def caught_up(self, reader: Reader) -> Revision:
        """What a reader sees, over a server that has the newest data that was seen. Raises NotReady, Unusable."""
        patience = reader.patience()
        while True:
            try:
                found = self._revisions.of(reader)
            except Unloaded as unloaded:
                if not self.newest.number:
                    raise NotReady(str(unloaded)) from unloaded
            else:
                if not self.is_behind(found.release):
                    self.see(found.release)
                    return found
            self._leave(reader, patience)

    def begun(self, reader: Reader, revision: Revision, patience: Patience) -> bool:
        """Let a reader see this revision from now on; False where there is other data. Raises Passing, NotReady."""
        while True:
            reader.begin()
            with suppress(Unloaded):
                found = self._revisions.of(reader)
                if found.mark == revision.mark or not self.is_behind(found.release):
                    return found.mark == revision.mark
            self._leave(reader, patience)

    def _leave(self, reader: Reader, patience: Patience) -> None:
        """Go on over another server; where all are behind, wait. Raises NotReady where they stay so."""
        if not reader.leave():
            patience.wait(Passing(BEHIND))
            with suppress(Passing):
                self.look(time.monotonic())

    def look(self, since: float) -> None:
        """Let `newest` be as of a moment after `since`; whoever waits for the same look shares it. Raises Passing."""
        with self._lock:
            if self._looked_at >= since:
                return
            time.sleep(max(0.0, self._looked_at + LOOKS_APART - time.monotonic()))
            began = time.monotonic()
            self._ask()
            self._looked_at = began

    def _ask(self) -> None:
        """All servers: a standby may show a load a moment before the primary does, where that waits for it."""
        asked, now = self._readers.of_each_server(), time.monotonic()
        found: list[Found] = []
        for number in [one for one in range(len(asked)) if self._silent.get(one, 0.0) < now] or range(len(asked)):
            began = time.monotonic()
            for _ in range(2):  # a session may have been lost since the last look
                try:
                    found.append(self._found_at(asked[number]))
                    break
                except (NotReady, TimedOut):
                    if time.monotonic() - began > SLOW:
                        self._silent[number] = time.monotonic() + UNASKED_FOR
                        break
        if not found:
            raise Passing(UNREACHABLE)
        newest = max(found, key=lambda one: one.release.number)
        self.see(newest.release)
        if newest.release.number == self.newest.number or not any(one.primary for one in found):
            self._missed_since = float("inf")
            return
        self._missed_since = min(self._missed_since, now)
        if now - self._missed_since > GONE_AFTER:
            # A backup was restored, or a standby promoted that had not got the last load.
            LOG.warning("release %d is gone, %d is the newest", self.newest.number, newest.release.number)
            self.newest = newest.release

    def _found_at(self, reader: Reader) -> Found:
        reader.allow(AT_MOST, since=time.monotonic() - TRIED_FOR)
        try:
            rows = self._readers.rows(self._statement, {}, reader)
        except MissingTable:
            rows = ()
        for number, mark, standby in rows:
            return Found(Release(number, mark), primary=not standby)
        return Found(Release(0, b""), primary=False)
