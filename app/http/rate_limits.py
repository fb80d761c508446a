"""How often a client may ask, where an operator limits that: told in every answer, held over processes by a store."""

import ipaddress
import logging
import math
import time
from typing import cast

from limits import parse
from limits.aio.storage import Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.storage import storage_from_string

from app.errors import TooManyRequests
from app.http.tags import RawHeaders

LOG = logging.getLogger("factbook")
IPV6_CLIENT = 64  # bits that are the same for all addresses of one client
TOLD_EVERY = 60.0  # seconds
IN_MEMORY = "memory://"


class RateLimits:
    """So many requests of a client in a sliding window.

    Headers as in draft-ietf-httpapi-ratelimit-headers. A store that does not answer limits nobody: this only reads.
    """

    def __init__(self, limit: str, store: str) -> None:
        self._limit = parse(limit)
        options = {} if store in {"", IN_MEMORY} else {"implementation": "redispy"}
        storage = cast(Storage, storage_from_string(f"async+{store or IN_MEMORY}", **options))
        self._strategy = SlidingWindowCounterRateLimiter(storage)
        policy = f'"default";q={self._limit.amount};w={self._limit.get_expiry()}'
        self._policy = (b"ratelimit-policy", policy.encode())
        self._told = float("-inf")

    async def count(self, client: str) -> RawHeaders:
        """Count a request; what its answer says of the limit. Raises TooManyRequests."""
        try:
            allowed = await self._strategy.hit(self._limit, client)
            reset, remaining = await self._strategy.get_window_stats(self._limit, client)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong with a store on another machine
            self._tell(error)
            return []
        seconds = max(1, math.ceil(reset - time.time()))
        headers = [self._policy, (b"ratelimit", b'"default";r=%d;t=%d' % (remaining, seconds))]
        if not allowed:
            detail = f"This client may ask {self._limit}; ask again in {seconds} seconds."
            shown = {name.decode(): value.decode() for name, value in headers}
            raise TooManyRequests(detail, {"Retry-After": str(seconds), **shown})
        return headers

    def _tell(self, error: Exception) -> None:
        if time.monotonic() - self._told > TOLD_EVERY:
            self._told = time.monotonic()
            LOG.warning("The store of FACTBOOK_RATE_STORE does not answer, nobody is limited: %s", error)


def client_of(address: str) -> str:
    """Whom an address belongs to: all of an IPv6 network are one client."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{address}/{IPV6_CLIENT}", strict=False)) if found.version == 6 else address  # noqa: PLR2004
