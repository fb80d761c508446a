"""Questions, the tags that their answers have, and those that a caller has seen."""

import hashlib
import re
from email.utils import format_datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers
from starlette.types import Scope

from app.http.headers import COMMON
from app.revisions import Revision
from app.settings import Settings

Tags = frozenset[bytes]
ANY_TAG = Tags({b"*"})
RawHeaders = list[tuple[bytes, bytes]]
MOST_KNOWN = 5_000  # tags
INDEX, RELEASES = b"/v1", b"/v1/releases"
TAG = re.compile(rb'"[0-9a-f]{16}-[0-9a-f]{24}"')


class Question(NamedTuple):
    """What an answer depends on besides the data: the URL, whether gzip is understood, and the form."""

    path: bytes
    query: bytes
    zipped: bool
    form: str = "json"


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


class Tagger:
    """Makes the tags of one revision, and the headers that go with each."""

    def __init__(self, revision: Revision, source: str, cache_control: str) -> None:
        self.revision = revision
        self._prefix = b'"%b-' % revision.mark.removeprefix(b"r-")
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

    def has_other(self, tags: Tags) -> bool:
        """Whether one of these tags, of whatever answer, is of another revision."""
        return any(not tag.startswith(self._prefix) and TAG.fullmatch(tag) for tag in tags)

    def tag(self, question: Question) -> bytes:
        """A strong tag: the revision, and a digest of it, the code that answers, the URL and the encoding.

        What is here tells when it was loaded, and the releases are more with each load: no other answer differs from
        one load of a revision to another.
        """
        digest = self._digests[question.zipped].copy()
        digest.update(b"%b?%b\0%b" % (question.path, question.query, question.form.encode()))
        if (path := unquote_to_bytes(question.path)) == INDEX or path.startswith(RELEASES):
            digest.update(b"%d" % self.revision.number)
            digest.update(self.revision.loaded_at.isoformat().encode())
        return b'%b%b"' % (self._prefix, digest.hexdigest()[:24].encode())


def cache_control(settings: Settings) -> str:
    """How long, and by whom, an answer may be kept: what needs a key is not for caches that others share."""
    whose = "private" if settings.api_keys else "public" if settings.max_age else ""
    age = f"max-age={settings.max_age}" if settings.max_age else "no-cache"
    return ", ".join(filter(None, (whose, age)))


def for_ever(settings: Settings) -> str:
    """The same for what never changes again (RFC 8246): a year is as long as any cache keeps anything."""
    return f"{'private' if settings.api_keys else 'public'}, max-age=31536000, immutable"
