"""One answer out of one snapshot: its ETag, whether the caller has it already, and its headers."""

import asyncio
import gzip
import hashlib
import re
import time
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from fastapi import Request
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from app.database import Database, Snapshot, Superseded
from app.errors import NotReady, StaleCursor, TimedOut
from app.fingerprints import CODE, fingerprint
from app.queries.pages import Body
from app.queries.vocabulary import Vocabularies, Vocabulary
from app.revisions import Revision
from app.settings import Settings
from app.web.cache import Cache
from app.web.headers import COMMON, JSON

AT_ONCE = 0.002  # seconds an answer may take while all others wait for it
MOST_TRIES = 5  # at an answer while one load comes after the other
LOADED_AGAIN = "Data is being loaded again and again; try again."
SMALLEST_ZIPPED, ZIP_LEVEL = 500, 6
Tags = frozenset[bytes]
ANY_TAG = Tags({b"*"})
MOST_KNOWN = 5_000  # tags
TAG = re.compile(rb'"[0-9a-f]{16}-[0-9a-f]{24}"')

# Makes the body of an answer out of a query string, a snapshot, its vocabulary and the root path.
Maker = Callable[[bytes, Snapshot, Vocabulary, str], Body]
Result = TypeVar("Result")
RawHeaders = list[tuple[bytes, bytes]]


class Question(NamedTuple):
    """What an answer depends on besides the data: the URL, whether gzip is understood, and the form."""

    path: bytes
    query: bytes
    zipped: bool
    form: str = "json"


class Answer(NamedTuple):
    """What goes over the wire."""

    status: int
    headers: RawHeaders
    body: bytes


class Made(NamedTuple):
    """A body, and the revision it was made of."""

    body: Body
    revision: Revision


class Responder:
    """Answers questions: at once where that is quick, and else on a thread, within the time limit."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database_url, settings.pool_size)
        self.vocabularies = Vocabularies()
        self.cache: Cache[Question, Answer] = Cache(settings.cache_bytes)
        self._code = fingerprint(CODE)
        self._tagger: tuple[Revision | None, Tagger | None] = (None, None)

    async def respond(self, request: Request, make: Maker) -> Response:
        """The answer `make` gives, or 304 where the caller has it. Raises Problem."""
        answer = await self.answer(question_of(request.scope), tags_of(request.scope), make)
        response = Response(answer.body, answer.status)
        response.raw_headers = list(answer.headers)
        return response

    async def answer(self, question: Question, tags: Tags, make: Maker) -> Answer:
        """The same for whoever needs no router; `tags` are those of the answers that the caller has."""
        asked_at = time.monotonic()
        if not self.database.readers.embedded:
            if (fresh := self.database.fresh) and (known := self._known(question, tags, fresh)):
                return known
            return await self.on_a_thread(self._answer, question, tags, make, asked_at)
        known = self._known(question, tags)
        if known is None and tags and self.caught_up(tags, asked_at):
            known = self._known(question, tags, looked=True)
        if known:
            return known
        try:
            made = self._made(question, make, AT_ONCE, asked_at, hurried=True)
        except TimedOut:
            return await self.on_a_thread(self._answer, question, tags, make, asked_at)
        if question.zipped and len(made.body.json) >= SMALLEST_ZIPPED:
            return await self.on_a_thread(self._finished, question, tags, made)
        return self._finished(question, tags, made)

    def on_a_thread(self, work: Callable[..., Result], *arguments: Any) -> Awaitable[Result]:
        return asyncio.get_running_loop().run_in_executor(self.database.threads, work, *arguments)

    def _answer(self, question: Question, tags: Tags, make: Maker, asked_at: float) -> Answer:
        """The whole of it, while nobody waits."""
        self.database.allow(self.settings.time_limit, asked_at)
        self.caught_up(tags, asked_at)
        known = self._known(question, tags, looked=True)
        return known or self._finished(question, tags, self._made(question, make, self.settings.time_limit, asked_at))

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
                return Answer(304, headers, b"")
            if tags & ANY_TAG or (not looked and tagger.has_other(tags)):
                return None
        return self.cache.get(question, revision.name)

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

    def _finished(self, question: Question, tags: Tags, made: Made) -> Answer:
        headers = list(self.tagger_of(made.revision).headers(question))
        if tags & ANY_TAG:  # any answer will do, but only where there is one
            return Answer(304, headers, b"")
        content = made.body.json
        if question.zipped and len(content) >= SMALLEST_ZIPPED:
            content = gzip.compress(content, ZIP_LEVEL, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
        if made.body.next:
            headers.append((b"link", f'<{made.body.next}>; rel="next"'.encode()))
        headers += [(b"content-length", b"%d" % len(content)), (b"content-type", JSON.encode())]
        answer = Answer(200, headers, content)
        self.cache.offer(question, made.revision.name, answer, len(content))
        return answer

    def tagger_of(self, revision: Revision) -> "Tagger":
        known, tagger = self._tagger
        if tagger is None or known is not revision:
            tagger = Tagger(
                revision, f"{self._code}\0{revision.name}\0{self.settings.root_path}", self.settings.max_age
            )
            self._tagger = revision, tagger
        return tagger


class Tagger:
    """Makes the tags of one revision, and the headers that go with each."""

    def __init__(self, revision: Revision, source: str, max_age: int) -> None:
        self.revision = revision
        self._prefix = b'"%b-' % revision.mark.removeprefix(b"r-")
        self._digests = {zipped: hashlib.sha256(f"{source}\0{zipped}\0".encode()) for zipped in (False, True)}
        self._shared = [
            (b"last-modified", format_datetime(revision.loaded_at, usegmt=True).encode()),
            (b"cache-control", f"public, max-age={max_age}".encode() if max_age else b"no-cache"),
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

    def has_other(self, tags: Tags) -> bool:
        """Whether one of these tags, of whatever answer, is of another revision."""
        return any(not tag.startswith(self._prefix) and TAG.fullmatch(tag) for tag in tags)

    def tag(self, question: Question) -> bytes:
        """A strong tag: the revision, and a digest of it, the code that answers, the URL and the encoding."""
        digest = self._digests[question.zipped].copy()
        digest.update(b"%b?%b\0%b" % (question.path, question.query, question.form.encode()))
        return b'%b%b"' % (self._prefix, digest.hexdigest()[:24].encode())


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
