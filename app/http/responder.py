"""One answer out of one snapshot: its ETag, whether the caller has it already, and its headers."""

import gzip
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import Any, NamedTuple, Protocol, TypeVar

from fastapi import Request
from starlette.responses import Response

from app.database import LOADED_AGAIN, MOST_TRIES, Database, Superseded
from app.errors import NotReady, StaleCursor, TimedOut
from app.fingerprints import CODE, fingerprint
from app.http.cache import Cache
from app.http.exchanges import CALLER, HIT, MISS, TOLD, Cached, Told
from app.http.headers import JSON, PLAIN_TEXT
from app.http.lanes import Lane
from app.http.paces import Paces
from app.http.tags import ANY_TAG, Question, RawHeaders, Tagger, Tags, cache_control, question_of, tags_of
from app.queries.as_of import names_as_of
from app.queries.pages import Body, Maker
from app.queries.vocabulary import Vocabularies
from app.revisions import Revision
from app.settings import Settings

AT_ONCE = 0.002  # seconds an answer may take while all others wait for it
QUICKLY = 0.05  # seconds a statement may take on the threads for quick answers
MOST_QUICK = 1_000  # answers that wait for one of those
SMALLEST_ZIPPED, ZIP_LEVEL = 500, 6

Result = TypeVar("Result")


class Answer(NamedTuple):
    """What goes over the wire, and what is told of it: see `Told`."""

    status: int
    headers: RawHeaders
    body: bytes
    rows: int | None = None
    revision: str | None = None
    cached: Cached | None = None


class Lanes(NamedTuple):
    """Answers of each class wait for their own."""

    quick: Lane
    long: Lane
    exports: Lane


class Past(Protocol):
    """Answers questions about releases of before: see `PastReleases`, which needs responders itself."""

    async def answer(self, question: Question, tags: Tags, make: Maker) -> Answer: ...

    async def ask(
        self, question: Question, turn: AsyncExitStack, ask: Callable[["Responder", Question], Awaitable[Result]]
    ) -> Result:
        """What a responder answers that has the data; it has it until the turn ends. Raises Problem."""


class Made(NamedTuple):
    """A body, and the revision it was made of."""

    body: Body
    revision: Revision


