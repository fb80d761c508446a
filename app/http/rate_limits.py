"""Rate limits per client, if an operator sets them: in the headers of every response, shared through a store."""

import asyncio
import logging
import math
import time
from typing import cast

from limits import parse
from limits.aio.storage import Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.storage import storage_from_string

from app.errors import TooManyRequests
from app.http.headers import RawHeaders

LOG = logging.getLogger("factbook")
WARNED_EVERY = 60.0  # seconds
STORE_TIMEOUT = 0.1  # seconds that a request waits for the store before it goes on without it
TRIED_EVERY = 5.0  # seconds between checks whether a store that did not answer is back
IN_MEMORY = "memory://"


class RateLimits:
    """A number of requests per client in a sliding window.

    Headers follow draft-ietf-httpapi-ratelimit-headers. If the store does not answer nobody is limited, since the
    service only reads. Requests then no longer wait for the store: a background task checks whether it is back.
    """

    def __init__(self, limit: str, store: str) -> None:
        self._limit = parse(limit)
        options = {} if store in {"", IN_MEMORY} else {"implementation": "redispy"}
        self._storage = cast(Storage, storage_from_string(f"async+{store or IN_MEMORY}", **options))
        self._strategy = SlidingWindowCounterRateLimiter(self._storage)
        policy = f'"default";q={self._limit.amount};w={self._limit.get_expiry()}'
        self._policy = (b"ratelimit-policy", policy.encode())
        self._warned_at = float("-inf")
        self._waiting: asyncio.Task[None] | None = None  # None while the store answers

    async def count(self, client: str) -> RawHeaders:
        """Count a request; returns the rate-limit headers of its response. Raises TooManyRequests."""
        if self._waiting is not None:
            return []
        try:
            async with asyncio.timeout(STORE_TIMEOUT):
                allowed = await self._strategy.hit(self._limit, client)
                reset, remaining = await self._strategy.get_window_stats(self._limit, client)
        except Exception as error:  # noqa: BLE001 - anything can go wrong with a store on another machine
            self._waiting = self._waiting or asyncio.create_task(self._wait_for_store(error))
            return []
        seconds = max(1, math.ceil(reset - time.time()))
        headers = [self._policy, (b"ratelimit", b'"default";r=%d;t=%d' % (remaining, seconds))]
        if not allowed:
            detail = f"This client may ask {self._limit}; ask again in {seconds} seconds."
            shown = {name.decode(): value.decode() for name, value in headers}
            raise TooManyRequests(detail, {"Retry-After": str(seconds), **shown})
        return headers

    async def _wait_for_store(self, error: Exception | None) -> None:
        """Until the store answers again, which nobody else waits for."""
        while error:
            if time.monotonic() - self._warned_at > WARNED_EVERY:
                self._warned_at = time.monotonic()
                why = str(error) or f"no answer within {STORE_TIMEOUT:g} seconds"
                LOG.warning("The store of FACTBOOK_RATE_STORE does not answer, nobody is limited: %s", why)
            await asyncio.sleep(TRIED_EVERY)
            try:
                async with asyncio.timeout(STORE_TIMEOUT):
                    error = None if await self._storage.check() else ConnectionError("it cannot be reached")
            except Exception as again:  # noqa: BLE001 - as in `count`
                error = again
        LOG.info("The store of FACTBOOK_RATE_STORE answers again.")
        self._waiting = None
