"""The response cache, bounded in bytes, and conditional requests (RFC 9110, 13)."""

import gzip
import hashlib
import re
from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime
from email.utils import format_datetime
from threading import Lock
from typing import Generic, NamedTuple, Protocol, TypeVar
from urllib.parse import unquote_to_bytes

from starlette.responses import Response
from starlette.types import Scope

from app.fingerprints import CODE, fingerprint
from app.http.headers import COMMON, RawHeaders, read_date
from app.http.telemetry import CacheUse
from app.queries.reading import Body
from app.settings import Settings
from app.store.releases import Release

ANY_TAG = b"*"
MOST_TAGS = 50  # tags of If-None-Match that are read
# The responses of these paths contain the time of the load, so they change when the same release is loaded again.
INDEX, RELEASES = b"/v1", b"/v1/releases"
# Names a release for good. A day does not: its last release changes when an operator goes back to an older one.
NAMED_RELEASE = re.compile(rb"(?:^|&)as_of=r-[0-9a-f]{16}(?:&|$)")
LONGEST_KEY = 2_000  # bytes of URL and Accept; longer ones are not cached
BYTES_OF_TAGS = 2_000_000
SMALLEST_COMPRESSED, LEVEL = 500, 3  # gzip level 6 takes three times as long and saves a tenth
ENTRY_OVERHEAD = 200  # bytes added to the size of each entry, so that many empty entries are bounded, too
LARGEST_SHARE = 8  # an entry larger than 1/8 of the bound would evict too many others: it is not cached
OVERHEAD = 1_000  # bytes of a response besides its body, its key and its link


K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class ByteBoundedCache(Generic[K, V]):
    """An LRU cache bounded in bytes. All methods may be called from any thread."""

    def __init__(self, most_bytes: int) -> None:
        """With `most_bytes=0` nothing is cached."""
        self._most_bytes = most_bytes
        self._largest = most_bytes // LARGEST_SHARE
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()  # least recently used first
        self._lock = Lock()
        self.bytes = 0  # the sizes of all entries, ENTRY_OVERHEAD included; never more than the bound

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """The value for a key, if cached, which becomes the most recently used entry."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Store a value, replacing any earlier one for its key. `size` is in bytes, the key included.

        A value that is too large is not stored, and the earlier one is removed all the same.
        """
        cost = max(size, 0) + ENTRY_OVERHEAD
        with self._lock:
            if key in self._entries:
                self.bytes -= self._entries.pop(key)[1]
            if cost > self._largest:
                return
            while self.bytes + cost > self._most_bytes:
                self.bytes -= self._entries.popitem(last=False)[1][1]
            self._entries[key] = (value, cost)
            self.bytes += cost

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self.bytes = 0


class CacheKey(NamedTuple):
    """What a response depends on besides the release: the URL, and the accepted types and encodings."""

    path: bytes
    query: bytes
    accept: bytes
    gzip: bool

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.path) + len(self.query) + len(self.accept)


class CachedResponse(NamedTuple):
    """A response with status 200, as it is sent except for the request id."""

    headers: RawHeaders
    body: bytes
    rows: int | None
    route: str


class Conditions(NamedTuple):
    """The conditions of a request: entity tags, or a modification date."""

    tags: frozenset[bytes] = frozenset()
    since: datetime | None = None

    def hold_for(self, tag: bytes, release: Release) -> bool:
        """Whether the client already has the response with this tag.

        A date counts only if it is exactly the one that was shown: after an operator has gone back to an older
        release, a later date may be that of the newer one.
        """
        if self.tags:
            return tag in self.tags or ANY_TAG in self.tags
        return self.since == release.loaded_at.replace(microsecond=0)

    def newest_number(self) -> int:
        """The highest release number among the tags: no older release may be shown."""
        return max(map(number_of, self.tags), default=0)


UNCONDITIONAL = Conditions()
TAG = re.compile(rb'"[0-9a-f]{16}-([0-9a-f]{1,8})-[0-9a-f]{24}"')  # see ResponseCache.headers


def read_conditions(if_none_match: bytes, if_modified_since: bytes) -> Conditions:
    """Parse the headers: If-Modified-Since only counts without If-None-Match (RFC 9110, 13.1.3)."""
    if if_none_match:
        if b"," not in if_none_match:
            return Conditions(frozenset((if_none_match.strip().removeprefix(b"W/"),)))
        tags = if_none_match.split(b",", MOST_TAGS)[:MOST_TAGS]
        return Conditions(frozenset(tag.strip().removeprefix(b"W/") for tag in tags))
    since = read_date(if_modified_since.decode("latin-1"))
    return Conditions(since=since) if since else UNCONDITIONAL


