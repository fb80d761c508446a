"""The front door: create_app(settings), read top to bottom, is what happens at start."""

import gc
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from app.api import EXPORTED, PATHS, ROUTERS, items, pages
from app.http import docs, exports, observing, openapi, problems
from app.http.express import Express, Makers
from app.http.gate import Gate, Gated
from app.http.measurements import SHARED_IN, Measurements
from app.http.middleware import CrossOrigin, Guarded, Negotiated, Observed
from app.http.past_releases import PastReleases
from app.http.responder import SMALLEST_ZIPPED, ZIP_LEVEL, Responder
from app.settings import Settings

VERSION = "0.1.0"

# Answers leave few cycles behind, and nobody is answered while the rows of a dear one are looked through for them.
COLLECTED_AFTER = (5_000, 10, 20)  # see gc.set_threshold; the first no higher: what cycles hold waits for it
HELD_FOR = 0.0005  # seconds that a thread may keep the interpreter to itself while the one that serves all waits for it


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service over the database that the settings name; it may be loaded later."""
    settings = settings or Settings()
    responder = Responder(settings)
    shared = os.environ.get(SHARED_IN)
    measurements = Measurements(Path(shared) if shared else None)
    past = responder.past = PastReleases(responder, Path(shared) if shared else None)
    observing.measure(responder, measurements)
    watchers = observing.watchers(settings, measurements)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # What is there by now stays: the collector need not look at it ever again.
        gc.enable()
        gc.freeze()
        gc.set_threshold(*COLLECTED_AFTER)
        sys.setswitchinterval(HELD_FOR)
        yield
        responder.close()
        past.close()
        for watcher in watchers:
            watcher.close()

    app = FastAPI(
        title=openapi.TITLE,
        description=openapi.DESCRIPTION,
        version=VERSION,
        license_info={"name": "MIT", "identifier": "MIT"},
        contact={"name": "The Zhengzhou Factbook"},
        openapi_tags=openapi.TAGS,
        servers=[{"url": settings.root_path or "/"}],
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        # FastAPI would look for OpenTelemetry in the environment at each request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.responder = responder
    app.state.measurements = measurements
    exports.install(app, EXPORTED)  # before what takes any id
    for router in ROUTERS:
        app.include_router(router)
    docs.install(app, settings.root_path)
    app.openapi = cache(lambda: openapi.describe(app, settings))  # type: ignore[method-assign]
    problems.install(app, PATHS)
    # The last added is the outermost.
    app.add_middleware(GZipMiddleware, minimum_size=SMALLEST_ZIPPED, compresslevel=ZIP_LEVEL)
    app.add_middleware(Negotiated, lists={one.path for one in EXPORTED})
    app.add_middleware(Guarded)
    gate = Gate(settings)
    app.add_middleware(Gated, gate=gate)
    app.add_middleware(
        CrossOrigin,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "HEAD", "POST"],
        allow_headers=["*"],
        expose_headers=["ETag", "Link", "X-Request-ID", "Retry-After", "RateLimit", "RateLimit-Policy"],
    )
    app.add_middleware(Observed, measurements=measurements, watchers=watchers)
    # Before all of them, and FastAPI's own.
    app.middleware_stack = Express(
        app.build_middleware_stack(), responder, measurements, watchers, Makers(pages(), items()), gate
    )
    return app
