"""One answer out of one snapshot: its ETag, whether the caller has it already, and its headers."""

import gzip
import hashlib
import time
from collections.abc import Callable
from email.utils import format_datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from fastapi import Request
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from app.database import Database, Revision, Snapshot, Superseded
from app.errors import NotReady, TimedOut
from app.fingerprints import CODE, fingerprint
from app.queries.pages import Body
from app.queries.vocabulary import Vocabularies, Vocabulary
from app.settings import Settings
from app.web.cache import Cache
from app.web.exchanges import CALLER, HIT, MISS, TOLD, Cached, Told
from app.web.headers import COMMON, JSON
from app.web.lanes import Lane
from app.web.paces import Paces

AT_ONCE = 0.002  # seconds an answer may take while all others wait for it
QUICKLY = 0.05  # seconds a statement may take on the threads for quick answers
MOST_QUICK = 1_000  # answers that wait for one of those
MOST_TRIES = 5  # at an answer while one load comes after the other
LOADED_AGAIN = "Data is being loaded again and again; try again."
SMALLEST_ZIPPED, ZIP_LEVEL = 500, 6
Tags = frozenset[bytes]
ANY_TAG = Tags({b"*"})
MOST_KNOWN = 5_000  # tags
INDEX = b"/v1"

# Makes the body of an answer out of a query string, a snapshot, its vocabulary and the root path.
Maker = Callable[[bytes, Snapshot, Vocabulary, str], Body]
RawHeaders = list[tuple[bytes, bytes]]


class Question(NamedTuple):
    """What an answer depends on besides the data: the URL, whether gzip is understood, and the form."""

    path: bytes
    query: bytes
    zipped: bool
    form: str = "json"


class Answer(NamedTuple):
    """What goes over the wire, and what is told of it: see `Told`."""

    status: int
    headers: RawHeaders
    body: bytes
    rows: int | None = None
    revision: str | None = None
    cached: Cached | None = None


class Made(NamedTuple):
    """A body, and the revision it was made of."""

    body: Body
    revision: Revision


