"""Admission: allowed hosts, API keys and rate limits, checked before anything else.

The file of API keys has names and digests, never the keys themselves.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Sequence
from ipaddress import IPv4Address, ip_address, ip_network
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import Scope

from app.errors import BadRequest, ErrorDetail, Unauthorized
from app.http.headers import RawHeaders
from app.settings import Settings

ANY_HOST = ("*",)
GUARDED = ("/v1", "/metrics")  # other paths are public, and reveal nothing about the data or its users
HOST = re.compile(r"(?P<name>\[[^\[\]]*\]|[^:\[\]]*)(?::[0-9]*)?")  # RFC 3986, 3.2.2: an IPv6 address has brackets
RELOADED_AFTER = 1.0  # seconds: a key that is removed from the file is soon refused
LINE = re.compile(r"(?P<name>[\w.-]{1,100})\s+sha256:(?P<digest>[0-9a-f]{64})")
CHALLENGE = 'Bearer realm="factbook"'
NEEDED = "A key is needed here: send it as `Authorization: Bearer KEY`."
UNKNOWN = "That key is not known, or not any more."
IPV6_CLIENT = 64  # prefix length: all addresses in it are one client


class Gate:
    """Checks each request. It is open if the settings restrict nothing."""

    def __init__(self, settings: Settings) -> None:
        self._hosts = tuple(_plain(host) for host in settings.allowed_hosts)
        self._keys = ApiKeys(settings.api_keys) if settings.api_keys else None
        self._limits = None
        if settings.rate_limit:
            from app.http.rate_limits import RateLimits  # noqa: PLC0415 - large, and seldom needed

            self._limits = RateLimits(settings.rate_limit, settings.rate_store)

    @property
    def is_open(self) -> bool:
        """Whether it admits every request that has one Host header."""
        return self._hosts == ANY_HOST and not self._keys and not self._limits

    async def admit(self, scope: Scope) -> RawHeaders:
        """Admit a request; returns headers for its response. Raises BadRequest, Unauthorized, TooManyRequests."""
        headers = Headers(scope=scope)
        self._check_host(headers.getlist("host"), scope["http_version"])
        client, limits = "", []
        if scope["path"].startswith(GUARDED):
            if self._keys:
                client = self._keys.holder(headers.get("authorization", ""))
            if self._limits:
                limits = await self._limits.count(client or client_of((scope["client"] or ("",))[0]))
        return limits

    def _check_host(self, named: Sequence[str], version: str) -> None:
        """Check that there is one Host header (RFC 9112, 3.2), and that it is allowed."""
        if len(named) > 1 or (not named and version == "1.1"):
            raise BadRequest([ErrorDetail("invalid-request", "", "", "Send one Host header with a request.")])
        found = HOST.fullmatch(named[0]) if named else None
        name = _plain(found["name"]) if found else ""
        is_allowed = name in self._hosts or "*" in self._hosts
        if not is_allowed and not any(host.startswith("*.") and name.endswith(host[1:]) for host in self._hosts):
            raise BadRequest([ErrorDetail("invalid-request", "", name, "Nothing is answered here under that host.")])


def _plain(host: str) -> str:
    """A host in normal form: lower case; an IP address in its shortest form, without brackets."""
    name = host.lower().removeprefix("[").removesuffix("]")
    try:
        return str(ip_address(name))
    except ValueError:
        return name


def client_of(address: str) -> str:
    """The client that an address belongs to: an IPv6 network counts as one client."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return address
    if found.ipv4_mapped:  # as a socket for both kinds shows a client of the older one
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), IPV6_CLIENT), strict=False))


def new_key(name: str) -> tuple[str, str]:
    """A key of 256 random bits, and its line for the file. A key that long needs neither a slow hash nor a salt."""
    key = f"fb_{secrets.token_urlsafe(32)}"
    line = f"{name} sha256:{_digest(key.encode())}"
    if not LINE.fullmatch(line):
        raise ValueError(f"{name!r} is no name: write letters, digits, '.', '-' and '_'")
    return key, line


class ApiKeys:
    """The keys in a file, which is reloaded when it has changed."""

    def __init__(self, path: Path) -> None:
        """Raises ValueError, with the line, if the file has anything else in it, OSError if it cannot be read."""
        self._path = path
        self._digests = _read(path)
        self._changed = path.stat().st_mtime_ns
        self._reload_at = time.monotonic() + RELOADED_AFTER

    def holder(self, authorization: str) -> str:
        """The name of the key's holder. Raises Unauthorized."""
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise Unauthorized(NEEDED, {"WWW-Authenticate": CHALLENGE})
        self._reload()
        digest = _digest(key.strip().encode("utf-8", errors="replace"))
        found = ""
        for known, name in self._digests.items():  # always all of them, so that timing reveals nothing
            if hmac.compare_digest(digest, known):
                found = name
        if not found:
            raise Unauthorized(UNKNOWN, {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'})
        return found

    def _reload(self) -> None:
        now = time.monotonic()
        if now < self._reload_at:
            return
        self._reload_at = now + RELOADED_AFTER
        try:
            changed = self._path.stat().st_mtime_ns
            if changed != self._changed:
                self._digests, self._changed = _read(self._path), changed
        except (OSError, ValueError):  # it may be in the middle of being written: keep the known keys
            return


def _read(path: Path) -> dict[str, str]:
    """Names by digest."""
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        entry = line.partition("#")[0].strip()
        if not entry:
            continue
        match = LINE.fullmatch(entry)
        if match is None:
            raise ValueError(f"{path}:{number}: write NAME sha256:DIGEST, as `factbook key NAME` prints it")
        found[match["digest"]] = match["name"]
    return found


def _digest(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()
