"""The exchange of a request and its response, and the cache of responses, which is bounded in bytes."""

import gzip
import hashlib
import re
import time
import uuid
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import cached_property
from itertools import count
from threading import Lock
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import unquote_to_bytes

from starlette.types import Message, Scope, Send

from app.folders import CODE, fingerprint
from app.http.headers import COMMON, Conditions, RawHeaders, accepts_gzip, read_conditions
from app.http.logs import CacheUse
from app.queries.reading import Body
from app.settings import Settings
from app.store.releases import OpenRelease

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
# Request ids are unique: a counter, prefixed by a random name of this process.
PROCESS, NUMBERS = uuid.uuid4().hex[:20].encode(), count(1)
ANY = b"*/*"
OK, NOT_MODIFIED = 200, 304
SECURITY_POLICY, *ALWAYS = COMMON  # a page may have its own policy
OURS = {name for name, _ in ALWAYS}
# The responses of these paths contain the time of the load, so they change when the same release is loaded again.
INDEX, RELEASES = b"/v1", b"/v1/releases"
# Always names the same release. A day does not: its last release changes when an operator goes back to an older one.
NAMED_RELEASE = re.compile(rb"(?:^|&)as_of=r-[0-9a-f]{16}(?:&|$)")
LONGEST_KEY = 2_000  # bytes of URL and Accept; longer ones are not cached
BYTES_OF_TAGS = 2_000_000
SMALLEST_COMPRESSED, LEVEL = 500, 3  # gzip level 6 takes three times as long and saves a tenth
ENTRY_OVERHEAD = 200  # bytes added to the size of each entry, so that many empty entries are bounded, too
LARGEST_SHARE = 8  # an entry larger than 1/8 of the bound would evict too many others: it is not cached
OVERHEAD = 1_000  # bytes of a response without its body, its key and its link


# What a response depends on: the release, its number and time, the path, the query, and the accepted types and
# encoding. A plain tuple, which is made for each request.
CacheKey = tuple[str, int, datetime, bytes, bytes, bytes, bool]
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


class CachedResponse(NamedTuple):
    """A response as it is sent except for the request id. Its ETag is the first of its headers."""

    status: int
    headers: RawHeaders
    body: bytes
    rows: int | None
    route: str | None