class Responder:
    """Answers questions: at once where that is quick, and else on a thread, within the time limit.

    What takes long has a lane of its own, so that what is quick does not wait behind it.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database_url)
        embedded = self.database.readers.embedded
        self.quick = Lane("quick", settings.pool_size, MOST_QUICK)
        self.long = Lane("long", settings.long_answers, settings.queue_size, gives_way=embedded)
        self.exports = Lane("exports", settings.exports, settings.queue_size, gives_way=embedded)
        self.lanes = (self.quick, self.long, self.exports)
        self._paces = Paces()
        self._clock, self._quick_within = (time.thread_time, AT_ONCE) if embedded else (time.monotonic, QUICKLY)
        self.vocabularies = Vocabularies()
        self.cache: Cache[Question, Answer, Revision] = Cache(settings.cache_bytes)
        self._code = fingerprint(CODE)
        self._tagger: tuple[Revision | None, Tagger | None] = (None, None)

    async def respond(self, request: Request, make: Maker) -> Response:
        """The answer `make` gives, or 304 where the caller has it. Raises Problem."""
        answer = await self.answer(question_of(request.scope), tags_of(request.scope), make)
        request.scope["state"][TOLD] = Told(answer.rows, answer.revision, answer.cached)
        response = Response(answer.body, answer.status)
        response.raw_headers = list(answer.headers)
        return response

    async def answer(self, question: Question, tags: Tags, make: Maker) -> Answer:
        """The same for whoever needs no router; `tags` are those of the answers that the caller has."""
        if not self.database.readers.embedded:
            return await self._answer_from_afar(question, tags, make)
        if known := self._known(question, tags):
            return known
        if self._is_slow(question):
            return await self.long.run(self._answer, question, tags, make)
        try:
            made = self._made(question, make, AT_ONCE, hurried=True)
        except TimedOut:
            self._paces.was_slow(question.path, question.query)
            return await self.long.run(self._answer, question, tags, make)
        if question.zipped and len(made.body.json) >= SMALLEST_ZIPPED:
            return await self.quick.run(self._finished, question, tags, made)
        return self._finished(question, tags, made)

    async def _answer_from_afar(self, question: Question, tags: Tags, make: Maker) -> Answer:
        """Over connections to a server: each answer waits for it on a thread."""
        if (fresh := self.database.fresh) and (known := self._known(question, tags, fresh)):
            return known
        if not self._is_slow(question):
            try:
                return await self.quick.run(self._answer_quickly, question, tags, make)
            except TimedOut:
                self._paces.was_slow(question.path, question.query)
        return await self.long.run(self._answer, question, tags, make)

    def _answer_quickly(self, question: Question, tags: Tags, make: Maker) -> Answer:
        """An answer while others wait. Raises TimedOut where it takes long, or took others of its kind long by now."""
        if self._is_slow(question):
            raise TimedOut
        known = self._known(question, tags)
        return known or self._finished(question, tags, self._made(question, make, QUICKLY, hurried=True))

    def _answer(self, question: Question, tags: Tags, make: Maker) -> Answer:
        """An answer within the time limit; what turns out to be quick is tried as such again."""
        if known := self._known(question, tags):
            return known
        began = self._clock()
        answer = self._finished(question, tags, self._made(question, make, self.settings.time_limit))
        if self._clock() - began < self._quick_within:
            self._paces.was_quick(question.path, question.query)
        return answer

    def _is_slow(self, question: Question) -> bool:
        return self._paces.is_slow(question.path, question.query)

    def close(self) -> None:
        """Let go of threads and connections; whoever asks again gets new ones."""
        for lane in self.lanes:
            lane.close()
        self.database.close()

    def _known(self, question: Question, tags: Tags, fresh: Revision | None = None) -> Answer | None:
        """The answer without making it: the caller has it, or it is in the cache. Raises NotReady."""
        if not tags and question not in self.cache:
            return None
        revision = fresh or self.database.revision()
        if tags:
            headers = self.tagger_of(revision).headers(question)
            if headers[0][1] in tags:
                return Answer(304, headers, b"", 0, revision.name, CALLER)
            if tags & ANY_TAG:
                return None
        return self.cache.get(question, revision)

    def _made(self, question: Question, make: Maker, seconds: float, *, hurried: bool = False) -> Made:
        revision = self.database.latest or self.database.revision()
        for _ in range(MOST_TRIES):
            try:
                snapshot = self.database.snapshot(seconds, revision, hurried=hurried)
                vocabulary = self.vocabularies.of(snapshot)
                return Made(make(question.query, snapshot, vocabulary, self.settings.root_path), revision)
            except Superseded:
                self.database.forget()
                revision = self.database.revision()
        raise NotReady(LOADED_AGAIN)

    def _finished(self, question: Question, tags: Tags, made: Made) -> Answer:
        headers = list(self.tagger_of(made.revision).headers(question))
        if tags & ANY_TAG:  # any answer will do, but only where there is one
            return Answer(304, headers, b"", 0, made.revision.name, MISS)
        content = made.body.json
        if question.zipped and len(content) >= SMALLEST_ZIPPED:
            content = gzip.compress(content, ZIP_LEVEL, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
        if made.body.next:
            headers.append((b"link", f'<{made.body.next}>; rel="next"'.encode()))
        headers += [(b"content-length", b"%d" % len(content)), (b"content-type", JSON.encode())]
        told = (200, headers, content, made.body.rows, made.revision.name)
        self.cache.offer(question, made.revision, Answer(*told, HIT), len(content))
        return Answer(*told, MISS)

    def tagger_of(self, revision: Revision) -> "Tagger":
        known, tagger = self._tagger
        if tagger is None or known is not revision:
            source = f"{self._code}\0{revision.name}\0{self.settings.root_path}"
            tagger = Tagger(revision, source, _cache_control(self.settings))
            self._tagger = revision, tagger
        return tagger


class Tagger:
    """Makes the tags of one revision, and the headers that go with each."""

    def __init__(self, revision: Revision, source: str, cache_control: str) -> None:
        self.revision = revision
        self._digests = {zipped: hashlib.sha256(f"{source}\0{zipped}\0".encode()) for zipped in (False, True)}
        self._shared = [
            (b"last-modified", format_datetime(revision.loaded_at, usegmt=True).encode()),
            (b"cache-control", cache_control.encode()),
            *COMMON,
        ]

        self._known: dict[Question, RawHeaders] = {}

    def headers(self, question: Question) -> RawHeaders:
        """The tag of the answer, first, and what else any answer has. They are kept: copy them to add to them."""
        found = self._known.get(question)
        if found is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            found = self._known[question] = [(b"etag", self.tag(question)), *self._shared]
        return found

    def tag(self, question: Question) -> bytes:
        """A strong tag: a digest of the revision, the code that answers, the URL and the encoding.

        What is here tells when it was loaded, too: no other answer differs from one load of a revision to another.
        """
        digest = self._digests[question.zipped].copy()
        digest.update(b"%b?%b\0%b" % (question.path, question.query, question.form.encode()))
        if unquote_to_bytes(question.path) == INDEX:
            digest.update(self.revision.loaded_at.isoformat().encode())
        return b'"%b"' % digest.hexdigest()[:24].encode()


def _cache_control(settings: Settings) -> str:
    """How long, and by whom, an answer may be kept: what needs a key is not for caches that others share."""
    whose = "private" if settings.api_keys else "public" if settings.max_age else ""
    age = f"max-age={settings.max_age}" if settings.max_age else "no-cache"
    return ", ".join(filter(None, (whose, age)))


def question_of(scope: Scope, form: str = "json") -> Question:
    """The question of a request whose encodings were negotiated: only gzip is left of them, or nothing."""
    return Question(scope["raw_path"], scope["query_string"], "accept-encoding" in Headers(scope=scope), form)


def tags_of(scope: Scope) -> Tags:
    """The tags of the answers that the caller has."""
    headers = Headers(scope=scope).getlist("if-none-match")
    return Tags(tag for header in headers for tag in known_tags(header.encode("latin-1")))


@lru_cache(maxsize=MOST_KNOWN)
def known_tags(header: bytes) -> Tags:
    """The tags of If-None-Match, which compares weakly (RFC 9110, 13.1.2)."""
    return Tags([one.strip().removeprefix(b"W/") for one in header.split(b",")])


def responder_of(request: Request) -> Responder:
    responder: Any = request.app.state.responder
    assert isinstance(responder, Responder)  # noqa: S101 - create_app puts it there
    return responder