class Responder:
    """Answers questions: at once where that is quick, and else on a thread, within the time limit.

    What takes long has a lane of its own, so that what is quick does not wait behind it.
    """

    def __init__(self, settings: Settings, beside: "Responder | None" = None) -> None:
        """One `beside` another waits in the same lanes."""
        self.settings = settings
        self.past: Past | None = None
        self.database = Database(settings.database_url)
        embedded = self.database.readers.embedded
        self.lanes: Lanes = beside.lanes if beside else _lanes(settings, gives_way=embedded)
        self.quick, self.long, self.exports = self.lanes
        self._paces = Paces()
        self._clock, self._quick_within = (time.thread_time, AT_ONCE) if embedded else (time.monotonic, QUICKLY)
        self.vocabularies = Vocabularies()
        self.cache: Cache[Question, Answer, Revision] = Cache(settings.cache_bytes)
        self.code: str = beside.code if beside else fingerprint(CODE)
        self._tagger: tuple[Revision | None, Tagger | None] = (None, None)

    async def respond(self, request: Request, make: Maker) -> Response:
        """The answer `make` gives, or 304 where the caller has it. Raises Problem."""
        answer = await self.answer(question_of(request.scope), tags_of(request.scope), make)
        request.scope["state"][TOLD] = Told(answer.rows, answer.revision, answer.cached)
        response = Response(answer.body, answer.status)
        response.raw_headers = list(answer.headers)
        return response

    async def respond_anew(self, request: Request, make: Maker) -> Response:
        """The answer to what a request sends, which nobody else may be given, nor keep. Raises Problem."""
        made = await self.made(question_of(request.scope), make)
        request.scope["state"][TOLD] = Told(made.body.rows, made.revision.name, MISS)
        return Response(made.body.json, headers={"Cache-Control": "no-store"}, media_type=JSON)

    async def made(self, question: Question, make: Maker) -> Made:
        """What is made of what is loaded now, in its turn. Raises Problem."""
        return await self.long.run(self._made, question, make, self.settings.time_limit, time.monotonic())

    async def answer(self, question: Question, tags: Tags, make: Maker) -> Answer:
        """The same for whoever needs no router; `tags` are those of the answers that the caller has."""
        if self.past and names_as_of(question.query):
            return await self.past.answer(question, tags, make)
        return await self.answer_now(question, tags, make)

    async def answer_now(self, question: Question, tags: Tags, make: Maker) -> Answer:
        """The answer out of what is loaded. Raises Problem, OtherRelease."""
        asked_at = time.monotonic()
        if not self.database.readers.embedded:
            return await self._answer_from_afar(question, tags, make, asked_at)
        known = self._known(question, tags)
        if known is None and tags and self.caught_up(tags, asked_at):
            known = self._known(question, tags, looked=True)
        if known:
            return known
        if self._is_slow(question):
            return await self.long.run(self._answer, question, tags, make, asked_at)
        try:
            made = self._made_quickly(question, make, AT_ONCE, asked_at)
        except TimedOut:
            return await self.long.run(self._answer, question, tags, make, asked_at)
        self._paces.was_quick(question.path, question.query)
        if question.zipped and len(made.body.json) >= SMALLEST_ZIPPED:
            return await self.quick.run(self._finished, question, tags, made)
        return self._finished(question, tags, made)

    async def _answer_from_afar(self, question: Question, tags: Tags, make: Maker, asked_at: float) -> Answer:
        """Over connections to a server: each answer waits for it on a thread."""
        if (fresh := self.database.fresh) and (known := self._known(question, tags, fresh)):
            return known
        if not self._is_slow(question):
            with suppress(TimedOut):
                return await self.quick.run(self._answer_quickly, question, tags, make, asked_at)
        return await self.long.run(self._answer, question, tags, make, asked_at)

    def _answer_quickly(self, question: Question, tags: Tags, make: Maker, asked_at: float) -> Answer:
        """An answer while others wait. Raises TimedOut where it takes long, or took others of its kind long by now."""
        if self._paces.found_slow(question.path, question.query, asked_at):
            raise TimedOut
        if known := self._known_by_now(question, tags, asked_at):
            return known
        made = self._made_quickly(question, make, QUICKLY, asked_at)
        self._paces.was_quick(question.path, question.query)
        self._paces.is_usual(question.path, question.query)
        return self._finished(question, tags, made)

    def _answer(self, question: Question, tags: Tags, make: Maker, asked_at: float) -> Answer:
        """An answer within the time limit; what turns out to be quick is tried as such again."""
        if known := self._known_by_now(question, tags, asked_at):
            return known
        began = self._clock()
        answer = self._finished(question, tags, self._made(question, make, self.settings.time_limit, asked_at))
        if self._clock() - began < self._quick_within:
            self._paces.was_quick(question.path, question.query)
        return answer

    def _known_by_now(self, question: Question, tags: Tags, asked_at: float) -> Answer | None:
        """The answer without making it, once it was looked for newer data than the caller has seen."""
        self.database.allow(self.settings.time_limit, asked_at)
        self.caught_up(tags, asked_at)
        return self._known(question, tags, looked=True)

    def _is_slow(self, question: Question) -> bool:
        return self._paces.is_slow(question.path, question.query)

    def close(self) -> None:
        """Let go of threads and connections; whoever asks again gets new ones."""
        for lane in self.lanes:
            lane.close()
        self.database.close()

    def caught_up(self, tags: Tags, asked_at: float) -> Revision | None:
        """What is loaded, where it had to be asked because of what the caller has seen. Raises NotReady."""
        if not tags:
            return None
        latest = self.database.latest or self.database.revision()
        return self.database.newest(asked_at) if self.tagger_of(latest).has_other(tags) else None

    def newer(self, revision: Revision, asked_at: float) -> Revision | None:
        """What is loaded, if that is another: a cursor that is not of this one may be of that. Raises NotReady."""
        newest = self.database.newest(asked_at)
        return newest if newest.mark != revision.mark else None

    def _known(
        self, question: Question, tags: Tags, fresh: Revision | None = None, *, looked: bool = False
    ) -> Answer | None:
        """The answer without making it: the caller has it, or it is in the cache. Raises NotReady.

        There is none for a caller who has been shown other data, until it was looked for newer data.
        """
        if not tags and question not in self.cache:
            return None
        revision = fresh or self.database.revision()
        if tags:
            tagger = self.tagger_of(revision)
            headers = tagger.headers(question)
            if headers[0][1] in tags and (looked or len(tags) == 1 or not tagger.has_other(tags)):
                return Answer(304, headers, b"", 0, revision.name, CALLER)
            if tags & ANY_TAG or (not looked and tagger.has_other(tags)):
                return None
        return self.cache.get(question, revision)

    def _made(self, question: Question, make: Maker, seconds: float, asked_at: float, *, hurried: bool = False) -> Made:
        revision = self.database.latest or self.database.revision()
        for _ in range(MOST_TRIES):
            try:
                snapshot = self.database.snapshot(seconds, revision, hurried=hurried)
                vocabulary = self.vocabularies.of(snapshot)
                return Made(make(question.query, snapshot, vocabulary, self.settings.root_path), revision)
            except Superseded:
                revision = self.database.renewed()
            except StaleCursor:
                if (newer := self.newer(revision, asked_at)) is None:
                    raise
                revision = newer
        raise NotReady(LOADED_AGAIN)

    def _made_quickly(self, question: Question, make: Maker, seconds: float, asked_at: float) -> Made:
        """What is made while others wait. Its kind is slow after the first try; another may show that it is not: that
        the machine was busy, or what it reads was not in memory yet. Raises TimedOut.
        """
        try:
            return self._made(question, make, seconds, asked_at, hurried=True)
        except TimedOut:
            again = self.database.readers.embedded or self._paces.usually_quick(question.path, question.query)
            self._paces.was_slow(question.path, question.query)
            if not again:
                raise
        return self._made(question, make, seconds, asked_at, hurried=True)

    def _finished(self, question: Question, tags: Tags, made: Made) -> Answer:
        headers = list(self.tagger_of(made.revision).headers(question))
        if own := made.body.tag:
            headers[0] = (b"etag", own)
        if tags & ANY_TAG or (own and own in tags):  # any answer will do, but only where there is one
            return Answer(304, headers, b"", 0, made.revision.name, MISS)
        content = made.body.json
        if question.zipped and len(content) >= SMALLEST_ZIPPED:
            content = gzip.compress(content, ZIP_LEVEL, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
        if made.body.next:
            headers.append((b"link", f'<{made.body.next}>; rel="next"'.encode()))
        media_type = PLAIN_TEXT if own else JSON
        headers += [(b"content-length", b"%d" % len(content)), (b"content-type", media_type.encode())]
        told = (200, headers, content, made.body.rows, made.revision.name)
        if not own:  # what is kept is known by the tag of its revision
            self.cache.offer(question, made.revision, Answer(*told, HIT), len(content))
        return Answer(*told, MISS)

    def tagger_of(self, revision: Revision) -> Tagger:
        known, tagger = self._tagger
        if tagger is None or known is not revision:
            source = f"{self.code}\0{revision.name}\0{self.settings.root_path}"
            tagger = Tagger(revision, source, cache_control(self.settings))
            self._tagger = revision, tagger
        return tagger


def _lanes(settings: Settings, *, gives_way: bool) -> Lanes:
    return Lanes(
        Lane("quick", settings.pool_size, MOST_QUICK),
        Lane("long", settings.long_answers, settings.queue_size, gives_way=gives_way),
        Lane("exports", settings.exports, settings.queue_size, gives_way=gives_way),
    )


def responder_of(request: Request) -> Responder:
    responder: Any = request.app.state.responder
    assert isinstance(responder, Responder)  # noqa: S101 - create_app puts it there
    return responder
