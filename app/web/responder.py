"""One answer out of one snapshot: its ETag, whether the caller has it already, and its headers."""

import hashlib
import time
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from typing import Any, NamedTuple

from fastapi import Request
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from app.database import Database, Snapshot
from app.fingerprints import CODE, fingerprint
from app.queries.lists import Body
from app.queries.vocabulary import Vocabularies, Vocabulary
from app.settings import Settings

JSON = "application/json"
FRESH_FOR = 1.0  # seconds for which the revision seen last may answer a conditional request


class Seen(NamedTuple):
    """The revision that the latest snapshot had, and when that was (monotonic seconds)."""

    at: float
    revision: str
    loaded_at: datetime


# Makes the body of an answer out of a query string, a snapshot, its vocabulary and the root path.
Maker = Callable[[bytes, Snapshot, Vocabulary, str], Body]


class Responder:
    """What a request needs: the settings, the database, and which revision was seen last."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database_url, settings.pool_size)
        self.vocabularies = Vocabularies()
        self._code = fingerprint(CODE)
        self._seen: Seen | None = None

    def not_modified(self, scope: Scope) -> Response | None:
        """A 304 without a look at the database, where the revision was seen a moment ago."""
        seen = self._seen
        if not seen or time.monotonic() - seen.at > FRESH_FOR:
            return None
        tag = self.etag(scope, seen.revision)
        if tag not in known_tags(scope):
            return None
        return Response(status_code=304, headers=self._headers(tag, seen.loaded_at))

    def etag(self, scope: Scope, revision: str) -> str:
        """A strong tag: a digest of the revision, the code that answers, the URL and the encoding."""
        gzip = "accept-encoding" in Headers(scope=scope)  # Negotiated leaves gzip there or nothing
        url = scope["raw_path"] + b"?" + scope["query_string"]
        said = f"{self._code}\0{revision}\0{self.settings.root_path}\0{gzip}\0".encode() + url
        return f'"{hashlib.sha256(said).hexdigest()[:24]}"'

    def answer(self, request: Request, make: Maker) -> Response:
        """The answer `make` gives, or 304 where the caller has it."""
        with self.database.snapshot() as snapshot:
            self._seen = Seen(time.monotonic(), snapshot.revision, snapshot.loaded_at)
            tag = self.etag(request.scope, snapshot.revision)
            known = known_tags(request.scope)
            if tag in known:
                return Response(status_code=304, headers=self._headers(tag, snapshot.loaded_at))
            body = make(
                request.scope["query_string"], snapshot, self.vocabularies.of(snapshot), self.settings.root_path
            )
        headers = self._headers(tag, snapshot.loaded_at)
        if "*" in known:  # any answer will do, but only where there is one
            return Response(status_code=304, headers=headers)
        if body.next:
            headers["Link"] = f'<{body.next}>; rel="next"'
        return Response(body.json, 200, headers, media_type=JSON)

    def _headers(self, tag: str, loaded_at: datetime) -> dict[str, str]:
        age = self.settings.max_age
        return {
            "ETag": tag,
            "Last-Modified": format_datetime(loaded_at, usegmt=True),
            "Cache-Control": f"public, max-age={age}" if age else "no-cache",
        }


def responder_of(request: Request) -> Responder:
    responder: Any = request.app.state.responder
    assert isinstance(responder, Responder)  # noqa: S101 - create_app puts it there
    return responder


def known_tags(scope: Scope) -> set[str]:
    """The tags of If-None-Match, which compares weakly (RFC 9110, 13.1.2)."""
    headers = Headers(scope=scope).getlist("if-none-match")
    return {one.strip().removeprefix("W/") for header in headers for one in header.split(",")}
