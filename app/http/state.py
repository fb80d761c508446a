"""The state that all requests share: the store, the limiters, the caches."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from app.errors import NotReady
from app.http.caching import ResponseCache
from app.http.gate import Gate
from app.http.limits import ConcurrencyLimiter
from app.http.telemetry import Telemetry
from app.queries.reading import Memories
from app.settings import Settings
from app.store import open_store
from app.store.releases import Store

LONGEST_QUEUE = 1_000  # quick requests, which wait for a database server
QUEUE = 16  # slow requests


@dataclass(frozen=True, slots=True)
class Limiters:
    """One limiter per kind of request, so that quick requests do not wait behind slow ones."""

    quick: ConcurrencyLimiter
    slow: ConcurrencyLimiter
    exports: ConcurrencyLimiter
    verify: ConcurrencyLimiter

    def close(self) -> None:
        """End their threads."""
        for limiter in (self.quick, self.slow, self.exports, self.verify):
            limiter.close()


@dataclass(frozen=True, slots=True)
class AppState:
    """The state of an application; `create_app` stores it in `app.state.factbook`."""

    settings: Settings
    store: Store
    memories: Memories
    limiters: Limiters
    telemetry: Telemetry
    gate: Gate
    cache: ResponseCache

    def open(self) -> None:
        """Open the database that is a file, on this thread, if it is there; it may come later."""
        if self.store.embedded:
            with suppress(NotReady):
                self.store.current()

    def close(self) -> None:
        """Close threads and connections."""
        self.limiters.close()
        self.store.close()
        self.telemetry.close()


def app_state(settings: Settings, telemetry: Telemetry) -> AppState:
    """The state of an application with these settings."""
    store = open_store(settings.database_url, keep=settings.keep_releases)
    embedded = store.embedded  # then slow requests compete with the event loop for the CPU

    def limiter(name: str, slots: int, queue: int = QUEUE, *, low_priority: bool = embedded) -> ConcurrencyLimiter:
        return ConcurrencyLimiter(name, slots, queue, telemetry, low_priority=low_priority)

    return AppState(
        settings=settings,
        store=store,
        memories=Memories(),
        limiters=Limiters(
            quick=limiter("quick", settings.quick_limit, LONGEST_QUEUE, low_priority=False),
            slow=limiter("slow", settings.slow_limit),
            exports=limiter("exports", settings.export_limit),
            verify=limiter("verify", settings.verify_limit),
        ),
        telemetry=telemetry,
        gate=Gate(settings),
        cache=ResponseCache(settings),
    )


def state_of(request: Request) -> AppState:
    """The state of the application that received a request."""
    state: AppState = request.app.state.factbook
    return state


def root_path_of(app: Any) -> str:
    """That of the service which a server runs, perhaps within applications of the server's own."""
    while not hasattr(app, "state") and hasattr(app, "app"):
        app = app.app
    state: AppState | None = app.state.factbook if hasattr(app, "state") else None
    return state.settings.root_path if state else ""
