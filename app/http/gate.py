"""Admission: allowed hosts, API keys and rate limits, checked before anything else."""

import re
from collections.abc import Sequence
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

from app.errors import BadRequest, Mistake
from app.http.headers import RawHeaders
from app.settings import Settings

ANY_HOST = ("*",)
GUARDED = ("/v1", "/metrics")  # other paths are public, and reveal nothing about the data or its users
HOST = re.compile(r"(?P<name>\[[^\[\]]*\]|[^:\[\]]*)(?::[0-9]*)?")  # RFC 3986, 3.2.2: an IPv6 address has brackets


class Gate:
    """Checks each request. It is open if the settings restrict nothing."""

    def __init__(self, settings: Settings) -> None:
        self.root_path = settings.root_path
        self._hosts = tuple(_plain(host) for host in settings.allowed_hosts)
        self._keys = self._limits = None
        # Import only what is needed, to start faster.
        if settings.api_keys:
            from app.http.api_keys import ApiKeys  # noqa: PLC0415

            self._keys = ApiKeys(settings.api_keys)
        if settings.rate_limit:
            from app.http.rate_limits import RateLimits  # noqa: PLC0415

            self._limits = RateLimits(settings.rate_limit, settings.rate_store)

    @property
    def is_open(self) -> bool:
        """Whether it admits every request that has one Host header."""
        return self._hosts == ANY_HOST and not self._keys and not self._limits

    async def admit(self, scope: Scope) -> RawHeaders:
        """Admit a request; returns headers for its response. Raises BadRequest, Unauthorized, TooManyRequests."""
        headers = Headers(scope=scope)
        self._hold_host(headers.getlist("host"), scope["http_version"])
        client, told = "", []
        if scope["path"].startswith(GUARDED):
            if self._keys:
                client = self._keys.holder(headers.get("authorization", ""))
            if self._limits:
                from app.http.rate_limits import client_of  # noqa: PLC0415 - see above

                told = await self._limits.count(client or client_of((scope["client"] or ("",))[0]))
        return told

    def _hold_host(self, named: Sequence[str], version: str) -> None:
        """Check that there is one Host header (RFC 9112, 3.2), and that it is allowed."""
        if len(named) > 1 or (not named and version == "1.1"):
            raise BadRequest([Mistake("invalid-request", "", "", "Send one Host header with a request.")])
        found = HOST.fullmatch(named[0]) if named else None
        name = _plain(found["name"]) if found else ""
        if self._hosts != ANY_HOST and not any(_is_under(name, host) for host in self._hosts):
            raise BadRequest([Mistake("invalid-request", "", name, "Nothing is answered here under that host.")])


def _plain(host: str) -> str:
    """A host in normal form: lower case; an IP address in its shortest form, without brackets."""
    name = host.lower().removeprefix("[").removesuffix("]")
    try:
        return str(ip_address(name))
    except ValueError:
        return name


def _is_under(name: str, host: str) -> bool:
    return name == host or (host.startswith("*.") and name.endswith(host[1:])) or host == "*"