class Exchange:
    """One request and its outcome. Routes record the rows and the release of their response in it."""

    status = size = hosts = 0
    at_least = 0  # the number of the newest release that the client is known to have seen
    is_sent = is_head = has_origin = False
    admitted: Sequence[tuple[bytes, bytes]] = ()  # response headers from its admission, such as RateLimit
    cache_use: CacheUse | None = None
    rows: int | None = None
    release: str | None = None
    route: str | None = None

    def __init__(self, scope: Scope, send: Send) -> None:
        self.began = time.perf_counter()
        self.scope, self._send = scope, send
        ranged = False
        accept = encoding = tags = since = request_id = b""
        for name, value in scope["headers"]:
            if name == b"host":
                self.hosts += 1
            elif name == b"accept":
                accept = accept + b"," + value if accept else value
            elif name == b"accept-encoding":
                encoding = encoding + b"," + value if encoding else value
            elif name == b"if-none-match":
                tags = tags + b"," + value if tags else value
            elif name == b"if-modified-since":
                since = since + b"," + value if since else value  # two dates are invalid, and ignored
            elif name == b"x-request-id":
                request_id = value
            elif name == b"origin":
                self.has_origin = True
            elif name == b"range":
                ranged = True
        self.accept = b"" if accept == ANY else accept
        self.gzip = bool(encoding) and not ranged and accepts_gzip(encoding)
        self.if_none_match, self._if_modified_since = tags, since
        self.is_conditional = bool(tags or since)
        valid = request_id and REQUEST_ID.fullmatch(request_id)
        self.request_id: bytes = request_id if valid else b"%b-%x" % (PROCESS, next(NUMBERS))
        scope.setdefault("state", {})["exchange"] = self

    @cached_property
    def conditions(self) -> Conditions:
        """Parsed only if needed: If-None-Match is usually the one tag of the response."""
        return read_conditions(self.if_none_match, self._if_modified_since)

    def key(self, release: OpenRelease) -> CacheKey:
        """What its response is cached under, if it is read from this release."""
        path, query = self.scope["raw_path"], self.scope["query_string"]
        return release.id, release.number, release.loaded_at, path, query, self.accept, self.gzip

    async def respond(self, response: CachedResponse, send: Send) -> None:
        """Send a response that has the common headers already; `send` is that of the middleware in between."""
        self.rows, self.route = response.rows, response.route
        if self.has_origin:  # the CORS middleware adds headers
            await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
            await send({"type": "http.response.body", "body": response.body})
            return
        self.status, body = response.status, b"" if self.is_head else response.body
        headers = [(b"x-request-id", self.request_id), *self.admitted, *response.headers]
        await self._send({"type": "http.response.start", "status": self.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})
        self.size, self.is_sent = len(body), True

    async def send(self, message: Message) -> None:
        """Send a message of the response, with the common headers added, and count its bytes."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [(b"x-request-id", self.request_id), *self.admitted, *ALWAYS]
            has_policy = False
            for header in message["headers"]:
                if header[0] not in OURS:
                    headers.append(header)
                    has_policy = has_policy or header[0] == SECURITY_POLICY[0]
            if not has_policy:
                headers.append(SECURITY_POLICY)
            message["headers"] = headers
            await self._send(message)
            return
        if message["type"] == "http.response.body":
            if self.is_head:
                message = {**message, "body": b""}
            self.size += len(message.get("body", b""))
        await self._send(message)
        self.is_sent = not message.get("more_body")


class ResponseCache(ByteBoundedCache[CacheKey, CachedResponse]):
    """Builds responses with their headers and tags, and caches those that fit."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.cache_bytes)
        self._code = f"{fingerprint(CODE)}\0{settings.root_path}\0{settings.title}\0".encode()
        # Responses that need a key are not for shared caches.
        whose = "private" if settings.api_keys else "public"
        unlimited = "private, no-cache" if settings.api_keys else "no-cache"
        self._cache_control = (f"{whose}, max-age={settings.max_age}" if settings.max_age else unlimited).encode()
        # What never changes (RFC 8246) may be kept for a year, longer than caches keep anything.
        self._for_ever = f"{whose}, max-age=31536000, immutable".encode()
        self._unchanged: ByteBoundedCache[CacheKey, CachedResponse] = ByteBoundedCache(BYTES_OF_TAGS)

    def unchanged(self, key: CacheKey, route: str | None = None) -> CachedResponse:
        """The 304 for a key, with the headers of every response read from a release; copy them before adding to them.

        A tag has the release, its number, and a digest of this software, the URL and the format.
        """
        known = self._unchanged.get(key)
        if known is None:
            release, number, loaded_at, path, query, accept, gzipped = key
            digest = hashlib.sha256(self._code)
            digest.update(b"%b\0%b?%b\0%b\0%d" % (release.encode(), path, query, accept, gzipped))
            if (plain := unquote_to_bytes(path)) == INDEX or plain.startswith(RELEASES):
                digest.update(loaded_at.isoformat().encode())
            name = release.removeprefix("r-").encode()
            headers = [
                (b"etag", b'"%b-%x-%b"' % (name, number, digest.hexdigest()[:24].encode())),
                (b"last-modified", format_datetime(loaded_at, usegmt=True).encode()),
                (b"cache-control", self._for_ever if NAMED_RELEASE.search(query) else self._cache_control),
                *COMMON,
            ]
            known = CachedResponse(NOT_MODIFIED, headers, b"", 0, route)
            if (size := len(path) + len(query) + len(accept)) <= LONGEST_KEY:
                self._unchanged.put(key, known, size + OVERHEAD)
        return known

    def lookup(self, release: OpenRelease, exchange: Exchange) -> CachedResponse | None:
        """A 304, or a cached response, if there is one. None if the client has seen a newer release than this one."""
        key, tags = exchange.key(release), exchange.if_none_match
        found = None
        if tags:
            unchanged = self.unchanged(key)
            tag = unchanged.headers[0][1]
            # Usually the only tag is that of this response; the numbers of releases are read only if not.
            if tags != tag and release.number < exchange.conditions.newest_number():
                return None
            if tags == tag or tag in exchange.conditions.tags:
                found = unchanged
        if found is None and (found := self.get(key)) and exchange.is_conditional:
            if exchange.conditions.hold_for(found.headers[0][1], release.loaded_at):
                found = self.unchanged(key)
        if found:
            exchange.cache_use, exchange.release = "caller" if found.status == NOT_MODIFIED else "hit", release.id
        return found

    def response(self, release: OpenRelease, exchange: Exchange, body: Body, media_type: str) -> CachedResponse:
        """The response with this body: 200, which is cached, or 304 if the client has it already."""
        key, content, route = exchange.key(release), body.content, exchange.scope["route"].path
        unchanged = self.unchanged(key, route)
        headers = [*unchanged.headers]
        if body.tag:  # the body has its own tag: it outlives releases, and is never compressed
            headers[0] = (b"etag", body.tag)
        exchange.release = release.id
        if exchange.is_conditional and exchange.conditions.hold_for(headers[0][1], release.loaded_at):
            exchange.cache_use = "caller"
            return unchanged._replace(headers=headers)
        exchange.cache_use = "miss"
        if body.next:
            headers.append((b"link", f'<{body.next}>; rel="next"'.encode()))
        if exchange.gzip and len(content) >= SMALLEST_COMPRESSED and not body.tag:
            content = gzip.compress(content, LEVEL, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
        headers += [(b"content-length", b"%d" % len(content)), (b"content-type", media_type.encode())]
        response = CachedResponse(OK, headers, content, body.rows, route)
        size = sum(map(len, key[3:6]))
        if size <= LONGEST_KEY and not body.tag:
            self.put(key, response, size + len(content) + len(body.next or "") + OVERHEAD)
        return response
