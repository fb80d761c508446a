"""Answers as of releases that came before, each out of a file of its own that is made once somebody asks for it."""

import asyncio
import logging
import os
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import BinaryIO

import orjson

from app.errors import NotReady
from app.http.responder import Answer, Responder, Result
from app.http.tags import Question, Tags, for_ever
from app.queries.as_of import OtherRelease, asked_as_of, release_as_of, said_as_of
from app.queries.pages import Maker
from app.workplaces import locked, workplace

LOG = logging.getLogger("factbook")
MOST_NAMES = 10_000
MOST_AWAITED = 16  # releases that are made, or wait for it
PATIENCE = 5.0  # seconds that somebody waits for a file
MADE_WITHIN, ENDS_WITHIN = 1800.0, 10.0  # seconds, or it is given up; or it is killed
NOT_AGAIN_FOR = 60.0  # seconds, where one could not be made
LOWER_RANK = 10  # of -20 to 19, 19 the lowest
LOCK, LOOKS_APART = "making.lock", 0.1  # seconds


@dataclass(slots=True)
class OpenRelease:
    """What answers out of a release, over a link to its file that nobody else has; and how many answers it makes."""

    responder: Responder
    link: Path
    uses: int = 0
    evicted: bool = False

    def close(self) -> None:
        self.responder.database.close()
        self.link.unlink(missing_ok=True)


