"""The state that all requests share: the store, the limiters, the caches."""

from contextlib import suppress
from functools import partial
from typing import NamedTuple

from app.errors import NotReady
from app.http.admission import Gate
from app.http.caching import ResponseCache
from app.http.limits import ConcurrencyLimiter
from app.http.telemetry import Telemetry, release_metrics
from app.settings import Settings
from app.store.releases import Store

LONGEST_QUEUE = 1_000  # quick requests, which wait for a database server
QUEUE = 16  # slow requests


class Limiters(NamedTuple):
    """One limiter per kind of request, so that quick requests do not wait behind slow ones."""

    quick: ConcurrencyLimiter
    slow: ConcurrencyLimiter
    exports: ConcurrencyLimiter
    verify: ConcurrencyLimiter


class AppState:
    """The state of an application; `create_app` stores it in `app.state.factbook`."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings, self.store = settings, store
        self.gate, self.cache = Gate(settings), ResponseCache(settings)
        self.telemetry = Telemetry()
        self.telemetry.collect(partial(release_metrics, store))

        def slow(name: str, slots: int) -> ConcurrencyLimiter:
            """A limiter of requests that compete with the event loop for the CPU, unless a server answers them."""
            return ConcurrencyLimiter(name, slots, QUEUE, self.telemetry, low_priority=store.embedded)

        self.limiters = Limiters(
            quick=ConcurrencyLimiter("quick", settings.quick_limit, LONGEST_QUEUE, self.telemetry),
            slow=slow("slow", settings.slow_limit),
            exports=slow("exports", settings.export_limit),
            verify=slow("verify", settings.verify_limit),
        )

    def open(self) -> None:
        """Open the database that is a file, on this thread, if it is there; it may come later."""
        if self.store.embedded:
            with suppress(NotReady):
                self.store.current()

    def close(self) -> None:
        """Close threads and connections."""
        for limiter in self.limiters:
            limiter.close()
        self.store.close()
        self.telemetry.close()