def number_of(tag: bytes) -> int:
    """The release number in one of our tags, 0 for any other tag."""
    ours = TAG.fullmatch(tag)
    return int(ours[1], 16) if ours else 0


class Exchange(Protocol):
    """What caching needs to know of a request, and records about its response; see middleware.Exchange."""

    scope: Scope
    key: CacheKey
    conditions: Conditions
    cache_use: CacheUse | None
    rows: int | None
    release: str | None
    is_head: bool
    at_least: int


class ResponseCache(ByteBoundedCache[tuple[str, int, datetime, CacheKey], CachedResponse]):
    """Builds responses with their headers and tags, and caches those that fit."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.cache_bytes)
        self._code = f"{fingerprint(CODE)}\0{settings.root_path}\0".encode()
        self._cache_control, self._for_ever = _cache_control(settings), _for_ever(settings)
        self._headers: ByteBoundedCache[tuple[str, int, datetime, CacheKey], RawHeaders] = ByteBoundedCache(
            BYTES_OF_TAGS
        )

    def headers(self, release: Release, key: CacheKey) -> RawHeaders:
        """The headers of every response read from a release, its strong ETag first; copy the list before adding to it.

        A tag has the release, its number, and a digest of this software, the URL and the format.
        """
        known = self._headers.get((release.id, release.number, release.loaded_at, key))
        if known is None:
            digest = hashlib.sha256(self._code)
            digest.update(b"%b\0%b?%b\0%b\0%d" % (release.id.encode(), *key))
            if (path := unquote_to_bytes(key.path)) == INDEX or path.startswith(RELEASES):
                digest.update(release.loaded_at.isoformat().encode())
            name = release.id.removeprefix("r-").encode()
            known = [
                (b"etag", b'"%b-%x-%b"' % (name, release.number, digest.hexdigest()[:24].encode())),
                (b"last-modified", format_datetime(release.loaded_at, usegmt=True).encode()),
                (b"cache-control", self._for_ever if NAMED_RELEASE.search(key.query) else self._cache_control),
                *COMMON,
            ]
            if key.size <= LONGEST_KEY:
                self._headers.put((release.id, release.number, release.loaded_at, key), known, key.size + OVERHEAD)
        return known

    def response(self, release: Release, exchange: Exchange, body: Body, media_type: str) -> Response:
        """The response with this body: 200, which is cached, or 304 if the client has it already."""
        key, content, headers = exchange.key, body.json, [*self.headers(release, exchange.key)]
        exchange.cache_use, exchange.rows, exchange.release = "miss", body.rows, release.id
        if body.tag:  # the body has its own tag: it outlives releases, and is never compressed
            headers[0] = (b"etag", body.tag)
        if exchange.conditions is not UNCONDITIONAL and exchange.conditions.hold_for(headers[0][1], release):
            exchange.cache_use, exchange.rows = "caller", 0
            response = Response(status_code=304)
            response.raw_headers = headers
            return response
        if body.next:
            headers.append((b"link", f'<{body.next}>; rel="next"'.encode()))
        if key.gzip and len(content) >= SMALLEST_COMPRESSED and not body.tag:
            content = gzip.compress(content, LEVEL, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
        headers += [(b"content-length", b"%d" % len(content)), (b"content-type", media_type.encode())]
        if key.size <= LONGEST_KEY and not body.tag:
            kept = CachedResponse(headers, content, body.rows, exchange.scope["route"].path)
            size = key.size + len(content) + len(body.next or "") + OVERHEAD
            self.put((release.id, release.number, release.loaded_at, key), kept, size)
        response = Response(content)
        response.raw_headers = headers
        return response


def _cache_control(settings: Settings) -> bytes:
    """The Cache-Control header: responses that need a key are not for shared caches."""
    whose = "private" if settings.api_keys else "public" if settings.max_age else ""
    age = f"max-age={settings.max_age}" if settings.max_age else "no-cache"
    return ", ".join(filter(None, (whose, age))).encode()


def _for_ever(settings: Settings) -> bytes:
    """The same for responses that never change (RFC 8246): for a year, longer than caches keep anything."""
    return f"{'private' if settings.api_keys else 'public'}, max-age=31536000, immutable".encode()