class PastReleases:
    """Some releases are open; another is made in a process that gives way to all else, one at a time.

    The processes of one service share the files, in a folder: each opens a link of its own, so that a file can go
    while some still read it.
    """

    def __init__(self, present: Responder, folder: Path | None = None) -> None:
        self._present = present
        self.folder = folder
        self._workplace = ExitStack()
        self._names: dict[str, str] = {}  # what was said -> revision
        self._open: dict[str, OpenRelease] = {}  # by revision; the one used last is the last
        self._links = count(1)
        self._making: dict[str, asyncio.Task[None]] = {}
        self._failed: dict[str, float] = {}  # and until when it is not tried again
        self._process: Process | None = None
        self._turn: BinaryIO | None = None  # a file that is locked while one is made, and a while longer

    async def answer(self, question: Question, tags: Tags, make: Maker) -> Answer:
        """Raises Problem."""
        async with AsyncExitStack() as turn:
            answer = await self.ask(question, turn, lambda then, asked: then.answer_now(asked, tags, make))
        kept = (b"cache-control", for_ever(self._present.settings).encode())
        return answer._replace(headers=[kept if one[0] == kept[0] else one for one in answer.headers])

    async def ask(
        self, question: Question, turn: AsyncExitStack, ask: Callable[[Responder, Question], Awaitable[Result]]
    ) -> Result:
        """What a responder answers that has the data; it has it until the turn ends. Raises Problem.

        What is wrong with a question that is of no release is met before any is made.
        """
        asked = await self._named(question)
        try:
            return await ask(self._present, asked)
        except OtherRelease as other:
            then = await turn.enter_async_context(self._opened(other.revision))
        try:
            return await ask(then, asked)
        except OtherRelease as error:  # a file of this name that is not ours
            raise NotReady(f"What was loaded as {error.revision} cannot be read.") from error

    async def _named(self, question: Question) -> Question:
        """The question with the revision in the place of a date. Raises BadRequest, NotReady, TimedOut, Busy."""
        said = said_as_of(question.query)
        if not said:  # it is refused as any other mistake
            return question
        if said not in self._names:
            made = await self._present.made(question, release_as_of(said))
            if len(self._names) >= MOST_NAMES:
                self._names.clear()
            self._names[said] = orjson.loads(made.body.json)["revision"]
        return question._replace(query=asked_as_of(question.query, self._names[said]))

    @asynccontextmanager
    async def _opened(self, revision: str) -> AsyncIterator[Responder]:
        """Raises NotReady where it has to be made first, and that takes long."""
        if revision not in self._open and not self._file(revision).exists():
            await self._wait_for(revision)
        release = self._open.pop(revision, None) or self._linked(revision)
        self._open[revision] = release
        release.uses += 1
        while len(self._open) > self._present.settings.past_releases:
            self._evict(next(iter(self._open)))
        try:
            yield release.responder
        finally:
            release.uses -= 1
            if release.evicted and not release.uses:
                release.close()

    def _file(self, revision: str) -> Path:
        if self.folder is None:
            self.folder = self._workplace.enter_context(workplace())
        return self.folder / f"{revision}.db"

    def _linked(self, revision: str) -> OpenRelease:
        """Raises NotReady where another process has just let go of it."""
        file, settings = self._file(revision), self._present.settings
        link = file.with_name(f"{revision}.{os.getpid()}.{next(self._links)}")
        try:
            link.hardlink_to(file)
            os.utime(file)  # those that nobody opens go first
        except FileNotFoundError:
            raise _still_made(revision) from None
        ours = {
            "database_url": f"sqlite:///file:{link}?immutable=1&uri=true",
            "cache_bytes": settings.cache_bytes // 10,
        }
        return OpenRelease(Responder(settings.model_copy(update=ours), beside=self._present), link)

    def _evict(self, revision: str) -> None:
        release = self._open.pop(revision)
        release.evicted = True
        if not release.uses:
            release.close()

    async def _wait_for(self, revision: str) -> None:
        """Wait until there is a file. Raises NotReady."""
        self._hold_possible(revision)
        if revision not in self._making:
            if len(self._making) >= MOST_AWAITED:
                raise _still_made(revision)
            making = self._making[revision] = asyncio.create_task(self._make(revision, self._file(revision)))
            making.add_done_callback(lambda _: self._making.pop(revision))
        await asyncio.wait({self._making[revision]}, timeout=PATIENCE)
        self._hold_possible(revision)
        if not self._file(revision).exists():
            raise _still_made(revision)

    def _hold_possible(self, revision: str) -> None:
        if self._failed.get(revision, 0.0) > time.monotonic():
            detail = f"What was loaded as {revision} cannot be made ready; the log of the service says why."
            raise NotReady(detail)

    async def _make(self, revision: str, file: Path) -> None:
        """Make a file in its turn. The next has to wait as long as this one took: half of the time nothing is made."""
        try:
            while self._turn:
                await asyncio.sleep(LOOKS_APART)
            self._turn = (file.parent / LOCK).open("wb")
            while sys.platform != "win32" and not locked(self._turn):
                await asyncio.sleep(LOOKS_APART)
            began = time.monotonic()
            if not file.exists():
                _make_room(file.parent, self._present.settings.past_releases - 1)
                await self._restore(revision, file)
            asyncio.get_running_loop().call_later(time.monotonic() - began, self._end_turn)
        except OSError as error:
            self._end_turn()
            self._give_up(revision, str(error))

    def _end_turn(self) -> None:
        if self._turn:
            self._turn.close()
            self._turn = None

    async def _restore(self, revision: str, file: Path) -> None:
        ours = {"FACTBOOK_DATABASE_URL": self._present.settings.database_url}
        command = (sys.executable, "-m", "app", "restore", "--json", revision, str(file))
        process = self._process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **ours}, stdout=DEVNULL, stderr=PIPE
        )
        if hasattr(os, "setpriority"):
            with suppress(OSError):  # it has ended
                os.setpriority(os.PRIO_PROCESS, process.pid, LOWER_RANK)
        try:
            _, said = await asyncio.wait_for(process.communicate(), MADE_WITHIN)
        except TimeoutError:
            self._give_up(revision, f"it took more than {MADE_WITHIN:.0f} s")
            await _end(process)
            return
        told = said.decode(errors="replace").strip()
        if process.returncode or not file.exists():
            self._give_up(revision, told)
        elif told:
            LOG.warning("release %s: %s", revision, told)

    def _give_up(self, revision: str, why: str) -> None:
        LOG.error("release %s cannot be made ready: %s", revision, why)
        self._failed[revision] = time.monotonic() + NOT_AGAIN_FOR

    def close(self) -> None:
        """Let go of files, and of the process that makes one; whoever asks again gets new ones."""
        for making in self._making.values():
            making.cancel()
        if self._process and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.terminate()
        self._end_turn()
        for revision in list(self._open):
            self._evict(revision)
        self._workplace.close()


def _still_made(revision: str) -> NotReady:
    return NotReady(f"What was loaded as {revision} is being made ready; try again.")


def _make_room(folder: Path, most: int) -> None:
    """Let go of the files that were opened longest ago, and of what belonged to processes that were killed."""
    files = sorted(folder.glob("r-*.db"), key=lambda one: one.stat().st_mtime, reverse=True)
    owned = [*folder.glob("r-*.[0-9]*.[0-9]*"), *folder.glob("r-*.db.*.part")]  # the process stands before the last dot
    for one in [*files[most:], *(one for one in owned if not _runs(int(one.name.split(".")[-2])))]:
        one.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    if sys.platform == "win32":  # where this question would be a signal
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


async def _end(process: Process) -> None:
    """Ask a process to end, so that it takes those it began with it; kill it where it does not."""
    with suppress(ProcessLookupError):
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), ENDS_WITHIN)
        except TimeoutError:
            process.kill()
            await process.wait()
